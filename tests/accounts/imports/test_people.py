"""Columns and values: what a table means."""

from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.imports.reading import columns
from accounts.imports.reading.errors import MappingNeeded
from tests.accounts.imports.read import SAMPLES, fields_of, people_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("entra.csv", {"email": 12, "external_id": 13, "country": 12, "office": 12}),
        ("google.csv", {"email": 12, "external_id": 12, "manager": 11, "employment_type": 12}),
        (
            "okta.csv",
            {"email": 12, "external_id": 12, "manager": 11, "country": 12, "time_zone": 12},
        ),
        ("bamboohr.csv", {"email": 12, "external_id": 12, "manager": 11, "employment_type": 12}),
        ("personio.xlsx", {"email": 12, "external_id": 12, "manager": 11, "country": 12}),
        (
            "people.csv",
            {"email": 250, "external_id": 250, "manager": 249, "country": 250, "time_zone": 250},
        ),
    ],
)
def test_the_exports_of_known_systems_are_understood(name: str, expected: dict[str, int]) -> None:
    people = people_of(SAMPLES / name)
    assert {
        field: sum(bool(getattr(person, field)) for person in people) for field in expected
    } == expected
    assert all(person.first_name and person.last_name for person in people if not person.errors)
    assert sum(not person.active for person in people) == (6 if name == "people.csv" else 1)
    assert sum(bool(person.errors) for person in people) == (name == "entra.csv")


def test_entra_s_mailbox_counts_before_the_sign_in_name(write: Callable[..., Path]) -> None:
    header = "userPrincipalName,displayName,mail,userType,accountEnabled"
    people = people_of(
        write(
            header,
            "bob@login.example,Bob Berger,bob@example.com,Member,True",
            "c@login.example,Carla Conti,,Member,False",
        )
    )
    assert [(p.email, p.first_name, p.last_name, p.active) for p in people] == [
        ("bob@example.com", "Bob", "Berger", True),
        ("c@login.example", "Carla", "Conti", False),
    ]


def test_guests_are_reported_and_left_out(write: Callable[..., Path]) -> None:
    header = "userPrincipalName,displayName,mail,userType,accountEnabled"
    people = people_of(
        write(
            header,
            "mallory_x.example#EXT#@c.example,M,m@x.example,Guest,True",
            "bob@c.example,Bob,bob@c.example,Member,True",
        )
    )
    assert [[error.reason for error in person.errors] for person in people] == [
        ["a guest account, not an employee: left out"],
        [],
    ]


def test_private_addresses_are_never_taken() -> None:
    header = ["Home Email", "Recovery Email", "Work Email", "secondEmail", "Work Secondary Email"]
    row = [
        "a@private.example",
        "b@private.example",
        "bob@example.com",
        "c@private.example",
        "d@private.example",
    ]
    assert fields_of(header, row) == ["", "", "email", "", ""]


def test_columns_are_recognised_by_content_when_their_names_say_nothing() -> None:
    rows = [[f"x{n}", f"p{n}@example.com", "Deutschland"] for n in range(20)]
    assert fields_of(["a", "b", "c"], *rows) == ["", "email", "country"]


@pytest.mark.parametrize(
    ("header", "value", "field"),
    [
        ("Status", "Active", "status"),
        ("Status", "verheiratet", ""),
        ("userType", "Guest", "user_type"),
        ("userType", "Contractor", "employment_type"),
        ("Employment Status", "Full-Time", "employment_type"),
        ("Employment Status", "Terminated", "status"),
        ("username", "bob", ""),
        ("username", "bob@example.com", "email"),
        ("state", "CA", ""),
        ("Nationality", "Germany", ""),
        ("x", "Germany", "country"),
    ],
)
def test_ambiguous_names_are_decided_by_content(header: str, value: str, field: str) -> None:
    rows = [[value, "bob@example.com"] if field != "email" else [value]] * 5
    names = [header, "email"] if field != "email" else [header]
    assert fields_of(names, *rows)[0] == field


def test_the_officer_corrects_the_mapping() -> None:
    mapping = columns.recognise(
        ["Mail", "Login", "Land"], [["a@example.com", "b@example.com", "DE"]]
    )
    fixed = columns.corrected(mapping, {"Login": "email", "Land": ""})
    assert [entry["field"] for entry in fixed] == ["", "email", ""]


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"Nope": "email"}, "no column “Nope”"),
        ({"Mail": "mood"}, "not a field"),
        ({"Twice": "email"}, "2 columns “Twice”"),
    ],
)
def test_a_correction_that_cannot_be_meant_is_refused(wish: dict[str, str], reason: str) -> None:
    mapping = [{"column": name, "field": ""} for name in ("Mail", "Twice", "Twice")]
    with pytest.raises(MappingNeeded, match=reason):
        columns.corrected(mapping, wish)


def test_a_table_without_addresses_asks_for_the_column() -> None:
    with pytest.raises(MappingNeeded, match="No column was recognised as the e-mail address"):
        columns.check([{"column": "Name", "field": "full_name"}])
