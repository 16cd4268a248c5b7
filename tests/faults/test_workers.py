"""Short versions of the scenarios about workers: killed, stopped, racing with answers."""

import pytest

from tests.faults.house import House
from tests.faults.scenarios.answers import answers
from tests.faults.scenarios.kills import kills
from tests.faults.scenarios.stops import stops

pytestmark = pytest.mark.both


def test_killed_workers_lose_nothing_and_send_nothing_twice(house: House) -> None:
    verdict = kills(house, kills=8, seed=1)
    assert not verdict.found, verdict.explain()
    assert verdict.counts["accepted"] + verdict.counts["uncertain"] == house.people
    assert verdict.counts["uncertain"], "no kill hit a mail under way: nothing was tested"


def test_killed_workers_with_many_lines_leave_at_most_one_unknown_mail_on_each(
    house: House,
) -> None:
    verdict = kills(house, kills=4, seed=2, lines=6)
    assert not verdict.found, verdict.explain()
    assert verdict.counts["accepted"] + verdict.counts["uncertain"] == house.people


def test_a_worker_that_wakes_up_after_its_lease_sends_nothing_twice(house: House) -> None:
    verdict = stops(house, stops=6, seed=1)
    assert not verdict.found, verdict.explain()
    assert verdict.counts["accepted"] + verdict.counts["uncertain"] == house.people


def test_no_reminder_is_started_once_its_answer_is_committed(dated: House) -> None:
    verdict = answers(dated, seed=1)
    assert not verdict.found, verdict.explain()
    assert 0 < verdict.counts["cancelled"] <= dated.people // 2
