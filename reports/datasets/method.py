"""Method: what the workbook says and does not say, and how each figure was made of what."""

from collections.abc import Iterator

from django.conf import settings

from compliance.campaigns.models import Assurance, Campaign
from ledger.canonical import utc_text
from reports.datasets.integrity import FORMAT
from reports.datasets.method_words import (
    ACCURATE,
    COMPLETE,
    FIGURES,
    LIMITS,
    SOURCES,
    STATEMENTS,
)  # fmt: skip
from reports.datasets.movements import last_position
from reports.datasets.position import Position
from reports.datasets.sampling import seed_of
from reports.datasets.tables import Fact, Section, Sheet
from reports.datasets.wording import pieces_of

_LEAD = (
    "For whoever relies on this workbook: what it is evidence of, what it is made of, and how to"
    " make every figure again."
)
_ASSURANCE = {
    Assurance.LINK.value: "Whoever holds the personal link that was mailed to the address on file"
    " can answer. Nothing else says who did; forwarded links are possible.",
    Assurance.CODE.value: "Whoever holds the personal link and reads the mails to the address on"
    " file can answer: a one-time code of six digits went there first (ten minutes, five tries).",
    Assurance.SSO.value: "Whoever holds the personal link and is signed in with Microsoft can"
    " answer: the account's object id must be the one that the directory names for the person.",
}


def method(position: Position) -> Sheet:
    """What auditors call information produced by the entity (IPE), about the workbook itself."""
    return Sheet(
        "Method",
        "Method",
        _LEAD,
        (
            Section("What an answer is", (*_facts(STATEMENTS), _assurance(position.campaign))),
            Section("What made this workbook", tuple(_system())),
            Section("What was asked for", tuple(_parameters(position))),
            Section("Completeness", tuple(_facts(COMPLETE))),
            Section("Accuracy", tuple(_facts(ACCURATE))),
            Section("What each sheet is made of", tuple(_sources())),
            Section("How figures are computed", tuple(_facts(FIGURES))),
            Section("Limits", tuple(_facts(LIMITS))),
        ),
    )


def _facts(words: dict[str, str]) -> Iterator[Fact]:
    return (Fact(label, text) for label, text in words.items())


def _sources() -> Iterator[Fact]:
    return (Fact(sheet, how, tables) for sheet, (tables, how) in SOURCES.items())


def _assurance(campaign: Campaign) -> Fact:
    meaning = _ASSURANCE.get(campaign.assurance, str(campaign.get_assurance_display()))
    return Fact("Link assurance", meaning, f"The campaign's level: {campaign.assurance}")


def _system() -> Iterator[Fact]:
    yield Fact("System", "Optrail", "It asks, records and exports; it looks into no account.")
    yield Fact("Version", settings.VERSION)
    yield Fact(
        "Commit", settings.COMMIT or "not recorded", "The source code, as its builder named it."
    )
    yield Fact("Workbook format", FORMAT, "Raised with every change of what the sheets say.")


def _parameters(position: Position) -> Iterator[Fact]:
    options, then = position.options, last_position(position)
    yield Fact("Campaign", position.campaign.ref, "Its parameters stand on Summary.")
    yield Fact("As of ledger position", position.seq, f"Recorded at {utc_text(position.at)}.")
    yield Fact(
        "Made by",
        options.made_for or "Optrail",
        "Who asked for it, and when, are later ledger entries (export.requested, export.made) and"
        " no part of it: the same position gives the same bytes, whoever asks.",
    )
    yield Fact("Edition", options.edition.value, _edition(position))
    yield from _filters(position)
    yield Fact(
        "Time zone", options.time_zone, "Where days end for people whose own is not on record."
        " All times in the sheets are UTC.",
    )  # fmt: skip
    yield Fact("Roll-forward from ledger position", then.seq)
    yield Fact(
        "Sample", options.sample_size, "Assignments at most, drawn among all rows of Population."
    )
    chosen = "Chosen by whoever asked." if options.sample_seed else "Nobody chose it."
    yield Fact("Seed of the sample", seed_of(position), chosen)


def _edition(position: Position) -> str:
    if not position.options.pseudonymous:
        return "People are named."
    return (
        "Names, addresses, employee numbers, managers and free text are left out. The key to the"
        " pseudonyms is a file of its own."
    )


def _filters(position: Position) -> Iterator[Fact]:
    filters = position.options.filters
    if not filters:
        yield Fact("Filters", "none", "Everybody in scope is shown.")
    for key, values in sorted(filters.items()):
        for piece in pieces_of(", ".join(values)):
            yield Fact(f"Filter: {key.replace('_', ' ')}", piece, "Only these people are shown.")
