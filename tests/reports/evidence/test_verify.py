"""verify.py takes every genuine bundle, says what it found, and needs nothing but Python."""

import ast
import json
import re
import resource
import shutil
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from compliance.campaigns.models import Campaign
from compliance.retention.models import Reason
from compliance.retention.services import employee_erase
from ledger.checkpoints import key_id
from ledger.handovers import key_rotate
from ledger.keys import signing_key
from reports.evidence import verify
from tests.factories import NOON
from tests.reports.evidence import forgery_zip  # noqa: F401 - registers its kinds
from tests.reports.evidence.forgery import KINDS, Genuine
from tests.reports.evidence.genuine import bundle_of, genuine_made, genuine_once
from tests.reports.evidence.large import bundle_make
from tests.reports.evidence.parts import Parts
from tests.reports.scenario import DAY, Scenario
from tests.reports.workbook.hostile import ESCAPES, WRITTEN_OUT

pytestmark = pytest.mark.both
PROGRAM = Path(verify.__file__)
MEMORY = 256 << 20
SECONDS = 2
SLACK = 8  # other tests run beside this one


def found(data: bytes, **options: Any) -> dict[str, Any]:
    previous = options.pop("previous", None)
    return verify.check(BytesIO(data), BytesIO(previous) if previous else None, **options)


def run(
    *arguments: object, python: str = sys.executable, **limits: Any
) -> subprocess.CompletedProcess[str]:
    """The program as an auditor runs it, without site packages and without our environment."""
    command = [python, "-I", "-S", str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={}, **limits)


@pytest.fixture
def genuine(db: None, tmp_path: Path) -> Genuine:
    return genuine_once(tmp_path / "genuine")


@pytest.fixture
def going_on(db: None, tmp_path: Path) -> tuple[Genuine, Scenario]:
    """The bundles, and the story that they tell while it can go on."""
    genuine = genuine_made(tmp_path / "genuine")
    campaign = Campaign.objects.get(pk=7)
    people = campaign.assignments.select_related("employee")
    return genuine, Scenario(campaign, {each.first_name.lower(): each for each in people})


@pytest.fixture
def kept(genuine: Genuine, tmp_path: Path) -> dict[str, Path]:
    """The bundles as files, and the key's fingerprint in one."""
    made = {"latest.zip": genuine.data, "earlier.zip": genuine.earlier, "rival.zip": genuine.rival}
    made["key.txt"] = f"{key_id(genuine.key.public_key())}\n".encode()
    made["key.pem"] = _pem(genuine)
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
    return {
        name.partition(".")[0] if name.endswith("zip") else name: tmp_path / name for name in made
    }


def _pem(genuine: Genuine) -> bytes:
    return genuine.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"edition": "pseudonymous"},
        {"filters": {"countries": ["DE"]}},
        {"filters": {"departments": ["Nobody's"]}},
        {"edition": "pseudonymous", "filters": {"countries": ["DE"]}, "sample_size": 0},
        {"previous": 12, "time_zone": "Europe/Berlin", "sample_seed": "auditor-1"},
    ],
    ids=str,
)
def test_every_edition_is_accepted(
    story: Scenario, tmp_path: Path, options: dict[str, Any]
) -> None:
    said = found(bundle_of(story, tmp_path / "bundle.zip", **options))
    assert said["totals"]["in_scope"] in {0, 7}
    assert said["key"] == key_id(signing_key().public_key())
    assert not said["key_expected"]


def test_texts_that_no_cell_can_hold_are_accepted(story: Scenario, tmp_path: Path) -> None:
    """Fails when verify.py does not write characters out as the workbook does."""
    for number, (person, text) in enumerate(
        zip(story.people.values(), (*ESCAPES, *WRITTEN_OUT), strict=False)
    ):
        message = story.mail(
            next(name for name in story.people if story.people[name] == person), step=2
        )
        story.outcome(message, "rejected", 550 + number, text.replace("\0", "")[:300])
    story.seal()
    assert found(bundle_of(story, tmp_path / "bundle.zip"))["totals"]["in_scope"] == 7


def test_erased_people_are_accepted_and_earlier_bundles_stay_so(
    going_on: tuple[Genuine, Scenario], tmp_path: Path
) -> None:
    genuine, story = going_on
    for name in ("bob", "faye", "hana"):
        person = story.people[name].employee
        assert person
        employee_erase(employee=person, user=None, reason=Reason.REQUEST, now=NOON + 6 * DAY)
    data = bundle_of(story, tmp_path / "erased.zip")
    assert found(data, previous=genuine.data)["totals"]["erased"] == 3
    assert found(genuine.data, previous=genuine.earlier)["totals"]["erased"] == 0


