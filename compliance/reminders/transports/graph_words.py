"""What Microsoft Graph's answers to `sendMail` mean: whose fault, and how long to wait."""

from dataclasses import dataclass
from datetime import timedelta

from accounts.entra.errors import EntraError, GraphRefusal, Throttled, Unreachable
from compliance.reminders.models import State
from compliance.reminders.transports.line import LineLostError, Reply

# Without a Retry-After.
PATIENCE = timedelta(minutes=1)
# A mailbox that may not be sent from: somebody has to do something about it.
CLOSED = timedelta(minutes=5)
_LONGEST = timedelta(days=1)
UNAUTHORIZED, _TOO_MANY, UNAVAILABLE = 401, 429, 503
_THE_MAIL = {400, 413, 422}
_NOT_NOW = {408, 409, 423, 425}
# Said with 400 or 403, and no recipient is at fault.
# https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode
_THE_SENDER = {
    "ErrorAccountDisabled",
    "ErrorExceededMessageLimit",
    "ErrorMessageSubmissionBlocked",
    "ErrorQuotaExceeded",
    "ErrorSendAsDenied",
    "ErrorSubmissionQuotaExceeded",
}
_ADVICE = (
    "Microsoft does not let us send from {}: {} Grant “Application Mail.Send” for this mailbox in "
    "Exchange Online, and “Send As” where mails come from another address."
)


@dataclass(frozen=True)
class Verdict:
    """What came of one request: the reply or the loss, and a rest for the mailbox with its why."""

    outcome: Reply | LineLostError
    rest: timedelta | None = None
    reason: str = ""


def verdict(error: EntraError, mailbox: str) -> Verdict:
    """What `error`, the answer to a mail from `mailbox`, means."""
    if wait := patience_asked(error):
        return _not_now(error, wait)
    match error:
        case Unreachable():
            return Verdict(LineLostError(str(error), handed_over=error.maybe_done))
        case GraphRefusal():
            return _refused(error, mailbox)
    return Verdict(LineLostError(str(error), handed_over=False))


def patience_asked(error: EntraError) -> timedelta | None:
    """How long Microsoft wants the mailbox left alone (429, 503); None when that is not it."""
    match error:
        case Throttled(retry_after=seconds) | Unreachable(status=503, retry_after=seconds):
            return min(timedelta(seconds=seconds), _LONGEST) if seconds else PATIENCE
    return None


def _not_now(error: EntraError, wait: timedelta) -> Verdict:
    """The mail is put off, and nothing else goes from there meanwhile."""
    code = _TOO_MANY if isinstance(error, Throttled) else UNAVAILABLE
    return Verdict(Reply(State.DEFERRED, code, str(error), wait), wait, str(error))


def _refused(error: GraphRefusal, mailbox: str) -> Verdict:
    if error.status in _NOT_NOW:
        return Verdict(Reply(State.DEFERRED, error.status, str(error)))
    if error.status in _THE_MAIL and error.code not in _THE_SENDER:
        return Verdict(Reply(State.REJECTED, error.status, str(error)))
    lost = LineLostError(str(error), handed_over=False)
    if error.status == UNAUTHORIZED:  # with the next line comes a new token
        return Verdict(lost)
    return Verdict(lost, CLOSED, _ADVICE.format(mailbox, error))
