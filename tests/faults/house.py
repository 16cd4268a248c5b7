"""One installation under test: a prepared company, its sink, its clock, its workers."""

import csv
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.faults.clock import SharedClock
from tests.faults.database import postgresql_copy, sqlite_path
from tests.faults.sink import Sink
from tests.faults.worker import Nursery
from tests.journeys.company import Company

# All other waits of the outbox (leases, greylisting) are shorter.
LONG_ENOUGH = timedelta(hours=13)
INSTANCE = "the-one-under-test"


@dataclass
class Stage:
    """A company whose campaign is launched and of whose mails none has left; scenarios copy it."""

    folder: Path
    url: str
    people: int
    campaigns: Sequence[int]

    @classmethod
    def prepare(cls, folder: Path, url: str, people: int, campaigns: int = 1) -> "Stage":
        """Import so many people and launch so many campaigns, each for all of them."""
        folder.mkdir(parents=True, exist_ok=True)
        with Sink(folder) as sink:  # nobody can launch without a mail server
            company = Company(folder, url, EMAIL_URL=sink.url)
            company.manage("migrate", "-v", "0")
            company.json("import_employees", str(_people_file(folder, people)))
            launched = [_launched(company, number, people) for number in range(campaigns)]
        return cls(folder, url, people, launched)

    @contextmanager
    def house(self, folder: Path, *, seed: int = 0, url: str = "") -> Iterator["House"]:
        """A copy of it that a scenario may ill-treat; `url` is a database that stands already."""
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.folder / "data", folder / "data")
        with ExitStack() as stack:
            sink = stack.enter_context(Sink(folder, seed=seed))
            house = House(folder, url or self._database(folder), self.people, self.campaigns, sink)
            stack.enter_context(house.nursery)
            yield house

    def _database(self, folder: Path) -> str:
        file = sqlite_path(self.url)
        if file is None:
            return postgresql_copy(self.url)
        shutil.copy(file, folder / "company.sqlite3")
        return f"sqlite:///{folder / 'company.sqlite3'}"


@dataclass
class House:
    """A running installation."""

    folder: Path
    url: str
    people: int
    campaigns: Sequence[int]
    sink: Sink
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = SharedClock(self.folder / "clock")
        self.company = Company(
            self.folder, self.url, EMAIL_URL=self.sink.url, OPTRAIL_INSTANCE_ID=INSTANCE, **self.env
        )
        self.nursery = Nursery(self.company.env, self.folder / "workers.log")

    @property
    def time(self) -> str:
        """The file with the shared clock, as workers are told it."""
        return str(self.clock.path)

    def command(self, name: str, *arguments: str) -> None:
        """Run one of the product's commands. Raises AssertionError when it refuses."""
        self.nursery.run("command", name=name, arguments=arguments)

    def finish(self) -> None:
        """The sink behaves again, every lease is over, and what is left is sent and sealed."""
        self.sink.behave()
        for _ in range(2):
            self.clock.move(LONG_ENOUGH)
            self.nursery.run("drain", clock=self.time)


def _launched(company: Company, number: int, people: int) -> int:
    campaign = company.json(
        "launch_campaign", "--guide", "linkedin-ai-training", "--name", f"All, {number}",
        "--due", "2099-12-11", "--send-now",
    )  # fmt: skip
    assert campaign["messages"] == people, campaign
    return int(campaign["campaign"])


def _people_file(folder: Path, people: int) -> Path:
    path = folder / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["Employee ID", "E-mail", "First name", "Last name", "Country"])
        rows = range(people)
        table.writerows([f"N{n:06}", f"p{n}@example.com", "Zoë", f"O'Hara {n}", "DE"] for n in rows)
    return path
