"""The chart's shapes stay in their frame and say what the numbers say."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from compliance.campaigns.chart import BOTTOM, LEFT, RIGHT, TOP, chart

OPENS = date(2026, 11, 23)


@given(
    st.dictionaries(st.integers(0, 60), st.integers(1, 500)),
    st.integers(0, 1000),
    st.integers(0, 30),
    st.integers(0, 30),
    st.integers(-5, 90),
)
def test_every_shape_stays_inside_the_frame(
    answers: Any, asked: Any, due_after: Any, close_after: Any, today_after: Any
) -> None:
    due = OPENS + timedelta(days=due_after)
    drawn = chart(
        {OPENS + timedelta(days=n): count for n, count in answers.items()},
        asked=asked,
        opens=OPENS,
        due=due,
        closes=due + timedelta(days=close_after),
        today=OPENS + timedelta(days=today_after),
    )
    points = [tuple(map(float, point.split(","))) for point in drawn.line.split()]
    assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in points)
    assert all(bar.x >= LEFT and bar.x + bar.width <= RIGHT + 0.2 for bar in drawn.bars)
    assert all(bar.y >= TOP - 0.1 and bar.height > 0 for bar in drawn.bars)
    assert LEFT < drawn.due_x <= RIGHT


def test_the_line_rises_to_the_sum_and_stops_today() -> None:
    drawn = chart(
        {OPENS: 3, OPENS + timedelta(days=1): 2, OPENS + timedelta(days=2): 9},
        asked=20,
        opens=OPENS,
        due=OPENS + timedelta(days=4),
        closes=OPENS + timedelta(days=9),
        today=OPENS + timedelta(days=1),
    )
    assert drawn.answered == 5
    assert drawn.line.split()[-1] == f"{LEFT + (RIGHT - LEFT) / 5:.1f},169.0"
