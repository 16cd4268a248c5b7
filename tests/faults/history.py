"""The history checker: what the mail server took against what the database and the ledger say."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

OWED = frozenset({"pending", "leased", "started", "deferred"})
# What may stand in the database about a mail that the server took, and nobody asked to send again.
TAKEN_STATES = frozenset({"started", "uncertain", "accepted", "bounced", "written_off"})
# What the database may not say without the server having taken the mail.
ACCEPTED_STATES = frozenset({"accepted", "bounced"})
SHOWN = 5


@dataclass(frozen=True)
class Person:
    """An assignment in scope: who, and the named state (answered, left, …) if it has one."""

    key: str
    address: str
    named: str = ""


@dataclass(frozen=True)
class Mail:
    """A message as the database has it; `carrier` is the message in whose mail it travelled."""

    key: str
    person: str
    step: int
    state: str
    recipient: str = ""
    carrier: str = ""
    resends: int = 0
    sealed: bool = True
    # The states of its outcomes, in order; and how many of them no seal covers.
    outcomes: tuple[str, ...] = ()
    unsealed: int = 0

    @property
    def travels_as(self) -> str:
        """The message whose id is the mail's Message-ID."""
        return self.carrier or self.key


@dataclass(frozen=True)
class Taken:
    """A mail that the server wrote down before it answered 250."""

    key: str
    recipient: str
    # The assignments whose personal links stand in it; None when nobody looked.
    links: frozenset[str] | None = None


@dataclass(frozen=True)
class Fence:
    """In which order things were committed: starts of hand-overs and answers."""

    starts: Sequence[tuple[float, str]] = ()  # when, message
    answers: Sequence[tuple[float, str]] = ()  # when, assignment


@dataclass
class Faults:
    """What was done to the system: how many messages it excuses, and which ones."""

    uncertain: int = 0
    # Messages, by id, and addresses that were on a line when it broke: only they may be uncertain.
    keys: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class History:
    """One run, from outside (`taken`) and from inside (everything else)."""

    people: Sequence[Person]
    mails: Sequence[Mail]
    taken: Sequence[Taken]
    faults: Faults
    # Mails that the server never took and never answered: nobody can know, so nobody may try again.
    unanswered: frozenset[str] = frozenset()
    # Addresses that the server refused for good.
    refused: frozenset[str] = frozenset()
    fence: Fence = Fence()
    # False in the middle of a run, when mails may still be owed.
    settled: bool = True
    # State by message as the exported workbook says it; None when nothing was exported.
    exported: Mapping[str, str] | None = None
    # What `verify_ledger` and the seals have to complain about.
    ledger: Sequence[str] = ()


def violations(history: History) -> list[str]:
    """Every broken promise, in words; empty when all were kept."""
    by_key = {mail.key: mail for mail in history.mails}
    checks = (
        _twice(history, by_key),
        _strangers(history, by_key),
        _sent_again(history, by_key),
        _given_up(history),
        _asked_too_often(history),
        _false_accepted(history),
        _would_go_again(history),
        _lost(history),
        _uncertain(history, by_key),
        _after_the_answer(history, by_key),
        _outcomes(history),
        _unsealed(history),
        _export(history),
        history.ledger,
    )
    return [found for check in checks for found in check]


