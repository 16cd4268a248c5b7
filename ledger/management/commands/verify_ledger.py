"""`manage.py verify_ledger`: is the history what it was?"""

from collections.abc import Mapping
from typing import Any

from ledger.commands import JsonCommand, Refusal
from ledger.verification import Verdict, verify


class Command(JsonCommand):
    help = "Verify the whole ledger: exit 0 when nothing was changed, 1 with the first bad place."

    guarded = False  # it only reads

    def run(self, **_options: Any) -> Mapping[str, object]:
        verdict = verify()
        result = _result(verdict)
        if verdict.first_bad:
            raise Refusal(verdict.first_bad.detail, result=result)
        return result

    def sentence(self, result: Mapping[str, Any]) -> str:
        return f"The ledger is intact: {result['size']} events, root {result['root']}."


def _result(verdict: Verdict) -> dict[str, object]:
    bad = verdict.first_bad
    return {
        "ok": verdict.ok,
        "size": verdict.size,
        "root": verdict.root.hex(),
        "first_bad": {"seq": bad.seq, "kind": bad.kind, "detail": bad.detail} if bad else None,
    }
