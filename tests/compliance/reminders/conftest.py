"""The stage of the mail room: a campaign that runs, a clock that tests move, a mail server."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from compliance.campaigns.models import Assignment, Campaign
from compliance.guides.models import GuideVersion
from compliance.reminders.models import Message
from compliance.reminders.transports.smtp import SmtpTransport
from compliance.reminders.transports.smtp_line import SmtpLine
from tests.compliance.reminders.servers import Sink, sink
from tests.factories import (
    NOON,
    AssignmentFactory,
    CampaignFactory,
    EmployeeFactory,
    MessageFactory,
)
from tests.standins.entra import Realm, realm_open
from tests.standins.graph.mail import PostOffice, post_office_open


class Clock:
    """Says what time it is; tests move it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now

    def wait(self, seconds: float) -> None:
        self.move(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    """Monday noon, 2026-11-23."""
    return Clock(NOON)


@pytest.fixture(autouse=True)
def _own_installation(settings: Settings) -> None:
    """Every test is an installation of its own."""
    settings.INSTANCE_ID = uuid.uuid4().hex


@pytest.fixture
def campaign(linkedin: GuideVersion) -> Campaign:
    """The LinkedIn campaign, running since this Monday; reminders after 3, 7 and 12 working days."""
    return CampaignFactory.create(running=True, guide_version=linkedin)


@pytest.fixture
def ask(campaign: Campaign) -> Callable[..., Assignment]:
    """Ask a new person (or `employee`) in the campaign."""

    def asked(**fields: object) -> Assignment:
        if "employee" not in fields:
            person = {name: fields.pop(name) for name in ("country", "email") if name in fields}
            fields["employee"] = EmployeeFactory.create(**person)
        return AssignmentFactory.create(campaign=campaign, **fields)

    return asked


@pytest.fixture
def owe(ask: Callable[..., Assignment]) -> Callable[..., Message]:
    """Owe a new person a message."""

    def owed(assignment: Assignment | None = None, **fields: object) -> Message:
        return MessageFactory.create(assignment=assignment or ask(), **fields)

    return owed


@pytest.fixture
def server(settings: Settings) -> Iterator[Sink]:
    """A mail server that takes everything; EMAIL_URL names it."""
    with sink() as kept:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{kept.port}"
        yield kept


@pytest.fixture(scope="session")
def _tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    """One tenant for all tests: keys and certificates take their time."""
    realm = Realm([])
    with realm_open(realm, tmp_path_factory.mktemp("tenant")):
        yield realm


@pytest.fixture
def office(_tenant: Realm, settings: Settings) -> Iterator[PostOffice]:
    """Microsoft 365 with one mailbox that we may use; EMAIL_URL names it."""
    _tenant.heard.clear()
    _tenant.app_tokens.clear()
    with post_office_open(_tenant) as opened:
        settings.ENTRA = {**_tenant.settings(), "graph_url": opened.url}
        settings.EMAIL_FROM = "privacy@example.com"
        settings.EMAIL_URL = "graph://privacy@example.com"
        opened.scope = {"privacy@example.com"}
        yield opened
    assert opened.violations == []


@pytest.fixture
def lines_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Closes what a test leaves open: the garbage collector would complain in some later test."""
    opened: list[SmtpLine] = []
    connect = SmtpTransport.connect

    def remembered(transport: SmtpTransport) -> SmtpLine:
        opened.append(connect(transport))
        return opened[-1]

    monkeypatch.setattr(SmtpTransport, "connect", remembered)
    yield
    for line in opened:
        line.close()
