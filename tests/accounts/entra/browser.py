"""A browser without pages: keeps both sides' cookies and does what the pages say."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from django.test import Client

from tests.standins.entra import Person, Realm

BEGIN, BACK = "/sign-in/microsoft/", "/sign-in/microsoft/back"
COOKIE = "__Host-optrail-flow"


class Browser:
    """`begin`, `at_microsoft`, `back`: the three legs of a sign-in, each can be tampered with."""

    def __init__(self, realm: Realm) -> None:
        self.realm = realm
        self.site = Client(headers={"x-forwarded-proto": "https"})
        self.tenant = requests.Session()
        self.tenant.verify, self.tenant.trust_env = realm.ca_file, False

    def begin(self, path: str = BEGIN, **form: str) -> str:
        """Press the button; the tenant's address."""
        answer = self.site.post(path, form)
        assert answer.status_code == 302, answer.content.decode()
        return str(answer.headers["Location"])

    def at_microsoft(self, url: str, person: Person) -> dict[str, str]:
        """Fill the tenant's form in; what its page then posts to us."""
        page = self.tenant.get(url).text
        fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page))
        fields = {name: unescape(value) for name, value in fields.items()}
        if "code" in fields or "error" in fields:  # known there already
            return fields
        fields |= {"login": person.upn, "passwd": person.password}
        there = f"{self.realm.url}/{self.realm.id}/oauth2/v2.0/login"
        page = self.tenant.post(there, fields).text
        found = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page))
        return {name: unescape(value) for name, value in found.items()}

    def back(self, answer: dict[str, str]) -> Any:
        """The post that Microsoft's page makes: from another site, so no Lax cookie comes along."""
        kept = {name: self.site.cookies.pop(name) for name in list(self.site.cookies)}
        if COOKIE in kept:
            self.site.cookies[COOKIE] = kept.pop(COOKIE).value
        response = self.site.post(BACK, answer)
        for name, morsel in kept.items():
            self.site.cookies.setdefault(name, morsel)
        return response

    def sign_in(self, person: Person, **form: str) -> Any:
        """All three."""
        return self.back(self.at_microsoft(self.begin(**form), person))

    @property
    def user_id(self) -> str:
        """Who is signed in here; '' for nobody."""
        return str(self.site.session.get("_auth_user_id", ""))


def query(url: str) -> dict[str, str]:
    """The parameters of an address."""
    return dict(parse_qsl(urlsplit(url).query))
