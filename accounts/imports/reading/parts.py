"""Which part of a workbook's container holds which sheet."""

import posixpath
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from defusedxml.ElementTree import fromstring

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def part_of_sheet(archive: ZipFile) -> dict[str, str]:
    """Sheet name → name of its part, after xl/workbook.xml and its relationships."""
    targets = {
        relation.get("Id"): posixpath.normpath(
            posixpath.join("/xl", relation.get("Target", ""))
        ).lstrip("/")
        for relation in _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship")
    }
    return {
        sheet.get("name", ""): targets.get(sheet.get(_RELATION) or sheet.get(_STRICT_RELATION), "")
        for sheet in _elements(archive, "xl/workbook.xml", "sheet")
    }


def _elements(archive: ZipFile, part: str, tag: str) -> list[Element]:
    if part not in archive.namelist():
        return []
    root = fromstring(archive.read(part), forbid_dtd=True)
    return [element for element in root.iter() if element.tag.rpartition("}")[2] == tag]
