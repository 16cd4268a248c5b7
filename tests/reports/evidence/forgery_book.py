"""What somebody who holds the ledger's key can do to the workbook alone."""

import re
from collections.abc import Callable
from functools import partial
from io import BytesIO
from zipfile import ZipFile

from reports.evidence.verify import WORKBOOK
from tests.reports.evidence.forgery import Genuine, Made, kind
from tests.reports.evidence.parts import Files, Parts

_SHEETS = (
    "summary", "method", "roll-forward", "movements", "population", "attestations", "messages",
    "exclusions", "exceptions", "samples", "wording", "integrity",
)  # fmt: skip
_TEXT = re.compile(r"(<t[^>]*>)([^<]+)(</t>)")
_NUMBER = re.compile(r"(<v>)(\d+)(</v>)")


def _nth(pattern: re.Pattern[str], number: int, new: str) -> Callable[[str], str]:
    def edit(xml: str) -> str:
        found = list(pattern.finditer(xml))
        match = found[number % len(found)]
        return xml[: match.start()] + match.expand(new) + xml[match.end() :]

    return edit


@kind("a cell changed, signed by us", WORKBOOK)
def cells(genuine: Genuine) -> Made:
    for sheet in _SHEETS:
        for number in (4, -3, -2, -1):
            made = genuine.parts.having_sheet(sheet, _nth(_TEXT, number, r"\g<1>\g<2>.\3"))
            yield f"{sheet}, text {number}", made.signed(genuine.key)
    for sheet in ("summary", "population", "attestations", "messages"):
        made = genuine.parts.having_sheet(sheet, _nth(_NUMBER, -1, r"\g<1>1\2\3"))
        yield f"{sheet}, number", made.signed(genuine.key)


@kind("cells of another kind, signed by us", WORKBOOK)
def kinds(genuine: Genuine) -> Made:
    for what, old, new in (
        ("a formula", r"<v>(\d+)</v>", r"<f>1+\1</f><v>\1</v>"),
        (
            "a text for a number",
            r'<c r="(\w+)" s="\d+"><v>(\d+)</v></c>',
            r'<c r="\1" t="inlineStr"><is><t>\2</t></is></c>',
        ),
        ("a shared text", r"<v>(\d+)</v>", r"<v>\1</v></c><c t='s' r='ZZ9'><v>0</v>"),
        ("an error", r"<v>(\d+)</v>", r"<v>#N/A</v>"),
        ("a fraction", r"<v>(\d+)</v>", r"<v>\1.5</v>"),
        ("a number in another spelling", r"<v>(\d+)</v>", r"<v>0\1</v>"),
        ("a cell twice", r"(<c r=.*?</c>)", r"\1\1"),
        ("a cell within a cell", r"<is>", r'<is><c r="A99"/>'),
        ("a cell more", r"</row>", r'<c r="ZZ3"><v>1</v></c></row>'),
        ("a row more", r"</sheetData>", r'<row r="99"><c r="A99"><v>1</v></c></row></sheetData>'),
        ("a row less", r"<row r=[^>]*>(?:(?!<row).)*</row></sheetData>", r"</sheetData>"),
        ("a row again", r"<row r=\"(\d+)\"", r'<row r="2"'),
        ("a hidden row", r"<row r=\"(\d+)\"", r'<row hidden="1" r="\1"'),
        ("a hidden column", r"<col ", r'<col hidden="1" '),
        ("a rich text", r"<t>(.*?)</t>", r"<r><t>\1</t></r>"),
        ("a link", r"</worksheet>", r"<hyperlinks/></worksheet>"),
        ("a list", r"</worksheet>", r"<dataValidations/></worksheet>"),
        ("another form", r'xmlns="[^"]+"', r'xmlns="urn:other"'),
        ("cut", r"</worksheet>", r""),
        ("a deep nest", r"<is>", "<is>" * 1000),
        ("moved down", r'r="(\w*?)8"', r'r="\g<1>9"'),
    ):
        made = genuine.parts.having_sheet("population", partial(_last, old, new))
        yield what, made.signed(genuine.key)


def _replaced(old: str, new: str, xml: bytes) -> bytes:
    return xml.decode().replace(old, new, 1).encode()


def _last(old: str, new: str, xml: str) -> str:
    *_, match = re.finditer(old, xml, re.DOTALL)
    return xml[: match.start()] + match.expand(new) + xml[match.end() :]


