"""Summary: the cover, which says in one page what was asked, of whom, and what came back."""

from collections.abc import Iterator

from accounts.directory.models import LeftReason
from compliance.answers import ANSWERS
from compliance.campaigns.audience import LIMITS
from compliance.campaigns.models import Exclusion
from compliance.reminders.models import State
from ledger.canonical import utc_text
from reports.datasets.course import Course, Recorded
from reports.datasets.exceptions.kinds import Exceptional
from reports.datasets.pictures import ANSWERED, PEOPLE, pictures, weeks
from reports.datasets.position import Position
from reports.datasets.tables import Fact, Section, Sheet
from reports.datasets.tally import Status, Tally
from reports.datasets.wording import pieces_of

_LEAD = (
    "What people said about one setting in their own account, and who was asked. These are"
    " statements of the people themselves; nothing was looked up in anybody's account."
)


def summary(position: Position, course: Course, tally: Tally) -> Sheet:
    """The campaign's parameters, its people and their answers as of the position."""
    people, by_week = Section(PEOPLE, tuple(_people(tally))), weeks(tally)
    return Sheet(
        "Summary",
        position.campaign.name,
        _LEAD,
        (
            Section("As of", tuple(_as_of(position))),
            people,
            Section(ANSWERED, tuple(_answers(position, tally))),
            by_week,
            Section("Mails", tuple(_mails(tally))),
            Section("Exceptions", tuple(_exceptions(tally))),
            Section("The campaign", tuple(_campaign(position, course))),
            Section("What was decided", tuple(map(_decision, course.decisions))),
        ),
        pictures(people, by_week),
    )


def _as_of(position: Position) -> Iterator[Fact]:
    yield Fact(
        "Ledger position", position.seq, "Everything up to this entry counts, nothing later."
    )
    yield Fact("Recorded at", utc_text(position.at), "All times are UTC.")
    if position.options.pseudonymous:
        yield Fact("Edition", "pseudonymous", "Names and addresses are left out.")
    for key, values in sorted(position.options.filters.items()):
        for piece in pieces_of(", ".join(values)):
            yield Fact(f"Only these {key.replace('_', ' ')}", piece, "All others are left out.")


def _people(tally: Tally) -> Iterator[Fact]:
    yield Fact("In scope", tally.people.total(), "= answered + open + excluded + left + erased")
    joined = tally.joined.total()
    if joined:
        yield Fact("Of these, joined later", joined, "After the launch; marked on Population.")
    yield Fact("Answered", tally.with_status(Status.ANSWERED))
    yield Fact("Open", tally.with_status(Status.OPEN), _open_note(tally))
    for reason, people in tally.reasons(Status.EXCLUDED).items():
        yield Fact(f"Excluded: {reason}", people, str(Exclusion(reason).label))
    for reason, people in tally.reasons(Status.LEFT).items():
        yield Fact(f"Left: {reason}", people, f"Left the company: {LeftReason(reason).label}")
    if erased := tally.with_status(Status.ERASED):
        yield Fact("Erased", erased, "Their data are gone, whatever they were before.")
    if tally.own_days:
        yield Fact(
            "With a due date of their own",
            tally.own_days,
            "Of those asked: they joined later, or were on leave.",
        )


def _open_note(tally: Tally) -> str:
    return f"Of these, {tally.lost} could not find the setting." if tally.lost else ""


def _answers(position: Position, tally: Tally) -> Iterator[Fact]:
    words = position.campaign.guide_version.parsed.text().answers
    for code in ANSWERS:
        yield Fact(code, tally.answers[code], words[code])
    corrections = tally.attestations - tally.standing.total()
    yield Fact("Corrected later", corrections, "Earlier answers that no longer stand.")


def _mails(tally: Tally) -> Iterator[Fact]:
    yield Fact("Messages", tally.messages.total(), "Invitations and reminders that were owed.")
    for state in State:
        if tally.messages[state.value]:
            yield Fact(state.value, tally.messages[state.value], str(state.label))


def _exceptions(tally: Tally) -> Iterator[Fact]:
    yield Fact("Exceptions", tally.exceptions.total(), "Listed on the sheet of that name.")
    for kind in Exceptional:
        if tally.exceptions[kind.value]:
            yield Fact(f"Exception: {kind.value}", tally.exceptions[kind.value], str(kind.label))


def _campaign(position: Position, course: Course) -> Iterator[Fact]:
    campaign, version = position.campaign, position.campaign.guide_version
    yield Fact("State", str(course.state.label))
    yield Fact("Platform", version.parsed.platform)
    yield Fact("Setting", version.parsed.setting)
    yield Fact("Guide", version.guide.slug, f"Version {version.number}")
    yield Fact("Wording digest", version.digest, "SHA-256; the texts stand on the sheet Wording.")
    yield Fact("Opened", course.day("opens_on"))
    yield Fact("Due", course.day("due_on"))
    yield Fact("Last day for answers", course.day("closes_on"))
    yield from _audience(campaign.audience)
    yield Fact("Asked in every country", _yes(campaign.ask_everywhere))
    reminders = str(course.value("reminders")) or "none"
    yield Fact("Reminders", reminders, "In working days after the invitation, or from the due day.")
    yield Fact("Late joiners", "asked too" if campaign.late_joiners else "not asked")
    yield Fact("Invited at any hour", _yes(campaign.send_now))
    yield Fact("Language for all others", campaign.language or "en")
    yield Fact("Sender", campaign.sender_name or "the company's name")
    yield Fact("Replies to", campaign.reply_to or "the sending address")
    yield Fact("Legal basis", str(campaign.get_legal_basis_display()))
    for piece in pieces_of(campaign.legal_note):
        yield Fact("Legal note", piece)
    yield Fact("Kept for", campaign.retention_months, "months")
    yield Fact("Link assurance", campaign.assurance, str(campaign.get_assurance_display()))


def _audience(limits: dict[str, list[str]]) -> Iterator[Fact]:
    for key in LIMITS:
        chosen = ", ".join(sorted(limits.get(key, []))) or "no limit"
        for piece in pieces_of(chosen):
            yield Fact(f"Audience: {key.replace('_', ' ')}", piece)


def _decision(decision: Recorded) -> Fact:
    note = f"Ledger no. {decision.seq}, by {decision.actor}"
    return Fact(decision.kind.capitalize(), utc_text(decision.at), note)


def _yes(value: bool) -> str:  # noqa: FBT001 - a word for a truth
    return "yes" if value else "no"
