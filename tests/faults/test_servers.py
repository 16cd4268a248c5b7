"""Short versions of the scenarios about what Optrail leans on: mail server, database, broker."""

from tests.faults.database import Postgres
from tests.faults.house import House
from tests.faults.scenarios.broker import broker, longest_gap
from tests.faults.scenarios.copies import copies
from tests.faults.scenarios.crashes import crashes
from tests.faults.scenarios.mail_server import mail_server


def test_a_hostile_mail_server_gets_nothing_twice_and_everything_else(house: House) -> None:
    verdict = mail_server(house, share=0.01)
    assert not verdict.found, verdict.explain()
    assert verdict.counts["rejected"] > 0, "nobody was poisoned: nothing was tested"


def test_a_database_that_is_killed_has_lost_nothing_it_confirmed(
    mortal: House, server: Postgres
) -> None:
    verdict = crashes(mortal, server, crashes=2, seed=1)
    assert not verdict.found, verdict.explain()


def test_no_copy_of_the_database_sends_a_mail(mortal: House, server: Postgres) -> None:
    verdict = copies(mortal, server)
    assert not verdict.found, verdict.explain()


def test_sending_goes_on_when_the_broker_is_wiped_and_cut_off(house: House, valkey: str) -> None:
    verdict = broker(house, valkey=valkey, wipes=1, seed=1)
    assert not verdict.found, verdict.explain()


def test_the_longest_gap_is_that_between_two_mails() -> None:
    assert longest_gap([1.0, 2.0, 4.5, 5.0]) == 2.5
    assert longest_gap([]) == 0.0
