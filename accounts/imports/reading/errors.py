"""How reading says no: to a whole file, or to one row of it."""

from dataclasses import asdict, dataclass


class FileRefused(Exception):  # noqa: N818 - an answer to the officer, not an error of ours
    """The file as a whole cannot be read; the text says what, where and what to do."""


class MappingNeeded(Exception):  # noqa: N818 - likewise
    """The columns cannot be read as they are mapped; the text says which correction is needed."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about one row: which column, which value, and why it matters."""

    column: str
    value: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        """The remark as JSON keeps it."""
        return asdict(self)
