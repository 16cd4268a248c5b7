"""Columns and values: what a table means."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.imports.reading import columns, values
from accounts.imports.reading.countries import codes, country_code, country_name
from accounts.imports.reading.errors import MappingNeeded
from accounts.imports.reading.people import read_people
from accounts.imports.reading.tables import open_table
from accounts.imports.reading.values import Unusable
from accounts.imports.reading.zones import time_zone

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
TODAY = date(2026, 11, 23)


def people_of(path: Path) -> Any:
    with open_table(path) as table:
        mapping = columns.recognise(table.header.cells, table.sample())
        columns.check(mapping)
        return list(read_people(table, mapping, TODAY))


def fields_of(header: list[str], *rows: list[str]) -> Any:
    return [entry["field"] for entry in columns.recognise(header, rows)]


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


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("Bob,bob@,DE", "email", "not a valid e-mail address"),
        ("Bob,Bob <bob@example.com>,DE", "email", "alone"),
        ("Bob,bob@example.com; b@example.com,DE", "email", "more than an address"),
        ("Bob,,DE", "email", "no address"),
        ("Bob,bob@example.com,Atlantis", "country", "unknown country"),
        ("Bob,bob@example.com", "", "2 cells where the header has 3"),
        ("Bob,bob@example.com,DE,Sales", "", "4 cells where the header has 3"),
        ("Bob\ufffd,bob@example.com,DE", "name", "letters were lost"),
        ("#REF!,bob@example.com,DE", "name", "spreadsheet error"),
        ("B" * 301 + ",bob@example.com,DE", "name", "longer than 300"),
    ],
)
def test_a_bad_value_is_an_error_with_line_column_and_reason(
    write: Callable[..., Path], row: str, column: str, reason: str
) -> None:
    [good, bad] = people_of(write("name,email,country", "Carla,carla@example.com,US", row))
    assert not good.errors
    assert bad.line == 3
    assert [(error.column, reason in error.reason) for error in bad.errors] == [(column, True)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DE", "DE"), ("de", "DE"), ("DEU", "DE"), ("276", "DE"), ("Germany", "DE"), ("Deutschland", "DE"), ("ALLEMAGNE", ""),
        ("UK", "GB"), ("United Kingdom", "GB"), ("USA", "US"), ("United States of America", "US"), ("España", "ES"),
        ("日本", "JP"), ("Ελλάδα", "GR"), ("Côte d'Ivoire", "CI"), ("Bosnia and Herzegovina", "BA"), ("Türkei", "TR"),
        ("Korea, Republic of", "KR"), ("Iran (Islamic Republic of)", "IR"), ("Kosovo", "XK"), ("EU", ""), ("Atlantis", ""), ("", ""),
    ],
)  # fmt: skip
def test_countries_are_known_by_code_and_by_name(text: str, code: str) -> None:
    assert country_code(text) == code


def test_every_country_is_known_by_its_own_english_name() -> None:
    assert {code for code in codes() if country_code(country_name(code)) != code} == set()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-03", date(2026, 11, 3)), ("2026-11-03T10:00:00Z", date(2026, 11, 3)), ("03.11.2026", date(2026, 11, 3)),
        ("3.4.2026", date(2026, 4, 3)), ("30/11/2026", date(2026, 11, 30)), ("11/30/2026", date(2026, 11, 30)),
        ("0000-00-00", None), ("", None),
    ],
)  # fmt: skip
def test_dates_are_read_as_they_are_written(text: str, day: date | None) -> None:
    assert values.day(text) == day


@pytest.mark.parametrize("text", ["03/04/2026", "31.02.2026", "soon", "3.4.26"])
def test_a_date_that_is_none_or_two_is_an_error(text: str) -> None:
    with pytest.raises(Unusable):
        values.day(text)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("de", "de"),
        ("de_DE", "de-DE"),
        ("German", "de"),
        ("pt-br", "pt-BR"),
        ("en_US.UTF-8", "en-US"),
        ("", ""),
    ],
)
def test_languages_become_tags(text: str, tag: str) -> None:
    assert values.language(text) == tag


def test_an_unknown_language_is_noted_and_the_row_kept(write: Callable[..., Path]) -> None:
    [bob] = people_of(write("email,language", "bob@example.com,Klingon"))
    assert (bob.errors, bob.language) == ([], "")
    assert "unknown language" in bob.notes[0].reason


def test_a_last_day_in_the_past_means_gone_and_one_to_come_does_not(
    write: Callable[..., Path],
) -> None:
    people = people_of(
        write(
            "email,termination date",
            "a@example.com,2026-11-22",
            "b@example.com,2026-11-23",
            "c@example.com,",
        )
    )
    assert [person.active for person in people] == [False, True, True]


@pytest.mark.parametrize(
    "address",
    [
        "Bob@Example.COM",
        "o'brien@example.com",
        "jörg@exämple.de".replace("ö", "oe"),
        "a+b@example.co.uk",
    ],
)
def test_addresses_are_taken_in_lower_case(address: str) -> None:
    assert values.address(address) == address.lower()


@given(st.text(max_size=60))
def test_whatever_a_cell_holds_it_becomes_one_printable_line_or_a_reason(text: str) -> None:
    try:
        clean = values.cleaned(text)
    except Unusable:
        assert (
            "\ufffd" in text or any(ord(letter) > 0xD7FF for letter in text) or text.startswith("#")
        )
    else:
        assert "\n" not in clean
        assert "\0" not in clean
        assert clean == values.cleaned(clean)


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("", ""),
        ("Europe/Berlin", "Europe/Berlin"),
        ("america/new york", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("India Standard Time", "Asia/Calcutta"),
        ("UTC", "UTC"),
    ],
)
def test_time_zones_are_understood_by_both_names(written: str, zone: str) -> None:
    assert time_zone(written) == zone


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("Berlin", "is it Europe/Berlin?"),
        ("Europe/Berlni", "is it Europe/Berlin?"),
        ("W.Europe Standard Time", "is it Europe/Berlin?"),
        ("+01:00", "write a name such as Europe/Berlin"),
        ("localtime", "write a name such as Europe/Berlin"),
    ],
)
def test_another_time_zone_is_refused_with_the_nearest(written: str, advice: str) -> None:
    with pytest.raises(Unusable) as refused:
        time_zone(written)
    assert str(refused.value) == f"an unknown time zone: {advice}"


@pytest.mark.parametrize("header", ["Time zone", "timezone", "Zeitzone", "Time_Zone_ID", "TZ"])
def test_a_column_of_time_zones_is_recognised(header: str) -> None:
    assert fields_of(["mail", header], ["bob@example.com", "Europe/Berlin"])[1] == "time_zone"


def test_an_unknown_time_zone_names_its_line_column_and_value(write: Callable[..., Path]) -> None:
    person = people_of(write("mail,Zeitzone", "bob@example.com,Berlin"))[0]
    assert [(person.line, error.column, error.value) for error in person.errors] == [
        (2, "Zeitzone", "Berlin")
    ]
