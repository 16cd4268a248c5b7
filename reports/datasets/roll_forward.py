"""Roll-forward: the last position's people, who joined and who moved, give this position's."""

from collections import Counter
from collections.abc import Iterator

from ledger.canonical import utc_text
from reports.datasets.checks import Check
from reports.datasets.course import Course
from reports.datasets.movements import last_position, opening
from reports.datasets.position import Position
from reports.datasets.scope import outside
from reports.datasets.tables import Fact, Section, Sheet
from reports.datasets.tally import Status, Tally

_LEAD = (
    "From the last position to this one: who was there, who joined, who moved, who is there now."
    " Every section adds up. Who moved, and by which ledger entry, stands on Movements: once each,"
    " by where they stood and where they stand."
)
_EVERYBODY, _HERE = tuple(Status), (Status.ANSWERED, Status.OPEN)
_JOINED = "joined"
# What stands there even when nobody moved so, because readers look for it.
_ALWAYS = {_EVERYBODY: (_JOINED,), _HERE: (_JOINED, "from left", "to left", "to erased")}


class RollForward:
    """The figures of one roll-forward; the rows of Movements must have gone by."""

    def __init__(self, position: Position, course: Course, tally: Tally) -> None:
        self._position, self._then, self._course = position, last_position(position), course
        self._moves = tally.moves
        self._now = {status: tally.with_status(status) for status in Status}
        self.opening = opening(position)

    def checks(self) -> Iterator[Check]:
        """What was there and what moved must give what is there, status by status."""
        stood = self.opening.total() + outside(self._then).count()
        launched = self._course.people(self._then.seq)
        yield Check("In scope at the last position", launched, "the ledger", stood, "the database")
        for status in Status:
            rolled = self.opening[status] + sum(self.steps((status,)).values())
            what = f"Rolled forward: {status.value}"
            yield Check(what, rolled, "Roll-forward", self._now[status], "the sheet Population")

    def sheet(self) -> Sheet:
        """The page."""
        return Sheet(
            "Roll-forward",
            "Roll-forward",
            _LEAD,
            (
                Section("From and to", tuple(self._positions())),
                Section("In scope", tuple(self._rolled(_EVERYBODY))),
                Section("Asked, and with the company", tuple(self._rolled(_HERE))),
                *(
                    Section(status.value.capitalize(), tuple(self._rolled((status,))))
                    for status in _EVERYBODY
                ),
                Section("Without moving", tuple(self._changes())),
            ),
        )

    def steps(self, group: tuple[Status, ...]) -> dict[str, int]:
        """What came into the statuses of `group` (+) and went out of them (−), by words."""
        steps = Counter(dict.fromkeys(_ALWAYS.get(group, ()), 0))
        for (before, after), people in self._moves.items():
            if after in group and before not in group:
                steps[f"from {before.value}" if before else _JOINED] += people
            if before in group and after not in group:
                steps[f"to {after.value}"] -= people
        return dict(sorted(steps.items(), key=_in_before_out))

    def _rolled(self, group: tuple[Status, ...]) -> Iterator[Fact]:
        yield Fact("At the last position", sum(self.opening[status] for status in group))
        for words, people in self.steps(group).items():
            yield Fact(f"{'−' if words.startswith('to ') else '+'} {words}", people)
        total = sum(self._now[status] for status in group)
        yield Fact("= At this position", total, _made_of(group))

    def _positions(self) -> Iterator[Fact]:
        launched = self._then.seq == self._position.campaign.launched_seq
        asked = self._position.options.previous
        note = "The launch." if launched else "The last export's position, as the options say."
        if launched and asked is not None and asked < self._then.seq:
            note = f"The launch: at ledger position {asked} there was no such campaign."
        yield Fact("Last position", self._then.seq, note)
        yield Fact("This position", self._position.seq, utc_text(self._position.at))

    def _changes(self) -> Iterator[Fact]:
        for status in Status:
            if people := self._moves[status, status]:
                yield Fact(
                    f"Still {status.value}, with another answer", people, "Listed on Movements."
                )
        yield Fact(
            "Other attributes changed",
            0,
            "Names, departments and the like are frozen at the launch, or when somebody joins.",
        )


def _in_before_out(step: tuple[str, int]) -> tuple[bool, str]:
    return step[0].startswith("to "), step[0]


def _made_of(group: tuple[Status, ...]) -> str:
    return "= " + " + ".join(status.value for status in group) if len(group) > 1 else ""
