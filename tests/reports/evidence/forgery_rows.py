"""What somebody who holds the ledger's key can do to the rows."""

import json
import re
from functools import partial
from typing import Any

from reports.evidence import verify
from reports.evidence.verify import DIGESTS, LEDGER, SIGNATURE, TOTALS, WORKBOOK
from tests.reports.evidence.forgery import Genuine, Made, kind
from tests.reports.evidence.parts import Parts, Rows, canonical

# What the ledger's entries and their leaves prove, sheet by sheet.
_PROVED = {
    "population": (
        "Last name", "First name", "Address", "Employee no.", "Department", "Country", "Office",
        "Employment type", "Manager", "Language", "Joined later", "Status", "Reason", "Gone with", "Answer",
        "Answered at", "Corrections", "Ledger no.", "Mails accepted", "Last asked",
        "Mails undelivered", "Assignment",
    ),
    "attestations": (
        "Last name", "First name", "No.", "Stands", "Answer", "Recorded at", "Ledger no.",
        "Language", "Link assurance", "Wording digest", "Event hash", "Assignment",
    ),
    "messages": (
        "Last name", "First name", "State", "Planned at", "State since", "Tries", "Server code",
        "Server answer or reason", "Message", "Assignment",
    ),
    "exclusions": ("Last name", "First name", "Reason", "Assignment"),
    "exceptions": ("Last name", "Assignment"),
    "movements": ("Last name", "Assignment"),
    "samples": ("Last name", "Assignment"),
}  # fmt: skip


def _other(value: Any) -> Any:
    """Another value of the same kind."""
    return value + 1 if isinstance(value, int) else f"{value or ''}x"


def _changed(rows: Rows, place: int, column: str) -> Rows:
    row = {**rows[place], column: _other(rows[place][column])}
    return [*rows[:place], row, *rows[place + 1 :]]


@kind("a value changed in rows/ and the workbook, signed by us", TOTALS)
def values(genuine: Genuine) -> Made:
    for sheet, columns in _PROVED.items():
        rows = genuine.parts.rows(sheet)
        for column in columns:
            for place in {0, len(rows) - 1}:
                made = genuine.parts.telling(sheet, _changed(rows, place, column))
                yield f"{sheet}, {column}, row {place + 1}", made.signed(genuine.key)


@kind("a row dropped or doubled in rows/ and the workbook, signed by us", TOTALS)
def whole_rows(genuine: Genuine) -> Made:
    for sheet in ("population", "attestations", "messages", "exclusions"):
        rows = genuine.parts.rows(sheet)
        for place in range(len(rows)):
            fewer = [*rows[:place], *rows[place + 1 :]]
            yield (
                f"{sheet} without row {place + 1}",
                genuine.parts.telling(sheet, fewer).signed(genuine.key),
            )
            more = [*rows[: place + 1], *rows[place:]]
            yield (
                f"{sheet}, row {place + 1} twice",
                genuine.parts.telling(sheet, more).signed(genuine.key),
            )


@kind("rows/ changed, the workbook not, signed by us", WORKBOOK)
def rows_alone(genuine: Genuine) -> Made:
    for sheet in genuine.parts.tables:
        rows = genuine.parts.rows(sheet)
        column = next(iter(rows[0]))
        yield (
            f"{sheet}, a value",
            genuine.parts.having_rows(sheet, _changed(rows, 0, column)).signed(genuine.key),
        )
        yield (
            f"{sheet}, a row less",
            genuine.parts.having_rows(sheet, rows[:-1]).signed(genuine.key),
        )
        yield (
            f"{sheet}, a row more",
            genuine.parts.having_rows(sheet, [*rows, rows[-1]]).signed(genuine.key),
        )
        renamed = [{"Other" if key == column else key: row[key] for key in row} for row in rows]
        yield f"{sheet}, a title", genuine.parts.having_rows(sheet, renamed).signed(genuine.key)
        turned = [dict(reversed(row.items())) for row in rows]
        yield (
            f"{sheet}, columns turned",
            genuine.parts.having_rows(sheet, turned).signed(genuine.key),
        )
        if len(rows) > 1:
            yield (
                f"{sheet}, order",
                genuine.parts.having_rows(sheet, rows[::-1]).signed(genuine.key),
            )
    for sheet in ("summary", "method", "integrity", "roll-forward"):
        rows = genuine.parts.rows(sheet)
        for column in ("section", "label", "value", "note"):
            made = genuine.parts.having_rows(sheet, _changed(rows, 1, column))
            yield f"{sheet}, {column}", made.signed(genuine.key)


@kind("lines that are no rows, signed by us", WORKBOOK)
def lines(genuine: Genuine) -> Made:
    first, *rest = genuine.parts.lines("rows/population.jsonl")
    for what, line in {
        "no JSON": "population\n",
        "no object": "[1]\n",
        "an empty line": "\n",
        "an empty object": "{}\n",
        "a key twice": first.replace('{"', '{"Last name":"Zimmer 1","', 1),
        "a fraction": first.replace('"Corrections":0', '"Corrections":0.0'),
        "a truth": first.replace('"Corrections":0', '"Corrections":false'),
        "a list": first.replace('"Office":""', '"Office":[]'),
        "a huge number": first.replace('"Corrections":0', '"Corrections":' + "9" * 5000),
        "a deep line": "[" * 100_000 + "\n",
        "broken UTF-8": first.replace("Zimmer", "Zimm\udce9r"),
        "no end of the line": first.rstrip("\n"),
    }.items():
        text = "".join([line, *rest] if line.endswith("\n") else [*rest, line])
        data = text.encode("utf-8", "surrogateescape")
        yield what, genuine.parts.having("rows/population.jsonl", data).signed(genuine.key)


