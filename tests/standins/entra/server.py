"""The tenant as a TLS server on loopback, in a thread of the test's own process."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.standins.entra.authorize import authorize, sign_in
from tests.standins.entra.contract import Answer, RefusedError, only
from tests.standins.entra.graph import graph
from tests.standins.entra.leaving import admin_consent, logout
from tests.standins.entra.realm import Realm
from tests.standins.entra.token import token
from tests.standins.tls import served

Fields = dict[str, str]


@contextmanager
def realm_open(realm: Realm, folder: Path) -> Iterator[Realm]:
    """Serve `realm` until the block ends; its address and CA are filled in."""
    realm.ca_file = str(folder / "entra-ca.pem")
    realm.authority.cert_pem.write_to_path(realm.ca_file)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.realm = realm
    with served(server, realm.authority) as realm.port:
        yield realm


def certificate_for_site(realm: Realm, path: Path) -> Path:
    """A certificate and its key for a site on loopback, of the CA that signed the tenant's."""
    realm.authority.issue_cert(
        "localhost", "127.0.0.1"
    ).private_key_and_cert_chain_pem.write_to_path(str(path))
    return path


class _Server(ThreadingHTTPServer):
    realm: Realm
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Browsers hang up early; that is their right."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._answer(parts.path, parse_qsl(parts.query, keep_blank_values=True))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = urlsplit(self.path)
        given = parse_qsl(parts.query)
        if not parts.path.startswith("/v1.0/"):  # Graph takes no forms
            given += parse_qsl(raw.decode(), keep_blank_values=True)
        self._answer(parts.path, given, raw)

    def _answer(self, path: str, pairs: list[tuple[str, str]], raw: bytes = b"") -> None:
        given = dict(pairs)
        realm = self.server.realm
        realm.heard.append((self.command, path, given))
        try:
            answer = self._ready(realm, path) or self._route(realm, path, given, len(pairs), raw)
        except RefusedError as refused:
            answer = Answer(refused.status, refused.body)
        self._write(answer)

    def _ready(self, realm: Realm, path: str) -> Answer | None:
        ready = realm.instead.get(path.rpartition("/")[2])
        return ready.pop(0) if ready else None

    def _route(
        self, realm: Realm, path: str, given: dict[str, str], pairs: int, raw: bytes
    ) -> Answer:
        if len(given) != pairs:
            raise RefusedError("invalid_request", 90102, "A parameter stands there twice.")
        if path.startswith("/v1.0/"):
            headers = {k.lower(): v for k, v in self.headers.items()}
            return (realm.graph or graph)(realm, self.command, path, given, headers, raw)
        found = ROUTES.get((self.command, path.removeprefix(f"/{realm.id}")))
        if not found or not path.startswith(f"/{realm.id}/"):
            raise RefusedError("invalid_request", 90002, "No such tenant or address.", 404)
        held = SimpleCookie(self.headers.get("Cookie", ""))
        return found(realm, given, {name: morsel.value for name, morsel in held.items()})

    def _write(self, answer: Answer) -> None:
        body, headers = answer.body, dict(answer.headers)
        if isinstance(body, dict):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
        raw = body.encode() if isinstance(body, str) else body
        self.send_response(answer.status)
        for name, value in {**headers, "Content-Length": str(len(raw))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_arguments: Any) -> None:
        """Tests read `realm.heard`."""


def _discovery(realm: Realm, given: Fields, _cookies: Fields) -> Answer:
    only(given, {"appid"})
    base = f"{realm.url}/{realm.id}"
    document = {
        "issuer": realm.issuer,
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["pairwise"],
        "frontchannel_logout_supported": True,
    }
    return Answer(body=document)


def _keys(realm: Realm, given: Fields, _cookies: Fields) -> Answer:
    only(given, {"appid"})
    return Answer(body={"keys": [key.jwk(realm.issuer) for key in realm.keys.keys]})


ROUTES: dict[tuple[str, str], Callable[[Realm, Fields, Fields], Answer]] = {
    ("GET", "/v2.0/.well-known/openid-configuration"): _discovery,
    ("GET", "/discovery/v2.0/keys"): _keys,
    ("GET", "/oauth2/v2.0/authorize"): authorize,
    ("POST", "/oauth2/v2.0/login"): sign_in,
    ("POST", "/oauth2/v2.0/token"): token,
    ("GET", "/oauth2/v2.0/logout"): logout,
    ("GET", "/v2.0/adminconsent"): admin_consent,
}
