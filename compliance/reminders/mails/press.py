"""Letters pressed to bytes: what all readers share is encoded once, the rest is set in."""

import binascii
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from threading import Lock

from compliance.reminders.mails.letters import Letter

# RFC 2045, 6.7: no line of quoted-printable is longer, the soft break's "=" included.
_LINE = 76
_BREAK = b"=\r\n"
# "=_" never stands in quoted-printable text, so no line of a mail can look like this.
_BOUNDARY = b"=_optrail"
_PART = (
    b"\r\n--%s\r\nContent-Type: text/%s; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)
_MIME = (
    b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="%s"\r\n' % _BOUNDARY
)
# Drawn for each process, so that no text of anybody's holds it.
_MARK = secrets.token_hex(8)
_SLOT = re.compile(rf"{_MARK}([a-z0-9]+)-")
# b2a_qp counts a space at a line's end as one character and writes three.
_LINE_ENDS = re.compile(r"[ \t]+$", re.MULTILINE)
_LITERAL = re.compile(r"[!-<>-~]+(?: [!-<>-~]+)*", re.ASCII)
_CODES = {byte: b"=%02X" % byte for byte in range(256)}
_CODES |= {byte: bytes([byte]) for byte in range(0x21, 0x7F) if byte != ord("=")}


def slot(name: str) -> str:
    """What stands in a letter where the value `name` (lower case, digits) of each person goes."""
    return f"{_MARK}{name}-"


@dataclass(frozen=True)
class Plate:
    """A letter in bytes with its slots: `fixed` has one piece more than `slots`.

    A slot has the name of its value, and whether it stands in HTML.
    """

    fixed: tuple[bytes, ...]
    slots: tuple[tuple[str, bool], ...]

    @property
    def size(self) -> int:
        """Bytes, without what the slots take."""
        return sum(map(len, self.fixed))

    def filled(self, headers: bytes, values: Mapping[str, str]) -> bytes:
        """One person's mail: their headers, and their values in the slots."""
        set_in = {kind: _set_in(values[kind[0]], markup=kind[1]) for kind in self._kinds}
        pieces = [headers, self.fixed[0]]
        for kind, fixed in zip(self.slots, self.fixed[1:], strict=True):
            pieces += (set_in[kind], fixed)
        return b"".join(pieces)

    @cached_property
    def _kinds(self) -> frozenset[tuple[str, bool]]:
        return frozenset(self.slots)


class Plates:
    """The plates used last, at most `room` of them; safe for several threads."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: OrderedDict[Hashable, Plate] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def plate(self, key: Hashable, press: Callable[[], Plate]) -> Plate:
        """The plate of `key`, pressed when it is not at hand."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        plate = press()
        with self._lock:
            self._kept[key] = plate
            while len(self._kept) > self._room:
                self._kept.popitem(last=False)
        return plate


def pressed(letter: Letter, headers: bytes) -> Plate:
    """The plate of `letter`; `headers` are those that all its readers share."""
    fixed = [headers + _MIME]
    slots: list[tuple[str, bool]] = []
    for subtype, body in ((b"plain", letter.text), (b"html", letter.html)):
        found = _SLOT.split(_LINE_ENDS.sub("", body).strip("\n") + "\n")
        first, *more = _pieces(found[::2])
        fixed[-1] += _PART % (_BOUNDARY, subtype) + first
        fixed += more
        slots += [(name, subtype == b"html") for name in found[1::2]]
    fixed[-1] += b"\r\n--%s--\r\n" % _BOUNDARY
    return Plate(tuple(fixed), tuple(slots))


def _pieces(texts: list[str]) -> list[bytes]:
    """`texts` in quoted-printable, so that each value between them has lines of its own."""
    *before_slots, last = texts
    pieces = [_before_slot(text) for text in before_slots] + [_encoded(last)]
    after = (b"" if text.startswith("\n") else _BREAK for text in texts[1:])
    return [pieces[0], *(brk + piece for brk, piece in zip(after, pieces[1:], strict=True))]


def _before_slot(text: str) -> bytes:
    # The tilde takes the place of the soft break's "=", so that there is room for it.
    piece = _encoded(text + "~")[:-1]
    return piece if piece.endswith(b"\n") or not text else piece + _BREAK


def _encoded(text: str) -> bytes:
    return binascii.b2a_qp(text.encode()).replace(b"\n", b"\r\n")


def _set_in(value: str, *, markup: bool) -> bytes:
    return _set(escape(value, quote=False) if markup else value)


def _set(value: str) -> bytes:
    """A value in quoted-printable, with room for a soft break behind it."""
    if _LITERAL.fullmatch(value):
        starts = range(0, len(value), _LINE - 1)
        return _BREAK.join(value[start : start + _LINE - 1].encode() for start in starts)
    codes = [_CODES[byte] for byte in value.encode()]
    whole = b"".join(codes)
    return whole if len(whole) < _LINE else _BREAK.join(_lines(codes))


def _lines(codes: Iterable[bytes]) -> list[bytes]:
    lines = [b""]
    for code in codes:
        if len(lines[-1]) + len(code) >= _LINE:
            lines.append(b"")
        lines[-1] += code
    return lines
