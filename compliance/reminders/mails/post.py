"""Mails as servers get them: the pressed letter with one person's headers, name and links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import format_datetime
from functools import lru_cache
from uuid import UUID, uuid4

from django.conf import settings

from compliance.campaigns.links import link_url
from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.policy import INVITATION
from compliance.reminders.calendar import local_day
from compliance.reminders.mails.addresses import (
    address_of,
    mailbox,
    one_line,
    own_address,
    unstructured,
)
from compliance.reminders.mails.envelope import from_address_of, return_path
from compliance.reminders.mails.facts import Frame, Part, frame_of, part_of
from compliance.reminders.mails.letters import Length, Letter, Reader, letter
from compliance.reminders.mails.press import Plate, Plates, pressed, slot
from compliance.reminders.models import Message
from compliance.reminders.schedule import Crowd, occasion_day
from compliance.reminders.transports.line import Envelope

# No out-of-office replies, please (RFC 3834).
_AUTOMATIC = b"Auto-Submitted: auto-generated\r\n"
# Bytes, links included, that leave room for names and headers: a mail stays under 30 KB.
_MOST_BYTES = 28_000
# About 15 KB each: every campaign, language, step and due date that is being sent.
_PLATES = Plates(room=256)


@dataclass(frozen=True)
class Mail:
    """One mail, ready to be handed over."""

    envelope: Envelope
    data: bytes


def mail_bytes(messages: Sequence[Message], *, now: datetime) -> bytes:
    """One mail about all `messages` of one person, the carrier first; the same headers each time.

    Its lines end with CRLF. Raises UnmailableError.
    """
    carrier = messages[0]
    parts = [
        part_of(
            message.assignment,
            step=message.step,
            today=local_day(message.assignment.time_zone, now),
        )
        for message in messages
    ]
    return _written(
        [message.assignment for message in messages],
        parts,
        to=carrier.recipient,
        key=carrier.id,
        dated_at=carrier.dated_at or now,
    )


def mail_for_test(
    campaign: Campaign, *, to: str, language: str, now: datetime, step: int = INVITATION
) -> Mail:
    """The mail of `step` as people will get it, sent to `to`; its link opens nothing."""
    someone = Assignment(
        campaign=campaign,
        first_name="Alex",
        last_name="Sample",
        language=language,
        counts_from=campaign.opens_on,
        due_on=campaign.due_on,
    )
    part = part_of(someone, step=step, today=_day_of(step, someone) or local_day("", now))
    key = uuid4()
    data = _written([someone], [part], to=to, key=key, dated_at=now, test=True)
    return Mail(Envelope(return_path(key, from_address_of(campaign)), address_of(to)), data)


def plain_mail(
    *,
    sender_name: str,
    from_address: str,
    to: str,
    subject: str,
    text: str,
    html: str,
    key: UUID,
    dated_at: datetime,
) -> Mail:
    """A mail that only one person gets: nothing of it is kept. Raises UnmailableError."""
    sender = own_address(from_address or settings.EMAIL_FROM)
    recipient = address_of(to)
    own = _own_headers(key, sender, "", recipient, dated_at)
    plate = pressed(Letter(subject, text, html), _shared_headers(sender_name, sender, "", subject))
    return Mail(Envelope(return_path(key, sender), recipient), plate.filled(own, {}))


def _written(
    people: Sequence[Assignment],
    parts: Sequence[Part],
    *,
    to: str,
    key: UUID,
    dated_at: datetime,
    test: bool = False,
) -> bytes:
    first = people[0]
    sender = from_address_of(first.campaign)
    frame = frame_of(first, from_address=sender, test=test)
    plate = _PLATES.plate((frame, *parts), lambda: _plate(frame, parts, people))
    name = one_line(f"{first.first_name} {first.last_name}")
    own = _own_headers(key, sender, name, address_of(to), dated_at)
    return plate.filled(own, _values(people))


def _plate(frame: Frame, parts: Sequence[Part], people: Sequence[Assignment]) -> Plate:
    guides = [person.campaign.guide_version.parsed for person in people]
    urls = tuple(slot(f"url{number}") for number in range(len(parts)))
    reader = Reader(slot("name") if frame.named else "", urls)
    link = len(link_url(people[0]))
    for length in _lengths(parts):
        plate = _pressed(frame, letter(frame, parts, guides, reader, length=length))
        if plate.size + link * len(plate.slots) <= _MOST_BYTES:
            break
    return plate


def _lengths(parts: Sequence[Part]) -> Sequence[Length]:
    """From the longest on; what an officer wrote for a mail about one campaign stays."""
    return list(Length) if len(parts) > 1 else (Length.FULL, Length.BRIEF)


def _pressed(frame: Frame, words: Letter) -> Plate:
    headers = _shared_headers(frame.sender, frame.from_address, frame.reply_to, words.subject)
    return pressed(words, headers)


def _values(people: Sequence[Assignment]) -> dict[str, str]:
    urls = {f"url{number}": link_url(person) for number, person in enumerate(people)}
    return {"name": one_line(people[0].first_name), **urls}


def _shared_headers(sender_name: str, from_address: str, reply_to: str, subject: str) -> bytes:
    """The headers that all readers of a letter share."""
    answers = mailbox("Reply-To", "", own_address(reply_to)) if reply_to else b""
    return b"".join(
        (
            mailbox("From", one_line(sender_name), from_address),
            answers,
            unstructured("Subject", one_line(subject)),
            _AUTOMATIC,
        )
    )


def _own_headers(key: UUID, sender: str, name: str, recipient: str, dated_at: datetime) -> bytes:
    """The headers of one mail."""
    domain = sender.rpartition("@")[2]
    lines = f"Date: {_date(dated_at)}\r\nMessage-ID: <{key.hex}@{domain}>\r\n"
    return lines.encode() + mailbox("To", name, recipient)


@lru_cache(maxsize=1_024)
def _date(moment: datetime) -> str:
    return format_datetime(moment)


def _day_of(step: int, someone: Assignment) -> date | None:
    """The day on which `step` of its campaign's policy comes due for `someone`."""
    campaign = someone.campaign
    occasions = campaign.reminders.occasions(due_round=campaign.due_round)
    crowd = Crowd("", "", someone.counts_from, someone.due_on, mailed_on=None)
    return next((occasion_day(one, crowd) for one in occasions if one.code == step), None)
