"""The main job by commands: people in, reminders out, answers back, evidence out."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from compliance.answers import ANSWERS, NEED_HELP
from tests.journeys.company import (
    Company,
    get,
    post,
    postgresql_database,
    rows,
    sqlite_database,
    workbook_in,
)
from tests.parts import ROOT
from tests.standins.sink import Accepted, Sink

PEOPLE = str(ROOT / "samples" / "people.csv")


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with Sink(tmp_path) as sink:
        yield sink


def link_in(mail: Accepted) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+/a/[\w-]+", mail.text)
    assert found, mail.text
    return found[0]


def launch(company: Company) -> dict[str, Any]:
    return company.json(
        "launch_campaign", "--guide", "linkedin-ai-training", "--name", "LinkedIn, autumn",
        "--due", "2099-12-11", "--closes", "2099-12-31", "--reminder-days", "3,7,12", "--send-now",
    )  # fmt: skip


def people_in(company: Company) -> int:
    company.manage("migrate", "-v", "0")
    user = company.json("create_user", "alice@example.com", "--role", "officer")
    assert user["sign_in_url"].startswith(company.address)
    result = company.json("import_employees", PEOPLE)
    assert result["applied"] is True
    assert result["errors"] == []
    assert company.json("import_employees", PEOPLE)["new"] == 0
    return int(result["new"])


def answers_back(company: Company, mails: list[Accepted]) -> None:
    with company.web():
        for answer, mail in zip(ANSWERS, mails, strict=False):
            link = link_in(mail)
            status, page = get(link)
            assert status == 200
            assert "checked" not in page, "an answer is preselected"
            status, page = post(link, answer=answer, confirm="1")
            assert status == 200
            assert "receipt" in page.lower()


def evidence_out(company: Company, campaign: int, in_scope: int, folder: Path) -> None:
    made = company.json("export_audit", "--campaign", str(campaign), "--out", str(folder / "one"))
    again = company.json(
        "export_audit", "--campaign", str(campaign), "--as-of", str(made["seq"]), "--out", str(folder / "two"),
    )  # fmt: skip
    assert again["sha256"] == made["sha256"], "same position, same bytes"
    book = workbook_in(Path(made["path"]))
    population = rows(book["Population"])
    assert len(population) == in_scope == made["rows"]["Population"]
    status = Counter(row["Status"] for row in population)
    assert status["answered"] == len(ANSWERS) - 1, status
    assert sum(status.values()) == in_scope
    assert sorted(row["Answer"] for row in rows(book["Attestations"])) == sorted(ANSWERS)
    assert len(rows(book["Messages"])) == made["rows"]["Messages"]


def everyone_mailed_once(launched: dict[str, Any], mails: list[Accepted]) -> None:
    assert len(mails) == launched["messages"]
    assert max(Counter(mail.recipient for mail in mails).values()) == 1
    assert max(Counter(mail.parsed["Message-ID"] for mail in mails).values()) == 1


def journey(
    company: Company, sink: Sink, folder: Path, send: Callable[[dict[str, Any]], None]
) -> None:
    new = people_in(company)
    launched = launch(company)
    assert launched["in_scope"] == launched["messages"] + sum(launched["excluded"].values())
    assert launched["in_scope"] <= new
    send(launched)
    everyone_mailed_once(launched, sink.accepted())
    answers_back(company, sink.accepted())
    evidence_out(company, launched["campaign"], launched["in_scope"], folder)
    verdict = company.json("verify_ledger")
    assert verdict["ok"] is True
    assert verdict["first_bad"] is None


def test_the_main_job_on_postgresql_and_valkey(tmp_path: Path, sink: Sink, valkey: str) -> None:
    company = Company(tmp_path, postgresql_database(), EMAIL_URL=sink.url, CELERY_BROKER_URL=valkey)

    def send(launched: dict[str, Any]) -> None:
        worker = ("celery", "-A", "config", "worker", "--beat", "--concurrency", "2")
        with company.process(*worker, "--loglevel", "ERROR"):
            wait_until(lambda: len(sink.accepted()) >= launched["messages"], 90)

    journey(company, sink, tmp_path, send)


def test_the_main_job_on_sqlite_without_a_broker(tmp_path: Path, sink: Sink) -> None:
    company = Company(tmp_path, sqlite_database(tmp_path), EMAIL_URL=sink.url)

    def send(launched: dict[str, Any]) -> None:
        report = company.json("pump", "--until-idle")
        assert report["accepted"] == launched["messages"]
        assert company.json("pump", "--until-idle")["accepted"] == 0

    journey(company, sink, tmp_path, send)


def test_who_answered_gets_nothing_more(tmp_path: Path, sink: Sink) -> None:
    """need_help stays open, everything else ends it: the outbox holds nothing for those."""
    company = Company(tmp_path, sqlite_database(tmp_path), EMAIL_URL=sink.url)
    people_in(company)
    launch(company)
    company.manage("pump", "--until-idle")
    answers_back(company, sink.accepted())
    assert NEED_HELP in ANSWERS
    report = company.json("pump", "--until-idle")
    assert (report["accepted"], report["pending"]) == (0, 0)


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.2)
