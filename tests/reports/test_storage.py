"""Where finished evidence stands: written once, whole, and checked whenever it is read."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from config.evidence import evidence_storage
from ledger.commands import Refusal
from ledger.models import Event
from reports.building import exports_build_waiting
from reports.models import Export
from reports.services import export_download, export_request
from reports.storage import NameTakenError, evidence_delete, evidence_store
from tests.factories import NOON
from tests.reports.scenario import Scenario
from tests.standins.s3 import KEY, S3, SECRET

LATER = NOON + timedelta(days=5)


@pytest.fixture
def s3(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with S3() as server:
        settings.STORAGES = {**settings.STORAGES, "evidence": evidence_storage(server.url)}
        yield server


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest) -> Storage:
    """Both kinds keep the same promises."""
    if request.param == "bucket":
        request.getfixturevalue("s3")
    return storages["evidence"]


def made(story: Scenario) -> Export:
    export = export_request(campaign=story.campaign, user=None, now=LATER)
    exports_build_waiting(clock=lambda: LATER)
    export.refresh_from_db()
    return export


def test_a_name_is_written_once(storage: Storage) -> None:
    """Removed: `os.link` for a rename. This test then fails."""
    assert storage.save("a.zip", ContentFile(b"first")) == "a.zip"
    with pytest.raises(NameTakenError):
        storage.save("a.zip", ContentFile(b"second"))
    with storage.open("a.zip") as file:
        assert file.read() == b"first"


def test_of_many_who_write_one_name_one_wins(storage: Storage) -> None:
    taken, bodies = [], [f"writer {number}".encode() * 1000 for number in range(8)]

    def write(body: bytes) -> None:
        try:
            storage.save("race.zip", ContentFile(body))
        except NameTakenError:
            taken.append(body)

    writers = [threading.Thread(target=write, args=(body,)) for body in bodies]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with storage.open("race.zip") as file:
        assert [file.read()] == [body for body in bodies if body not in taken]


def test_of_two_who_both_saw_a_free_name_the_bucket_refuses_the_second(
    s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removed: `IfNoneMatch`. This test then fails."""
    monkeypatch.setattr(type(storages["evidence"]), "exists", lambda _self, _name: False)
    storages["evidence"].save("a.zip", ContentFile(b"first"))
    with pytest.raises(NameTakenError):
        storages["evidence"].save("a.zip", ContentFile(b"second"))
    assert s3.objects == {"audits/2026/a.zip": b"first"}


def test_a_service_that_knows_no_conditions_is_asked_before(s3: S3) -> None:
    """Removed: the look with `exists` before the put. This test then fails."""
    s3.deaf = True
    storages["evidence"].save("a.zip", ContentFile(b"first"))
    with pytest.raises(NameTakenError):
        storages["evidence"].save("a.zip", ContentFile(b"second"))
    assert s3.objects == {"audits/2026/a.zip": b"first"}


def test_what_is_gone_is_missing_and_can_be_removed_again(storage: Storage) -> None:
    storage.save("a.zip", ContentFile(b"first"))
    storage.delete("a.zip")
    storage.delete("a.zip")
    assert not storage.exists("a.zip")
    with pytest.raises(FileNotFoundError):
        storage.open("a.zip")


def test_an_export_goes_through_the_storage_and_back(
    storage: Storage, story: Scenario, aino: Any
) -> None:
    export = made(story)
    assert (export.state, export.error) == ("ready", "")
    with export_download(export=export, user=aino, now=LATER) as file:
        assert file.read(2) == b"PK"
    assert "export.downloaded" in Event.objects.latest("seq").body


def test_a_file_that_was_changed_in_the_storage_is_not_handed_out(
    story: Scenario, s3: S3, aino: Any
) -> None:
    """Removed: the comparison in `evidence_open`. This test then fails."""
    export = made(story)
    (name,) = s3.objects
    s3.objects[name] += b"!"
    with pytest.raises(Refusal, match="not the one that was made"):
        export_download(export=export, user=aino, now=LATER)
    assert "export.made" in Event.objects.latest("seq").body


def test_a_try_that_ended_after_storing_is_followed_by_one_that_finds_its_file(
    storage: Storage, story: Scenario, tmp_path: Path
) -> None:
    export, file = made(story), tmp_path / "again"
    with storage.open(export.stored_name) as there:
        file.write_bytes(there.read())
    evidence_store(export=export, path=file, digest=export.sha256)
    file.write_bytes(b"another")
    with pytest.raises(Refusal, match="holds another file"):
        evidence_store(export=export, path=file, digest="0" * 64)
    evidence_delete(export=export)
    assert not storage.exists(export.stored_name)


def test_while_the_service_is_down_exports_wait_and_downloads_say_so(
    story: Scenario, s3: S3, aino: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
    ready = made(story)
    s3.broken = True
    export = made(story)
    assert (export.state, export.tries) == ("waiting", 1)
    assert "503" in export.error
    with pytest.raises(Refusal, match="does not answer"):
        export_download(export=ready, user=aino, now=LATER)
    s3.broken = False
    exports_build_waiting(clock=lambda: LATER + timedelta(minutes=5))
    export.refresh_from_db()
    assert export.ready


def test_a_wrong_key_is_an_error_that_names_itself(
    s3: S3, monkeypatch: pytest.MonkeyPatch, story: Scenario
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    assert "SignatureDoesNotMatch" in made(story).error or "403" in made(story).error
    assert s3.refused
    assert s3.objects == {}


def test_a_folder_is_for_the_program_alone(data_dir: Path) -> None:
    storages["evidence"].save("a.zip", ContentFile(b"first"))
    assert (data_dir / "exports" / "a.zip").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("/srv/evidence", "file:///srv/evidence"),
        ("file://host/srv", "file:///srv/evidence"),
        ("s3://key:secret@bucket/x", "AWS_ACCESS_KEY_ID"),
        ("s3://bucket?endpoint=http://s3.example.com", "https://"),
        ("s3://bucket?endpiont=https://s3.example.com", "does not know endpiont"),
        ("ftp://host/x", "s3://bucket/prefix"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_in_words(url: str, words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words):
        evidence_storage(url)


def test_a_bucket_and_a_folder_are_read_from_the_address() -> None:
    assert evidence_storage("file:///srv/my%20evidence")["OPTIONS"] == {
        "location": "/srv/my evidence"
    }
    bucket = evidence_storage("s3://books/audits?region=eu-west-1")["OPTIONS"]
    assert (bucket["bucket_name"], bucket["location"], bucket["region_name"]) == (
        "books", "audits", "eu-west-1",
    )  # fmt: skip
    assert bucket["addressing_style"] == "auto"
