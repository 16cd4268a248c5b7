"""A thousand erasures: no identifier is left in the database, in files or in the logs."""

import logging
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.models import Assignment
from compliance.guides.models import GuideVersion
from compliance.notices.models import Notice
from compliance.retention.holds import hold_lift, hold_place
from compliance.retention.models import Reason
from compliance.retention.running import retention_run
from compliance.retention.services import employee_erase
from ledger.verification import verify
from tests.compliance.retention.company import (
    DAY,
    MARKS,
    answered,
    closed,
    imported,
    launched,
    line,
    mailed,
    traces,
)
from tests.compliance.retention.conftest import asked, person
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True), pytest.mark.large]
OVER = datetime(2030, 1, 2, 12, 0, tzinfo=NOON.tzinfo)
PEOPLE = 1_000
SINGLY = 20  # on request, before the retention of the others is over


@pytest.fixture
def lived_in(linkedin: GuideVersion, alice: User) -> None:
    """A campaign with everything that may hold somebody's name."""
    imported(*map(line, range(PEOPLE)))
    campaign = launched(linkedin)
    mailed(campaign)
    for number in range(1, 1 + SINGLY * 2):
        answered(asked(number))
    imported(
        line(5).replace("@", " "), line(PEOPLE - 1), name="Xaveria5.csv"
    )  # one row is left out
    imported(line(7), applied=False)  # waits to be applied
    until = (NOON + 9 * DAY).date()
    hold = hold_place(
        employee=person(9), reason="Xaveria9 v. Ravenmoor", until=until, user=alice, now=NOON
    )
    hold_lift(hold=hold, user=alice, now=NOON)
    Notice.objects.create(
        kind="summary", campaign=campaign, addressee=f"employee:{person(0).pk}",
        period=NOON.date(), planned_at=NOON, answer="550 xaveria0@ravenmoor.example",
    )  # fmt: skip
    closed(campaign)


def test_a_thousand_erasures_leave_no_identifier_anywhere(
    lived_in: None,
    data_dir: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Tried without disk_wipe (SQLite), without imports_forget, without the text of holds."""
    assert {trace.table for trace in traces(*MARKS)} >= {
        "accounts_employee", "accounts_stagedrow", "accounts_importrun", "compliance_assignment",
        "compliance_message", "compliance_outcome", "compliance_notice", "compliance_legalhold",
        "ledger_vaultentry",
    }  # fmt: skip
    with caplog.at_level(logging.DEBUG):
        for number in range(SINGLY):
            employee_erase(
                employee=person(number), user=None, reason=Reason.REQUEST, now=NOON + 30 * DAY
            )
        Employee.objects.update(active=False, left_at=NOON + 40 * DAY, left_reason="missing")
        ran = retention_run(clock=lambda: OVER)
    assert (sum(ran.campaigns.values()), ran.leavers) == (PEOPLE - SINGLY, PEOPLE - SINGLY)
    assert Assignment.objects.erased().count() == PEOPLE
    assert list(traces(*MARKS)) == []
    assert named_in(caplog.text + "".join(capfd.readouterr())) == []
    assert [path for path in files(data_dir) if named_in(path.read_bytes().decode("latin-1"))] == []
    assert verify().ok


def files(data_dir: Path) -> list[Path]:
    """The data folder; on SQLite also the database's own files, freed pages and log included."""
    found = [path for path in data_dir.rglob("*") if path.is_file()]
    if connection.vendor == "sqlite":
        database = Path(str(connection.settings_dict["NAME"]))
        found += list(database.parent.glob(f"{database.name}*"))
    return found


def named_in(text: str) -> list[str]:
    return [mark for mark in MARKS if mark in text.lower()]
