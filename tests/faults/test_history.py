"""The checker itself: each broken promise is planted, and it is seen."""

from dataclasses import replace

import pytest

from tests.faults.history import Faults, Fence, History, Mail, Person, Taken, told, violations

BOB, CARLA = Person("bob", "bob@example.com"), Person("carla", "carla@example.com")


def mail(person: Person, state: str = "accepted", **facts: object) -> Mail:
    outcomes = (state,) if state not in ("pending", "leased", "started") else ()
    whole = Mail(f"m-{person.key}", person.key, 0, state, person.address, outcomes=outcomes)
    return replace(whole, **facts)  # type: ignore[arg-type]


def took(person: Person) -> Taken:
    return Taken(f"m-{person.key}", person.address)


@pytest.fixture
def kept() -> History:
    """Everybody was mailed once, and everything says so."""
    return History(
        people=(BOB, CARLA),
        mails=(mail(BOB), mail(CARLA)),
        taken=(took(BOB), took(CARLA)),
        faults=Faults(),
        exported={"m-bob": "accepted", "m-carla": "accepted"},
    )


def found(history: History) -> str:
    texts = violations(replace(history, exported=None))
    assert len(texts) == 1, texts
    return texts[0]


def test_kept_promises_are_no_violation(kept: History) -> None:
    assert violations(kept) == []
    assert told([]) == ""


def test_a_mail_that_the_server_took_twice(kept: History) -> None:
    again = replace(kept, taken=(*kept.taken, took(BOB)))
    assert found(again).startswith("accepted twice: the server took message m-bob 2 times")


def test_a_mail_that_a_person_sent_again_may_be_taken_twice_and_not_three_times(
    kept: History,
) -> None:
    resent = replace(kept, mails=(mail(BOB, resends=1), mail(CARLA)))
    assert violations(replace(resent, taken=(*kept.taken, took(BOB)))) == []
    assert "accepted twice" in found(replace(resent, taken=(*kept.taken, took(BOB), took(BOB))))


def test_a_mail_that_the_database_does_not_know(kept: History) -> None:
    stranger = Taken("m-mallory", "mallory@example.com")
    assert found(replace(kept, taken=(*kept.taken, stranger))).startswith("unknown mail")


def test_a_mail_to_somebody_else(kept: History) -> None:
    assert found(
        replace(kept, taken=(took(CARLA), Taken("m-bob", "mallory@example.com")))
    ).startswith("wrong recipient")


def test_a_mail_without_an_answer_that_was_tried_again(kept: History) -> None:
    again = replace(kept, unanswered=frozenset({"m-bob"}))
    assert found(again).startswith("sent again: the line broke under m-bob")
    resent = (mail(BOB, resends=1), mail(CARLA))
    assert violations(replace(again, mails=resent, exported=None)) == []


@pytest.mark.parametrize("state", ["accepted", "bounced"])
def test_a_mail_that_is_called_accepted_and_never_arrived(kept: History, state: str) -> None:
    false = replace(kept, mails=(mail(BOB, state), mail(CARLA)), taken=(took(CARLA),))
    assert found(false).startswith("false accepted")


def test_a_mail_that_is_called_refused_and_never_was(kept: History) -> None:
    rejected = replace(kept, mails=(mail(BOB, "rejected"), mail(CARLA)), taken=(took(CARLA),))
    assert found(rejected).startswith("given up: m-bob")
    assert violations(replace(rejected, refused=frozenset({BOB.address}), exported=None)) == []


@pytest.mark.parametrize("state", ["pending", "leased", "deferred", "cancelled", "rejected"])
def test_a_taken_mail_that_the_database_would_send_again_or_denies(
    kept: History, state: str
) -> None:
    """The database forgot an acceptance: the next run would send a second mail."""
    named = (replace(BOB, named="answered"), CARLA)
    mails, refused = (mail(BOB, state), mail(CARLA)), frozenset({BOB.address})
    forgot = replace(kept, people=named, mails=mails, refused=refused, settled=False)
    assert found(forgot).startswith("forgotten hand-over")


def test_a_person_who_was_owed_nothing(kept: History) -> None:
    gone = replace(kept, mails=(mail(CARLA),), taken=(took(CARLA),))
    assert found(gone).startswith("lost: bob@example.com")
    assert (
        violations(replace(gone, people=(replace(BOB, named="left"), CARLA), exported=None)) == []
    )


