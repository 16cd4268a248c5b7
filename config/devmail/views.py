"""The pages at /dev/mail/; they exist only beside a mail catcher and only on this machine."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.signin.access import public
from config.devmail.reading import mail_opened, subject_of
from config.devmail.store import CaughtMail, CaughtMails, NoSuchMailError
from config.environment import is_loopback

PAGE_SIZE = 50
# A mail is foreign content: no script, no form, nothing fetched, and an origin of its own.
# Its links work when a person follows them, and leave the frame.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-top-navigation-by-user-activation"
)
LEAVE_THE_FRAME = '<base target="_top">'
View = Callable[..., HttpResponseBase]


def loopback_only(view: View) -> View:
    """Refuses whoever does not sit at this machine: the mails hold everybody's personal links."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponseBase:
        if not is_loopback(request.META.get("REMOTE_ADDR", "")):
            raise PermissionDenied("The mail catcher is shown on this machine only.")
        return view(request, *args, **kwargs)

    return public(require_safe(guarded))


@loopback_only
def mails(request: HttpRequest) -> HttpResponseBase:
    """The caught mails, newest first, optionally those to one address."""
    to, before, after = (request.GET.get(name, "") for name in ("to", "before", "after"))
    page = _mails().page(to=to, before=before, after=after, limit=PAGE_SIZE)
    context = {
        "rows": [(mail, subject_of(mail.path)) for mail in page.mails],
        "to": to,
        "count": page.count,
        "folder": settings.MAIL_CATCHER_DIR,
        "previous_url": _page_url(to=to, after=page.mails[0].id) if page.has_newer else "",
        "next_url": _page_url(to=to, before=page.mails[-1].id) if page.has_older else "",
    }
    return render(request, "devmail/mails.html", context)


@loopback_only
def mail(request: HttpRequest, mail_id: str) -> HttpResponseBase:
    """One mail: headers, text, HTML in a sandbox, and its links to follow."""
    caught = _mail_or_404(mail_id)
    return render(
        request, "devmail/mail.html", {"caught": caught, "mail": mail_opened(caught.path)}
    )


@loopback_only
def mail_html(_request: HttpRequest, mail_id: str) -> HttpResponseBase:
    """The HTML part by itself, for the sandboxed frame."""
    response = HttpResponse(LEAVE_THE_FRAME + mail_opened(_mail_or_404(mail_id).path).html)
    response["Content-Security-Policy"] = MAIL_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


@loopback_only
def mail_raw(_request: HttpRequest, mail_id: str) -> HttpResponseBase:
    """The mail as it came, to download."""
    caught = _mail_or_404(mail_id)
    return FileResponse(
        caught.path.open("rb"),
        as_attachment=True,
        filename=f"{caught.id}.eml",
        content_type="message/rfc822",
    )


def _mails() -> CaughtMails:
    return CaughtMails(Path(settings.MAIL_CATCHER_DIR))


def _mail_or_404(mail_id: str) -> CaughtMail:
    try:
        return _mails().get(mail_id)
    except NoSuchMailError as error:
        raise Http404 from error


def _page_url(**query: str) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"{reverse('dev_mails')}?{urlencode(given)}"
