"""The other ways to write the same sheet, in their own virtual environment.

`python peer.py WAY COUNT FILE` with a way of WAYS. Prints one JSON object.
"""
# ruff: noqa: PLC0415

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from people import COLUMNS, people

SMALL = [kind in {"time", "identifier"} for kind in COLUMNS.values()]  # in a face of their own
LETTERS = [chr(ord("A") + place) for place in range(len(COLUMNS))]


def floor(count: int, path: str) -> None:
    """The least that could be done: XML of the rows, zipped; no styles, no workbook around it."""
    archive = ZipFile(path, "w", ZIP_DEFLATED)
    with archive, archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
        for line, row in enumerate(people(count), 1):
            cells = "".join(
                f'<c r="{letter}{line}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
                for letter, value in zip(LETTERS, row, strict=True)
                if value is not None
            )
            sheet.write(f'<row r="{line}">{cells}</row>'.encode())


def xlsxwriter(count: int, path: str) -> None:
    """XlsxWriter in its mode of constant memory."""
    from xlsxwriter import Workbook

    book = Workbook(path, {"constant_memory": True, "strings_to_formulas": False})
    plain = book.add_format({"valign": "top"})
    small = book.add_format({"valign": "top", "font_name": "Consolas", "font_size": 9})
    looks = [small if is_small else plain for is_small in SMALL]
    sheet = book.add_worksheet("People")
    sheet.write_row(0, 0, COLUMNS)
    for line, row in enumerate(people(count), 1):
        for place, value in enumerate(row):
            sheet.write(line, place, value, looks[place])
    book.close()


def openpyxl(count: int, path: str) -> None:
    """openpyxl, write-only, each cell with its font and alignment as its manual has it."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("People")
    plain, small, top = Font(size=11), Font(name="Consolas", size=9), Alignment(vertical="top")

    fonts = [small if is_small else plain for is_small in SMALL]

    def cell(value: object, font: Font) -> WriteOnlyCell:
        made = WriteOnlyCell(sheet, value)
        made.font, made.alignment = font, top
        return made

    sheet.append(list(COLUMNS))
    for row in people(count):
        sheet.append([cell(value, font) for value, font in zip(row, fonts, strict=True)])
    book.save(path)


def openpyxl_plain(count: int, path: str) -> None:
    """openpyxl, write-only, no looks at all."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("People")
    sheet.append(list(COLUMNS))
    for row in people(count):
        sheet.append(row)
    book.save(path)


def import_export(count: int, path: str) -> None:
    """django-import-export: a resource with 15 fields, its xlsx format; no database to wait for."""
    import django
    from django.conf import settings

    settings.configure(INSTALLED_APPS=["import_export"], SECRET_KEY="bench")
    django.setup()
    from import_export.fields import Field
    from import_export.formats.base_formats import XLSX
    from import_export.resources import Resource

    fields = {f"field{place}": Field(name, name) for place, name in enumerate(COLUMNS)}
    resource = type("People", (Resource,), fields)()
    rows = (dict(zip(COLUMNS, row, strict=True)) for row in people(count))
    Path(path).write_bytes(XLSX().export_data(resource.export(rows)))


WAYS: dict[str, Callable[[int, str], None]] = {
    "floor": floor,
    "xlsxwriter": xlsxwriter,
    "openpyxl": openpyxl,
    "openpyxl_plain": openpyxl_plain,
    "import_export": import_export,
}


def main(way: str, count: int, path: str) -> None:
    """Do it, and say how long it took."""
    began, worked = time.perf_counter(), time.process_time()
    WAYS[way](count, path)
    seconds = time.perf_counter() - began
    processor = time.process_time() - worked
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    done = {"rows": count, "seconds": seconds, "processor": processor, "megabytes": megabytes}
    print(json.dumps(done))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
