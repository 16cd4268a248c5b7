"""Small groups are not shown, and cannot be worked out from what is shown."""

from collections.abc import Mapping
from dataclasses import dataclass

SMALLEST_SHOWN = 5


@dataclass(frozen=True)
class Shown:
    """What may be shown: groups with their counts, names of the hidden, the whole or None."""

    groups: Mapping[str, Mapping[str, int]]
    hidden: tuple[str, ...]
    whole: Mapping[str, int] | None


def suppressed(groups: Mapping[str, Mapping[str, int]], whole: Mapping[str, int]) -> Shown:
    """Hide groups of fewer than five people, and as many more as it takes to cover them.

    Whole minus shown is what the hidden say together: it must be nobody, or two groups and five
    people at least. A whole of fewer than five is not shown either.
    """
    sizes = {name: sum(counts.values()) for name, counts in groups.items()}
    if sum(whole.values()) < SMALLEST_SHOWN:
        return Shown({}, tuple(groups), None)
    hidden = _hidden(sizes)
    shown = {name: counts for name, counts in groups.items() if name not in hidden}
    return Shown(shown, tuple(name for name in groups if name in hidden), whole)


def _hidden(sizes: Mapping[str, int]) -> set[str]:
    """The smallest groups, as many as needed."""
    hidden: set[str] = set()
    for name, size in sorted(sizes.items(), key=lambda group: (group[1], group[0])):
        if size >= SMALLEST_SHOWN and _covered([sizes[other] for other in hidden]):
            break
        hidden.add(name)
    return hidden


def _covered(hidden: list[int]) -> bool:
    return not hidden or (len(hidden) > 1 and sum(hidden) >= SMALLEST_SHOWN)