@pytest.mark.parametrize("state", ["pending", "leased", "started", "deferred"])
def test_a_mail_that_still_waits_at_the_end(kept: History, state: str) -> None:
    waits = replace(kept, mails=(mail(BOB, state), mail(CARLA)), taken=(took(CARLA),))
    assert found(waits).startswith("lost: message m-bob is still")
    assert violations(replace(waits, settled=False, exported=None)) == []


def test_a_mail_that_was_cancelled_for_no_reason(kept: History) -> None:
    cancelled = replace(kept, mails=(mail(BOB, "cancelled"), mail(CARLA)), taken=(took(CARLA),))
    assert found(cancelled).startswith("lost: message m-bob was cancelled")


def test_uncertainty_without_a_fault(kept: History) -> None:
    unsure = replace(kept, mails=(mail(BOB, "uncertain"), mail(CARLA)))
    assert len(violations(replace(unsure, exported=None))) == 2  # neither so many nor that one
    one = replace(unsure, faults=Faults(uncertain=1))
    assert found(one).startswith("uncertain without a fault")
    assert violations(replace(one, faults=Faults(1, {"m-bob"}), exported=None)) == []
    by_address = Faults(1, addresses={BOB.address})
    assert violations(replace(one, faults=by_address, exported=None)) == []


def test_more_uncertainty_than_faults(kept: History) -> None:
    both = replace(
        kept,
        mails=(mail(BOB, "uncertain"), mail(CARLA, "uncertain")),
        faults=Faults(1, {"m-bob", "m-carla"}),
    )
    assert found(both).startswith("too many uncertain: 2")


def test_a_hand_over_that_began_after_the_answer(kept: History) -> None:
    before = Fence(starts=((1.0, "m-bob"),), answers=((2.0, "bob"),))
    assert violations(replace(kept, fence=before)) == []
    after = Fence(starts=((2.5, "m-bob"),), answers=((2.0, "bob"),))
    assert found(replace(kept, fence=after)).startswith("after the answer: message m-bob")


def test_a_state_that_no_outcome_tells_of(kept: History) -> None:
    silent = replace(kept, mails=(mail(BOB, outcomes=()), mail(CARLA)))
    assert found(silent).startswith("no outcome: message m-bob")


def test_an_outcome_without_a_seal(kept: History) -> None:
    assert found(replace(kept, mails=(mail(BOB, unsealed=1), mail(CARLA)))).startswith("not sealed")
    assert found(replace(kept, mails=(mail(BOB, sealed=False), mail(CARLA)))).startswith(
        "not sealed"
    )


def test_an_uncertain_mail_that_the_workbook_leaves_out(kept: History) -> None:
    unsure = replace(kept, mails=(mail(BOB, "uncertain"), mail(CARLA)), faults=Faults(1, {"m-bob"}))
    texts = violations(unsure)
    assert len(texts) == 1
    assert texts[0].startswith("not in the export: message m-bob is uncertain")
    assert violations(replace(unsure, exported={"m-bob": "uncertain", "m-carla": "accepted"})) == []


def test_a_mail_that_travels_with_another_is_accounted_for_by_its_carrier(kept: History) -> None:
    """Bob is asked in two campaigns, in one mail."""
    again = Person("bob-again", BOB.address)
    bob, late = (replace(took(who), links=frozenset({who.key})) for who in (BOB, again))
    rider = replace(mail(again), carrier="m-bob")
    both = Taken("m-bob", BOB.address, frozenset({"bob", "bob-again"}))
    pair = replace(kept, people=(BOB, CARLA, again), mails=(*kept.mails, rider), exported=None)
    assert violations(replace(pair, taken=(both, took(CARLA)))) == []
    one = replace(pair, taken=(bob, took(CARLA)))
    assert found(one).startswith("false accepted: the mail that m-bob-again travelled in")
    alone = (replace(rider, carrier=""), *kept.mails)
    twice = replace(pair, mails=alone, taken=(both, took(CARLA), late))
    assert found(twice).startswith("asked too often: bob-again in 2 mails")


def test_what_the_ledger_complains_about_is_a_violation(kept: History) -> None:
    assert found(replace(kept, ledger=("seal: the rows of seal 1 are not those",))) == (
        "seal: the rows of seal 1 are not those"
    )


def test_many_violations_are_told_in_a_few_lines() -> None:
    assert told([f"lost: {n}" for n in range(8)]).splitlines()[-1] == "lost: … 8 in all"
