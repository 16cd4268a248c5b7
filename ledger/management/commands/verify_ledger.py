"""`manage.py verify_ledger`: is the history what it was?"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from ledger.commands import JsonCommand, Refusal, wrong_use
from ledger.notes import NoteError, checkpoints_read
from ledger.published import UnreadableCopyError, published_checkpoints
from ledger.verification import Mark, Verdict, external_marks, verify


class Command(JsonCommand):
    help = "Verify the whole ledger: exit 0 when nothing was changed, 1 with the first bad place."
    guarded = False  # it only reads

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--checkpoint",
            action="append",
            default=[],
            metavar="FILE",
            help="a checkpoint that was kept elsewhere: a mail, a copy, a bundle's checkpoints.txt",
        )

    def run(self, **options: Any) -> Mapping[str, object]:
        external = [mark for name in options["checkpoint"] for mark in _marks(Path(name))]
        verdict = _verified(external)
        result = _result(verdict)
        if verdict.first_bad:
            raise Refusal(verdict.first_bad.detail, result=result)
        return result

    def sentence(self, result: Mapping[str, Any]) -> str:
        return (
            f"The ledger is intact: {result['size']} events, root {result['root']}, as"
            f" {result['checkpoints']} checkpoints have signed it."
        )


def _marks(path: Path) -> list[Mark]:
    try:
        return [*external_marks(checkpoints_read(path.read_text(encoding="utf-8")), path.name)]
    except (OSError, UnicodeDecodeError, NoteError) as error:
        raise wrong_use(f"--checkpoint {path} cannot be read: {error}") from error


def _verified(external: list[Mark]) -> Verdict:
    try:
        return verify(external, external_marks(published_checkpoints(), "CHECKPOINT_DIR"))
    except UnreadableCopyError as error:
        raise Refusal(str(error)) from error


def _result(verdict: Verdict) -> dict[str, object]:
    bad = verdict.first_bad
    return {
        "ok": verdict.ok,
        "size": verdict.size,
        "root": verdict.root.hex(),
        "checkpoints": verdict.checkpoints,
        "unguarded": list(verdict.unguarded),
        "first_bad": {"seq": bad.seq, "kind": bad.kind, "detail": bad.detail} if bad else None,
    }
