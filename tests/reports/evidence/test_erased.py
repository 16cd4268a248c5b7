"""Erasures and evidence: what was handed out before still verifies, what is made afterwards names nobody."""

import json
import subprocess
import sys

import pytest

from accounts.directory.models import Employee
from compliance.campaigns.models import Assignment
from compliance.retention.models import Reason
from compliance.retention.services import employee_erase
from ledger.checkpoints import checkpoint_publish
from tests.factories import NOON
from tests.reports.evidence.conftest import Bundled
from tests.reports.evidence.reading import Bundle
from tests.reports.scenario import DAY, Scenario

pytestmark = pytest.mark.both


def erase(story: Scenario, *names: str) -> None:
    for name in names:
        employee = story.people[name].person
        employee_erase(employee=employee, user=None, reason=Reason.REQUEST, now=NOON + 6 * DAY)
    checkpoint_publish(now=NOON + 7 * DAY)


def verified(bundle: Bundle, *older: Bundle) -> str:
    """What the verifier in the bundle says of it, by itself."""
    program = bundle.path.with_suffix(".py")
    program.write_bytes(bundle.read("verify.py"))
    earlier = [word for each in older for word in ("--previous", str(each.path))]
    done = subprocess.run(
        [sys.executable, "-I", str(program), str(bundle.path), *earlier],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_bundles_of_before_and_after_verify_and_only_the_first_names_them(
    story: Scenario, bundled: Bundled
) -> None:
    """Removed: the kept leaves (population, outcomes). The later bundle is then not released."""
    gone = story.people["emre"]  # in the directory as well as in the story
    Employee.objects.filter(pk=gone.person.pk).update(active=False, left_at=NOON)
    Assignment.objects.filter(pk=gone.pk).update(withdrawn=True)
    before = bundled(story)
    erase(story, "bob", "faye", "gus")
    after = bundled(story)
    verified(before)
    verified(after, before)
    assert "bob@example.com" in before.text("rows/population.jsonl")
    for name in after.names:
        said = after.read(name).decode("latin-1")
        assert not [who for who in ("bob@", "faye@", "gus@", "Zimmer 1") if who in said], name
    assert after.manifest["totals"] == {
        "answered": 1, "erased": 3, "excluded": {"no_setting_in_country": 1},
        "in_scope": 7, "left": {"missing": 1}, "open": 1,
    }  # fmt: skip
    assert after.kinds.count("people.erased") == 3


def test_as_of_a_position_before_the_figures_are_those_of_then(
    story: Scenario, bundled: Bundled
) -> None:
    position, before = story.seq, bundled(story)
    erase(story, "bob", "gus")
    again = bundled(story, position)
    assert again.manifest["totals"] == before.manifest["totals"]
    rows = [json.loads(line) for line in again.text("rows/population.jsonl").splitlines()]
    assert {row["Last name"] for row in rows} >= {"erased person 1", "erased person 2"}
    verified(again)
