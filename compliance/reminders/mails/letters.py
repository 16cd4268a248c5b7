"""What a mail says: subject, text and HTML from one file of sentences for each language."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any
from urllib.parse import urlsplit

import css_inline
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.html import format_html

from compliance.guides.content import GuideContent
from compliance.reminders.mails.addresses import one_line
from compliance.reminders.mails.facts import Frame, Part

_FOLDER = "compliance/reminders/mails"
_SHORT_DATES = {"en": "j F", "de": "j. F"}
_LONG_DATES = {"en": "l, j F Y", "de": "l, j. F Y"}
_NUMBERS = {
    "en": ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"),
    "de": ("Keine", "Eine", "Zwei", "Drei", "Vier", "Fünf", "Sechs", "Sieben", "Acht", "Neun"),
}
_GAPS = re.compile(r"\n{3,}")
# What depends on the reader's screen stays in a style sheet; all else is written into the tags.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


class Length(IntEnum):
    """How much a letter says; what a shorter one leaves out stands on the personal pages."""

    FULL = 3
    # Without why the settings matter.
    BRIEF = 2
    # And with our openings instead of a step's own.
    OURS = 1
    # Of each part only the title, by when, and the link.
    BARE = 0


@dataclass(frozen=True)
class Letter:
    """One mail in words."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Reader:
    """Whom a letter addresses: first name, and the link of each part."""

    first_name: str
    urls: tuple[str, ...]


def letter(
    frame: Frame,
    parts: Sequence[Part],
    guides: Sequence[GuideContent],
    reader: Reader,
    *,
    length: Length = Length.FULL,
) -> Letter:
    """The letter to one reader about each of `parts`, whose guides are `guides`."""
    with translation.override(frame.language):
        shown = [
            _part(frame, part, guide, url)
            for part, guide, url in zip(parts, guides, reader.urls, strict=True)
        ]
        frames = {**_frame(frame, parts), "first_name": reader.first_name}
        context = {**frames, **_left_out(length), "parts": shown}
        subject = " ".join(_rendered("subject.txt", context).split())
        text = _rendered("letter.txt", context)
        html = _rendered("letter.html", {**_bold(context), "subject": subject})
    return Letter(subject, text, _INLINER.inline(html))


def _rendered(skeleton: str, context: Mapping[str, Any]) -> str:
    """The language's sentences, set in a skeleton."""
    name = f"{_FOLDER}/{context['language']}.txt"
    return render_to_string(name, {**context, "skeleton": f"{_FOLDER}/{skeleton}"})


def _frame(frame: Frame, parts: Sequence[Part]) -> dict[str, object]:
    earliest = min(_answer_by(part) for part in parts)
    numbers = _NUMBERS[frame.language]
    return {
        "language": frame.language,
        "company": one_line(frame.company),
        "sender": frame.sender,
        "contact": frame.reply_to,
        "host": urlsplit(frame.public_url).netloc,
        "check": _tidy(frame.phishing_check),
        "merged": len(parts) > 1,
        "test": frame.test,
        "number": numbers[len(parts)] if len(parts) < len(numbers) else str(len(parts)),
        "by_short": date_format(earliest, _SHORT_DATES[frame.language]),
    }


def _left_out(length: Length) -> dict[str, bool]:
    return {
        "brief": length <= Length.BRIEF,
        "ours": length <= Length.OURS,
        "bare": length == Length.BARE,
    }


def _part(frame: Frame, part: Part, guide: GuideContent, url: str) -> dict[str, Any]:
    text = guide.text(part.language)
    long = _LONG_DATES[frame.language]
    return {
        **part._asdict(),
        "lang": guide.language_for(part.language),
        "platform": guide.platform,
        "title": text.title,
        "why": _tidy(text.why),
        "subject": one_line(part.own.subject),
        "opening": _tidy(part.own.opening),
        "url": url,
        "due": date_format(part.due_on, long),
        "by": date_format(_answer_by(part), long),
    }


def _answer_by(part: Part) -> date:
    return part.closes_on if part.overdue else part.due_on


def _bold(context: Mapping[str, Any]) -> dict[str, Any]:
    """What HTML shows in bold: the address to look for, and by when to answer."""
    parts = [{**part, "by": _strong(part["by"])} for part in context["parts"]]
    return {**context, "host": _strong(context["host"]), "parts": parts}


def _strong(text: str) -> str:
    return format_html("<strong>{}</strong>", text)


def _tidy(text: str) -> str:
    """Paragraphs of clean lines, one empty line between them."""
    return _GAPS.sub("\n\n", "\n".join(map(one_line, text.splitlines()))).strip()
