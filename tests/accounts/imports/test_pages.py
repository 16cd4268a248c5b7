"""The pages of an import, for whoever may see them."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.directory.models import Employee
from accounts.imports import tasks, views
from accounts.imports.models import ImportRun, RunState
from accounts.signin.models import User
from tests.accounts.imports.conftest import HEADER
from tests.factories import EmployeeFactory

pytestmark = pytest.mark.django_db

BOB = "E1,Bob,Berger,bob@example.com,Germany,Sales"
CARLA = "E2,Carla,Conti,carla@example.com,USA,Sales"


def upload(client: Client, *lines: str, header: str = HEADER, follow: bool = True) -> Any:
    data = "\n".join([header, *lines]).encode()
    return client.post(
        reverse("import_upload"), {"file": SimpleUploadedFile("people.csv", data)}, follow=follow
    )


def page(run: ImportRun, **query: Any) -> Any:
    return reverse("import", args=[run.pk], query=query)


def test_upload_leads_to_the_preview_and_changes_nothing(
    as_alice: Client, preview: Callable[..., ImportRun]
) -> None:
    response = upload(as_alice, BOB, CARLA)
    run = ImportRun.objects.get()
    assert response.redirect_chain == [(page(run), 302)]
    assert "Bob Berger" in response.text
    assert not Employee.objects.exists()


def test_the_officer_applies_and_sees_the_result(
    as_alice: Client, alice: User, preview: Callable[..., ImportRun]
) -> None:
    run = preview(BOB, CARLA)
    response = as_alice.post(reverse("import_apply", args=[run.pk]), follow=True)
    run.refresh_from_db()
    assert "as event" in response.text
    assert (run.state, Employee.objects.count()) == (RunState.APPLIED, 2)


def test_what_changes_is_shown_before_and_after(
    as_alice: Client, preview: Callable[..., ImportRun]
) -> None:
    old, new = (
        EmployeeFactory.create(first_name="Old", last_name="Boss"),
        EmployeeFactory.create(first_name="New", last_name="Boss"),
    )
    EmployeeFactory.create(
        external_id="E1",
        email="bob@example.com",
        first_name="Bob",
        last_name="Berger",
        department="Legal",
        manager=old,
    )
    run = preview(f"{BOB},{new.email}", header=f"{HEADER},manager")
    text = as_alice.get(page(run)).text
    for part in (
        "<del>Legal</del>",
        "<ins>Sales</ins>",
        "<del>Old Boss</del>",
        "<ins>New Boss</ins>",
    ):
        assert part in text


def test_many_leavers_are_applied_only_with_the_second_yes(
    as_alice: Client, preview: Callable[..., ImportRun]
) -> None:
    EmployeeFactory.create_batch(3)
    run = preview(BOB)
    address = reverse("import_apply", args=[run.pk])
    assert (
        "3 of 3 people would leave" in as_alice.post(address, {"complete": "on"}, follow=True).text
    )
    assert Employee.objects.active().count() == 3
    as_alice.post(address, {"complete": "on", "confirm_leavers": "on"})
    assert list(Employee.objects.active().values_list("email", flat=True)) == ["bob@example.com"]


def test_the_missing_are_shown_before_anyone_says_complete(
    as_alice: Client, preview: Callable[..., ImportRun]
) -> None:
    EmployeeFactory.create(first_name="Deniz", last_name="Demir")
    assert "Deniz Demir" in as_alice.get(page(preview(BOB), show="missing")).text


def test_columns_can_be_chosen_when_none_is_recognised(
    as_alice: Client, preview: Callable[..., ImportRun]
) -> None:
    response = upload(as_alice, "bob@example,Bob", header="contact,who")
    assert "No column was recognised" in response.text
    run = ImportRun.objects.get()
    address = reverse("import_columns", args=[run.pk])
    assert (
        as_alice.post(address, {"column-0": "", "column-1": "email"}, follow=True).status_code
        == 200
    )
    response = as_alice.post(address, {"column-0": "email", "column-1": "full_name"}, follow=True)
    assert "not a valid e-mail address" in response.text


def test_a_choice_that_cannot_be_meant_is_explained_beside_the_columns(
    as_alice: Client, preview: Callable[..., ImportRun]
) -> None:
    run = preview(BOB)
    chosen = {f"column-{n}": "department" for n in range(6)}
    response = as_alice.post(reverse("import_columns", args=[run.pk]), chosen)
    assert response.status_code == 400
    assert "No column was recognised as the e-mail address" in response.text
    run.refresh_from_db()
    assert run.mapping[3]["field"] == "email"


def test_errors_are_downloaded_as_a_table_without_formulas(
    as_aino: Client, preview: Callable[..., ImportRun]
) -> None:
    """Promise 6: fails when `safe_cell` is left out."""
    run = preview(
        'E1,Bob,Berger,"=HYPERLINK(""http://x"")",DE,Sales', "E2,C,C,c@example.com, @SUM(A1),X"
    )
    response = as_aino.get(reverse("import_remarks", args=[run.pk]))
    rows = list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig"))))
    assert rows[0] == ["Line", "Kind", "Column", "Value", "Reason"]
    assert rows[1][3] == '\'=HYPERLINK("http://x")'
    assert rows[2][:4] == ["3", "error", "country", "'@SUM(A1)"]


def test_a_large_file_waits_for_the_worker(
    as_alice: Client, preview: Callable[..., ImportRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "READ_AT_ONCE", 10)
    response = upload(as_alice, BOB)
    assert 'http-equiv="refresh"' in response.text
    tasks.stage_waiting()
    response = as_alice.get(page(ImportRun.objects.get()))
    assert 'http-equiv="refresh"' not in response.text
    assert "Bob Berger" in response.text


def test_a_refused_file_says_why(as_alice: Client, preview: Callable[..., ImportRun]) -> None:
    data = SimpleUploadedFile("people.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    response = as_alice.post(reverse("import_upload"), {"file": data}, follow=True)
    assert "old .xls form" in response.text


def test_too_large_a_file_is_refused_before_it_is_read(
    as_alice: Client, settings: Any, preview: Callable[..., ImportRun]
) -> None:
    settings.IMPORT_MAX_BYTES = 20
    response = upload(as_alice, BOB)
    assert "The file is larger than" in response.text
    assert not ImportRun.objects.exists()


def test_pages_of_rows_lead_down_and_up_again(
    as_alice: Client, preview: Callable[..., ImportRun]
) -> None:
    run = preview(*(f"E{n},A,P{n:03},p{n}@example.com,DE,X" for n in range(120)))
    first = as_alice.get(page(run, show="new"))
    assert "P049" in first.text
    assert "P050" not in first.text
    second = as_alice.get(first.context["next_url"])
    assert ("P050" in second.text, "P099" in second.text) == (True, True)
    last = as_alice.get(second.context["next_url"])
    assert ("P119" in last.text, last.context["next_url"]) == (True, "")
    assert "P000" in as_alice.get(second.context["previous_url"]).text


def test_a_stale_preview_is_made_again(
    as_alice: Client, preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    run = preview(BOB)
    apply(preview(BOB))
    assert (
        "Preview again" in as_alice.post(reverse("import_apply", args=[run.pk]), follow=True).text
    )
    response = as_alice.post(reverse("import_again", args=[run.pk]), follow=True)
    run.refresh_from_db()
    assert (response.status_code, run.unchanged) == (200, 1)


def test_an_import_can_be_discarded(as_alice: Client, preview: Callable[..., ImportRun]) -> None:
    run = preview(BOB)
    as_alice.post(reverse("import_discard", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == RunState.DISCARDED
    assert as_alice.get(page(run)).status_code == 200


def test_the_auditor_reads_and_changes_nothing(
    as_aino: Client, preview: Callable[..., ImportRun]
) -> None:
    run = preview(BOB)
    assert as_aino.get(reverse("imports")).status_code == 200
    text = as_aino.get(page(run)).text
    assert "<button" not in text.partition("<main")[2]
    assert as_aino.get(reverse("import_upload")).status_code == 403
    for name in ("import_apply", "import_columns", "import_again", "import_discard"):
        assert as_aino.post(reverse(name, args=[run.pk])).status_code == 403
    assert not Employee.objects.exists()


def test_an_outsider_sees_nothing(as_mallory: Client, preview: Callable[..., ImportRun]) -> None:
    run = preview(BOB)
    for address in (
        reverse("imports"),
        reverse("import_upload"),
        page(run),
        reverse("import_remarks", args=[run.pk]),
    ):
        response = as_mallory.get(address)
        assert response.status_code == 302
        assert "sign-in" in response["Location"]


def test_looking_changes_nothing(
    as_alice: Client, preview: Callable[..., ImportRun], django_assert_max_num_queries: Any
) -> None:
    EmployeeFactory.create(external_id="E2", email="carla@example.com")
    run = preview(BOB, CARLA)
    before = ImportRun.objects.values().get()
    with django_assert_max_num_queries(12):
        as_alice.get(page(run, show="changed"))
    assert ImportRun.objects.values().get() == before
