import pytest
from django.core.exceptions import ImproperlyConfigured

from config.hours import sending_hours


def test_working_hours_are_minutes_since_midnight() -> None:
    assert sending_hours("08:00-18:00", quiet="") == ((480, 1080),)
    assert sending_hours("0:00-24:00", quiet="") == ((0, 1440),)


def test_quiet_hours_are_cut_out() -> None:
    assert sending_hours("08:00-18:00", quiet="12:00-13:00") == ((480, 720), (780, 1080))
    assert sending_hours("08:00-18:00", quiet="06:00-09:00, 17:30-20:00") == ((540, 1050),)
    assert sending_hours("08:00-12:00,14:00-18:00", quiet="12:30-13:00") == (
        (480, 720),
        (840, 1080),
    )


@pytest.mark.parametrize(
    "working",
    ["8-18", "18:00-08:00", "08:60-18:00", "08:00-24:01", "always", "08:00-12:00,11:00-13:00"],
)
def test_hours_that_cannot_be_read_stop_the_start(working: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="WORKING_HOURS"):
        sending_hours(working, quiet="")


def test_hours_that_leave_nothing_stop_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match="no hour"):
        sending_hours("08:00-12:00", quiet="00:00-24:00")
