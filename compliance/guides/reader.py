"""Reads typed values out of a table (TOML or JSON) and remembers all that is wrong with it."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

ADDRESS_LENGTH = 500


@dataclass(frozen=True)
class Problem:
    """What is wrong at `key` (such as `texts.de.question`), and what to do about it."""

    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.key}: {self.message}"


class ContentError(ValueError):
    """A guide that cannot be used; `problems` says where and why."""

    def __init__(self, problems: list[Problem], where: str = "") -> None:
        self.problems = problems
        prefix = f"{where}: " if where else ""
        super().__init__("\n".join(f"{prefix}{problem}" for problem in problems))


class Reader:
    """One table. Every method returns something of the asked type; problems are collected."""

    def __init__(self, data: object, problems: list[Problem], path: str = "") -> None:
        self.problems = problems
        self.path = path
        self.data: Mapping[str, object] = data if isinstance(data, Mapping) else {}
        if not isinstance(data, Mapping):
            self.note("", "Write a table of keys and values here.")

    def only(self, *known: str) -> None:
        """Notes every key that is not `known`: a misspelt key must not vanish silently."""
        for key in self.data:
            if key not in known:
                self.note(key, f"This key is not known. Known here: {', '.join(known)}.")

    def text(self, key: str, most: int, *, required: bool = True) -> str:
        """One line or paragraph of at most `most` characters, in NFC."""
        value = self.data.get(key, "")
        if not isinstance(value, str):
            self.note(key, "Write text in quotation marks.")
            return ""
        value = self._clean(key, value, most)
        if required and not value:
            self.note(key, "This is missing. Write it in.")
        return value

    def lines(
        self, key: str, most: int, *, required: bool = True, length: int = 400
    ) -> tuple[str, ...]:
        """A list of at most `most` texts."""
        values = self._list(key)
        lines = tuple(
            self._line(f"{key}.{index}", value, length) for index, value in enumerate(values)
        )
        if required and not lines:
            self.note(key, "This is missing. Write at least one line.")
        if len(lines) > most:
            self.note(
                key, f"These are {len(lines)} lines; at most {most} fit. Shorten or join some."
            )
        return lines

    def day(self, key: str) -> date | None:
        """A day: a TOML date or `2026-11-21` as text; None when there is none."""
        value = self.data.get(key)
        if value in (None, ""):
            return None
        try:
            return value if type(value) is date else date.fromisoformat(str(value))
        except ValueError:
            self.note(key, "This is no day. Write it as 2026-11-21.")
            return None

    def required_day(self, key: str) -> date:
        """A day that must be there."""
        problems_before = len(self.problems)
        day = self.day(key)
        if day is None and len(self.problems) == problems_before:
            self.note(key, "This is missing. Write a day as 2026-11-21.")
        return day or date.min

    def address(self, key: str, *, required: bool = True) -> str:
        """A web address that begins with https://."""
        value = self.text(key, ADDRESS_LENGTH, required=required)
        if value and not _is_web_address(value):
            self.note(key, "Write the whole address, beginning with https://.")
        return value

    def one_of(self, key: str, options: tuple[str, ...]) -> str:
        """One of `options`."""
        value = self.text(key, 40)
        if value and value not in options:
            self.note(key, f"“{value}” is none of {', '.join(options)}.")
        return value

    def table(self, key: str) -> "Reader":
        """The table below `key`."""
        return Reader(self.data.get(key, {}), self.problems, self._at(key))

    def tables(self, key: str) -> list["Reader"]:
        """The list of tables below `key`."""
        rows = self._list(key)
        return [Reader(row, self.problems, self._at(f"{key}.{n}")) for n, row in enumerate(rows)]

    def _list(self, key: str) -> list[object]:
        values = self.data.get(key, [])
        if isinstance(values, list | tuple):
            return list(values)
        self.note(key, "Write a list here.")
        return []

    def _line(self, key: str, value: object, length: int) -> str:
        if isinstance(value, str) and value.strip():
            return self._clean(key, value, length)
        self.note(key, "Write text here, or leave the line out.")
        return ""

    def _clean(self, key: str, value: str, most: int) -> str:
        value = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
        if any(_is_unprintable(character) for character in value):
            self.note(key, "There is an invisible control character in it. Type the text anew.")
        if len(value) > most:
            self.note(key, f"These are {len(value)} characters; at most {most} fit. Shorten it.")
        return value

    def _at(self, key: str) -> str:
        return ".".join(part for part in (self.path, key) if part)

    def note(self, key: str, message: str) -> None:
        """Remember a problem."""
        self.problems.append(Problem(self._at(key), message))


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and "." in (parts.hostname or "")
        and not any(map(str.isspace, value))
    )


def _is_unprintable(character: str) -> bool:
    # Cc control, Cs lone surrogate, Cn not a character: none of them survives an export.
    return character != "\n" and unicodedata.category(character) in {"Cc", "Cs", "Cn"}
