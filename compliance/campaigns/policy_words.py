"""A reminder policy read out: what it means, and what a change of it does."""

from collections.abc import Mapping
from dataclasses import dataclass

from compliance.campaigns.policy import Anchor, Policy, Step


@dataclass(frozen=True)
class Changes:
    """What another policy adds and takes away, in words."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    reworded: tuple[str, ...]
    limit: str

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.reworded or self.limit)


def reading(policy: Policy) -> list[str]:
    """Step by step what `policy` means; empty without reminders."""
    limit = f"at most {policy.at_most} reminder{'' if policy.at_most == 1 else 's'} for each person"
    return [*map(step_words, policy.steps), limit] if policy.steps else []


def step_words(step: Step) -> str:
    """`3 working days after the invitation`, `on the due date`, and the like."""
    days = f"{abs(step.offset)} working day{'' if abs(step.offset) == 1 else 's'}"
    if step.anchor is Anchor.INVITATION:
        return f"{days} after the invitation"
    if step.anchor is Anchor.OVERDUE:
        every = "working day" if step.offset == 1 else days
        return f"every {every} while overdue"
    if not step.offset:
        return "on the due date"
    return f"{days} {'before' if step.offset < 0 else 'after'} the due date"


def changes(old: Policy, new: Policy) -> Changes:
    """What changes when `new` follows `old`."""
    before, after = _by_key(old), _by_key(new)
    limit = f"at most {new.at_most} reminders instead of {old.at_most}"
    return Changes(
        added=tuple(step_words(step) for key, step in after.items() if key not in before),
        removed=tuple(step_words(step) for key, step in before.items() if key not in after),
        reworded=tuple(
            step_words(step)
            for key, step in after.items()
            if key in before and before[key].wording != step.wording
        ),
        limit=limit if new.at_most != old.at_most else "",
    )


def _by_key(policy: Policy) -> Mapping[object, Step]:
    return {step.key: step for step in policy.steps}
