"""Workbooks that nobody sends by mistake, made on the spot."""

import io
import re
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import openpyxl

HEADER = ["First name", "Last name", "Email", "Country"]
ROWS = [["Bob", "Berger", "bob@example.com", "DE"], ["Carla", "Conti", "carla@example.com", "US"]]
SHEET = "xl/worksheets/sheet1.xml"


def workbook(rows: Iterable[Sequence[Any]] = (HEADER, *ROWS)) -> bytes:
    """An honest workbook."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet(index=0)
    for row in rows:
        sheet.append(list(row))
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def with_parts(parts: Mapping[str, bytes], base: bytes | None = None) -> bytes:
    """The honest workbook with some of its parts replaced or added."""
    output = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(base or workbook())) as source,
        zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            if name not in parts:
                target.writestr(name, source.read(name))
        for name, data in parts.items():
            target.writestr(name, data)
    return output.getvalue()


def part(name: str = SHEET) -> bytes:
    """One part of the honest workbook."""
    with zipfile.ZipFile(io.BytesIO(workbook())) as source:
        return source.read(name)


def zip_bomb() -> bytes:
    """300 KB that unpack to 300 MB."""
    cells = b'<row><c t="inlineStr"><is><t>a</t></is></c></row>' * 6_000_000
    return with_parts({SHEET: part().replace(b"</sheetData>", cells + b"</sheetData>")})


def many_parts() -> bytes:
    """A container of three thousand parts."""
    return with_parts({f"xl/media/{n}.bin": b"" for n in range(3_000)})


def overlapping() -> bytes:
    """Two entries of the table of contents that share one body."""
    data = bytearray(workbook())
    end = data.rindex(b"PK\x05\x06")
    start = struct.unpack_from("<I", data, end + 16)[0]
    offsets = []
    place = start
    while data[place : place + 4] == b"PK\x01\x02":
        offsets.append(place + 42)
        name, extra, comment = struct.unpack_from("<HHH", data, place + 28)
        place += 46 + name + extra + comment
    data[offsets[1] : offsets[1] + 4] = data[offsets[0] : offsets[0] + 4]
    return bytes(data)


def lying_size() -> bytes:
    """A part that declares fewer bytes than it unpacks to."""
    data = bytearray(with_parts({SHEET: part() + b" " * 5_000}))
    end = data.rindex(b"PK\x05\x06")
    place = struct.unpack_from("<I", data, end + 16)[0]
    while data[place : place + 4] == b"PK\x01\x02":
        length, extra, comment = struct.unpack_from("<HHH", data, place + 28)
        if data[place + 46 : place + 46 + length] == SHEET.encode():
            struct.pack_into("<I", data, place + 24, 100)
        place += 46 + length + extra + comment
    return bytes(data)


def sparse() -> bytes:
    """One cell at the far corner."""
    far = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far</t></is></c></row></sheetData>'
    return with_parts({SHEET: part().replace(b"</sheetData>", far)})


def deep() -> bytes:
    """One cell a million rows down, in the first column."""
    far = (
        b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>far</t></is></c></row></sheetData>'
    )
    return with_parts({SHEET: part().replace(b"</sheetData>", far)})


def person(line: int, name: str) -> bytes:
    """A row of the sheet's XML."""
    values = zip("ABCD", (name, "Doe", f"{name}@example.com", "DE"), strict=True)
    cells = (f'<c r="{at}{line}" t="inlineStr"><is><t>{text}</t></is></c>' for at, text in values)
    return f'<row r="{line}">{"".join(cells)}</row>'.encode()


def with_rows(xml: bytes) -> bytes:
    """The honest workbook with something added after its last row, which is the third."""
    return with_parts({SHEET: part().replace(b"</sheetData>", xml + b"</sheetData>")})


def cell_twice() -> bytes:
    """Two values for one cell."""
    (address,) = re.findall(rb'<c r="C4".*?</c>', person(4, "ada"))
    return with_rows(person(4, "eve").replace(b'<c r="D4"', address + b'<c r="D4"'))


def two_tables() -> bytes:
    """A second table over the first one's rows."""
    return with_rows(b"</sheetData><sheetData>" + person(3, "eve"))


def hidden_part() -> bytes:
    """A first sheet that stands in a part with a name of its own."""
    two = openpyxl.load_workbook(io.BytesIO(workbook()))
    two.create_sheet("Other").append(["Email"])
    output = io.BytesIO()
    two.save(output)
    names = "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
    with zipfile.ZipFile(output) as source:
        parts = {name: source.read(name).replace(b"sheet1.xml", b"sheet1.dat") for name in names}
        parts["xl/worksheets/sheet1.dat"] = source.read(SHEET)
    return with_parts(parts, output.getvalue())


def document_type() -> bytes:
    """Entities that grow without end."""
    laughs = b'<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return with_parts(
        {
            SHEET: laughs + part().partition(b"?>")[2]
            if part().startswith(b"<?xml")
            else laughs + part()
        }
    )


def external_entity() -> bytes:
    """A part that asks for a file of this machine."""
    ask = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    return with_parts({"docProps/core.xml": ask + b"<x>&f;</x>"})


def macros() -> bytes:
    """A workbook with a macro project."""
    return with_parts({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})


def external_links() -> bytes:
    """A workbook that draws values from another."""
    return with_parts({"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})


def broken_xml() -> bytes:
    """A sheet cut in the middle."""
    return with_parts({SHEET: part()[:-200]})


def ole(*, encrypted: bool) -> bytes:
    """The start of an .xls, or of a workbook with a password."""
    tail = "EncryptedPackage".encode("utf-16-le") if encrypted else b"Workbook"
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1_000 + tail


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "zip bomb": (zip_bomb, "times its size"),
    "many parts": (many_parts, "3,0"),
    "overlapping parts": (overlapping, "overlap|damaged"),
    "lying size": (lying_size, "damaged"),
    "far corner": (sparse, "XFD|column 16,384"),
    "far below": (deep, "row 1,048,576"),
    "document type": (document_type, "document type"),
    "external entity": (external_entity, "document type"),
    "macros": (macros, "macros"),
    "external links": (external_links, "other files"),
    "broken XML": (broken_xml, "damaged"),
    "row twice": (lambda: with_rows(person(3, "eve")), "row 3, column 1 comes twice"),
    "row too late": (lambda: with_rows(person(5, "a") + person(4, "b")), "row 4, .*too late"),
    "cell twice": (cell_twice, "row 4, column 3 comes twice"),
    "two tables": (two_tables, "row 3, column 1 comes twice"),
    "hidden part": (hidden_part, "no part of its own"),
    "old .xls": (lambda: ole(encrypted=False), r"\.xls"),
    "password": (lambda: ole(encrypted=True), "password"),
    "no workbook": (lambda: b"PK\x05\x06" + b"\0" * 18, "zip archive|damaged"),
    "web page": (lambda: b"<html><table><tr><td>Email</td></tr></table></html>", "web page"),
    "PDF": (lambda: b"%PDF-1.7 ...", "PDF"),
    "nothing": (lambda: b"", "empty"),
    "binary": (lambda: bytes(range(256)) * 20, "not a table of text"),
}
