"""The house stands as designed: imports run one way, migrations are complete."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
APPS = ("ledger", "accounts", "compliance", "reports", "config")


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    return names | {
        node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    }


def test_the_import_contract_holds() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("openpyxl", {"reports/workbook"}),
        ("python_calamine", {"accounts/imports"}),
        ("smtplib", {"compliance/reminders/transports"}),
        ("imaplib", {"compliance/reminders/bounces"}),
        ("flufl", {"compliance/reminders/bounces"}),
        ("msal", {"accounts/entra"}),
        ("requests", {"accounts/entra"}),
        ("jwt", {"accounts/entra"}),
        ("storages", {"reports/buckets.py"}),
        ("botocore", {"reports/buckets.py"}),
    ],
)
def test_a_library_is_known_to_one_room_only(library: str, rooms: set[str]) -> None:
    strangers = [
        str(path.relative_to(ROOT))
        for path in sources(*APPS)
        if any(name.split(".")[0] == library for name in imported(path))
        and not any(str(path.relative_to(ROOT)).startswith(room) for room in rooms)
    ]
    assert strangers == []


def test_no_production_code_knows_about_tests() -> None:
    assert [
        path
        for path in sources(*APPS)
        if any(n.split(".")[0] in {"tests", "pytest"} for n in imported(path))
    ] == []


def test_every_module_begins_with_a_docstring_of_one_line() -> None:
    missing = []
    for path in sources(*APPS):
        if "migrations" in path.parts or not path.read_text().strip():
            continue
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")), clean=False)
        if not docstring or "\n" in docstring:
            missing.append(str(path.relative_to(ROOT)))
    assert missing == []


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_each_app_has_one_migration_until_the_first_release() -> None:
    for app in ("ledger", "accounts", "compliance", "reports"):
        assert [path.name for path in (ROOT / app / "migrations").glob("0*.py")] == [
            "0001_initial.py"
        ]
