"""A bundle, read as an auditor's own program would."""

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from openpyxl import load_workbook


class Bundle:
    """One zip file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    @property
    def names(self) -> list[str]:
        with ZipFile(self.path) as archive:
            return archive.namelist()

    def read(self, name: str) -> bytes:
        with ZipFile(self.path) as archive:
            return archive.read(name)

    def text(self, name: str) -> str:
        return self.read(name).decode()

    def json(self, name: str) -> Any:
        return json.loads(self.read(name))

    def lines(self, name: str) -> list[Any]:
        return [json.loads(line) for line in self.text(name).splitlines()]

    @property
    def manifest(self) -> Any:
        return self.json("manifest.json")

    @property
    def entries(self) -> dict[int, Any]:
        """The campaign's entries, by number."""
        lines = self.lines("ledger/events.jsonl")
        return {line["seq"]: json.loads(line["body"]) for line in lines}

    @property
    def kinds(self) -> list[str]:
        """The kinds of its entries, in order."""
        return [entry["kind"] for entry in self.entries.values()]

    def sheet(self, name: str) -> list[dict[str, Any]]:
        """A table of its workbook, as openpyxl reads it."""
        book = load_workbook(BytesIO(self.read("audit.xlsx")))
        header, *rows = book[name].iter_rows(values_only=True)
        return [dict(zip(map(str, header), row, strict=True)) for row in rows]
