"""Exchange Online behind Graph, on loopback: sends, hands out mails, and counts what is too much.

It is strict: a request that the published contract does not know is refused, and one that exceeds
a documented limit stands in `violations`, whatever the client makes of the answer.
https://learn.microsoft.com/graph/api/user-sendmail, …/graph/throttling-limits (Outlook)
"""

import base64
import binascii
import json
import re
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.standins.entra.contract import Answer
from tests.standins.entra.realm import Realm
from tests.standins.tls import served

AT_ONCE, A_MINUTE, A_DAY = 4, 30, 10_000
NEEDED = ("From", "To", "Subject", "Date", "Message-ID")
HANG_UP = "hang up"  # after the mail was taken, without a word
_USER = r"/v1\.0/users/([^/]+)"
_FILTER = "receivedDateTime ge 2000-01-01T00:00:00Z and isRead eq false"


@dataclass
class Kept:
    """A mail in a mailbox."""

    id: str
    raw: bytes
    is_read: bool = False
    categories: list[str] = field(default_factory=list)


@dataclass
class PostOffice:
    """Mailboxes, what each lets us do (RBAC for Applications), and the knobs."""

    realm: Realm
    mailboxes: dict[str, list[Kept]] = field(default_factory=lambda: defaultdict(list))
    rights: set[str] = field(default_factory=lambda: {"Mail.Send", "Mail.ReadWrite"})
    scope: set[str] = field(default_factory=set)  # the mailboxes that the rights are for
    send_as: set[str] = field(default_factory=set)  # other senders' addresses that are allowed
    sent: list[tuple[str, EmailMessage]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    # Answers given instead of ours, in this order; None is ours.
    script: list[Answer | str | None] = field(default_factory=list)
    # The same for whatever is not a mail to send.
    reads: list[Answer | None] = field(default_factory=list)
    clock: Callable[[], float] = time.monotonic
    delay: float = 0.0
    most_at_once: int = 0
    port: int = 0
    _under_way: int = 0
    _not_before: dict[str, float] = field(default_factory=dict)
    _times: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Where Graph is."""
        return f"https://localhost:{self.port}"

    def put(self, mailbox: str, *mails: bytes) -> None:
        """Mails arrive, the last one is the newest."""
        kept = self.mailboxes[mailbox]
        kept.extend(Kept(f"AAMk{len(kept) + n}=/+", raw) for n, raw in enumerate(mails))

    def per_mailbox(self) -> Counter[str]:
        """How many mails each mailbox has sent."""
        return Counter(mailbox for mailbox, _ in self.sent)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """One request more is under way."""
        with self._lock:
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
            if self._under_way > AT_ONCE:
                self.violations.append(f"{self._under_way} requests at once")
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def note(self, mailbox: str) -> None:
        """Count a mail against the mailbox' minute and day."""
        with self._lock:
            now, times = self.clock(), self._times[mailbox]
            times.append(now)
            while times[0] <= now - 86_400:
                times.popleft()
            if sum(moment > now - 60 for moment in times) > A_MINUTE:
                self.violations.append(f"more than {A_MINUTE} a minute from {mailbox}")
            if len(times) > A_DAY:
                self.violations.append(f"more than {A_DAY} a day from {mailbox}")

    def early(self, mailbox: str) -> None:
        """Whoever was asked for patience and comes back before, for whatever it is."""
        with self._lock:
            now = self.clock()
            if now < self._not_before.get(mailbox, now):
                self.violations.append(f"{mailbox} came back before Retry-After")

    def instead(self, mailbox: str, script: list[Any]) -> Any:
        """The next answer of `script`; its Retry-After counts."""
        ready = script.pop(0) if script else None
        if isinstance(ready, Answer) and "Retry-After" in ready.headers:
            self.patience(mailbox, float(ready.headers["Retry-After"]))
        return ready

    def patience(self, mailbox: str, seconds: float) -> None:
        """Nobody sends from there before."""
        self._not_before[mailbox] = self.clock() + seconds


class NoError(Exception):
    """Graph's "no"."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.answer = Answer(status, {"error": {"code": code, "message": "bob@example.com?"}})


@contextmanager
def post_office_open(realm: Realm) -> Iterator[PostOffice]:
    """Serve until the block ends, behind a certificate of the tenant's authority."""
    office = PostOffice(realm)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.office = office
    with served(server, realm.authority) as office.port:
        yield office


class _Server(ThreadingHTTPServer):
    office: PostOffice
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up early; that is their right."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def _answer(self) -> None:
        office = self.server.office
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        office.asked.append(f"{self.command} {self.path}")
        with office.counted():
            if office.delay:
                time.sleep(office.delay)
            answer = self._said(office, body)
        if answer is not None:
            self._write(answer)

    def _said(self, office: PostOffice, body: bytes) -> Answer | None:
        try:
            _authorize(office, self.headers.get("Authorization", ""))
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            headers = {name.lower(): value for name, value in self.headers.items()}
            return _route(office, self.command, parts.path, query, headers, body)
        except NoError as no:
            return no.answer
        except ConnectionAbortedError:
            return None

    def _write(self, answer: Answer) -> None:
        raw = answer.body if isinstance(answer.body, bytes) else b""
        if isinstance(answer.body, dict) and answer.body:
            raw = json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(raw))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_arguments: Any) -> None:
        """Tests read `asked`."""


