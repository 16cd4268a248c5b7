"""A bundle holds what it says: files, digests, signature, chain, leaves, proofs (promise 5)."""

import base64
import hashlib
import hmac
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction
from pytest_django import Settings

from compliance.reminders.leave_services import leave_record
from ledger import journal
from ledger.canonical import GENESIS, MerkleTree, event_hash
from ledger.checkpoints import root_at, sign, statement
from ledger.journal import append
from ledger.keys import key_id, public_key
from ledger.models import Checkpoint
from ledger.notes import checkpoint_note
from ledger.proofs import consistency_holds
from ledger.refusals import Refusal
from ledger.restored import ledger_accept
from reports.building import exports_build_waiting
from reports.evidence import verify
from reports.evidence.concern import Entry
from reports.evidence.leaves import root_of
from reports.services import export_request
from tests.factories import NOON, AssignmentFactory, CampaignFactory
from tests.reports.evidence.conftest import Bundled
from tests.reports.evidence.reading import Bundle
from tests.reports.scenario import DAY, Scenario

pytestmark = pytest.mark.both
TOP = ["README.txt", "manifest.json", "manifest.sig", "checkpoints.txt", "consistency.json"]


@pytest.fixture
def bundle(story: Scenario, bundled: Bundled) -> Bundle:
    return bundled(story)


def test_files_stand_in_their_order(bundle: Bundle) -> None:
    names = bundle.names
    assert names[:6] == [*TOP, "audit.xlsx"]
    folders = [name.partition("/")[0] for name in names[6:]]
    assert list(dict.fromkeys(folders)) == ["rows", "ledger", "guide", "verify.py"]
    assert {"rows/population.jsonl", "rows/method.jsonl", "guide/en/wording.txt"} <= set(names)


def test_the_manifest_names_every_file_by_its_digest(bundle: Bundle) -> None:
    files = {file["name"]: file for file in bundle.manifest["files"]}
    assert sorted(files) == sorted(set(bundle.names) - {"manifest.json", "manifest.sig"})
    for name, file in files.items():
        data = bundle.read(name)
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])


def test_the_manifest_is_signed_by_the_key_that_it_names(bundle: Bundle) -> None:
    public = base64.b64decode(bundle.manifest["key"]["public"])
    assert hashlib.sha256(public).hexdigest() == bundle.manifest["key"]["id"]
    key = Ed25519PublicKey.from_public_bytes(public)
    key.verify(bundle.read("manifest.sig"), bundle.read("manifest.json"))
    assert bundle.manifest["key"]["id"] in bundle.text("README.txt")


def test_totals_are_those_of_the_population(bundle: Bundle, story: Scenario) -> None:
    assert bundle.manifest["totals"] == {
        "answered": 2, "erased": 0, "excluded": {"no_setting_in_country": 1},
        "in_scope": 7, "left": {"missing": 1}, "open": 3,
    }  # fmt: skip
    assert bundle.manifest["position"]["seq"] == bundle.manifest["ledger"]["size"] == story.seq


def test_rows_are_the_workbooks(bundle: Bundle) -> None:
    for sheet in ("Population", "Attestations", "Messages"):
        name = f"rows/{sheet.lower()}.jsonl"
        rows = bundle.lines(name)
        assert len(rows) == bundle.manifest["rows"][name]
        assert without_blanks(rows) == without_blanks(bundle.sheet(sheet))


def test_the_chain_runs_through_the_hashes(bundle: Bundle) -> None:
    hashes = [bytes.fromhex(line) for line in bundle.text("ledger/hashes.txt").splitlines()]
    tree = MerkleTree()
    for each in hashes:
        tree.add(each)
    assert base64.b64encode(tree.root()).decode() == bundle.manifest["ledger"]["root"]
    for event in bundle.lines("ledger/events.jsonl"):
        seq = event["seq"]
        before = hashes[seq - 2] if seq > 1 else GENESIS
        assert event_hash(before, event["body"]) == hashes[seq - 1]


def test_leaves_give_the_roots_of_their_entries(bundle: Bundle, story: Scenario) -> None:
    roots = {
        seq: root_of(Entry(seq, "", said["kind"], said["subject"], said["data"]), story.campaign)
        for seq, said in bundle.entries.items()
    }
    batched = {seq: root for seq, root in roots.items() if root}
    assert roots_of(bundle) == batched
    kinds = [bundle.entries[seq]["kind"] for seq in batched]
    assert kinds == ["campaign.launched", "outcomes.sealed", "people.imported"]


def test_the_guide_is_the_one_that_the_launch_names(bundle: Bundle) -> None:
    launch = next(one for one in bundle.entries.values() if one["kind"] == "campaign.launched")
    digest = hashlib.sha256(bundle.read("guide/guide.json")).hexdigest()
    assert digest == launch["data"]["guide_digest"]
    assert "what did you see?" in bundle.text("guide/en/wording.txt")


def test_other_campaigns_stay_unseen(story: Scenario, bundled: Bundled) -> None:
    """Fails when a seal's rows are written whoever they are about."""
    other = CampaignFactory.create(running=True, guide_version=story.campaign.guide_version)
    stranger = AssignmentFactory.create(campaign=other, last_name="Stranger")
    told = Scenario(other, {"stranger": stranger})
    told.decide("launched", NOON, {"people": 1})
    told.outcome(told.mail("stranger"), "accepted", 250, "Stranger's server said so")
    story.outcome(story.mail("gus", step=1), "accepted", 250, "2.0.0 Ok")
    story.seal(NOON + 4 * DAY)
    bundle = bundled(story)
    everything = b"".join(bundle.read(name) for name in bundle.names)
    for hidden in (str(stranger.pk), other.ref, "Stranger"):
        assert hidden.encode() not in everything
    assert sum("hash" in leaf for leaf in bundle.lines("ledger/leaves.jsonl")) == 2


