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


def _telling(
    genuine: Genuine, parts: Parts, name: str, said: Said, totals: Said | None = None
) -> Parts:
    """The sheets say something else of somebody (by first name, an erased one's, or assignment), and
    totals and Summary fit.
    """
    made, totals = parts, totals or {}
    for sheet in ("population", "attestations", "messages", "exclusions", "samples", "movements"):
        rows = made.rows(sheet)
        told = [_other(row, said) if name in row.values() else row for row in rows]
        made = made.telling(sheet, told) if told != rows else made
    if more := totals.get("open", _open(parts)) - _open(parts):
        facts = [
            _more(fact, more) if fact["label"] == "Open" else fact for fact in made.rows("summary")
        ]
        made = made.having_rows("summary", facts)
        made = made.having_sheet("summary", partial(_counted, "Open", more))
    return made.signed(genuine.key, totals={**parts.manifest["totals"], **totals})


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
    telling, count = partial(_telling, genuine, parts), _open(parts)
    seq = next(row["Gone with"] for row in parts.rows("population") if row["First name"] == "Deniz")
    yield "another reason", telling("Deniz", {"Reason": "leaver"}, {"left": {"leaver": 1}})
    for number in (seq - 1, seq + 1, 1, None):
        yield f"with entry {number}", telling("Deniz", {"Gone with": number})
    stays = {"Status": "open", "Reason": "", "Gone with": None}
    yield "who did not leave", telling("Deniz", stays, {"open": count + 1, "left": {}})
    gone = {"Status": "left", "Reason": "missing", "Gone with": seq}
    yield "who came back", telling("Emre", gone, {"open": count - 1, "left": {"missing": 2}})
    yield "an answer and an entry", telling("Bob", {"Gone with": seq})


@kind("who was erased, with totals that fit, signed by us", TOTALS)
def erased(genuine: Genuine) -> Made:
    parts = Parts.of(genuine.gone)
    telling, count = partial(_telling, genuine, parts), _open(parts)
    rows = {row["Last name"]: row for row in parts.rows("population")}
    name, seq = "erased person 1", rows["erased person 1"]["Gone with"]
    back = {"Status": "open", "Gone with": None}
    yield "one of them open", telling(name, back, {"erased": 1, "open": count + 1})
    more = {"Status": "erased", "Reason": "", "Gone with": seq}
    yield "one more", telling("Deniz", more, {"erased": 3, "left": {}})
    for number in (seq - 1, None):
        yield f"with entry {number}", telling(name, {"Gone with": number})
    for other in ("erased person 3", "erased person 2", "erased person", "Ünal 6"):
        yield f"called {other}", telling(name, {"Last name": other})


@kind("who was erased, in an edition without names, signed by us", TOTALS)
def erased_unnamed(genuine: Genuine) -> Made:
    parts = Parts.of(genuine.unnamed)
    telling, count = partial(_telling, genuine, parts), _open(parts)
    rows = {row["Status"]: row for row in parts.rows("population")}
    gone, left = (rows[status]["Assignment"] for status in ("erased", "left"))
    seq = rows["erased"]["Gone with"]
    back = {"Status": "open", "Gone with": None}
    yield "one of them open", telling(gone, back, {"erased": 1, "open": count + 1})
    more = {"Status": "erased", "Reason": "", "Gone with": seq}
    yield "one more", telling(left, more, {"erased": 3, "left": {}})
    yield "another entry", telling(gone, {"Gone with": seq - 1})


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
