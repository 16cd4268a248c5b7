"""What imports still hold of people when somebody is erased: files, staged rows, quoted values."""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.entra.directory.forgetting import accounts_forget
from accounts.imports.models import ImportRun, RunState, StagedRow
from accounts.imports.services import CLOSED, import_discard
from ledger.commands import Refusal

ERASED_NAME = "(name erased)"
_SHORTEST = 3  # letters; shorter words stand in any sentence
_WORD = re.compile(r"[^\W_]+")
_READING = (
    "An import is being read at this moment, and may hold the same person. Try again when its "
    "preview is ready."
)


@dataclass(frozen=True)
class Forgotten:
    """How much of imports went."""

    imports: int
    rows: int


def imports_forget(texts: Iterable[str]) -> Forgotten:
    """Discard what was not applied, delete rows left out by applied imports, and blank what they
    quote when a word of `texts` (names, addresses) stands in it.

    Files hold everybody, and rows that could not be read hold anything: there is no telling whom.
    Locks every open import first, as applying one does. Belongs into the erasure's transaction;
    raises Refusal while an import is being read.
    """
    waiting = ImportRun.objects.exclude(state__in=CLOSED).order_by("id")
    texts, runs = list(texts), list(waiting.select_for_update())
    if any(run.state == RunState.READING for run in runs):
        raise Refusal(_READING)
    rows, _ = StagedRow.objects.all().delete()
    for run in runs:
        import_discard(run=run)
    accounts_forget(texts)
    _blank_quotes(_words(" ".join(texts)), _short_names(texts))
    return Forgotten(len(runs), rows)


def _blank_quotes(erased: frozenset[str], short: frozenset[str]) -> None:
    """Names of files, headings and remarks are the uploader's words, and may name somebody.

    A `short` name counts in names of files: in sentences it would be a word like any other.
    """
    for run in ImportRun.objects.order_by("id").iterator(chunk_size=500):
        own = ImportRun.objects.filter(pk=run.pk)
        if _words(run.file_name, shortest=1) & (erased | short):
            own.update(file_name=ERASED_NAME)
        if _words(f"{run.refusal} {run.remark} {_headings(run)}") & erased:
            own.update(refusal="", remark="", mapping=[])


def _headings(run: ImportRun) -> str:
    return json.dumps(run.mapping, ensure_ascii=False)


def _short_names(texts: Iterable[str]) -> frozenset[str]:
    """Names that are one short word as a whole, such as Li or Bo; not the “de” of a longer one."""
    alone = [words for text in texts if len(words := _words(text, shortest=1)) == 1]
    return frozenset(word for (word,) in alone if len(word) < _SHORTEST and word.isalpha())


def _words(text: str, *, shortest: int = _SHORTEST) -> frozenset[str]:
    """Letters as people see them: names of files from a Mac come with accents taken apart."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return frozenset(word for word in _WORD.findall(text) if len(word) >= shortest)