def test_a_key_that_was_handed_over_is_followed(
    going_on: tuple[Genuine, Scenario], settings: Any, tmp_path: Path
) -> None:
    """Fails when Keys does not follow the hand-overs of checkpoints.txt."""
    genuine, story = going_on
    old = key_id(genuine.key.public_key())
    settings.LEDGER_KEY_PREVIOUS, settings.LEDGER_KEY = settings.LEDGER_KEY, "another key " * 4
    key_rotate(now=NOON + 7 * DAY)
    data = bundle_of(story, tmp_path / "rotated.zip")
    said = found(data, key=old)
    assert said["key"] != old
    assert found(data, previous=genuine.data)["previous"] == found(genuine.data)["entries"]
    assert found(data, key=said["key"])["key_expected"]
    unsigned = Parts.of(data)
    lines = unsigned.lines("checkpoints.txt")
    start = lines.index("optrail/ledger-key/1\n")
    for what in (lines[:start] + lines[start + 9 :], [*lines[: start + 7], *lines[start + 8 :]]):
        forged = unsigned.having("checkpoints.txt", "".join(what)).signed(signing_key())
        with pytest.raises(verify.Refused) as refused:
            found(forged.zip, key=old)
        assert refused.value.step == verify.SIGNATURE


def test_the_later_bundle_is_refused_beside_a_longer_one(genuine: Genuine) -> None:
    with pytest.raises(verify.Refused, match="is not the beginning of this one") as refused:
        found(genuine.earlier, previous=genuine.data)
    assert refused.value.step == verify.CONSISTENCY


def test_an_earlier_bundle_that_was_changed_is_no_witness(genuine: Genuine) -> None:
    forged = Parts.of(genuine.earlier).having("README.txt", "Hello").zip
    changed = Parts.of(genuine.earlier).sealed(b"{}\n", genuine.key).zip
    assert found(genuine.data, previous=forged)["previous"]  # its signed root is what counts
    with pytest.raises(verify.Refused, match="The earlier bundle itself does not hold"):
        found(genuine.data, previous=changed)


def test_the_program_runs_alone_and_says_what_it_found(kept: dict[str, Path]) -> None:
    done = run(kept["latest"], "--previous", kept["earlier"], "--key", kept["key.pem"])
    assert (done.returncode, done.stderr) == (0, "")
    assert "7 in scope = 3 answered + 2 open + 1 excluded" in done.stdout
    assert "The key is the one that you expect" in done.stdout
    assert "WHO SIGNED IT WAS NOT CHECKED" in run(kept["latest"]).stdout


def test_programs_read_what_it_found(kept: dict[str, Path]) -> None:
    done = run(kept["latest"], "--json", "--key", kept["key.txt"])
    said = json.loads(done.stdout)
    assert (said["ok"], said["exit"], said["key_expected"]) == (True, 0, True)
    done = run(kept["latest"], "--json", "--key", "0" * 64)
    said = json.loads(done.stdout)
    assert (done.returncode, said["exit"], said["step"]) == (11, 11, "signature")
    assert "not by the one that you expect" in said["what"]


@pytest.mark.parametrize(
    "arguments", [[], ["missing.zip"], ["--key", "abc"], ["--key", "missing.pem"]]
)
def test_wrong_use_is_not_a_verdict(kept: dict[str, Path], arguments: list[str]) -> None:
    done = run(*([kept["latest"], *arguments] if "--key" in arguments else arguments))
    assert (done.returncode, done.stdout) == (verify.USAGE, "")
    assert done.stderr


def test_the_bundle_carries_this_program(genuine: Genuine) -> None:
    assert genuine.parts.files["verify.py"] == PROGRAM.read_bytes()


def test_it_is_written_for_python_3_9_and_its_library_alone() -> None:
    tree = ast.parse(PROGRAM.read_text(), feature_version=(3, 9))
    modules = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    modules |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in modules} <= sys.stdlib_module_names


def test_it_runs_on_every_python_that_is_here(kept: dict[str, Path]) -> None:
    found = [shutil.which(f"python3.{minor}") for minor in range(9, 20)]
    for python in filter(None, [*found, sys.executable]):
        if subprocess.run([python, "-V"], capture_output=True, check=False).returncode == 0:
            assert run(kept["latest"], python=python).returncode == 0
            done = run(kept["latest"], "--previous", kept["rival"], python=python)
            assert done.returncode == verify.CONSISTENCY


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))


@pytest.mark.parametrize("kind", ["a bomb", "a name that leads elsewhere, or is there twice"])
def test_hostile_files_are_refused_in_two_seconds_and_256_megabytes(
    genuine: Genuine, tmp_path: Path, kind: str
) -> None:
    """Fails (killed, or out of memory) when sizes, ratios or entries are not looked at first."""
    for number, forged in enumerate(KINDS[kind](genuine)):
        if number % 3 == 0:
            path = tmp_path / f"{number}.zip"
            path.write_bytes(forged.data)
            done = run(path, preexec_fn=_limited)
            assert (done.returncode, done.stderr) == (verify.ZIP, ""), forged.what


def test_rows_are_read_quickly(tmp_path: Path) -> None:
    """At the pace of a million in sixty seconds; `python -m tests.reports.evidence` does that."""
    bundle_make(1_000, tmp_path / "large.zip")
    start = time.process_time()
    said = found((tmp_path / "large.zip").read_bytes())
    assert said["rows"] == 4_303
    assert time.process_time() - start < 4_303 * 60 / 1_000_000 * SLACK


def test_each_exit_code_stands_in_the_docs() -> None:
    text = (PROGRAM.parents[2] / "docs" / "verifying.md").read_text()
    for code, step in verify.STEPS.items():
        assert re.search(rf"\| {code} \| {step} \|", text), step
