"""A pass: for half an hour a browser holds that its person has signed in with Microsoft."""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.entra.config import connected
from compliance.campaigns.models import Assignment, Assurance
from compliance.campaigns.object_ids import is_object_id

SECONDS = 30 * 60


def needed(assignment: Assignment) -> bool:
    """Whether this person is asked to sign in."""
    return assignment.campaign.assurance == Assurance.SSO


def obtainable(assignment: Assignment) -> bool:
    """Whether signing in can succeed: with a tenant, and an account that the directory knows."""
    return connected() and bool(object_id(assignment))


def object_id(assignment: Assignment) -> str:
    """The person's object id in the tenant, as the directory has it now; '' without one."""
    found = (assignment.person.external_id or "").lower()
    return found if is_object_id(found) else ""


def held(request: HttpRequest, assignment: Assignment) -> bool:
    """Whether the browser holds a pass for this link, of the account that the directory names."""
    try:
        said = signing.loads(request.COOKIES.get(_name(), ""), salt=_SALT, max_age=SECONDS)
    except signing.BadSignature:
        return False
    known = object_id(assignment)
    return bool(known) and said == [str(assignment.pk), assignment.link_version, known]


def give(response: HttpResponse, assignment: Assignment, path: str) -> None:
    """Let the browser keep a pass, for the pages below `path` alone."""
    said = [str(assignment.pk), assignment.link_version, object_id(assignment)]
    response.set_cookie(
        _name(),
        signing.dumps(said, salt=_SALT),
        max_age=SECONDS,
        path=path,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


_SALT = "optrail.pass"


def _name() -> str:
    return "__Secure-optrail-pass" if settings.HTTPS else "optrail-pass"
