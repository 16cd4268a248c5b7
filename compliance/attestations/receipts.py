"""Receipts: what an employee keeps, and how anyone checks it without trusting us."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from compliance.attestations.models import Attestation
from compliance.attestations.words import assurance_words
from compliance.guides.content import GuideText
from ledger.canonical import event_hash
from ledger.models import Event

HASH_SHOWN = 16  # hex digits in the receipt's address: enough that nobody guesses one


@dataclass(frozen=True)
class Receipt:
    """One attestation together with the ledger entry that records it."""

    attestation: Attestation
    event: Event

    @classmethod
    def of(cls, attestation: Attestation) -> Self:
        """The receipt of `attestation`."""
        return cls(attestation, Event.objects.get(seq=attestation.seq))

    @property
    def hash(self) -> str:
        """The entry's hash in hex."""
        return bytes(self.event.hash).hex()

    @property
    def prev(self) -> str:
        """The hash of the entry before it, in hex."""
        return bytes(self.event.prev).hex()

    @property
    def question(self) -> str:
        """What was asked, in the language in which it was answered."""
        return self._text.question

    @property
    def answer(self) -> str:
        """What was answered, word for word."""
        return self._text.answers[self.attestation.answer]

    @property
    def assurance(self) -> str:
        """How the person had shown who they are."""
        return assurance_words(self.attestation.assurance)

    @property
    def url(self) -> str:
        """The address under which anyone can ask whether the entry stands."""
        path = reverse("receipt_check", args=[self.event.seq, self.hash[:HASH_SHOWN]])
        return f"{settings.PUBLIC_URL}{path}"

    @property
    def _text(self) -> GuideText:
        return self.attestation.guide_version.parsed.text(self.attestation.language)

    def as_text(self) -> str:
        """The receipt as a file, with the exact text that was hashed; holds no personal link."""
        return render_to_string(
            "compliance/attestations/receipt.txt",
            {"receipt": self, "company": settings.COMPANY_NAME},
        )


def entry_recorded_at(seq: int, hash_start: str) -> datetime | None:
    """When the attestation with this number and beginning of the hash was recorded.

    None when no such attestation stands in the ledger, or when its text is not the hashed one.
    """
    attestation = Attestation.objects.filter(seq=seq).first()
    event = Event.objects.filter(seq=seq).first()
    if attestation is None or event is None or not _stands(event, hash_start):
        return None
    return attestation.at


def _stands(event: Event, hash_start: str) -> bool:
    hash_ = bytes(event.hash)
    return hash_.hex().startswith(hash_start) and event_hash(bytes(event.prev), event.body) == hash_
