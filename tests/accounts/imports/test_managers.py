"""Managers are found by address, id or name."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.directory.models import Employee
from accounts.imports.models import ImportRun
from tests.accounts.imports.said import reasons
from tests.factories import EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.mark.parametrize("named", ["carla@example.com", "E2", "Carla Conti", "Conti, Carla"])
def test_a_manager_is_found_by_address_id_or_name(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun], named: str
) -> None:
    header = "id;first;last;email;manager"
    apply(
        preview(
            f"E1;Bob;Berger;bob@example.com;{named}",
            "E2;Carla;Conti;carla@example.com;",
            header=header,
        )
    )
    assert Employee.objects.get(external_id="E1").manager == Employee.objects.get(external_id="E2")


@pytest.mark.parametrize("named", ["carla@example.com", "E2", "Carla Conti"])
def test_a_manager_may_stand_in_the_directory_alone(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun], named: str
) -> None:
    carla = EmployeeFactory.create(
        external_id="E2", email="carla@example.com", first_name="Carla", last_name="Conti"
    )
    apply(preview(f"E1;Bob;Berger;bob@example.com;{named}", header="id;first;last;email;manager"))
    assert Employee.objects.get(external_id="E1").manager == carla


def test_a_manager_whom_two_people_answer_to_is_noted_and_the_row_imported(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    header = "id;first;last;email;manager"
    run = preview(
        "E1;Bob;Berger;bob@example.com;Carla Conti",
        "E2;Carla;Conti;carla@example.com;",
        "E3;Carla;Conti;carla2@example.com;",
        "E4;Deniz;Demir;deniz@example.com;deniz@example.com",
        header=header,
    )
    assert [line for line, reason in reasons(run) if "without a manager" in reason] == [2, 5]
    apply(run)
    assert not Employee.objects.exclude(manager=None).exists()


def test_names_that_nobody_answers_to_are_looked_up_in_an_index(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    """Fails when managers are sought by name among those who left as well: no index begins there,
    and each of 5,000 rows reads all of the directory."""
    lines = [f"{n},Some,Name{n},p{n}@example.com,Not Here" for n in range(5_000)]
    header = "id,first,last,email,manager"
    apply(preview(*lines, header=header))
    with CaptureQueriesContext(connection) as captured:
        run = preview(*lines, header=header)
    assert run.unchanged == 5_000
    if connection.vendor == "postgresql":  # SQLite makes an index of its own for it
        assert max(float(query["time"]) for query in captured) < 4
