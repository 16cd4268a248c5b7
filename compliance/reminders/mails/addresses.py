"""Names and addresses as headers carry them: nothing in them can begin another header."""

import base64
import re
from collections.abc import Iterator
from email.header import Header
from email.headerregistry import Address
from functools import lru_cache

from compliance.reminders.transports.line import TransportDownError

# A header line that holds an encoded word ends at 76 characters (RFC 2047, section 2).
_LINE = 76
# So many characters fit into one, however many bytes each of them takes.
_CHARACTERS = 11
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN_NAME = re.compile(rf"{_ATOM}(?: {_ATOM})*", re.ASCII)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*", re.ASCII)
# Mail programs read what follows as an encoded word, wherever it stands.
_ENCODED = "=?"
# Between letters of one name in Persian and Indic scripts.
_JOINERS = "\u200c\u200d"
_PLAIN_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_Q = {byte: b"=%02X" % byte for byte in range(256)}
_Q |= {byte: bytes([byte]) for byte in _PLAIN_CHARACTERS} | {0x20: b"_"}


class UnmailableError(ValueError):
    """A mail that cannot be written, and why; the fault of its address, not of the server."""


def address_of(text: str) -> str:
    """`text` as an address whose domain is ASCII. Raises UnmailableError."""
    if _PLAIN_ADDRESS.fullmatch(text) and _ENCODED not in text:
        return text
    try:
        return _unusual_address(text)
    except (ValueError, IndexError) as error:
        raise UnmailableError(f"The address cannot be written in a mail: {error}.") from error


@lru_cache(maxsize=256)
def own_address(text: str) -> str:
    """An address of ours. Raises TransportDownError: a wrong one is no message's fault."""
    try:
        address = address_of(text)
    except UnmailableError as error:
        raise TransportDownError(f"“{text}” is no address to send from or to answer to.") from error
    if not address.isascii():
        raise TransportDownError(f"“{text}” has characters beyond ASCII before the @.")
    return address


def one_line(text: str) -> str:
    """`text` without control characters and line breaks, its spaces single."""
    if not text.isprintable():
        text = "".join(char if char.isprintable() or char in _JOINERS else " " for char in text)
    return " ".join(text.split())


def mailbox(header: str, name: str, address: str) -> bytes:
    """A header with one name (one line) and address, ended: `To: Bob Berger <bob@example.com>`."""
    if not name:
        return f"{header}: {address}\r\n".encode()
    shown = _name(header, name)
    line = b"%s: %s <%s>\r\n" % (header.encode(), shown, address.encode())
    if len(line) <= _LINE and b"\r\n " not in shown:
        return line
    return b"%s: %s\r\n <%s>\r\n" % (header.encode(), shown, address.encode())


def unstructured(header: str, text: str) -> bytes:
    """A header with free text (one line), ended."""
    plain = text.isascii() and _ENCODED not in text and len(header) + len(text) + 2 <= _LINE
    shown = text if plain else Header(text, "utf-8", _LINE, header).encode(linesep="\r\n")
    return f"{header}: {shown}\r\n".encode()


def _unusual_address(text: str) -> str:
    local, _, domain = text.rpartition("@")
    if one_line(text) != text or " " in text:
        raise ValueError("it holds spaces or control characters")
    if not local or not domain:
        raise ValueError("there is nothing before or after the @")
    if _ENCODED in text:
        raise ValueError("mail programs would read another address in it")
    return Address(username=local, domain=domain.encode("idna").decode()).addr_spec


def _name(header: str, name: str) -> bytes:
    room = _LINE - len(header) - 2
    if name.isascii() and _ENCODED not in name and len(name) < room - 2:
        if _PLAIN_NAME.fullmatch(name):
            return name.encode()
        quoted = name.replace("\\", r"\\").replace('"', r"\"")
        if len(quoted) <= room - 2:
            return f'"{quoted}"'.encode()
    word = b"=?utf-8?q?%s?=" % b"".join(map(_Q.__getitem__, name.encode()))
    return word if len(word) <= room else b"\r\n ".join(_words(name))


def _words(text: str) -> Iterator[bytes]:
    """Encoded words that together read as `text`, none of which splits a character."""
    for start in range(0, len(text), _CHARACTERS):
        piece = text[start : start + _CHARACTERS].encode()
        yield b"=?utf-8?b?%s?=" % base64.b64encode(piece)
