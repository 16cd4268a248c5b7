"""The pages behind a personal link speak German wherever they speak English."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation
from django.utils.translation.template import templatize

from compliance.attestations.words import message_words
from compliance.reminders.models import Message as OutboxMessage

ROOT = Path(settings.BASE_DIR)
CATALOGUE = ROOT / "compliance/locale/de/LC_MESSAGES/django.po"
FRAME = [
    *(ROOT / "accounts/templates").glob("[45]*.html"),
    *(
        ROOT / "accounts/templates/frame" / f"{name}.html"
        for name in ("document", "error", "public")
    ),
]
GUIDE = [
    ROOT / f"compliance/templates/compliance/guides/{name}.html" for name in ("_body", "_answers")
]
ROOM = (ROOT / "compliance/templates/compliance/attestations").iterdir()
TEMPLATES = sorted([*FRAME, *GUIDE, *ROOM])
MODULES = sorted((ROOT / "compliance/attestations").glob("*.py"))

KEYWORDS = {**DEFAULT_KEYWORDS, "gettext_lazy": None}
Message = str | tuple[str, ...]


def messages_in(source: str) -> set[Message]:
    found = extract_python(BytesIO(source.encode()), KEYWORDS, [], {})
    return {
        _without_plural_number(message) for _line, _call, message, _comments in found if message
    }


def _without_plural_number(message: Any) -> Message:
    """A plural comes with the place of its number, which is no text."""
    return message if isinstance(message, str) else tuple(part for part in message if part)


def flat(source: str) -> str:
    """A template's indents mean nothing to Python."""
    return "\n".join(line.strip() for line in source.splitlines())


def wanted() -> set[Message]:
    pages = (
        messages_in(flat(templatize(path.read_text(), origin=str(path)))) for path in TEMPLATES
    )
    code = (messages_in(path.read_text()) for path in MODULES)
    return set().union(*pages, *code)


@pytest.fixture(scope="module")
def german() -> Catalog:
    return read_po(BytesIO(CATALOGUE.read_bytes()), locale="de")


def test_every_text_that_an_employee_may_see_is_translated(german: Catalog) -> None:
    """Tried with one entry taken out of the catalogue: named here."""
    there = {
        message.id for message in german if message.id and message.string and not message.fuzzy
    }
    assert wanted() - there == set()


def test_the_catalogue_holds_nothing_that_no_page_says(german: Catalog) -> None:
    assert {message.id for message in german if message.id} - wanted() == set()


def test_translations_keep_every_placeholder(german: Catalog) -> None:
    def holes(texts: Any) -> set[frozenset[str]]:
        parts = (texts,) if isinstance(texts, str) else texts
        return {frozenset(re.findall(r"%\(\w+\)[sd]", part)) for part in parts}

    torn = [
        message.id
        for message in german
        if message.id and holes(message.id) != holes(message.string)
    ]
    assert torn == []


def test_the_compiled_catalogue_is_in_use() -> None:
    with translation.override("de"):
        assert translation.gettext("What is held about you") == "Was über Sie gespeichert ist"


@pytest.mark.parametrize(
    ("step", "english", "german"),
    [
        (0, "Invitation", "Einladung"),
        (
            1,
            "Reminder, 1 working day after the invitation",
            "Erinnerung, 1 Arbeitstag nach der Einladung",
        ),
        (
            998,
            "Reminder, 2 working days before the due date",
            "Erinnerung, 2 Arbeitstage vor dem Antworttermin",
        ),
        (1000, "Reminder, on the due date", "Erinnerung am Antworttermin"),
        (
            2005,
            "Reminder, 5 working days after the due date",
            "Erinnerung, 5 Arbeitstage nach dem Antworttermin",
        ),
    ],
)
def test_mails_are_named_in_both_languages(step: int, english: str, german: str) -> None:
    for language, words in (("en", english), ("de", german)):
        with translation.override(language):
            assert message_words(OutboxMessage(step=step)) == words
