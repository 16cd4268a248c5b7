"""What somebody who holds the ledger's key can say of people who left or were erased."""

import hashlib
import json
from functools import partial
from typing import Any

from reports.evidence.verify import TOTALS
from tests.reports.evidence.forgery import Genuine, Made, kind
from tests.reports.evidence.forgery_rows import _counted
from tests.reports.evidence.parts import Parts, canonical

_LEAVES = "ledger/leaves.jsonl"
Said = dict[str, Any]


def _telling(genuine: Genuine, name: str, said: Said, **totals: object) -> Parts:
    """The sheets say something else of somebody (by first name, or an erased one's), and totals and
    Summary fit.
    """
    parts = made = Parts.of(genuine.gone)
    for sheet in ("population", "attestations", "messages", "exclusions", "samples", "movements"):
        rows = made.rows(sheet)
        told = [_other(row, said) if name in _names(row) else row for row in rows]
        made = made.telling(sheet, told) if told != rows else made
    if more := int(totals.get("open", _open(parts))) - _open(parts):  # type: ignore[call-overload]
        facts = [
            _more(fact, more) if fact["label"] == "Open" else fact for fact in made.rows("summary")
        ]
        made = made.having_rows("summary", facts)
        made = made.having_sheet("summary", partial(_counted, "Open", more))
    return made.signed(genuine.key, totals={**parts.manifest["totals"], **totals})


def _names(row: Said) -> tuple[Any, Any]:
    return row["First name"], row["Last name"]


def _other(row: Said, said: Said) -> Said:
    """What there is a column for."""
    return {**row, **{key: value for key, value in said.items() if key in row}}


def _more(fact: Said, more: int) -> Said:
    return {**fact, "value": fact["value"] + more}


def _open(parts: Parts) -> int:
    return int(parts.manifest["totals"]["open"])


@kind("who left, why or when, with totals that fit, signed by us", TOTALS)
def left(genuine: Genuine) -> Made:
    parts = Parts.of(genuine.gone)
    seq = next(row["Gone with"] for row in parts.rows("population") if row["First name"] == "Deniz")
    count = _open(parts)
    other = {"Reason": "leaver"}
    yield "another reason", _telling(genuine, "Deniz", other, left={"leaver": 1})
    for number in (seq - 1, seq + 1, 1, None):
        yield f"with entry {number}", _telling(genuine, "Deniz", {"Gone with": number})
    stays = {"Status": "open", "Reason": "", "Gone with": None}
    yield "who did not leave", _telling(genuine, "Deniz", stays, open=count + 1, left={})
    totals = {"open": count - 1, "left": {"missing": 2}}
    gone = {"Status": "left", "Reason": "missing", "Gone with": seq}
    yield "who came back", _telling(genuine, "Emre", gone, **totals)
    yield "an answer and an entry", _telling(genuine, "Bob", {"Gone with": seq})


@kind("who was erased, with totals that fit, signed by us", TOTALS)
def erased(genuine: Genuine) -> Made:
    parts = Parts.of(genuine.gone)
    count = _open(parts)
    rows = {row["Last name"]: row for row in parts.rows("population")}
    first, second = (rows[f"erased person {number}"]["Gone with"] for number in (1, 2))
    back = {"Status": "open", "Gone with": None}
    made = _telling(genuine, "erased person 1", back, erased=1, open=count + 1)
    yield "one of them open", made
    more = {"Status": "erased", "Reason": "", "Gone with": first}
    yield "one more", _telling(genuine, "Deniz", more, erased=3, left={})
    for number in (second, first - 1, None):
        said = {"Gone with": number}
        yield f"with entry {number}", _telling(genuine, "erased person 1", said)
    for name in ("erased person 3", "erased person 2", "erased person", "Ünal 6"):
        yield f"called {name}", _telling(genuine, "erased person 1", {"Last name": name})


@kind("who left hidden behind a hash, signed by us", TOTALS)
def hidden(genuine: Genuine) -> Made:
    parts = Parts.of(genuine.gone)
    lines = parts.lines(_LEAVES)
    for place, line in enumerate(lines):
        leaf = json.loads(line)
        if "row" in leaf and len(json.loads(leaf["row"])) == 2:
            hash_ = hashlib.sha256(leaf["row"].encode()).hexdigest()
            other = canonical({"hash": hash_, "seq": leaf["seq"]}).decode()
            text = "".join([*lines[:place], other, *lines[place + 1 :]])
            yield f"line {place + 1}", parts.having(_LEAVES, text).signed(genuine.key)