@kind("other totals, signed by us", TOTALS)
def totals(genuine: Genuine) -> Made:
    manifest = genuine.parts.manifest
    for name, value in manifest["totals"].items():
        other = {"missing": 9} if isinstance(value, dict) else value + 1
        yield name, genuine.parts.signed(genuine.key, totals={**manifest["totals"], name: other})
    for name in manifest["rows"]:
        rows = {**manifest["rows"], name: manifest["rows"][name] + 1}
        yield f"rows of {name}", genuine.parts.signed(genuine.key, rows=rows)
    for label in ("In scope", "Answered", "Open"):
        rows_ = [
            {**row, "value": row["value"] + 1} if row["label"] == label else row
            for row in genuine.parts.rows("summary")
        ]
        made = genuine.parts.having_rows("summary", rows_).having_sheet(
            "summary", partial(_counted, label, 1)
        )
        yield f"Summary, {label}", made.signed(genuine.key)


def _counted(label: str, more: int, xml: str) -> str:
    """The number behind a label is so many more."""
    before, after = xml.split(f"<t>{label}</t>", 1)
    return before + f"<t>{label}</t>" + re.sub(
        r"<v>(\d+)</v>", lambda found: f"<v>{int(found[1]) + more}</v>", after, count=1
    )  # fmt: skip


@kind("a manifest of another form, signed by us", DIGESTS)
def manifests(genuine: Genuine) -> Made:
    manifest = genuine.parts.manifest
    yield "another format", genuine.parts.signed(genuine.key, format="optrail/evidence/2")
    yield "files out of order", genuine.parts.signed(genuine.key, files=manifest["files"][::-1])
    yield (
        "a file twice",
        genuine.parts.signed(genuine.key, files=[*manifest["files"], manifest["files"][-1]]),
    )
    yield "a file less", genuine.parts.signed(genuine.key, files=manifest["files"][1:])
    yield "no list", genuine.parts.signed(genuine.key, files={"name": "README.txt"})
    for place, each in enumerate(manifest["files"]):
        for name, other in (("bytes", each["bytes"] + 1), ("sha256", "0" * 64)):
            listed = [
                *manifest["files"][:place],
                {**each, name: other},
                *manifest["files"][place + 1 :],
            ]
            yield f"{each['name']}, {name}", genuine.parts.signed(genuine.key, files=listed)


@kind("a manifest about another ledger, signed by us", LEDGER)
def positions(genuine: Genuine) -> Made:
    manifest = genuine.parts.manifest
    for part in ("ledger", "position"):
        for name, value in manifest[part].items():
            if name != "at":
                changed = {**manifest[part], name: _other(value)}
                yield f"{part}, {name}", genuine.parts.signed(genuine.key, **{part: changed})
    yield "another campaign", genuine.parts.signed(genuine.key, campaign="campaign:8")


@kind("a manifest that is none, signed by us", SIGNATURE)
def no_manifest(genuine: Genuine) -> Made:
    for what in (b"", b"[]\n", b"{}\n", b"null\n", b"[" * 100_000, b'{"key":{}}\n', b"\xff\n"):
        yield what[:12], genuine.parts.sealed(what, genuine.key)
    twice = genuine.parts.files["manifest.json"].replace(b"{", b'{"campaign":"campaign:7",', 1)
    yield "a key twice", genuine.parts.sealed(twice, genuine.key)


@kind("rows that no sheet shows, signed by us", WORKBOOK)
def unshown(genuine: Genuine) -> Made:
    for text in (b"", b'{"Name":"x"}\n'):
        yield text, genuine.parts.having("rows/more.jsonl", text).signed(genuine.key)


@kind("somebody left out everywhere, behind their hash and with totals that fit", TOTALS)
def left_out(genuine: Genuine) -> Made:
    """Hana, who was not asked and got no mail; only how many the launch froze still counts her."""
    made = genuine.parts
    for sheet in ("population", "exclusions", "samples"):
        rows = [row for row in made.rows(sheet) if row["First name"] != "Hana"]
        made = made.telling(sheet, rows)
    summary = [
        {**row, "value": row["value"] - (row["label"] == "In scope")} if row["label"] == "In scope" else row
        for row in made.rows("summary")
    ]  # fmt: skip
    made = made.having_rows("summary", summary).having_sheet(
        "summary", partial(_counted, "In scope", -1)
    )
    totals = {**made.manifest["totals"], "in_scope": 6, "excluded": {}}
    yield "Hana", _hidden(made, "hana@example.com").signed(genuine.key, totals=totals)


def _hidden(parts: Parts, address: str) -> Parts:
    lines = [json.loads(line) for line in parts.lines("ledger/leaves.jsonl")]
    hidden = [
        {"seq": leaf["seq"], "hash": verify.leaf_hash(leaf).hex()} if address in leaf.get("row", "") else leaf
        for leaf in lines
    ]  # fmt: skip
    assert hidden != lines
    return parts.having("ledger/leaves.jsonl", b"".join(map(canonical, hidden)))
