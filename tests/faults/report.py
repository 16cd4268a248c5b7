"""The table at the end of a run."""

from collections.abc import Sequence

from tests.faults.verdict import Verdict

_HEAD = ("fault", "done", "people", "taken", "accepted", "uncertain", "lost", "twice", "found", "s")


def table(verdicts: Sequence[Verdict], *, seed: int, database: str) -> str:
    """Markdown: one row for each scenario, the remarks below."""
    rows = [_HEAD, tuple("---" for _ in _HEAD), *(_row(verdict) for verdict in verdicts)]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    remarks = [
        f"- {verdict.scenario}: {verdict.remarks}" for verdict in verdicts if verdict.remarks
    ]
    return "\n".join([f"\n{database}, seed {seed}\n", *lines, "", *remarks])


def _row(verdict: Verdict) -> tuple[str, ...]:
    counts = verdict.counts
    numbers = (
        verdict.people, counts["taken"], counts["accepted"], counts["uncertain"],
        verdict.lost, verdict.twice, len(verdict.found),
    )  # fmt: skip
    cells = (f"{number:,}" for number in numbers)
    return (verdict.scenario, verdict.done, *cells, f"{verdict.seconds:.0f}")
