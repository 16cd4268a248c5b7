"""People who show by Microsoft who they are and become no user: another room receives them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse

from accounts.entra.idtoken import Claims
from accounts.entra.refusals import Reason


@dataclass(frozen=True)
class Visitor:
    """Somebody back from Microsoft.

    `about` is what the room gave when the sign-in began. Either the checked `claims` are there, or
    the reason why nobody was signed in.
    """

    about: str
    claims: Claims | None = None
    refused: Reason | None = None


Reception = Callable[[HttpRequest, Visitor, datetime], HttpResponse]
_RECEPTIONS: dict[str, Reception] = {}


def reception_register(kind: str, reception: Reception) -> None:
    """Let `reception` answer whoever comes back from a sign-in `kind:…` from now on."""
    _RECEPTIONS[kind] = reception


def visitor_receive(request: HttpRequest, visitor: Visitor, now: datetime) -> HttpResponse:
    """The page for who has come back."""
    return _RECEPTIONS[visitor.about.partition(":")[0]](request, visitor, now)
