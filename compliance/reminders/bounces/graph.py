"""A mailbox of Microsoft 365 through Graph: what is new, one mail at a time, and a mark."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from django.utils import timezone

from accounts.entra.errors import EntraError, GraphRefusal
from accounts.entra.graph import GraphClient, graph_session
from compliance.reminders.berth_models import Berth, Rest
from compliance.reminders.berths import (
    berth_leave,
    berth_take_to_read,
    mailbox_rest,
    rests,
)
from compliance.reminders.bounces.parsing import MAX_BYTES
from compliance.reminders.transports.graph_words import patience_asked
from ledger.commands import Refusal

# So many are looked at in one run, newest first; what we have looked at is not counted.
MOST, PAGE = 1_000, 100
# A category that only we use: to people and their programs the mail is as unread as before.
LOOKED_AT = "OptrailRead"
_NOT_FOUND = 404
# Graph sorts only by what it also filters by, and in that order.
_NEW = "receivedDateTime ge 2000-01-01T00:00:00Z and isRead eq false"
_LOOK_AGAIN = 0.25
Result = TypeVar("Result")


@dataclass(frozen=True)
class GraphPlace:
    """Whose mailbox, and which of its folders: its identifier or a well-known name (`inbox`)."""

    mailbox: str
    folder: str


class RestingError(EntraError):
    """Nothing is asked of a mailbox that Microsoft wants left alone, be it for sending."""

    def __init__(self, rest: Rest) -> None:
        super().__init__(f"{rest.reason} It is asked again after {rest.until:%H:%M} UTC.")


class GraphBox:
    """An open mailbox; each request waits for one of the berths that all workers share."""

    def __init__(self, client: GraphClient, place: GraphPlace) -> None:
        self._client, self._place = client, place
        self._categories: dict[str, list[str]] = {}

    def unread(self) -> Iterator[str]:
        """The ids of mails that nobody has read and we have not looked at, newest first.

        All of them are asked for before any is marked: a mark moves the others to other pages.
        """
        self._categories = dict(self._new())
        return iter(list(self._categories))

    def fetched(self, uid: str) -> bytes | None:
        """The mail, unmarked; of one that is too large only so much as shows that it is."""
        path = f"{self._mail(uid)}/$value"
        try:
            return self._asked(lambda: self._client.get_bytes(path, most=MAX_BYTES + 1))
        except GraphRefusal as refusal:
            if refusal.status == _NOT_FOUND:
                return None
            raise

    def mark(self, uid: str, *, ours: bool) -> None:
        """What is ours counts as read; the rest stays unread, and is not fetched again."""
        marked = {"categories": [*self._categories[uid], LOOKED_AT]}
        change = {"isRead": True} if ours else marked
        self._asked(lambda: self._client.patch(self._mail(uid), change))

    def look(self) -> None:
        """Whether the folder is there and may be read. Raises EntraError."""
        self._get(self._folder, {"$select": "id"})

    def _new(self) -> Iterator[tuple[str, list[str]]]:
        found = 0
        for mail in self._listed():
            categories = list(mail.get("categories") or [])
            if LOOKED_AT in categories:
                continue
            yield mail["id"], categories
            found += 1
            if found >= MOST:
                return

    def _listed(self) -> Iterator[Mapping[str, Any]]:
        query: dict[str, str] | None = {
            "$filter": _NEW,
            "$orderby": "receivedDateTime desc",
            "$select": "id,categories",
            "$top": str(PAGE),
        }
        path: str | None = f"{self._folder}/messages"
        while path:
            page = self._get(path, query)
            yield from page.get("value", [])
            path, query = page.get("@odata.nextLink"), None

    def _get(self, path: str, query: dict[str, str] | None) -> dict[str, Any]:
        return self._asked(lambda: self._client.get(path, query))

    def _asked(self, request: Callable[[], Result]) -> Result:
        berth = self._berth()
        try:
            return request()
        except EntraError as error:
            if wait := patience_asked(error):
                until = timezone.now() + wait
                mailbox_rest(self._place.mailbox, until=until, reason=str(error))
            raise
        finally:
            berth_leave(berth, sent=False, now=timezone.now())

    def _berth(self) -> Berth:
        """A berth, as soon as there is one. Raises RestingError while Microsoft asks for rest."""
        while True:
            now = timezone.now()
            for rest in rests([self._place.mailbox], now=now):
                raise RestingError(rest)
            if berth := berth_take_to_read(self._place.mailbox, now=now):
                return berth
            time.sleep(_LOOK_AGAIN)

    @property
    def _user(self) -> str:
        return f"/users/{quote(self._place.mailbox)}"

    @property
    def _folder(self) -> str:
        return f"{self._user}/mailFolders/{quote(self._place.folder, safe='')}"

    def _mail(self, uid: str) -> str:
        return f"{self._user}/messages/{quote(uid, safe='')}"


@contextmanager
def opened_by_graph(place: GraphPlace) -> Iterator[GraphBox]:
    """The mailbox. Raises Refusal."""
    try:
        client = graph_session()
        try:
            yield GraphBox(client, place)
        finally:
            client.close()
    except EntraError as error:
        raise Refusal(f"The bounce mailbox {place.mailbox}: {error}{_advice(error)}") from error


def _advice(error: EntraError) -> str:
    if not isinstance(error, GraphRefusal):
        return ""
    return " Optrail needs “Application Mail.ReadWrite” for it in Exchange Online."
