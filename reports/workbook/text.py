"""Text that a cell can hold without becoming anything else."""

import re
from collections.abc import Sequence
from typing import Final

LONGEST: Final = 32_767  # UTF-16 units; what is longer is cut or damages the file

# What XML has no character for, or reads back as another one (a carriage return as a newline).
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
# Spreadsheets read `_x0041_` in a text as the character 0x41 (ECMA-376, ST_Xstring).
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


# What has to be escaped, kept from reading as an escape, or kept from being trimmed.
_MARKS = ("&", "<", ">", "_x", " |", "| ")


class TextTooLongError(ValueError):
    """A text that does not fit into one cell."""


def cell_text(text: str) -> tuple[str, int]:
    r"""`text` as a cell holds it, and how many characters were written out (`\u000b`).

    Raises TextTooLongError beyond 32,767 UTF-16 units.
    """
    visible, replaced = _UNFIT.subn(_written_out, text)
    escaped = _ESCAPE.sub("_x005F_", visible)
    if len(escaped) > LONGEST // 2 and len(escaped.encode("utf-16-le")) // 2 > LONGEST:
        raise TextTooLongError(f"{len(text)} characters do not fit into one cell.")
    return escaped, replaced


def all_plain(texts: Sequence[str]) -> bool:
    """Whether a cell's XML may hold each of these letter for letter. Asked of many texts at once
    it costs next to nothing; whoever hears "no" asks `cell_text` about each.
    """
    joined = f"|{'|'.join(texts)}|"
    return (
        joined.isprintable()
        and not any(mark in joined for mark in _MARKS)
        and max(map(len, texts)) <= LONGEST // 2
    )


def _written_out(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"
