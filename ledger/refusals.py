"""A service's "no"."""

from collections.abc import Mapping, Sequence


class Refusal(Exception):  # noqa: N818 - a refusal is an answer to the caller, not an error of ours
    """A service's "no", with every reason in words and, where there is one, a partial result."""

    def __init__(self, *reasons: str, result: Mapping[str, object] | None = None) -> None:
        super().__init__("\n".join(reasons))
        self.reasons: Sequence[str] = reasons
        self.result = result or {}
