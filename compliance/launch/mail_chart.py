"""The chart of mails by day: pure geometry; the template draws it as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LEFT, RIGHT, TOP, BOTTOM = 56, 632, 28, 216
_DAY = timedelta(days=1)
_BAR = 0.8  # of a day's width
_LEAST = 1.0  # the height of the smallest bar
_FEWEST_DAYS = 14
_LABEL = 150  # half a label's width, on a phone


@dataclass(frozen=True)
class DayBar:
    """The mails of one day: reminders below, invitations on top of them."""

    day: date
    invitations: int
    reminders: int
    x: float
    width: float
    reminders_y: float
    reminders_height: float
    invitations_y: float
    invitations_height: float


@dataclass(frozen=True)
class MailChart:
    """One bar a day, from the first day with a mail to the last."""

    bars: list[DayBar]
    first: date
    last: date
    # Where the axis ends: a few days alone would be drawn as broad as barns.
    end: date
    most: int
    due_x: float | None

    @property
    def due_anchor(self) -> str:
        """Where the due date's label hangs on its mark, so that it stays inside."""
        if self.due_x is not None and self.due_x < LEFT + _LABEL:
            return "start"
        return "end" if self.due_x is not None and self.due_x > RIGHT - _LABEL else "middle"


def mail_chart(days: Sequence[tuple[date, int, int]], *, due: date) -> MailChart | None:
    """The chart of (day, invitations, reminders), in order; None without mails."""
    if not days:
        return None
    first, last = days[0][0], days[-1][0]
    shown = max((last - first).days + 1, _FEWEST_DAYS)
    width = (RIGHT - LEFT) / shown
    most = max(invitations + reminders for _day, invitations, reminders in days)
    due_x = round(LEFT + ((due - first).days + 1) * width, 1) if first <= due <= last else None
    bars = [
        _bar(*row, x=LEFT + (row[0] - first).days * width, width=width, most=most) for row in days
    ]
    return MailChart(bars, first, last, first + (shown - 1) * _DAY, most, due_x)


def _bar(
    day: date, invitations: int, reminders: int, *, x: float, width: float, most: int
) -> DayBar:
    below, above = _height(reminders, most), _height(invitations, most)
    return DayBar(
        day=day,
        invitations=invitations,
        reminders=reminders,
        x=round(x + width * (1 - _BAR) / 2, 1),
        width=round(width * _BAR, 1),
        reminders_y=round(BOTTOM - below, 1),
        reminders_height=below,
        invitations_y=round(BOTTOM - below - above, 1),
        invitations_height=above,
    )


def _height(mails: int, most: int) -> float:
    """A single mail among thousands is seen too."""
    return round(max(_LEAST, mails * (BOTTOM - TOP) / most), 1) if mails else 0.0