@kind("a row more on a page of facts, signed by us", WORKBOOK)
def facts(genuine: Genuine) -> Made:
    for sheet in ("summary", "method", "integrity"):
        more = '<row r="900"><c r="A900" t="inlineStr"><is><t>More</t></is></c></row></sheetData>'
        made = genuine.parts.having_sheet(sheet, partial(_last, "</sheetData>", more))
        yield sheet, made.signed(genuine.key)


@kind("a workbook with a DTD or in another alphabet, signed by us", WORKBOOK)
def documents(genuine: Genuine) -> Made:
    entity = '<!DOCTYPE worksheet [<!ENTITY a "Zimmer">]>'
    laughs = (
        '<!DOCTYPE worksheet [<!ENTITY a "ha"><!ENTITY b "'
        + "&a;" * 50
        + '"><!ENTITY c "'
        + "&b;" * 50
        + '">]>'
    )
    outside = '<!DOCTYPE worksheet SYSTEM "file:///etc/passwd">'
    for name in ("xl/worksheets/sheet5.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        for what, start in (("an entity", entity), ("many entities", laughs), ("outside", outside)):
            yield (
                f"{name}, {what}",
                _edited(genuine, name, start.encode().__add__),
            )
        yield f"{name}, UTF-16", _edited(genuine, name, lambda xml: xml.decode().encode("utf-16"))
        yield f"{name}, empty", _edited(genuine, name, lambda _: b"")
        yield f"{name}, no XML", _edited(genuine, name, lambda _: b"PK\3\4")


def _edited(genuine: Genuine, name: str, edit: Callable[[bytes], bytes]) -> Parts:
    book = genuine.parts.book
    return genuine.parts.having_book({**book, name: edit(book[name])}).signed(genuine.key)


@kind("sheets hidden, renamed, doubled or dropped, signed by us", WORKBOOK)
def sheets(genuine: Genuine) -> Made:
    for what, old, new in (
        ("hidden", 'state="visible"', 'state="hidden"'),
        ("very hidden", 'state="visible"', 'state="veryHidden"'),
        ("renamed", 'name="Population"', 'name="People"'),
        ("a second part", 'name="Exclusions"', 'name="Population 2"'),
        ("a third part", 'name="Exclusions"', 'name="Population 3"'),
        ("swapped", 'r:id="rId5"', 'r:id="rId6"'),
        ("leading nowhere", 'r:id="rId5"', 'r:id="rId99"'),
        ("dropped", '<sheet name="Population" sheetId="5" state="visible" r:id="rId5" />', ""),
        ("one more", "</sheets>", '<sheet name="Notes" sheetId="77" r:id="rId1"/></sheets>'),
    ):
        yield (
            what,
            _edited(
                genuine,
                "xl/workbook.xml",
                partial(_replaced, old, new),
            ),
        )


@kind("files in the workbook that do not belong there, signed by us", WORKBOOK)
def strange_files(genuine: Genuine) -> Made:
    for name in (
        "xl/vbaProject.bin",
        "xl/externalLinks/externalLink1.xml",
        "xl/embeddings/a.bin",
        "../a.xml",
        "xl/media/a.png",
    ):
        yield (
            name,
            genuine.parts.having_book({**genuine.parts.book, name: b"x"}).signed(genuine.key),
        )
    for name in ("xl/workbook.xml", "xl/worksheets/sheet5.xml"):
        book: Files = {key: data for key, data in genuine.parts.book.items() if key != name}
        yield f"without {name}", genuine.parts.having_book(book).signed(genuine.key)


@kind("no workbook, signed by us", WORKBOOK)
def no_workbook(genuine: Genuine) -> Made:
    book = genuine.parts.files["audit.xlsx"]
    for what, data in {
        "nothing": b"",
        "text": b"audit",
        "cut": book[:-30],
        "longer": book + b"x",
        "with a comment": _commented(book),
        "a bomb": _bomb(genuine),
        "broken": book[:5000] + bytes([book[5000] ^ 255]) + book[5001:],
    }.items():
        yield what, genuine.parts.having("audit.xlsx", data).signed(genuine.key)


def _commented(data: bytes) -> bytes:
    target = BytesIO(data)
    with ZipFile(target, "a") as archive:
        archive.comment = b"hello"
    return target.getvalue()


def _bomb(genuine: Genuine) -> bytes:
    made = genuine.parts.having_sheet(
        "population", lambda xml: xml.replace("<sheetData>", "<sheetData>" + " " * (64 << 20))
    )
    return made.files["audit.xlsx"]
