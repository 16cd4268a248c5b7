"""`manage.py import_employees`: its JSON and its exit codes."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.directory.models import Employee
from accounts.imports.models import ImportRun
from tests.accounts.imports.conftest import HEADER
from tests.factories import EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]

GOOD = "E1,Bob,Berger,bob@example.com,Germany,Sales"
BAD = "E2,Carla,Conti,carla@example.com,Atlantis,Sales"


def run(*arguments: object) -> Any:
    """The JSON that was printed, and the exit code."""
    output, code = io.StringIO(), 0
    try:
        call_command("import_employees", *map(str, arguments), "--json", stdout=output)
    except CommandError as error:
        code = error.returncode
    return (json.loads(output.getvalue()) if output.getvalue() else None), code


def test_good_rows_are_imported_and_bad_ones_reported(write: Callable[..., Path]) -> None:
    result, code = run(write(HEADER, GOOD, BAD))
    assert code == 0
    assert result == {
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "leavers": 0,
        "errors": [
            {
                "line": 3,
                "column": "country",
                "value": "Atlantis",
                "reason": "an unknown country: write its name or a code such as DE",
            }
        ],
        "applied": True,
    }
    assert Employee.objects.get().email == "bob@example.com"


def test_a_dry_run_changes_nothing(
    write: Callable[..., Path], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        result, code = run(write(HEADER, GOOD), "--dry-run")
    assert (code, result["new"], result["applied"]) == (0, 1, False)
    assert not Employee.objects.exists()
    assert not ImportRun.objects.get().file


def test_leavers_beyond_the_limit_are_refused_until_confirmed(write: Callable[..., Path]) -> None:
    EmployeeFactory.create_batch(3)
    result, code = run(write(HEADER, GOOD), "--complete")
    assert (code, result["leavers"], result["applied"]) == (1, 3, False)
    assert "3 of 3 people would leave" in result["refused"][0]
    assert Employee.objects.active().count() == 3
    result, code = run(write(HEADER, GOOD), "--complete", "--confirm-leavers")
    assert (code, result["leavers"], result["applied"]) == (0, 3, True)
    assert Employee.objects.active().count() == 1


def test_a_dry_run_is_refused_what_the_real_run_would_be(write: Callable[..., Path]) -> None:
    """Without the check a dry run promises what then is refused."""
    EmployeeFactory.create_batch(3)
    result, code = run(write(HEADER, GOOD), "--complete", "--dry-run")
    assert (code, result["new"], result["leavers"], result["applied"]) == (1, 1, 3, False)
    assert "3 of 3 people would leave" in result["refused"][0]
    result, code = run(write(HEADER, GOOD), "--complete", "--confirm-leavers", "--dry-run")
    assert (code, result["leavers"], result["applied"]) == (0, 3, False)
    result, code = run(write(HEADER, BAD), "--dry-run")
    assert (code, len(result["errors"]), result["applied"]) == (1, 1, False)
    assert "No row of the file can be imported" in result["refused"][0]
    assert Employee.objects.active().count() == 3


def test_a_file_without_a_header_is_refused_and_nobody_leaves(write: Callable[..., Path]) -> None:
    """Without the guard Bob is taken for the header, and leaves."""
    EmployeeFactory.create(external_id="E1", email="bob@example.com")
    result, code = run(
        write(GOOD, GOOD.replace("E1", "E3").replace("bob", "deniz")),
        "--complete",
        "--confirm-leavers",
        "--map",
        "bob@example.com=email",
    )
    assert (code, result["leavers"], result["applied"]) == (1, 0, False)
    assert "first row is a person, not a header" in result["refused"][0]
    assert Employee.objects.get().active


def test_a_header_without_people_is_refused_and_nobody_leaves(write: Callable[..., Path]) -> None:
    """Without the guard everyone is reported as a leaver."""
    EmployeeFactory.create_batch(3)
    for arguments in ([], ["--complete", "--confirm-leavers"], ["--complete", "--dry-run"]):
        result, code = run(write(HEADER, ""), *arguments)
        assert (code, result["leavers"], result["applied"]) == (1, 0, False)
        assert result["refused"] == ["The file has a header row but no people below it."]
    assert Employee.objects.active().count() == 3


def test_columns_that_only_the_officer_knows_cannot_share_a_field(
    write: Callable[..., Path],
) -> None:
    """Without the guard the column that stands first in the file counts, whoever that is."""
    path = write("Foo,Bar", "bob@example.com,carla@example.com")
    result, code = run(path, "--map", "Foo=email", "--map", "Bar=email")
    assert (code, result["applied"]) == (1, False)
    assert "“Foo”, “Bar” are all read as “E-mail address”" in result["refused"][0]


def test_columns_can_be_mapped(write: Callable[..., Path]) -> None:
    path = write("contact,who,c", "bob@example.com,Bob Berger,x")
    result, code = run(path, "--map", "contact=email", "--map", "who=full_name")
    assert (code, result["new"]) == (0, 1)
    assert Employee.objects.get().name == "Bob Berger"


def test_a_file_without_addresses_is_refused_with_a_hint(write: Callable[..., Path]) -> None:
    result, code = run(write("who,c", "Bob Berger,x"))
    assert (code, result["applied"]) == (1, False)
    assert "No column was recognised" in result["refused"][0]
    assert "--map" in result["refused"][1]


def test_a_refused_file_ends_with_one(write: Callable[..., Path]) -> None:
    result, code = run(write(HEADER, 'E1,"Bob,Berger', GOOD))
    assert (code, result["applied"]) == (1, False)
    assert "From line 2" in result["refused"][0]
    assert not Employee.objects.exists()


def test_a_file_of_errors_alone_is_refused(write: Callable[..., Path]) -> None:
    result, code = run(write(HEADER, BAD))
    assert (code, len(result["errors"]), result["applied"]) == (1, 1, False)


@pytest.mark.parametrize("arguments", [["--map", "email"], ["--map", "email=mood"]])
def test_wrong_use_ends_with_two(write: Callable[..., Path], arguments: list[str]) -> None:
    assert run(write(HEADER, GOOD), *arguments) == (None, 2)


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    assert run(tmp_path / "nobody.csv") == (None, 2)


def test_people_read_a_sentence_and_each_error(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_employees", str(write(HEADER, GOOD, BAD)))
    printed = capsys.readouterr().out
    assert "Imported: 1 new, 0 changed, 0 unchanged, 0 leavers, 1 errors." in printed
    assert "line 3, country: an unknown country" in printed


def test_a_row_with_the_wrong_number_of_cells_is_named_by_its_line(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_employees", str(write(HEADER, GOOD, "E2,Carla")))
    assert "line 3: 2 cells where the header has 6" in capsys.readouterr().out


def test_errors_of_repeated_people_name_the_file_s_column(write: Callable[..., Path]) -> None:
    """Without the lookup they name a field of Optrail, which the file does not have."""
    EmployeeFactory.create(email="taken@example.com")
    EmployeeFactory.create(external_id="E4")
    result, _ = run(
        write(
            "Personalnummer,Work Email,E-Mail-Adresse",
            "E1,bob@example.com,bob@example.com",
            "E2,bob@example.com,",
            "E1,carla@example.com,",
            "E4,taken@example.com,",
        )
    )
    assert [(error["line"], error["column"]) for error in result["errors"]] == [
        (3, "Work Email"),
        (4, "Personalnummer"),
        (5, "Work Email"),
    ]
