"""The reminder policy: on which working days a person is reminded, in which words, how often."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

INVITATION = 0
LAST_OFFSET = 250  # about a year of working days
MOST = 20
MOST_STEPS = 40
DEFAULT_AT_MOST = 6
# A step's code says its meaning: n is n working days after the invitation, 1000 × (round + 1) + n
# is n working days from the due date, which `round` extensions have moved.
_ROUND = 1_000
MOST_ROUNDS = 30
SUBJECT_MAX, OPENING_MAX = 150, 2_000
# An opening stands in both parts of a mail: a mail about one campaign stays under 30 KB in every
# script. One about several that would not leaves the openings out.
OPENING_BYTES = 6_000
_ADDRESS = re.compile(r"https?:|www\.", re.IGNORECASE)


class PolicyError(ValueError):
    """A policy that cannot be used: what is wrong with it, and what to write instead."""


class Anchor(StrEnum):
    """What a step's working days are counted from."""

    INVITATION = "invitation"
    DUE = "due"
    # Again and again after the due date, every `offset` working days.
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Wording:
    """A reminder's own words in one language; '' leaves ours."""

    subject: str = ""
    opening: str = ""

    def problems(self) -> Iterator[str]:
        """What is wrong with them, in words that say what to do."""
        for what, text, most, allowed in (
            ("subject", self.subject, SUBJECT_MAX, ""),
            ("opening", self.opening, OPENING_MAX, "\n"),
        ):
            if len(text) > most:
                yield f"The {what} has {len(text)} characters. Keep it to {most}."
            elif _written(text) > OPENING_BYTES:
                share = OPENING_BYTES * len(text) // _written(text)
                yield f"The {what} is too long in this script. Keep it to {share} characters."
            if any(_control(char) for char in text if char not in allowed):
                yield f"The {what} holds a line break or another control character. Write it anew."
            if _ADDRESS.search(text):
                yield (
                    f"The {what} holds the address of a page. The only link in these mails is the "
                    "personal one: people are told that nothing else in them is to be opened."
                )


@dataclass(frozen=True)
class Step:
    """One step. `since`: the day it was added to a running campaign; never owed for days before."""

    anchor: Anchor
    offset: int
    since: date | None = None
    wording: Mapping[str, Wording] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def key(self) -> tuple[Anchor, int]:
        """What makes it the same step when a policy is edited."""
        return self.anchor, self.offset

    @property
    def text(self) -> str:
        """`3`, `due-2`, `due`, `due+4`, `every 5`."""
        if self.anchor is Anchor.INVITATION:
            return str(self.offset)
        if self.anchor is Anchor.OVERDUE:
            return f"every {self.offset}"
        return f"due{self.offset:+d}" if self.offset else "due"


@dataclass(frozen=True)
class Occasion:
    """One time at which a step comes due: the code that messages carry, and how to count."""

    code: int
    anchor: Anchor
    offset: int
    step: Step


