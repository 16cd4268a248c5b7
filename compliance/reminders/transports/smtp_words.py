"""What is said over SMTP: commands, a mail as it travels, answers and what they mean."""

from compliance.reminders.models import State
from compliance.reminders.transports.line import Envelope, LineLostError, Reply

Answer = tuple[int, bytes]
DONE = range(200, 300)
_STATES = {2: State.ACCEPTED, 4: State.DEFERRED, 5: State.REJECTED}
_REFUSED = range(500, 600)
# Exchange Online refuses for good (554 5.2.0, 5.2.2) when the *sender's* mailbox has used up its
# day or is full: https://learn.microsoft.com/exchange/troubleshoot/send-emails/smtp-submission-improvements
_SENDERS_QUOTA = (b"STOREDRV.Submission", b"QuotaExceeded")


def introduction(envelope: Envelope) -> tuple[bytes, bytes]:
    """MAIL and RCPT, as they are written."""
    sender, recipient = envelope.sender.encode(), envelope.recipient.encode()
    utf8 = b"" if envelope.recipient.isascii() else b" SMTPUTF8"
    return b"MAIL FROM:<" + sender + b">" + utf8 + b"\r\n", b"RCPT TO:<" + recipient + b">\r\n"


def unwritable(address: str) -> bool:
    """Whether `address` would break out of its command."""
    return not address.isprintable() or "<" in address or ">" in address


def wire_form(data: bytes) -> bytes:
    """The mail as it travels: leading dots doubled, the final dot behind it.

    `data` has CRLF line ends. One scan for all: looking first whether there is a dot takes as long.
    """
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    start = b"." if data.startswith(b".") else b""
    end = b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"
    return start + stuffed + end


def judged(answer: Answer, *, handed_over: bool) -> Reply:
    """What an answer to RCPT or to the final dot means. Raises LineLostError for nonsense.

    A refusal for the sender's own quota is a deferral: no recipient is at fault.
    """
    code, text = answer
    state = _STATES.get(code // 100)
    if state is None:
        raise _nonsense(answer, handed_over=handed_over)
    if state == State.REJECTED and all(sign in text for sign in _SENDERS_QUOTA):
        state = State.DEFERRED
    return Reply(state, code, clean(text))


def no_go_ahead(answer: Answer) -> Reply:
    """What it means that DATA was not answered by 354. Raises LineLostError for nonsense.

    Even a yes is nonsense here: no mail has been handed over that it could be about.
    """
    if answer[0] in DONE:
        raise _nonsense(answer, handed_over=False)
    return judged(answer, handed_over=False)


def no_sender(sender: str, answer: Answer) -> str:
    """Why MAIL was refused, and what to do. Return paths hold secrets behind a plus; not shown."""
    code, text = answer
    said = f"{code} {clean(text)}".replace(sender, "<sender>")
    if code not in _REFUSED:
        return f"The mail server takes no mail now: {said}."
    local, _, domain = sender.rpartition("@")
    shown = f"{local.split('+')[0]}+…@{domain}" if "+" in local else sender
    return (
        f"The mail server refuses the sender {shown}: {said}. Check EMAIL_FROM and the sender's "
        "address of the campaign, and that the account may send in its name."
    )


def clean(raw: bytes | str) -> str:
    """A server's words on one line, without control characters."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(text.split())


def words_of(error: Exception) -> str:
    """What an exception says, or at least its name."""
    reason = getattr(error, "strerror", None) or str(error)
    return clean(reason) or type(error).__name__


def _nonsense(answer: Answer, *, handed_over: bool) -> LineLostError:
    reason = f"an answer that is none: {answer[0]} {clean(answer[1])}"
    return LineLostError(reason, handed_over=handed_over)
