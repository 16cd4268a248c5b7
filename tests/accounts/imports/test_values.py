"""What single cells mean."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.imports.reading import values
from accounts.imports.reading.countries import codes, country_code, country_name
from accounts.imports.reading.values import Unusable
from accounts.imports.reading.zones import time_zone
from tests.accounts.imports.read import fields_of, people_of


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
