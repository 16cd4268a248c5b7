"""What somebody who holds the ledger's key can do to the chain, its statements and its batches."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

from reports.evidence.verify import BATCHES, CHECKPOINTS, CONSISTENCY, LEDGER, TOTALS, Tree
from tests.reports.evidence.forgery import Genuine, Made, kind
from tests.reports.evidence.parts import Parts, canonical

HASHES, EVENTS, LEAVES = "ledger/hashes.txt", "ledger/events.jsonl", "ledger/leaves.jsonl"


def _with_lines(genuine: Genuine, name: str, lines: list[str]) -> Parts:
    return genuine.parts.having(name, "".join(lines)).signed(genuine.key)


def _rearranged(lines: list[str]) -> dict[str, list[str]]:
    """A list of lines with one of them dropped, doubled, or two of them changed round."""
    made = {}
    for place in range(len(lines)):
        head, line, tail = lines[:place], lines[place], lines[place + 1 :]
        made[f"without line {place + 1}"] = [*head, *tail]
        made[f"line {place + 1} twice"] = [*head, line, line, *tail]
        if tail and tail[0] != line:
            made[f"line {place + 1} after the next"] = [*head, tail[0], line, *tail[1:]]
    return made


@kind("hashes changed, signed by us", LEDGER)
def hashes(genuine: Genuine) -> Made:
    lines = genuine.parts.lines(HASHES)
    for what, made in _rearranged(lines).items():
        yield what, _with_lines(genuine, HASHES, made)
    for place in range(len(lines)):
        other = hashlib.sha256(lines[place].encode()).hexdigest() + "\n"
        yield (
            f"line {place + 1} another",
            _with_lines(genuine, HASHES, [*lines[:place], other, *lines[place + 1 :]]),
        )
    for text in ("", "\n", "z" * 64 + "\n", lines[0][:-3] + "\n", lines[0].strip()):
        yield f"text {text[:5]!r}", genuine.parts.having(HASHES, text).signed(genuine.key)


@kind(
    "the ledger cut or lengthened, with a root that fits, signed by us",
    LEDGER,
    CHECKPOINTS,
    CONSISTENCY,
)
def lengths(genuine: Genuine) -> Made:
    lines = genuine.parts.lines(HASHES)
    for made in (lines[:-1], lines[:-3], [*lines, hashlib.sha256(b"more").hexdigest() + "\n"]):
        yield f"{len(made)} entries", _fitting(genuine, made)


def _fitting(genuine: Genuine, lines: list[str]) -> Parts:
    tree = Tree()
    for line in lines:
        tree.add(bytes.fromhex(line))
    manifest, root = genuine.parts.manifest, base64.b64encode(tree.root()).decode()
    ledger = {**manifest["ledger"], "size": tree.size, "root": root}
    position = {**manifest["position"], "seq": tree.size, "hash": lines[-1].strip()}
    made = genuine.parts.having(HASHES, "".join(lines))
    return made.signed(genuine.key, ledger=ledger, position=position)


@kind("one hash nobody can read changed, with a root that fits, signed by us", CHECKPOINTS)
def rewritten(genuine: Genuine) -> Made:
    lines = genuine.parts.lines(HASHES)
    seen = {json.loads(line)["seq"] for line in genuine.parts.lines(EVENTS)}
    for place in range(genuine.first_checkpoint - 1):
        # Whose own text and whose follower's are not shown: the chain has nothing to say.
        if not {place + 1, place + 2} & seen:
            other = hashlib.sha256(lines[place].encode()).hexdigest() + "\n"
            yield (
                f"entry {place + 1}",
                _fitting(genuine, [*lines[:place], other, *lines[place + 1 :]]),
            )


@kind("entries changed, signed by us", LEDGER)
def entries(genuine: Genuine) -> Made:
    lines = genuine.parts.lines(EVENTS)
    for place, line in enumerate(lines):
        entry = json.loads(line)
        head, tail = lines[:place], lines[place + 1 :]
        for what, other in {
            "its text": {**entry, "body": entry["body"].replace('"v":1', '"v":2')},
            "its number": {**entry, "seq": entry["seq"] + 1},
            "no number": {"body": entry["body"]},
            "no text": {"seq": entry["seq"]},
        }.items():
            made = [*head, canonical(other).decode(), *tail]
            yield f"entry {entry['seq']}, {what}", _with_lines(genuine, EVENTS, made)
        yield (
            f"entry {entry['seq']} twice",
            _with_lines(genuine, EVENTS, [*head, line, line, *tail]),
        )
    yield "turned round", _with_lines(genuine, EVENTS, lines[::-1])
    yield (
        "without the launch",
        _with_lines(genuine, EVENTS, [line for line in lines if "campaign.launched" not in line]),
    )
    yield "another guide", genuine.parts.having("guide/guide.json", b"{}").signed(genuine.key)


@kind("an answer's entry dropped, signed by us", TOTALS)
def answers(genuine: Genuine) -> Made:
    lines = genuine.parts.lines(EVENTS)
    for place, line in enumerate(lines):
        if "attestation.recorded" in line:
            yield (
                f"line {place + 1}",
                _with_lines(genuine, EVENTS, [*lines[:place], *lines[place + 1 :]]),
            )


@kind("checkpoints changed, signed by us", CHECKPOINTS)
def checkpoints(genuine: Genuine) -> Made:
    name, text = "checkpoints.txt", genuine.parts.read("checkpoints.txt")
    blocks = [f"{block}\n\n" for block in text.split("\n\n")[:-1]]
    notes = ["".join(pair) for pair in zip(blocks[::2], blocks[1::2], strict=True)]
    yield "turned round", genuine.parts.having(name, "".join(notes[::-1])).signed(genuine.key)
    yield "one twice", genuine.parts.having(name, notes[0] + text).signed(genuine.key)
    swapped = "".join([blocks[0], blocks[3], blocks[2], blocks[1], *blocks[4:]])
    yield "signatures swapped", genuine.parts.having(name, swapped).signed(genuine.key)
    for what, old, new in (
        ("another origin", "optrail/ledger/1", "optrail/ledger/2"),
        ("a hand-over to nobody", "optrail/ledger/1", "optrail/ledger-key/1"),
        ("no dash", "— ", "- "),
        ("another time", "Z\n", "Z \n"),
        ("another size", f"\n{genuine.first_checkpoint}\n", f"\n{genuine.first_checkpoint - 1}\n"),
        (
            "a size in another spelling",
            f"\n{genuine.first_checkpoint}\n",
            f"\n0{genuine.first_checkpoint}\n",
        ),
    ):
        yield what, genuine.parts.having(name, text.replace(old, new, 1)).signed(genuine.key)
    for place, line in enumerate(text.splitlines()):
        if line.endswith("="):
            other = text.replace(line, line[:-6] + ("A" if line[-6] != "A" else "B") + line[-5:], 1)
            yield f"line {place + 1}", genuine.parts.having(name, other).signed(genuine.key)
    signature = next(line for line in text.splitlines() if line.endswith("=="))
    # The last letter before the padding holds four bits that decoding passes over.
    respelled = signature[:-3] + chr(ord(signature[-3]) + 1) + "=="
    yield (
        "a signature in another spelling",
        genuine.parts.having(name, text.replace(signature, respelled)).signed(genuine.key),
    )
    yield "cut", genuine.parts.having(name, text[:-1]).signed(genuine.key)
    yield (
        "beyond the position",
        genuine.parts.having(name, text + _checkpoint(genuine, 999)).signed(genuine.key),
    )


def _checkpoint(genuine: Genuine, size: int) -> str:
    """One that our own key signs."""
    manifest = genuine.parts.manifest
    head = base64.b64encode(bytes.fromhex(manifest["position"]["hash"])).decode()
    text = f"optrail/ledger/1\n{size}\n{manifest['ledger']['root']}\n{head}\n2026-12-01T00:00:00.000000Z\n"
    signature = base64.b64encode(genuine.key.sign(text.encode())).decode()
    return f"{text}\n— {manifest['key']['id']} {signature}\n\n"


@kind("a checkpoint of a stranger, signed by us", CHECKPOINTS)
def strange_checkpoints(genuine: Genuine) -> Made:
    size, text = genuine.parts.manifest["ledger"]["size"], genuine.parts.read("checkpoints.txt")
    notes = text.split(f"optrail/ledger/1\n{size}\n")[0]
    other = _checkpoint(replace(genuine, key=genuine.stranger), size)
    yield "the last one", genuine.parts.having("checkpoints.txt", notes + other).signed(genuine.key)


@kind("leaves changed, signed by us", BATCHES)
def leaves(genuine: Genuine) -> Made:
    lines = genuine.parts.lines(LEAVES)
    for what, made in _rearranged(lines).items():
        yield what, _with_lines(genuine, LEAVES, made)
    for place, line in enumerate(lines):
        for what, other in _leaves_like(json.loads(line)).items():
            made = [*lines[:place], canonical(other).decode(), *lines[place + 1 :]]
            yield f"line {place + 1}, {what}", _with_lines(genuine, LEAVES, made)
    yield "none", genuine.parts.having(LEAVES, b"").signed(genuine.key)
    yield "no end", genuine.parts.having(LEAVES, "".join(lines).strip()).signed(genuine.key)


def _leaves_like(leaf: dict[str, Any]) -> dict[str, dict[str, Any]]:
    made = {"another entry": {**leaf, "seq": leaf["seq"] + 1}}
    if "row" in leaf:
        made["another row"] = {**leaf, "row": leaf["row"].replace("00", "01", 1)}
        made["no row"] = {"seq": leaf["seq"]}
    if "salt" in leaf:
        made["no salt"] = {"seq": leaf["seq"], "row": leaf["row"]}
        made["a short salt"] = {**leaf, "salt": leaf["salt"][2:]}
    if "hash" in leaf:
        made["another hash"] = {**leaf, "hash": "0" * 64}
    return made


@kind("rows of a batch hidden behind their hash, signed by us", TOTALS)
def hidden(genuine: Genuine) -> Made:
    lines = genuine.parts.lines(LEAVES)
    for place, line in enumerate(lines):
        leaf = json.loads(line)
        if "row" not in leaf or _superseded(leaf, lines[place + 1 :]):
            continue
        row = leaf["row"].encode()
        hash_ = hashlib.sha256(row).hexdigest()
        if "salt" in leaf:
            hash_ = hmac.digest(bytes.fromhex(leaf["salt"]), row, "sha256").hex()
        other = canonical({"hash": hash_, "seq": leaf["seq"]}).decode()
        yield (
            f"line {place + 1}",
            _with_lines(genuine, LEAVES, [*lines[:place], other, *lines[place + 1 :]]),
        )


def _superseded(leaf: dict[str, Any], later: list[str]) -> bool:
    """An outcome that the sheets do not show, because another came after it."""
    _, message, *rest = json.loads(leaf["row"])
    return len(rest) == 5 and any(message in line for line in later)


@kind("proofs changed, signed by us", CONSISTENCY)
def proofs(genuine: Genuine) -> Made:
    name, found = "consistency.json", json.loads(genuine.parts.read("consistency.json"))
    for place, proof in enumerate(found):
        for what, other in {
            "from": {**proof, "from": proof["from"] - 1},
            "to": {**proof, "to": proof["to"] - 1},
            "root": {**proof, "root": genuine.parts.manifest["ledger"]["root"]},
            "no root": {key: proof[key] for key in ("from", "proof", "to")},
            "a node less": {**proof, "proof": proof["proof"][:-1]},
            "a node more": {**proof, "proof": [*proof["proof"], proof["root"]]},
            "nodes turned": {**proof, "proof": proof["proof"][::-1]},
            "another node": {**proof, "proof": [proof["root"], *proof["proof"][1:]]},
        }.items():
            made = [*found[:place], other, *found[place + 1 :]]
            yield (
                f"proof {place + 1}, {what}",
                genuine.parts.having(name, canonical(made)).signed(genuine.key),
            )
    for text in (b"", b"{}", b"[[]]\n", b"[{}]\n", b"null\n"):
        yield text, genuine.parts.having(name, text).signed(genuine.key)


@kind("another history than in the bundle that was kept", CONSISTENCY, previous=True)
def rival(genuine: Genuine) -> Made:
    yield "all of it in order", genuine.rival
