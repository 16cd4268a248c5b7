"""What the next import does to an address that an officer corrected: nothing that is not shown."""

from collections.abc import Callable

import pytest

from accounts.directory.models import Employee
from accounts.directory.services import employee_correct_address
from accounts.imports.models import ImportRun
from accounts.imports.services import import_check
from accounts.signin.models import User
from ledger.commands import Refusal
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def corrected(bob: Employee, alice: User) -> Employee:
    """Bob, whose address bounced and was corrected."""
    Employee.objects.update(external_id="E1")
    return employee_correct_address(employee=bob, email="robert@example.com", user=alice, now=NOON)


def test_the_old_address_under_the_same_id_is_previewed_as_a_change(
    corrected: Employee, preview: Callable[..., ImportRun]
) -> None:
    run = preview("E1,Bob,Berger,bob@example.com,DE,Sales")
    assert (run.new, run.changed, run.missing) == (0, 1, 0)


def test_without_an_id_the_old_address_is_previewed_as_somebody_new(
    corrected: Employee, preview: Callable[..., ImportRun]
) -> None:
    run = preview("Bob,Berger,bob@example.com", header="first,last,email")
    assert (run.new, run.changed, run.missing) == (1, 0, 1)


def test_the_corrected_address_in_the_file_changes_nothing(
    corrected: Employee, preview: Callable[..., ImportRun]
) -> None:
    run = preview("E1,Bob,Berger,robert@example.com,DE,Sales")
    assert (run.new, run.changed, run.unchanged) == (0, 0, 1)


def test_a_preview_made_before_the_correction_is_refused(
    bob: Employee, alice: User, preview: Callable[..., ImportRun]
) -> None:
    run = preview("Bob,Berger,bob@example.com", header="first,last,email")
    employee_correct_address(employee=bob, email="robert@example.com", user=alice, now=NOON)
    with pytest.raises(Refusal, match="Preview again"):
        import_check(run=run, complete=False, confirm_leavers=False)
