"""The check's looks at mail: may we send, and read what comes back, from which mailboxes."""

from contextlib import closing
from datetime import datetime
from urllib.parse import quote

from accounts.entra.config import Tenant
from accounts.entra.errors import EntraError, GraphRefusal
from accounts.entra.findings import BAD, GOOD, WARN, Said, look_register
from accounts.entra.graph import GraphClient
from accounts.entra.tokens import app_token, app_token_forget, roles_of
from compliance.reminders.berths import berth_leave, berth_take, mailbox_rest
from compliance.reminders.senders import mailboxes
from compliance.reminders.transports.configured import signs_in_by_entra
from compliance.reminders.transports.graph_words import patience_asked, verdict

SMTP = "SMTP.SendAsApp"
_BAD_REQUEST = 400
# No base64: whoever may send is told so, and nothing can leave.
# https://learn.microsoft.com/graph/api/user-sendmail
NO_MAIL, _NOT_BASE64 = b"!", "ErrorMimeContentInvalidBase64String"


def sending(where: Tenant, now: datetime) -> Said:
    """Each mailbox of EMAIL_URL, or the token for SMTP; nothing is said of other servers."""
    for mailbox in mailboxes():
        yield _may_send(where, mailbox, now)
    if signs_in_by_entra():
        yield _by_smtp(where)


def _may_send(where: Tenant, mailbox: str, now: datetime) -> tuple[str, str]:
    berth = berth_take((mailbox,), now=now)
    if berth is None:
        return WARN, f"{mailbox} is busy, or rests. Check again in a few minutes."
    try:
        with closing(GraphClient(where)) as graph:
            graph.post(
                f"/users/{quote(mailbox)}/sendMail",
                content=NO_MAIL,
                headers={"Content-Type": "text/plain"},
            )
    except GraphRefusal as refusal:
        return _said(refusal, mailbox)
    except EntraError as error:
        if wait := patience_asked(error):
            mailbox_rest(mailbox, until=now + wait, reason=str(error))
        return WARN, f"{mailbox} could not be tried: {error}"
    finally:  # it counts as a mail, as whatever Microsoft is asked to send
        berth_leave(berth, sent=True, now=now)
    return WARN, f"{mailbox}: Microsoft took for a mail what is none. Send yourself a test mail."


def _said(refusal: GraphRefusal, mailbox: str) -> tuple[str, str]:
    if refusal.code == _NOT_BASE64:
        return GOOD, f"Microsoft lets us send from {mailbox}. (Nothing was sent.)"
    if refusal.status == _BAD_REQUEST:
        return WARN, f"{mailbox}: {refusal} That may mean anything: send yourself a test mail."
    return BAD, verdict(refusal, mailbox).reason or f"{mailbox}: {refusal}"


def _by_smtp(where: Tenant) -> tuple[str, str]:
    """What was granted a minute ago stands only in a token that is asked for now."""
    app_token_forget(where.exchange_scope)
    if SMTP in roles_of(app_token(where.exchange_scope)):
        return GOOD, f"The token for SMTP holds {SMTP}."
    return BAD, (
        f"The application permission {SMTP} (Office 365 Exchange Online) is missing, or no "
        "administrator has consented to it yet: SMTP will refuse our token."
    )


look_register("Sending", sending)
