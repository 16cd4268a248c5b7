"""The progress chart's shapes: pure geometry; the template draws them as SVG."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 632, 28, 216
_DAY = timedelta(days=1)
_BAR = 0.8  # of a day's width
_LEAST = 1.0  # the height of the smallest bar
_LABEL = 150  # half a label's width, on a phone


@dataclass(frozen=True)
class Bar:
    """The answers of one day."""

    day: date
    answers: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Chart:
    """Answers from the opening day to the last, one bar a day, and the line of their sum."""

    bars: list[Bar]
    line: str
    area: str
    due_x: float
    top: int
    asked: int
    answered: int

    @property
    def due_anchor(self) -> str:
        """Where the due date's label hangs on its mark, so that it stays inside."""
        if self.due_x < LEFT + _LABEL:
            return "start"
        return "end" if self.due_x > RIGHT - _LABEL else "middle"


def chart(
    answers: Mapping[date, int], *, asked: int, opens: date, due: date, closes: date, today: date
) -> Chart:
    """The chart of a campaign that asked `asked` people, as far as it is `today`."""
    days = [opens + n * _DAY for n in range((closes - opens).days + 1)]
    scale = _Scale(opens=opens, days=len(days), top=max(asked, sum(answers.values()), 1))
    sums, total = [(scale.x(opens), scale.y(0))], 0
    for day in days:
        if day <= today:
            total += answers.get(day, 0)
            sums.append((scale.x(day + _DAY), scale.y(total)))
    line = " ".join(f"{x},{y}" for x, y in sums)
    return Chart(
        bars=[scale.bar(day, answers[day]) for day in days if answers.get(day)],
        line=line,
        area=f"{LEFT},{BOTTOM} {line} {sums[-1][0]},{BOTTOM}",
        due_x=scale.x(due + _DAY),
        top=scale.top,
        asked=asked,
        answered=total,
    )


@dataclass(frozen=True)
class _Scale:
    opens: date
    days: int
    top: int

    def x(self, day: date) -> float:
        """Where `day` begins."""
        return round(LEFT + (day - self.opens).days * (RIGHT - LEFT) / self.days, 1)

    def y(self, people: int) -> float:
        """The height of so many people."""
        return round(BOTTOM - people * (BOTTOM - TOP) / self.top, 1)

    def bar(self, day: date, answers: int) -> Bar:
        """The bar of one day; a single answer among thousands is seen too."""
        width, y = (RIGHT - LEFT) / self.days, min(self.y(answers), BOTTOM - _LEAST)
        x = round(self.x(day) + width * (1 - _BAR) / 2, 1)
        return Bar(day, answers, x, y, round(width * _BAR, 1), round(BOTTOM - y, 1))
