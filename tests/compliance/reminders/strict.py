"""A reader of mails that forgives nothing."""

import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
}
OPTIONAL = {"Reply-To"}
MOST_BYTES = 30_000
_STRICT = policy.SMTP.clone(raise_on_defect=True)
_COLOUR = re.compile(
    r"(?<![\w-])(background-color|border-color|border-\w+|border|color)\s*:\s*[^;]*#"
)
_ACTIVE = re.compile(
    r"<(img|script|form|input|iframe|object|embed|link|base|svg)\b|\bon\w+=|url\(|@import",
    re.IGNORECASE,
)


def read(data: bytes, *, look: bool = True) -> Any:
    """The mail in `data`; an AssertionError or a MessageDefect names what is wrong with it.

    Without `look` only the wire and the headers count: other mails have a look of their own.
    """
    wire(data)
    mail: Any = message_from_bytes(data, policy=_STRICT)
    headers(mail)
    if look:
        parts(mail)
    return mail


def body(mail: Any, kind: str) -> str:
    """The `plain` or `html` part, decoded."""
    return str(mail.get_body((kind,)).get_content())


def name(mail: Any, header: str) -> str:
    """Whose address it is, as RFC 2047 reads it: Python's parser puts spaces between encoded words."""
    raw = next(str(value) for key, value in mail.raw_items() if key == header)
    if "=?" not in raw:
        return str(mail[header].addresses[0].display_name)
    return str(make_header(decode_header(raw))).rpartition("<")[0].strip()


def wire(data: bytes) -> None:
    """CRLF, short lines, and nothing beyond ASCII but addresses of SMTPUTF8 mails."""
    assert len(data) < MOST_BYTES, f"{len(data)} bytes"
    assert data.endswith(b"\r\n")
    lines = data.split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines), "a bare line break"
    head, _, rest = data.partition(b"\r\n\r\n")
    assert rest.isascii(), "a body beyond ASCII is not declared"
    for line in head.split(b"\r\n"):
        assert len(line) <= (998 if b"@" in line else 78), line
        assert line.isascii() or line.lower().startswith((b"to:", b" <")), line
    assert max(map(len, rest.split(b"\r\n"))) <= 76


def headers(mail: EmailMessage) -> None:
    """One of each, none that nobody expects, nothing that tracks, dates that are dates."""
    names = mail.keys()
    assert len(names) == len(set(names)), names
    assert set(names) - OPTIONAL == HEADERS
    for name in names:
        assert not mail[name].defects, (name, mail[name].defects)
    assert len(mail["To"].addresses) == len(mail["From"].addresses) == 1
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.utcoffset() is not None
    assert re.fullmatch(r"<[0-9a-f]{32}@[\w.-]+>", mail["Message-ID"])
    assert str(mail["Subject"]).strip()


def parts(mail: EmailMessage) -> None:
    """Text and HTML, in this order, which tell the same and load nothing."""
    assert mail.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in mail.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    for part in mail.walk():
        assert not part.defects
    plain, html = body(mail, "plain"), body(mail, "html")
    assert not re.search(r"[ \t]$|\n\n\n\n", plain.replace("\r\n", "\n"), re.MULTILINE)
    resources(html)
    colours(html)
    same_words(plain, html)


def links(text: str) -> list[str]:
    """Every address of the web in it."""
    return re.findall(r"https?://[^\s\"<>]+", text)


def resources(html: str) -> None:
    """No address but the personal links, nothing active, nothing that comes from elsewhere."""
    assert not _ACTIVE.search(html), _ACTIVE.search(html)
    assert set(re.findall(r'(?:href|src)="([^"]*)"', html)) == set(links(html))
    assert all("/a/" in link for link in links(html))


def colours(html: str) -> None:
    """Whatever has a colour by day has one by night."""
    assert '<meta name="color-scheme" content="light dark">' in html
    night = html[html.index("prefers-color-scheme: dark") : html.index("max-width: 420px")]
    ruled = dict(re.findall(r"^ {2}([^{]+) \{([^}]*)\}", night, re.MULTILINE))
    for tag, css_class, style in _styled(html):
        selectors = {f".{css_class}", tag} if css_class else {tag}
        declared = "".join(
            rules for names, rules in ruled.items() if selectors & set(re.split(r", ?", names))
        )
        for name in {found.group(1) for found in _COLOUR.finditer(style)}:
            wanted = "border-color" if name.startswith("border") else name
            assert re.search(rf"(?<![\w-]){wanted}:", declared), (tag, css_class, name)


def same_words(plain: str, html: str) -> None:
    """The text part alone tells everything: each sentence of the HTML stands in it too."""
    inner = re.sub(r"<head>.*?</head>", "", html, flags=re.DOTALL)
    inner = re.sub(r'<(a|p) class="(button|link|from)".*?</\1>', "", inner, flags=re.DOTALL)
    inner = re.sub(r"</?(strong|a)\b[^>]*>", "", inner)
    told = _squeezed(plain)
    for piece in re.split(r"<[^>]+>", inner):
        assert _squeezed(_unescaped(piece)) in told, piece
    assert set(links(plain)) == set(links(html))


def _styled(html: str) -> list[tuple[str, str, str]]:
    tags = re.findall(r"<(\w+)([^>]*)>", html)
    return [
        (
            tag,
            next(iter(re.findall(r'class="([^"]*)"', attributes)), ""),
            next(iter(re.findall(r'style="([^"]*)"', attributes)), ""),
        )
        for tag, attributes in tags
    ]


def _unescaped(text: str) -> str:
    return (
        text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&nbsp;", "\xa0")
        .replace("&amp;", "&")
    )


def _squeezed(text: str) -> str:
    return " ".join(text.split())