def told(found: Sequence[str]) -> str:
    """Violations for people: the first few of each kind, and how many there are."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for text in found:
        kinds[text.partition(":")[0]].append(text)
    lines = []
    for kind, texts in kinds.items():
        lines += texts[:SHOWN]
        if len(texts) > SHOWN:
            lines.append(f"{kind}: … {len(texts)} in all")
    return "\n".join(lines)


def _twice(history: History, by_key: Mapping[str, Mail]) -> Iterator[str]:
    for key, times in Counter(taken.key for taken in history.taken).items():
        allowed = 1 + (by_key[key].resends if key in by_key else 0)
        if times > allowed:
            yield f"accepted twice: the server took message {key} {times} times, allowed {allowed}"


def _strangers(history: History, by_key: Mapping[str, Mail]) -> Iterator[str]:
    for taken in history.taken:
        mail = by_key.get(taken.key)
        if mail is None:
            yield f"unknown mail: the server took {taken.key}, which the database does not know"
        elif mail.recipient != taken.recipient and not mail.resends:
            yield (
                f"wrong recipient: message {mail.key} went to {taken.recipient}, the database says "
                f"{mail.recipient or 'nobody'}"
            )


def _sent_again(history: History, by_key: Mapping[str, Mail]) -> Iterator[str]:
    taken = {row.key for row in history.taken}
    for key in history.unanswered & taken:
        if key not in by_key or not by_key[key].resends:
            yield f"sent again: the line broke under {key}, and it was tried again by itself"


def _false_accepted(history: History) -> Iterator[str]:
    links = {row.key: row.links for row in history.taken}
    for mail in history.mails:
        if mail.state not in ACCEPTED_STATES:
            continue
        if mail.travels_as not in links:
            yield f"false accepted: the database says so of {mail.key}, the server never took it"
        elif not _holds(links[mail.travels_as], mail.person):
            yield f"false accepted: the mail that {mail.key} travelled in does not hold its link"


def _holds(links: frozenset[str] | None, person: str) -> bool:
    return links is None or person in links


def _asked_too_often(history: History) -> Iterator[str]:
    """Whatever mail a link came in: nobody is asked more often than the database says."""
    links = Counter(person for row in history.taken for person in row.links or ())
    known: Counter[str] = Counter()
    for mail in history.mails:
        known[mail.person] += (mail.state in TAKEN_STATES) + mail.resends
    for person, times in links.items():
        if times > known[person]:
            yield f"asked too often: {person} in {times} mails, the database says {known[person]}"


def _given_up(history: History) -> Iterator[str]:
    for mail in history.mails:
        if mail.state == "rejected" and mail.recipient not in history.refused:
            yield f"given up: {mail.key} is called refused, and the server never refused it"


def _would_go_again(history: History) -> Iterator[str]:
    taken = {row.key for row in history.taken}
    for mail in history.mails:
        if mail.key in taken and mail.state not in TAKEN_STATES and not mail.resends:
            yield (
                f"forgotten hand-over: the server took {mail.key}, the database calls it "
                f"{mail.state}"
            )


def _lost(history: History) -> Iterator[str]:
    mailed = {mail.person for mail in history.mails}
    for person in history.people:
        if person.key not in mailed and not person.named:
            yield f"lost: {person.address} is in scope, was owed no mail and has no named state"
    if not history.settled:
        return
    for mail in history.mails:
        if mail.state in OWED:
            yield f"lost: message {mail.key} is still {mail.state} at the end"
    named = {person.key for person in history.people if person.named}
    for mail in history.mails:
        if mail.state == "cancelled" and mail.person not in named and not _superseded(mail):
            yield f"lost: message {mail.key} was cancelled, and its person has no named state"


def _superseded(mail: Mail) -> bool:
    """A later reminder took its place."""
    return mail.step > 0


def _uncertain(history: History, by_key: Mapping[str, Mail]) -> Iterator[str]:
    uncertain = [mail for mail in by_key.values() if mail.state == "uncertain"]
    faults = history.faults
    lines = {mail.travels_as for mail in uncertain}  # two campaigns may share a mail
    if len(lines) > faults.uncertain:
        yield (
            f"too many uncertain: {len(lines)}, and only {faults.uncertain} lines were "
            "killed or cut"
        )
    for mail in uncertain:
        if mail.travels_as not in faults.keys and mail.recipient not in faults.addresses:
            yield f"uncertain without a fault: nothing happened to the line of {mail.key}"


def _after_the_answer(history: History, by_key: Mapping[str, Mail]) -> Iterator[str]:
    answered: dict[str, float] = {}
    for when, person in history.fence.answers:
        answered[person] = min(when, answered.get(person, when))
    for when, key in history.fence.starts:
        mail = by_key.get(key)
        if mail and when > answered.get(mail.person, when):
            late = when - answered[mail.person]
            yield f"after the answer: message {key} was started {late:.6f} s after its commit"


def _outcomes(history: History) -> Iterator[str]:
    for mail in history.mails:
        if mail.state not in OWED and mail.state != (mail.outcomes or ("none",))[-1]:
            yield (
                f"no outcome: message {mail.key} is {mail.state}, its outcomes say "
                f"{', '.join(mail.outcomes) or 'nothing'}"
            )


def _unsealed(history: History) -> Iterator[str]:
    if not history.settled:
        return
    for mail in history.mails:
        if not mail.sealed or mail.unsealed:
            yield f"not sealed: message {mail.key}, {mail.unsealed} of its outcomes"


def _export(history: History) -> Iterator[str]:
    if history.exported is None:
        return
    for mail in history.mails:
        said = history.exported.get(mail.key, "nothing")
        if said != mail.state:
            yield f"not in the export: message {mail.key} is {mail.state}, the workbook says {said}"
