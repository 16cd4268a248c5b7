"""Reports in forms of their own, and the mails that only look like reports."""

import re
from email import message_from_bytes
from email.message import Message

from flufl.bounce import all_failures

from compliance.reminders.bounces.fates import DELAYED, FAILED, Fate, reply_code
from compliance.reminders.bounces.parsing import ATTACHED_MAILS, body_text, own_parts

# The report itself stands at the beginning, the returned mail behind it. The bounds keep patterns
# that are quadratic in a line's length harmless.
_LOOKED_AT = 64 * 1024
_LONGEST_LINE = 998  # RFC 5322, 2.1.1
_AWAY = re.compile(
    r"out[ -]of[ -](the[ -])?office|automatic reply|auto(matic)?[ -]?(reply|response|responder)"
    r"|\bvacation\b|on (annual )?leave|away from (my|the) (office|desk)"
    r"|abwesenheit|abwesend|automatische antwort|nicht im (büro|haus)|im urlaub"
    r"|réponse automatique|absence du bureau|respuesta automática|fuera de la oficina"
    r"|risposta automatica|fuori sede|automatisch antwoord|afwezig|autosvar|otomatik yanıt",
    re.IGNORECASE,
)
_AWAY_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Vacation")
_NOT_REPORTS = {"disposition-notification", "feedback-report"}
_REASON = re.compile(r"(?<![\d.])[45]\d\d[ -]|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])")
UNSAID = "the report gives no reason"


def only_an_answer(mail: Message, subject: str) -> bool:
    """Whether `mail` is an absence note, a read receipt or a complaint: the mail has arrived.

    `Auto-Submitted: auto-replied` alone says nothing: mail servers put it on their reports too.
    """
    if mail.get_content_type() == "multipart/report":
        return str(mail.get_param("report-type", "")).lower() in _NOT_REPORTS
    noted = any(mail[name] for name in _AWAY_HEADERS)
    replied = str(mail.get("Precedence", "")).strip().lower() in {"auto_reply", "auto-reply"}
    return noted or replied or bool(_AWAY.search(subject))


def free_fate(mail: Message, raw: bytes) -> Fate | None:
    """What a report in one of the well-known free forms says; None when it is none of them."""
    try:
        temporary, permanent = all_failures(_without_attached_mails(_beginning(raw)))
    except Exception:  # noqa: BLE001 - a detector tripped over what a stranger wrote: not its form
        return None
    if not temporary and not permanent:
        return None
    named = frozenset(address.decode("ascii", "replace").lower() for address in permanent)
    answer = _answer(mail)
    return Fate(FAILED if permanent else DELAYED, named, reply_code(answer), answer)


def _beginning(raw: bytes) -> Message:
    lines = (line[:_LONGEST_LINE] for line in raw[:_LOOKED_AT].splitlines())
    mail = message_from_bytes(b"\n".join(lines))
    if not mail["From"]:
        # The detectors trip over a report that names no sender.
        del mail["From"]
        mail["From"] = "MAILER-DAEMON"
    return mail


def _without_attached_mails(mail: Message) -> Message:
    """A report that somebody passes on as an attachment is none on the mail around it."""
    payload = mail.get_payload()
    if mail.get_content_maintype() == "multipart" and isinstance(payload, list):
        parts = [part for part in payload if isinstance(part, Message)]
        own = [part for part in parts if part.get_content_type() not in ATTACHED_MAILS]
        mail.set_payload([_without_attached_mails(part) for part in own])
    return mail


def _answer(mail: Message) -> str:
    """The first line that holds a reply code or a status; mail servers quote themselves so."""
    for part in own_parts(mail):
        if part.get_content_maintype() == "text":
            for line in body_text(part)[:_LOOKED_AT].splitlines():
                if _REASON.search(line[:_LONGEST_LINE]):
                    return line[:_LONGEST_LINE].strip()
    return UNSAID
