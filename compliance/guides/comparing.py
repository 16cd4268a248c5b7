"""What changed from one version of a guide to the next."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compliance.guides.content import GuideContent


@dataclass(frozen=True)
class Change:
    """One text that differs; empty where it is not there."""

    key: str
    before: str
    after: str


def changes(before: GuideContent, after: GuideContent) -> list[Change]:
    """Every key whose text differs, in the order of the older version, new keys last."""
    old, new = dict(_flat(before.plain())), dict(_flat(after.plain()))
    keys = dict.fromkeys([*old, *new])
    return [
        Change(key, old.get(key, ""), new.get(key, ""))
        for key in keys
        if old.get(key) != new.get(key)
    ]


def _flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    match value:
        case Mapping():
            for key, item in value.items():
                yield from _flat(item, f"{path} › {key}" if path else str(key))
        case list() if path.endswith("› regions"):
            yield path, ", ".join(map(str, value))
        case list():
            for number, item in enumerate(value, start=1):
                yield from _flat(item, f"{path} {number}")
        case _:
            yield path, str(value)
