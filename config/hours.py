"""The hours in which people are mailed, from the environment."""

import re
from itertools import pairwise

from django.core.exceptions import ImproperlyConfigured

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_MIDNIGHT = 24 * 60
Span = tuple[int, int]


def sending_hours(working: str, *, quiet: str) -> tuple[Span, ...]:
    """Working hours (`08:00-18:00`, several with commas) without the quiet ones (`12:00-13:00`).

    Spans of minutes since midnight, ascending. Raises ImproperlyConfigured for what cannot be read,
    and when nothing is left.
    """
    spans = _spans("WORKING_HOURS", working)
    for quiet_span in _spans("QUIET_HOURS", quiet):
        spans = [part for span in spans for part in _without(span, quiet_span)]
    if not spans:
        raise ImproperlyConfigured(
            "WORKING_HOURS and QUIET_HOURS leave no hour in which mails may go. "
            "Write for example WORKING_HOURS=08:00-18:00 and QUIET_HOURS=12:00-13:00."
        )
    return tuple(spans)


def _spans(name: str, text: str) -> list[Span]:
    spans = sorted(_span(name, part) for part in text.split(",") if part.strip())
    for (_, ends), (begins, _) in pairwise(spans):
        if begins < ends:
            raise ImproperlyConfigured(f"{name} has spans that overlap: {text!r}.")
    return spans


def _span(name: str, text: str) -> Span:
    begins, _, ends = text.partition("-")
    found = [_CLOCK.fullmatch(end.strip()) for end in (begins, ends)]
    minutes = [int(clock[1]) * 60 + int(clock[2]) for clock in found if clock]
    sixty = all(int(clock[2]) < 60 for clock in found if clock)  # noqa: PLR2004 - minutes
    if len(minutes) != len(found) or not sixty or not minutes[0] < minutes[1] <= _MIDNIGHT:
        raise ImproperlyConfigured(
            f"{name} must be hours like 08:00-18:00, several with commas between, not {text!r}."
        )
    return minutes[0], minutes[1]


def _without(span: Span, quiet: Span) -> list[Span]:
    before = (span[0], min(span[1], quiet[0]))
    after = (max(span[0], quiet[1]), span[1])
    if quiet[1] <= span[0] or quiet[0] >= span[1]:
        return [span]
    return [part for part in (before, after) if part[0] < part[1]]
