"""One comparison of two figures that must be the same."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """Two figures, each with the place where it comes from."""

    what: str
    first: int | str
    first_from: str
    second: int | str
    second_from: str

    @property
    def holds(self) -> bool:
        """Whether they are the same."""
        return self.first == self.second

    @property
    def difference(self) -> str:
        """What differs, for whoever was refused."""
        return (
            f"{self.what}: {self.first_from} says {self.first}, {self.second_from} says"
            f" {self.second}. Nothing is released. Compare the rows with those of a backup."
        )
