"""A bundle taken apart, changed, and put together again as its maker would."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from openpyxl.utils import get_column_letter

Rows = list[dict[str, Any]]
Files = dict[str, bytes]
_UNSIGNED = {"manifest.json", "manifest.sig"}


def unpacked(data: bytes) -> Files:
    """Every file of a zip, in its order."""
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Files, level: int = 1) -> bytes:
    """The zip that Optrail makes of these files, but for how hard it packs them."""
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        for name, data in files.items():
            entry = ZipInfo(name)
            entry.compress_type = ZIP_STORED if name.endswith(".xlsx") else ZIP_DEFLATED
            entry._compresslevel = level  # type: ignore[attr-defined]
            with archive.open(entry, "w") as file:
                file.write(data)
    return target.getvalue()


def canonical(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{text}\n".encode()


@dataclass(frozen=True)
class Parts:
    """The files of a bundle; every change gives another one."""

    files: Files

    @classmethod
    def of(cls, data: bytes) -> "Parts":
        return cls(unpacked(data))

    @property
    def zip(self) -> bytes:
        return packed(self.files)

    @property
    def manifest(self) -> Any:
        return json.loads(self.files["manifest.json"])

    def read(self, name: str) -> str:
        return self.files[name].decode()

    def lines(self, name: str) -> list[str]:
        return self.read(name).splitlines(keepends=True)

    def rows(self, sheet: str) -> Rows:
        return [json.loads(line) for line in self.lines(f"rows/{sheet}.jsonl")]

    @property
    def tables(self) -> list[str]:
        """The sheets that hold tables with rows."""
        names = [name[5:-6] for name in self.files if name.startswith("rows/")]
        return [name for name in names if "section" not in self.rows(name)[0]]

    def having(self, name: str, data: bytes | str) -> "Parts":
        """With another file of this name."""
        content = data.encode() if isinstance(data, str) else data
        return replace(self, files={**self.files, name: content})

    def without(self, name: str) -> "Parts":
        return replace(self, files={key: self.files[key] for key in self.files if key != name})

    def having_rows(self, sheet: str, rows: Rows) -> "Parts":
        """With other rows in rows/ alone."""
        text = "".join(
            json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows
        )
        return self.having(f"rows/{sheet}.jsonl", text)

    def telling(self, sheet: str, rows: Rows) -> "Parts":
        """With other rows in rows/ and, the same, in the workbook."""
        name = _worksheet(self.book, sheet)
        body = "".join(_row(number, row.values()) for number, row in enumerate(rows, 2))
        head = re.sub(
            r"(?s)(<sheetData>.*?</row>).*</sheetData>",
            r"\1@</sheetData>",
            self.book[name].decode(),
        )
        told = self.having_rows(sheet, rows)
        return told.having_book({**self.book, name: head.replace("@", body).encode()})

    @cached_property
    def book(self) -> Files:
        return unpacked(self.files["audit.xlsx"])

    def having_book(self, files: Files) -> "Parts":
        return self.having("audit.xlsx", packed(files))

    def having_sheet(self, sheet: str, edit: Callable[[str], str]) -> "Parts":
        """With the XML of a worksheet changed. Fails when nothing changes."""
        book = self.book
        name = _worksheet(book, sheet)
        before = book[name].decode()
        after = edit(before)
        assert after != before
        return self.having_book({**book, name: after.encode()})

    def signed(self, signer: Ed25519PrivateKey, /, **said: Any) -> "Parts":
        """With a manifest that fits the files (but for what is `said`), signed."""
        names = sorted(set(self.files) - _UNSIGNED)
        raw = signer.public_key().public_bytes_raw()
        manifest = {
            **self.manifest,
            "files": [self._listed(name) for name in names],
            "rows": {
                name: self.files[name].count(b"\n") for name in names if name.startswith("rows/")
            },
            "key": {
                "id": hashlib.sha256(raw).hexdigest(),
                "public": base64.b64encode(raw).decode(),
            },
            **said,
        }  # fmt: skip
        return self.sealed(canonical(manifest), signer)

    def sealed(self, manifest: bytes, key: Ed25519PrivateKey) -> "Parts":
        """With exactly this manifest, signed."""
        return self.having("manifest.json", manifest).having("manifest.sig", key.sign(manifest))

    def _listed(self, name: str) -> dict[str, object]:
        data = self.files[name]
        return {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _worksheet(book: Files, sheet: str) -> str:
    titles = re.findall(r'<sheet name="([^"]+)"', book["xl/workbook.xml"].decode())
    place = [title.lower().replace(" ", "_") for title in titles].index(sheet)
    return f"xl/worksheets/sheet{place + 1}.xml"


def _row(number: int, values: Any) -> str:
    cells = [
        _cell(f"{get_column_letter(place)}{number}", value) for place, value in enumerate(values, 1)
    ]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(at: str, value: object) -> str:
    if value in (None, ""):
        return ""
    if isinstance(value, int):
        return f'<c r="{at}"><v>{value}</v></c>'
    return f'<c r="{at}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