@dataclass(frozen=True)
class Policy:
    """All steps, and at most how many reminders one person gets."""

    steps: tuple[Step, ...] = ()
    at_most: int = DEFAULT_AT_MOST

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The policy as a campaign keeps it; `{}` is one without reminders."""
        steps = tuple(_step_from_json(step) for step in stored.get("steps", ()))
        return cls(steps, stored.get("at_most", DEFAULT_AT_MOST))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """`3, 7, due-2, due, every 5, at most 6`. Raises PolicyError."""
        steps: list[Step] = []
        at_most = DEFAULT_AT_MOST
        for word in filter(None, (" ".join(part.split()).lower() for part in text.split(","))):
            if found := re.fullmatch(r"at most (\d{1,4})", word):
                at_most = int(found[1])
            else:
                steps.append(_step_from_text(word))
        return cls(tuple(sorted(steps, key=_order)), at_most).checked()

    def to_json(self) -> dict[str, Any]:
        """What a campaign keeps."""
        return {"steps": [_step_to_json(step) for step in self.steps], "at_most": self.at_most}

    @property
    def text(self) -> str:
        """As `from_text` reads it; '' without reminders."""
        words = [step.text for step in self.steps]
        return ", ".join([*words, f"at most {self.at_most}"]) if words else ""

    def checked(self) -> Self:
        """The policy itself. Raises PolicyError for one that cannot be used."""
        for problem in self.problems():
            raise PolicyError(problem)
        return self

    def problems(self) -> Iterator[str]:
        """Everything that is wrong with it, in words that say what to do."""
        keys = [step.key for step in self.steps]
        for step in self.steps:
            if keys.count(step.key) > 1:
                yield f"The step “{step.text}” stands there twice. Write it once."
            low = -LAST_OFFSET if step.anchor is Anchor.DUE else 1
            if not low <= step.offset <= LAST_OFFSET:
                yield (
                    f"The step “{step.text}” is not usable. Write working days from 1 to "
                    f"{LAST_OFFSET}."
                )
            for words in step.wording.values():
                yield from (f"The step “{step.text}”: {problem}" for problem in words.problems())
        if len(keys) > MOST_STEPS:
            yield f"There are {len(keys)} steps. Keep at most {MOST_STEPS}."
        if sum(step.anchor is Anchor.OVERDUE for step in self.steps) > 1:
            yield "There is more than one “every …”. Keep one of them."
        if not 1 <= self.at_most <= MOST:
            yield f"“at most {self.at_most}” is not usable. Write a number from 1 to {MOST}."

    def occasions(self, *, due_round: int) -> Sequence[Occasion]:
        """Every time at which a step may come due, the repeated one written out."""
        base = _ROUND * (due_round + 1)
        return tuple(
            Occasion(offset if anchor is Anchor.INVITATION else base + offset, anchor, offset, step)
            for step in self.steps
            for anchor, offset in self._times(step)
        )

    def edited(self, new: Self, *, today: date) -> Self:
        """`new` instead of this one from `today` on: what it adds is never owed for the past.

        A higher limit adds to every step: mails that the lower one kept back stay away.
        """
        known = {} if new.at_most > self.at_most else {step.key: step for step in self.steps}
        steps = [
            replace(step, since=known[step.key].since if step.key in known else today)
            for step in new.steps
        ]
        return replace(new, steps=tuple(steps))

    def rewritten(self, text: str) -> Self:
        """The policy that `text` says; steps that stay keep their own words. Raises PolicyError."""
        known = {step.key: step.wording for step in self.steps}
        new = self.from_text(text)
        steps = [replace(step, wording=known.get(step.key, step.wording)) for step in new.steps]
        return replace(new, steps=tuple(steps))

    def worded(self, step: Step, wording: Mapping[str, Wording]) -> Self:
        """The policy with other words for `step`; languages without any are left out."""
        own = {code: words for code, words in wording.items() if words != Wording()}
        worded = replace(step, wording=MappingProxyType(own))
        return replace(
            self, steps=tuple(worded if one.key == step.key else one for one in self.steps)
        )

    def codes(self, step: Step, *, due_round: int) -> tuple[int, ...]:
        """The codes that messages of `step` carry; empty for one that never comes due."""
        occasions = self.occasions(due_round=due_round)
        return tuple(one.code for one in occasions if one.step.key == step.key)

    def _times(self, step: Step) -> Iterator[tuple[Anchor, int]]:
        if step.anchor is not Anchor.OVERDUE:
            yield step.anchor, step.offset
            return
        given = {own.offset for own in self.steps if own.anchor is Anchor.DUE}
        for number in range(1, self.at_most + 1):
            offset = number * step.offset
            if offset <= LAST_OFFSET and offset not in given:
                yield Anchor.DUE, offset


def step_name(code: int) -> str:
    """`Invitation`, `Reminder, 3 working days after the invitation`, and the like."""
    if code == INVITATION:
        return "Invitation"
    if code <= LAST_OFFSET:
        return f"Reminder, {_days(code)} after the invitation"
    offset = due_offset(code)
    if not offset:
        return "Reminder, on the due date"
    return f"Reminder, {_days(abs(offset))} {'before' if offset < 0 else 'after'} the due date"


def due_offset(code: int) -> int | None:
    """How many working days from the due date a message's step is; None for the others."""
    if code <= LAST_OFFSET:
        return None
    return (code + _ROUND // 2) % _ROUND - _ROUND // 2


def _written(text: str) -> int:
    """How many bytes it takes in a mail: quoted-printable writes three for each beyond ASCII."""
    return sum(1 if byte < 0x80 else 3 for byte in text.encode())  # noqa: PLR2004 - ASCII's end


def _control(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}


def _days(number: int) -> str:
    return f"{number} working day{'' if number == 1 else 's'}"


def _order(step: Step) -> tuple[int, int]:
    return list(Anchor).index(step.anchor), step.offset


def _step_from_text(word: str) -> Step:
    if re.fullmatch(r"\d{1,4}", word):
        return Step(Anchor.INVITATION, int(word))
    if found := re.fullmatch(r"due ?(?:([+-]) ?(\d{1,4}))?", word):
        sign, days = found.groups()
        return Step(Anchor.DUE, int(f"{sign}{days}") if days else 0)
    if found := re.fullmatch(r"every (\d{1,4})", word):
        return Step(Anchor.OVERDUE, int(found[1]))
    raise PolicyError(
        f"“{word}” is no step. Write numbers with commas between, such as “3, 7, due-2, due, "
        "every 5, at most 6”."
    )


def _step_from_json(stored: Mapping[str, Any]) -> Step:
    since = stored.get("since")
    wording = {code: Wording(**words) for code, words in stored.get("wording", {}).items()}
    return Step(
        Anchor(stored["anchor"]),
        stored["offset"],
        date.fromisoformat(since) if since else None,
        MappingProxyType(wording),
    )


def _step_to_json(step: Step) -> dict[str, Any]:
    stored: dict[str, Any] = {"anchor": step.anchor.value, "offset": step.offset}
    if step.since:
        stored["since"] = step.since.isoformat()
    if step.wording:
        stored["wording"] = {
            code: {"subject": words.subject, "opening": words.opening}
            for code, words in sorted(step.wording.items())
        }
    return stored
