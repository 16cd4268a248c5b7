"""What kind of file this is, told by its bytes and never by its name."""

from pathlib import Path

from accounts.imports.reading.errors import FileRefused

TEXT, WORKBOOK = "text", "workbook"

PROTECTED = "The workbook is protected by a password."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_AGAIN = "Save it as .xlsx or as CSV (UTF-8) and upload that."
# The first bytes of what people upload by mistake, and what to tell them.
_FOREIGN = {
    b"%PDF": "This is a PDF. Export the people as .xlsx or CSV instead.",
    b"\x1f\x8b": "This file is compressed (gzip). Unpack it and upload the table inside.",
    b"7z\xbc\xaf": "This file is a 7z archive. Unpack it and upload the table inside.",
    b"Rar!": "This file is a RAR archive. Unpack it and upload the table inside.",
    b"{\\rtf": f"This is a text document (RTF). {_AGAIN}",
}
_WEB_PAGE = (
    "This is a web page, whatever its name ends with. Open it in your spreadsheet program. "
    + _AGAIN
)
_MARKUP = {
    b"<!doctype html": _WEB_PAGE,
    b"<html": _WEB_PAGE,
    b"<table": _WEB_PAGE,
    b"<?xml": f"This is an XML file, not a table. Open it in your spreadsheet program. {_AGAIN}",
}


def kind_of(path: Path) -> str:
    """TEXT or WORKBOOK; raises FileRefused for what is neither."""
    with path.open("rb") as file:
        start = file.read(4096)
    if not start:
        raise FileRefused(
            "The file is empty. Upload a table with a header row and one row for each person."
        )
    if start.startswith(_OLE):
        raise FileRefused(_ole_reason(path))
    if start.startswith(b"PK"):
        return WORKBOOK
    for magic, reason in _FOREIGN.items():
        if start.startswith(magic):
            raise FileRefused(reason)
    for tag, reason in _MARKUP.items():
        if start.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(tag):
            raise FileRefused(reason)
    return TEXT


def _ole_reason(path: Path) -> str:
    with path.open("rb") as file:
        protected = _ENCRYPTED in file.read(4_000_000)
    if protected:
        return f"{PROTECTED} Save it as .xlsx without a password and upload that."
    return f"This is a workbook in the old .xls form, which Optrail does not open. {_AGAIN}"
