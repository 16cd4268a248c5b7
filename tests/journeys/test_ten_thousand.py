"""Ten thousand people imported, launched, mailed over SMTP and exported, counted at each step."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.company import Company, postgresql_database, sqlite_database, workbook_in
from tests.standins.sink import Sink

PEOPLE = 10_000
COUNTRIES = ("DE", "US", "FR", "PL", "IN")


def people_file(folder: Path) -> Path:
    path = folder / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(
            ["Employee ID", "E-mail", "First name", "Last name", "Department", "Country"]
        )
        table.writerows(
            [
                f"N{n:06}",
                f"p{n}@example.com",
                "Zoë",
                f"O'Hara {n}",
                f"Unit {n % 40}",
                COUNTRIES[n % 5],
            ]
            for n in range(PEOPLE)
        )
    return path


@pytest.mark.large
@pytest.mark.parametrize(
    "database", [lambda _: postgresql_database(), sqlite_database], ids=["postgresql", "sqlite"]
)
def test_ten_thousand_people_go_the_whole_way(
    tmp_path: Path, database: Callable[[Path], str]
) -> None:
    with Sink(tmp_path) as sink:
        company = Company(tmp_path, database(tmp_path), EMAIL_URL=sink.url)
        company.manage("migrate", "-v", "0")
        imported = company.json("import_employees", str(people_file(tmp_path)))
        assert (imported["new"], imported["errors"]) == (PEOPLE, [])
        launched = company.json(
            "launch_campaign", "--guide", "linkedin-ai-training", "--name", "All", "--due", "2099-12-11", "--send-now",
        )  # fmt: skip
        assert (launched["in_scope"], launched["messages"]) == (PEOPLE, PEOPLE)
        report = company.json("pump", "--until-idle")
        assert (report["accepted"], report["pending"]) == (PEOPLE, 0)
        recipients = [mail.recipient for mail in sink.accepted()]
        assert len(recipients) == len(set(recipients)) == PEOPLE
    made = company.json(
        "export_audit", "--campaign", str(launched["campaign"]), "--out", str(tmp_path)
    )
    assert (made["rows"]["Population"], made["rows"]["Messages"]) == (PEOPLE, PEOPLE)
    book = workbook_in(Path(made["path"]))
    for sheet in ("Population", "Messages"):
        assert sum(1 for _ in book[sheet].iter_rows()) == PEOPLE + 1
    book.close()
    assert company.json("verify_ledger")["ok"] is True
