"""Text that a cell can hold without becoming anything else."""

import re
from typing import Final

LONGEST: Final = 32_767  # UTF-16 units; what is longer is cut or damages the file

# What XML has no character for, or reads back as another one (a carriage return as a newline).
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
# Spreadsheets read `_x0041_` in a text as the character 0x41 (ECMA-376, ST_Xstring).
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


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


def _written_out(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"