def test_earlier_bundles_are_proved_to_be_its_beginning(story: Scenario, bundled: Bundled) -> None:
    sizes = []
    for day in (5, 6):
        at = NOON + day * DAY
        sizes.append(export_request(campaign=story.campaign, user=None, now=at).seq)
        exports_build_waiting(clock=lambda at=at: at)  # type: ignore[misc]
    proofs = bundled(story, previous=14).json("consistency.json")
    assert [proof["from"] for proof in proofs] == [14, *sizes]
    for proof in proofs:
        first, second = proof["from"], proof["to"]
        nodes = [base64.b64decode(node) for node in proof["proof"]]
        assert base64.b64decode(proof["root"]) == root_at(first)
        assert consistency_holds(first, root_at(first), second, root_at(second), nodes)


def test_an_edition_without_names_holds_none(story: Scenario, bundled: Bundled) -> None:
    """Fails when the frozen rows, or what mail servers answered, stand among the leaves."""
    bundle = bundled(story, edition="pseudonymous")
    everything = b"".join(bundle.read(name) for name in bundle.names)
    for name in ("Ünal", "bob@example.com", "No such user", "Ada Admin"):
        assert name.encode() not in everything
    assert roots_of(bundle) == roots_of(bundled(story))


def test_when_somebody_was_away_stands_in_no_edition(story: Scenario, bundled: Bundled) -> None:
    """As Method says. Removed: the commitment to the days in `leave.recorded`."""
    gus, first, last = story.people["gus"].person, date(2026, 12, 1), date(2026, 12, 3)
    leave_record(employee=gus, starts_on=first, ends_on=last, user=None, now=NOON + 4 * DAY)
    for edition in ("full", "pseudonymous"):
        bundle = bundled(story, edition=edition)
        assert "leave.recorded" in bundle.kinds
        everything = b"".join(bundle.read(name) for name in bundle.names)
        assert not any(day.isoformat().encode() in everything for day in (first, last))


def test_lost_history_stands_in_every_later_bundle(
    story: Scenario, bundled: Bundled, tmp_path: Path, settings: Settings
) -> None:
    """Removed: the ledger's own entries in `Concern`, or the line on Integrity."""
    settings.CHECKPOINT_DIR = str(tmp_path)
    seq = lost(story, settings.CHECKPOINT_DIR)
    bundle = bundled(story)
    assert "ledger.accepted" in bundle.kinds
    (fact,) = (
        row for row in bundle.lines("rows/integrity.jsonl") if row["label"].startswith("Lost")
    )
    assert fact["value"] == seq
    assert "over 900 to 900 events" in fact["note"]
    assert verify.check(bundle.path.open("rb"))["losses"] == 1


def test_a_loss_that_our_key_did_not_sign_ends_it(
    story: Scenario, bundled: Bundled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removed: `_refuse_given_up_by_nobody`, or `losses` in checkpoints_check."""
    published = {"at": "2026-11-23T00:00:00.000000Z", "head": "ab" * 32, "size": 900}
    data = {
        "committed": {"reason": "x"}, "head": journal.position()[1].hex(), "lost_from": 900,
        "published": published, "standing": story.seq, "key": key_id(public_key()),
        "signature": base64.b64encode(bytes(64)).decode(),
    }  # fmt: skip
    with transaction.atomic():
        append("ledger.accepted", actor="command", subject="ledger", now=NOON, data=data)
    with pytest.raises(Refusal, match="gives up history as lost, and the ledger's key did not"):
        bundled(story)
    monkeypatch.setattr("reports.datasets.integrity.accepted_unsigned", lambda _keys: iter(()))
    with pytest.raises(Refusal, match="gives up history, and the ledger's key did not sign"):
        bundled(story)


def lost(story: Scenario, folder: str) -> int:
    """A checkpoint over 900 events was published, and is given up; the ledger number of that."""
    row = Checkpoint(size=900, root=bytes(32), head=b"\xab" * 32, ts=NOON)
    row.key_id = key_id(public_key())
    row.signature = sign(statement(row).encode())
    name = f"optrail-checkpoint-20261123T120000.000000Z-000000000900-{'ab' * 8}.txt"
    Path(folder, name).write_text(checkpoint_note(row))
    return ledger_accept(reason="The disk burned", now=NOON + DAY).seq


def test_people_outside_of_the_filters_stay_unseen(story: Scenario, bundled: Bundled) -> None:
    bundle = bundled(story, filters={"departments": ["Nobody"]})
    assert bundle.lines("rows/population.jsonl") == []
    assert "attestation.recorded" not in bundle.kinds
    assert all("hash" in leaf for leaf in bundle.lines("ledger/leaves.jsonl"))
    assert roots_of(bundle) == roots_of(bundled(story))


def roots_of(bundle: Bundle) -> dict[int, str]:
    """The root over the leaves of each batched entry."""
    trees: dict[int, MerkleTree] = {}
    for line in bundle.lines("ledger/leaves.jsonl"):
        trees.setdefault(line["seq"], MerkleTree()).add(leaf_of(line))
    return {seq: tree.root().hex() for seq, tree in trees.items()}


def leaf_of(line: dict[str, Any]) -> bytes:
    if "hash" in line:
        return bytes.fromhex(line["hash"])
    row = line["row"].encode()
    if "salt" in line:
        return hmac.digest(bytes.fromhex(line["salt"]), row, "sha256")
    return hashlib.sha256(row).digest()


def without_blanks(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if value not in (None, "")} for row in rows]
