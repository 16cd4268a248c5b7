"""SMTP with the token of the tenant that we are connected to."""

import pytest
from pytest_django import Settings

from compliance.reminders.transports import TransportDownError, configured
from compliance.reminders.transports.smtp import SmtpTransport
from compliance.reminders.transports.tokens import EntraTokens
from ledger.commands import Refusal
from tests.compliance.reminders.test_smtp_tokens import taking
from tests.standins.graph.mail import PostOffice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lines_closed")]
MAILBOX = "privacy%40example.com"


def by_entra(settings: Settings, port: int) -> SmtpTransport:
    settings.EMAIL_URL = f"smtp://{MAILBOX}@127.0.0.1:{port}/?token=entra"
    transport = configured()
    assert isinstance(transport, SmtpTransport)
    return transport


def test_the_tenants_token_signs_in(office: PostOffice, settings: Settings) -> None:
    with taking(EntraTokens().token()) as server:
        by_entra(settings, server.port).connect().close()
        assert server.connections == 1
    assert {"outlook.office365.com" in asked["scope"] for *_, asked in _asked(office)} == {True}


def test_a_token_that_is_refused_is_asked_for_anew_once(
    office: PostOffice, settings: Settings
) -> None:
    """Fails when the token in use is not forgotten."""
    before = len(_asked(office))
    with taking("another") as server:
        with pytest.raises(TransportDownError, match="Check that the token"):
            by_entra(settings, server.port).connect()
        assert server.connections == 2
    assert len(_asked(office)) == before + 2


def test_a_tenant_that_gives_no_token_stops_everything(
    office: PostOffice, settings: Settings
) -> None:
    settings.ENTRA = {**settings.ENTRA, "credentials": (("ENTRA_SECRET", "wrong"),)}
    with pytest.raises(TransportDownError, match=r"gives the application .* no token"):
        by_entra(settings, 9).connect()


def test_our_token_goes_only_where_it_was_named(office: PostOffice, settings: Settings) -> None:
    """Fails when a tenant alone is reason enough to show its token."""
    settings.EMAIL_URL = f"smtp://{MAILBOX}@127.0.0.1"
    transport = configured()
    assert isinstance(transport, SmtpTransport)
    assert transport.tokens is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"smtp://{MAILBOX}@smtp.office365.com:587/?token=entra", "the token over an open line"),
        (f"smtps://{MAILBOX}:secret@smtp.office365.com/?token=entra", "Leave one out"),
        ("smtps://smtp.office365.com/?token=entra", "token=entra needs the mailbox"),
    ],
)
def test_a_faulty_sign_in_is_refused(
    office: PostOffice, settings: Settings, url: str, words: str
) -> None:
    settings.EMAIL_URL = url
    with pytest.raises(Refusal, match=words):
        configured()


def test_without_a_tenant_there_is_no_token(settings: Settings) -> None:
    settings.ENTRA = {}
    settings.EMAIL_URL = f"smtps://{MAILBOX}@smtp.office365.com/?token=entra"
    settings.EMAIL_FROM = "privacy@example.com"
    with pytest.raises(Refusal, match="not connected to Microsoft Entra"):
        configured()


def _asked(office: PostOffice) -> list[tuple[str, str, dict[str, str]]]:
    return [heard for heard in office.realm.heard if heard[1].endswith("/token")]