def _authorize(office: PostOffice, header: str) -> None:
    kind, _, given = header.partition(" ")
    if kind != "Bearer" or office.realm.app_tokens.get(given, 0) < time.time():
        raise NoError(401, "InvalidAuthenticationToken")


def _route(  # noqa: PLR0917 - one request
    office: PostOffice,
    method: str,
    path: str,
    query: dict[str, str],
    headers: dict[str, str],
    body: bytes,
) -> Answer:
    for wanted, pattern, right, answer in ROUTES:
        found = re.fullmatch(_USER + pattern, path)
        if not found or method != wanted:
            continue
        mailbox, *rest = (unquote(part) for part in found.groups())
        if mailbox not in office.scope or right not in office.rights:
            raise NoError(403, "ErrorAccessDenied")
        office.early(mailbox)
        instead: Answer | None = None if wanted == "POST" else office.instead(mailbox, office.reads)
        return instead or answer(office, mailbox, rest, query, headers, body)
    raise NoError(400, "BadRequest")


def _send(
    office: PostOffice,
    mailbox: str,
    _rest: list[str],
    query: dict[str, str],
    headers: dict[str, str],
    body: bytes,
) -> Answer:
    office.note(mailbox)
    instead = office.instead(mailbox, office.script)
    if isinstance(instead, Answer):
        return instead
    if query or headers.get("content-type") != "text/plain":
        raise NoError(400, "BadRequest")
    office.sent.append((mailbox, _mail(office, mailbox, body)))
    if instead == HANG_UP:
        raise ConnectionAbortedError
    return Answer(202)


def _mail(office: PostOffice, mailbox: str, body: bytes) -> EmailMessage:
    try:
        raw = base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise NoError(400, "ErrorMimeContentInvalidBase64String") from error
    mail = message_from_bytes(raw, policy=policy.default)
    if any(len(mail.get_all(name, [])) != 1 for name in NEEDED) or mail.defects:
        raise NoError(400, "ErrorMimeContentInvalid")
    if mail["From"].addresses[0].addr_spec not in {mailbox, *office.send_as}:
        raise NoError(403, "ErrorSendAsDenied")
    return mail


def _list(
    office: PostOffice,
    mailbox: str,
    rest: list[str],
    query: dict[str, str],
    _headers: dict[str, str],
    _body: bytes,
) -> Answer:
    wanted = {"$filter": _FILTER, "$orderby": "receivedDateTime desc", "$select": "id,categories"}
    top, skip = int(query.pop("$top", "10")), int(query.pop("$skip", "0"))
    if query != wanted or rest != ["inbox"] or top > 1000:
        raise NoError(400, "ErrorInvalidUrlQuery")
    unread = [mail for mail in reversed(office.mailboxes[mailbox]) if not mail.is_read]
    page: dict[str, Any] = {
        "value": [
            {"@odata.etag": "W/1", "id": mail.id, "categories": mail.categories}
            for mail in unread[skip : skip + top]
        ]
    }
    if skip + top < len(unread):
        more = "&".join(f"{name}={value.replace(' ', '%20')}" for name, value in wanted.items())
        here = f"{office.url}/v1.0/users/{mailbox}/mailFolders/inbox/messages"
        page["@odata.nextLink"] = f"{here}?{more}&$top={top}&$skip={skip + top}"
    return Answer(body=page)


def _folder(
    office: PostOffice, mailbox: str, rest: list[str], query: dict[str, str], *_others: object
) -> Answer:
    if set(query) - {"$select"} or rest != ["inbox"]:
        raise NoError(404, "ErrorItemNotFound")
    return Answer(body={"id": f"{mailbox}-inbox"})


def _value(office: PostOffice, mailbox: str, rest: list[str], *_others: object) -> Answer:
    return Answer(body=_found(office, mailbox, rest[0]).raw)


def _patch(
    office: PostOffice,
    mailbox: str,
    rest: list[str],
    query: dict[str, str],
    _headers: dict[str, str],
    body: bytes,
) -> Answer:
    change = json.loads(body)
    if query or not change or set(change) - {"isRead", "categories"}:
        raise NoError(400, "ErrorInvalidPropertySet")
    mail = _found(office, mailbox, rest[0])
    mail.is_read = change.get("isRead", mail.is_read)
    mail.categories = change.get("categories", mail.categories)
    return Answer(body={"id": mail.id})


def _found(office: PostOffice, mailbox: str, key: str) -> Kept:
    found = next((mail for mail in office.mailboxes[mailbox] if mail.id == key), None)
    if not found:
        raise NoError(404, "ErrorItemNotFound")
    return found


ROUTES: tuple[tuple[str, str, str, Callable[..., Answer]], ...] = (
    ("POST", "/sendMail", "Mail.Send", _send),
    ("GET", "/mailFolders/([^/]+)", "Mail.ReadWrite", _folder),
    ("GET", "/mailFolders/([^/]+)/messages", "Mail.ReadWrite", _list),
    ("GET", r"/messages/([^/]+)/\$value", "Mail.ReadWrite", _value),
    ("PATCH", "/messages/([^/]+)", "Mail.ReadWrite", _patch),
)
