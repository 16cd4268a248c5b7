"""`manage.py ingest_bounces`: every kind of place, and what is said about bad ones."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from compliance.reminders.bounces.files import mails_in
from compliance.reminders.bounces.parsing import MAX_BYTES
from compliance.reminders.models import Message, State
from tests.compliance.reminders.bounces.conftest import Sent
from tests.compliance.reminders.bounces.reports import mail_of_a_person, mbox, qmail, report

pytestmark = [pytest.mark.both, pytest.mark.django_db]
WayBack = Callable[[Message], str]


@pytest.fixture
def ingest(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    def ingested(*arguments: object) -> Any:
        call_command("ingest_bounces", *map(str, arguments), "--json")
        return json.loads(capsys.readouterr().out)

    return ingested


def bounced() -> int:
    return Message.objects.filter(state=State.BOUNCED).count()


def test_one_mail(
    ingest: Callable[..., Any], sent: Sent, way_back: WayBack, tmp_path: Path
) -> None:
    file = tmp_path / "report.eml"
    file.write_bytes(report(to=way_back(sent())))
    assert ingest(file) == {
        "read": 1, "bounced": 1, "delayed": 0, "known": 0, "under_way": 0, "not_a_bounce": 0, "not_ours": 0,
        "malformed": 0, "faults": [],
    }  # fmt: skip


def test_a_report_on_a_mail_under_way_is_to_be_read_again(
    sent: Sent, way_back: WayBack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.eml"
    file.write_bytes(report(to=way_back(sent(state=State.STARTED))))
    call_command("ingest_bounces", str(file))
    assert "still being handed over: 1. Read these files again" in capsys.readouterr().out
    assert bounced() == 0


def test_an_mbox_with_a_broken_mail_among_others(
    ingest: Callable[..., Any], sent: Sent, way_back: WayBack, tmp_path: Path
) -> None:
    file = tmp_path / "mbox"
    large = b"Subject: large\n\n" + b"many words\n" * (MAX_BYTES // 10)
    quoted = qmail(way_back(sent())).replace(b"Sorry,", b">From here on: Sorry,")
    file.write_bytes(
        mbox(report(to=way_back(sent())), large, b"", quoted, mail_of_a_person("p@example.com"))
    )
    result = ingest(file)
    assert (result["read"], result["bounced"], result["not_ours"]) == (5, 2, 1)
    assert result["faults"] == [
        "mail 2: it is larger than 2 MB",
        "mail 3: it is no mail: it does not begin with headers",
    ]
    assert bounced() == 2
    assert ingest(file)["known"] == 2


def test_a_maildir(
    ingest: Callable[..., Any], sent: Sent, way_back: WayBack, tmp_path: Path
) -> None:
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1").write_bytes(report(to=way_back(sent())))
    assert ingest(tmp_path)["bounced"] == 2


def test_a_folder_of_eml_files(
    ingest: Callable[..., Any], sent: Sent, way_back: WayBack, tmp_path: Path
) -> None:
    (tmp_path / "1.eml").write_bytes(report(to=way_back(sent())))
    (tmp_path / "2.eml").write_bytes(b"rubbish")
    (tmp_path / "3.txt").write_bytes(report(to=way_back(sent())))
    result = ingest(tmp_path)
    assert (result["bounced"], result["malformed"]) == (1, 1)
    assert result["faults"][0].startswith(f"{tmp_path / '2.eml'}: it is no mail")


@pytest.mark.parametrize("form", [lambda mail: mail, mbox, lambda mail: b"\n\n" + mail])
def test_standard_input(
    ingest: Callable[..., Any],
    sent: Sent,
    way_back: WayBack,
    form: Callable[[bytes], bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = form(report(to=way_back(sent())))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    assert ingest("-")["bounced"] == 1


def test_lines_of_any_length_stay_out_of_memory() -> None:
    stream = io.BytesIO(b"From x\n" + b"y" * (MAX_BYTES * 3))
    ((_, raw),) = mails_in("-", stdin=stream)
    assert len(raw) <= 2 * (MAX_BYTES + 1)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["/nowhere/at/all"], 1, "cannot be read: No such file"),
        (["{empty}"], 1, "is empty"),
        (["{folder}"], 1, "holds no mails"),
        (["{rubbish}"], 1, "does not begin with headers"),
        ([], 2, "exactly one"),
        (["-", "--mailbox"], 2, "exactly one"),
    ],
)
def test_a_place_that_cannot_be_meant_is_named(
    arguments: list[str], code: int, says: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "rubbish").write_bytes(b"\x7fELF\x00\x01")
    (tmp_path / "folder").mkdir()
    places = {name: tmp_path / name for name in ("empty", "rubbish", "folder")}
    with pytest.raises(CommandError, match=says) as error:
        call_command("ingest_bounces", *[word.format(**places) for word in arguments])
    assert error.value.returncode == code


def test_without_return_paths_of_their_own_it_says_what_to_set(settings: Settings) -> None:
    settings.EMAIL_BOUNCES = False
    with pytest.raises(CommandError, match="EMAIL_BOUNCES=true"):
        call_command("ingest_bounces", "-")


def test_the_sentence_names_every_count(
    sent: Sent, way_back: WayBack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mbox"
    file.write_bytes(mbox(report(to=way_back(sent())), b""))
    call_command("ingest_bounces", str(file))
    said = capsys.readouterr().out
    assert "Mails read: 2. Came back: 1, delayed: 0," in said
    assert "Could not be read: 1\nmail 2: it is no mail" in said
