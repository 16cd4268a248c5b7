"""`manage.py export_audit`."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command

from compliance.campaigns.models import Campaign
from ledger.models import Event
from reports.models import Export
from reports.storage import sha256_of
from tests.factories import CampaignFactory
from tests.reports.conftest import table
from tests.reports.evidence.reading import Bundle
from tests.reports.scenario import Scenario

pytestmark = pytest.mark.both


def run(*arguments: object) -> dict[str, Any]:
    out = StringIO()
    call_command("export_audit", *map(str, arguments), "--json", stdout=out)
    result: dict[str, Any] = json.loads(out.getvalue())
    return result


def refused(*arguments: object) -> str:
    with pytest.raises(CommandError) as error:
        call_command("export_audit", *map(str, arguments), stdout=StringIO())
    assert error.value.returncode == 1
    return str(error.value)


def test_the_bundle_stands_in_the_folder(story: Scenario, tmp_path: Path) -> None:
    result = run("--campaign", story.campaign.pk, "--out", tmp_path / "new" / "folder")
    path = Path(result["path"])
    assert path.name == f"optrail-campaign-7-at-{result['seq']}.zip"
    assert (result["kind"], result["sha256"]) == ("bundle", sha256_of(path))
    assert result["rows"]["Population"] == len(Bundle(path).sheet("Population"))
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_workbook_alone(story: Scenario, tmp_path: Path) -> None:
    result = run("--campaign", 7, "--out", tmp_path, "--kind", "workbook")
    path = Path(result["path"])
    assert path.name == f"optrail-campaign-7-at-{result['seq']}.xlsx"
    assert result["rows"]["Population"] == len(table(path, "Population"))


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_rows_alone(story: Scenario, tmp_path: Path, form: str) -> None:
    result = run("--campaign", 7, "--out", tmp_path, "--kind", form)
    assert result["path"].endswith(f"-{form}.zip")
    with ZipFile(result["path"]) as archive:
        lines = archive.read(f"population.{form}").decode().splitlines()
    assert len(lines) == result["rows"]["Population"] + (form == "csv")


def test_the_workbook_alone_is_that_of_the_bundle(story: Scenario, tmp_path: Path) -> None:
    bundle = run("--campaign", 7, "--out", tmp_path)
    alone = run("--campaign", 7, "--as-of", bundle["seq"], "--out", tmp_path, "--kind", "workbook")
    assert Bundle(Path(bundle["path"])).read("audit.xlsx") == Path(alone["path"]).read_bytes()


def test_the_key_leads_from_a_pseudonym_to_a_name(story: Scenario, tmp_path: Path) -> None:
    nameless = run("--campaign", 7, "--out", tmp_path, "--edition", "pseudonymous")
    key = run("--campaign", 7, "--out", tmp_path, "--kind", "key")
    assert key["rows"] == {"Key": 7}
    with Path(key["path"]).open(encoding="utf-8-sig", newline="") as file:
        names = {row["Pseudonym"]: row["Last name"] for row in csv.DictReader(file)}
    shown = Bundle(Path(nameless["path"])).sheet("Population")
    assert [names[row["Pseudonym"]] for row in shown if row["Status"] == "excluded"] == ["Ünal 7"]


def test_options_change_the_bytes_and_the_name(story: Scenario, tmp_path: Path) -> None:
    first = run("--campaign", 7, "--out", tmp_path)
    as_of = ("--as-of", first["seq"])
    seeded = run("--campaign", 7, *as_of, "--out", tmp_path, "--sample", 2, "--seed", "audit-1")
    nameless = run("--campaign", 7, *as_of, "--out", tmp_path, "--edition", "pseudonymous")
    assert len({each["path"] for each in (first, seeded, nameless)}) == 3
    assert Bundle(Path(seeded["path"])).manifest["options"]["sample_seed"] == "audit-1"
    assert "Last name" not in Bundle(Path(nameless["path"])).sheet("Population")[0]


def test_a_sample_beyond_what_people_look_at_is_refused(story: Scenario, tmp_path: Path) -> None:
    assert "from 0 to 1000" in refused("--campaign", 7, "--out", tmp_path, "--sample", 9999)
    assert not Export.objects.exists()


def test_it_is_an_export_like_any_other(story: Scenario, tmp_path: Path) -> None:
    run("--campaign", 7, "--out", tmp_path)
    export = Export.objects.get()
    assert (export.state, export.requested_by) == ("ready", None)
    assert '"actor":"command"' in Event.objects.get(seq=export.seq + 1).body


def test_the_same_position_may_be_exported_again(story: Scenario, tmp_path: Path) -> None:
    first = run("--campaign", 7, "--out", tmp_path)
    story.answer("gus", "no_account")
    again = run("--campaign", 7, "--as-of", first["seq"], "--out", tmp_path)
    assert again == first


def test_another_file_of_that_name_is_left_alone(story: Scenario, tmp_path: Path) -> None:
    """Fails when the copy replaces what stands there."""
    other = tmp_path / f"optrail-campaign-7-at-{story.campaign.launched_seq}.zip"
    other.write_bytes(b"somebody's work")
    words = refused("--campaign", 7, "--as-of", story.campaign.launched_seq, "--out", tmp_path)
    assert "is another file" in words
    assert other.read_bytes() == b"somebody's work"


def test_an_unknown_campaign_is_named_with_those_there_are(story: Scenario, tmp_path: Path) -> None:
    words = refused("--campaign", 99, "--out", tmp_path)
    assert words == "There is no campaign 99. The latest are: 7 “LinkedIn, autumn”."


def test_a_draft_and_positions_out_of_reach_are_refused(story: Scenario, tmp_path: Path) -> None:
    draft = CampaignFactory.create()
    assert "Launch it first" in refused("--campaign", draft.pk, "--out", tmp_path)
    for position in (1, 10_000, 0, -1):
        words = refused("--campaign", 7, "--as-of", position, "--out", tmp_path)
        assert f"not as of {position}" in words
    assert not Export.objects.exists()


def test_a_folder_that_takes_no_files_is_refused_before_anything_is_made(
    story: Scenario, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    words = refused("--campaign", 7, "--out", tmp_path / "file")
    assert "takes no files" in words
    assert not Export.objects.exists()


def test_figures_that_differ_are_named_and_nothing_is_released(
    story: Scenario, tmp_path: Path
) -> None:
    Campaign.objects.update(retention_months=1)
    assert "the ledger says 36" in refused("--campaign", 7, "--out", tmp_path)
    assert Export.objects.get().state == "failed"
    assert not list(tmp_path.glob("*.zip"))


@pytest.mark.parametrize(
    "arguments", [(), ("--campaign", "7"), ("--campaign", "seven", "--out", "x")]
)
def test_wrong_use_is_told_apart_from_a_refusal(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError) as error:
        call_command("export_audit", *arguments)
    assert "campaign" in str(error.value) or "--out" in str(error.value)


def test_people_get_a_sentence(story: Scenario, tmp_path: Path) -> None:
    out = StringIO()
    call_command("export_audit", "--campaign", "7", "--out", str(tmp_path), stdout=out)
    assert "7 people as of ledger position" in out.getvalue()
