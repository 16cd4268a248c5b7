"""From the catalogue's TOML, or the JSON of a stored version, to a GuideContent."""

import re
from collections.abc import Mapping
from functools import partial

from compliance.answers import ANSWERS
from compliance.guides.content import (
    Fact,
    GuideContent,
    GuideText,
    Link,
    Region,
    Source,
    Steps,
)
from compliance.guides.reader import ContentError, Problem, Reader
from compliance.guides.regions import countries_of

CERTAINTIES = ("H", "M")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")


def parse_content(data: object, *, where: str = "") -> GuideContent:
    """The guide that `data` describes. Raises ContentError with every problem, each by its key."""
    problems: list[Problem] = []
    content = _content(Reader(data, problems))
    if problems:
        raise ContentError(problems, where)
    return content


def _content(read: Reader) -> GuideContent:
    read.only(
        "platform",
        "setting",
        "toggle",
        "deep_link",
        "verified_on",
        "facts",
        "sources",
        "regions",
        "texts",
    )
    sources = tuple(_source(row) for row in read.tables("sources"))
    known = frozenset(source.id for source in sources)
    return GuideContent(
        platform=read.text("platform", 80),
        setting=read.text("setting", 150),
        toggle=read.text("toggle", 300),
        deep_link=read.address("deep_link", required=False),
        verified_on=read.required_day("verified_on"),
        sources=sources,
        facts=tuple(map(partial(_fact, sources=known), read.tables("facts"))),
        regions=tuple(map(partial(_region, sources=known), read.tables("regions"))),
        texts=_texts(read.table("texts")),
    )


def _source(row: Reader) -> Source:
    row.only("id", "title", "url", "date")
    return Source(
        id=row.text("id", 40),
        title=row.text("title", 200),
        url=row.address("url"),
        date=row.required_day("date"),
    )


def _fact(row: Reader, sources: frozenset[str]) -> Fact:
    row.only("text", "certainty", "source", "officer_note")
    fact = Fact(
        text=row.text("text", 600),
        certainty=row.one_of("certainty", CERTAINTIES),
        source=_source_id(row, sources),
        officer_note=row.text("officer_note", 600, required=False),
    )
    if fact.certainty == "M" and not fact.officer_note:
        row.note(
            "officer_note",
            "A fact of medium certainty needs a note for the officer: what is in doubt?",
        )
    return fact


def _region(row: Reader, sources: frozenset[str]) -> Region:
    row.only("regions", "shown_from", "shown_until", "note", "source")
    region = Region(
        regions=_countries(row),
        shown_from=row.required_day("shown_from"),
        shown_until=row.day("shown_until"),
        note=row.text("note", 300, required=False),
        source=_source_id(row, sources),
    )
    if region.shown_until and region.shown_until <= region.shown_from:
        row.note("shown_until", "This must be later than the first day.")
    return region


def _countries(row: Reader) -> tuple[str, ...]:
    codes: set[str] = set()
    for token in row.lines("regions", 300, length=40):
        try:
            codes |= countries_of(token)
        except ValueError as error:
            row.note("regions", str(error))
    return tuple(sorted(codes))


def _source_id(row: Reader, sources: frozenset[str]) -> str:
    source = row.text("source", 40, required=False)
    if source and source not in sources:
        row.note(
            "source", f"“{source}” is the id of no source below. Add it there, or leave this empty."
        )
    return source


def _texts(read: Reader) -> Mapping[str, GuideText]:
    if not read.data:
        read.note("", "This is missing. Write the texts in at least one language.")
    for code in read.data:
        if not LANGUAGE.fullmatch(code):
            read.note(code, "This is no language code. Write one such as en, de or pt-BR.")
    return {code: _text(read.table(code)) for code in read.data}


def _text(read: Reader) -> GuideText:
    read.only("title", "question", "why", "steps", "good_to_know", "links", "answers")
    return GuideText(
        title=read.text("title", 150),
        question=read.text("question", 300),
        why=read.text("why", 1500),
        steps=_steps(read.table("steps")),
        good_to_know=read.lines("good_to_know", 8, required=False),
        links=tuple(_link(row) for row in read.tables("links")),
        answers=_answers(read.table("answers")),
    )


def _steps(read: Reader) -> Steps:
    read.only("desktop", "mobile")
    return Steps(desktop=read.lines("desktop", 12), mobile=read.lines("mobile", 12))


def _link(row: Reader) -> Link:
    row.only("label", "url")
    return Link(label=row.text("label", 120), url=row.address("url"))


def _answers(read: Reader) -> Mapping[str, str]:
    read.only(*ANSWERS)
    return {code: read.text(code, 120) for code in ANSWERS}
