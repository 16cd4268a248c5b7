"""Everything that is held on one person in one campaign, for that person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.directory.models import Employee
from compliance.attestations.models import Attestation
from compliance.attestations.words import (
    language_words,
    legal_basis_words,
    message_words,
    state_words,
)
from compliance.campaigns.models import Assignment
from compliance.guides.regions import country_names
from compliance.reminders.models import Leave, Message, Outcome
from ledger.canonical import utc_text


@dataclass(frozen=True)
class Fact:
    """One thing that is held: its key in the download, its label and value on the page."""

    key: str
    label: str
    value: str


def directory_facts(assignment: Assignment) -> list[Fact]:
    """What the employee directory says today."""
    person = assignment.person
    manager = person.manager.name if person.manager else ""
    return _given(
        [
            *_names(person.first_name, person.last_name, person.email, person.external_id or ""),
            Fact("job_title", _("Job title"), person.job_title),
            *_place(person.department, person.country, person.office, person.employment_type),
            Fact("time_zone", _("Time zone"), person.time_zone),
            Fact("manager", _("Manager"), manager),
            Fact("language", _("Language"), language_words(person.language)),
            Fact("leave", _("On leave"), "; ".join(map(_leave, _leaves(person)))),
        ]
    )


def asked_facts(assignment: Assignment) -> list[Fact]:
    """What was copied from the directory when this question was launched; it stays as it was."""
    row = assignment
    return _given(
        [
            *_names(row.first_name, row.last_name, row.email, row.external_id),
            *_place(row.department, row.country, row.office, row.employment_type),
            Fact("time_zone", _("Time zone"), row.time_zone),
            Fact("due_on", _("Asked to answer by"), row.due_on.isoformat()),
            Fact("manager", _("Manager"), row.manager_name),
            Fact("language", _("Language"), language_words(row.language)),
        ]
    )


def my_messages(assignment: Assignment) -> list[Message]:
    """Every mail, in order, each with what became of it."""
    outcomes = Prefetch("outcomes", queryset=Outcome.objects.order_by("at", "id"))
    return list(assignment.messages.prefetch_related(outcomes).order_by("step"))


def my_attestations(assignment: Assignment) -> list[Attestation]:
    """Every answer, the first one first."""
    return list(assignment.attestations.select_related("guide_version").order_by("number"))


def my_data(assignment: Assignment, *, now: datetime) -> dict[str, object]:
    """The download: the same as the page, for programs; times in UTC."""
    campaign = assignment.campaign
    return {
        "exported_at": utc_text(now),
        "directory_today": _plain(directory_facts(assignment)),
        "directory_when_asked": _plain(asked_facts(assignment)),
        "campaign": {
            "title": campaign.guide_version.parsed.text(assignment.language).title,
            "opens_on": campaign.opens_on.isoformat(),
            "due_on": campaign.due_on.isoformat(),
            "closes_on": campaign.closes_on.isoformat(),
            "legal_basis": legal_basis_words(campaign),
            "kept_months_after_close": campaign.retention_months,
        },
        "assignment": _assignment(assignment),
        "answers": [_answer(row) for row in my_attestations(assignment)],
        "mails": [_mail(row) for row in my_messages(assignment)],
    }


def _assignment(assignment: Assignment) -> dict[str, object]:
    return {
        "id": str(assignment.id),
        "link_version": assignment.link_version,
        "undeliverable": assignment.undeliverable,
        "absences": [
            {"reason": row.reason, "from_entry": row.seq, "until_entry": row.until_seq}
            for row in assignment.withdrawals.order_by("seq")
        ],
    }


def _answer(row: Attestation) -> dict[str, object]:
    text = row.guide_version.parsed.text(row.language)
    return {
        "number": row.number,
        "question": text.question,
        "answer": row.answer,
        "answer_text": text.answers[row.answer],
        "recorded_at": utc_text(row.at),
        "language": row.language,
        "assurance": row.assurance,
        "ledger_entry": row.seq,
    }


def _mail(row: Message) -> dict[str, object]:
    return {
        "kind": message_words(row),
        "state": row.state,
        "state_text": state_words(row.state),
        "planned_at": utc_text(row.planned_at),
        "address": row.recipient,
        "history": [_outcome(outcome) for outcome in row.outcomes.all()],
    }


def _outcome(row: Outcome) -> dict[str, object]:
    return {
        "at": utc_text(row.at),
        "state": row.state,
        "address": row.recipient,
        "server_code": row.code,
        "server_answer": row.answer,
    }


def _names(first: str, last: str, email: str, external_id: str) -> Iterable[Fact]:
    yield Fact("first_name", _("First name"), first)
    yield Fact("last_name", _("Last name"), last)
    yield Fact("email", _("E-mail address"), email)
    yield Fact("external_id", _("Personnel or directory number"), external_id)


def _place(department: str, country: str, office: str, employment_type: str) -> Iterable[Fact]:
    names = country_names(get_language() or "en")
    yield Fact("department", _("Department"), department)
    yield Fact("country", _("Country"), names.get(country, country))
    yield Fact("office", _("Office"), office)
    yield Fact("employment_type", _("Employment"), employment_type)


def _leaves(person: Employee) -> Iterable[Leave]:
    return person.leaves.order_by("starts_on", "pk")


def _leave(row: Leave) -> str:
    days = f"{row.starts_on.isoformat()} – {row.ends_on.isoformat()}"
    taken_back = _("taken back")
    return f"{days} ({taken_back})" if row.taken_back else days


def _given(facts: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.value]


def _plain(facts: Iterable[Fact]) -> dict[str, str]:
    return {fact.key: fact.value for fact in facts}
