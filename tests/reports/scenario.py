"""A campaign with one of everything, the same rows with the same ids on every database."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.directory.models import Employee
from compliance.answers import CLOSING
from compliance.attestations.models import Attestation
from compliance.campaigns.audience import frozen_exclusions
from compliance.campaigns.models import Assignment, Campaign, Decision
from compliance.campaigns.parameters import launch_parameters
from compliance.campaigns.population import population_digest, population_leaves
from compliance.campaigns.withdrawn import Withdrawal, withdrawal_row
from compliance.guides.models import GuideVersion
from compliance.guides.services import catalogue_sync
from compliance.reminders.models import Message, Outcome
from compliance.reminders.seal import outcomes_seal
from ledger import journal
from ledger.canonical import rows_root
from ledger.models import Event
from tests.factories import NOON, AssignmentFactory, CampaignFactory, EmployeeFactory

PEOPLE = ("bob", "carla", "deniz", "emre", "faye", "gus", "hana")
SALES = ("carla", "faye", "ivo")  # all others are in Engineering
DAY = timedelta(days=1)


def uuid(number: int) -> UUID:
    """A made-up id that is the same everywhere."""
    return UUID(int=number, version=4)


@dataclass
class Scenario:
    """Seven people: two answered, one asked for help, one left, one is excluded, two are open."""

    campaign: Campaign
    people: dict[str, Assignment]

    @property
    def seq(self) -> int:
        """The last ledger position."""
        return journal.position()[0]

    def launch(self) -> None:
        """Freeze and decide, as the service does, but with nothing drawn at random."""
        in_scope, root = population_digest(self.campaign)
        detail = {
            **launch_parameters(self.campaign),
            "committed": {},
            "in_scope": in_scope,
            "excluded": frozen_exclusions(self.campaign),
            "population": root.hex(),
        }
        self.campaign.launched_seq = self.decide("launched", NOON, detail)
        self.campaign.save()

    def decide(self, kind: str, at: datetime, detail: dict[str, object] | None = None) -> int:
        """Record a decision; returns its ledger number."""
        with transaction.atomic():
            event = self._event(f"campaign.{kind}", self.campaign.ref, at, detail or {})
            Decision.objects.create(
                campaign=self.campaign, seq=event.seq, kind=kind, at=at, detail=detail or {}
            )
        return event.seq

    def answer(
        self, who: str, answer: str, at: datetime = NOON + DAY, *, assurance: str = "link"
    ) -> Attestation:
        """Record an answer, a correction when there is one already."""
        person = self.people[who]
        number = person.attestations.count() + 1
        version = self.campaign.guide_version
        data = {
            "answer": answer,
            "number": number,
            "campaign": self.campaign.ref,
            "wording": version.digest,
            "language": person.language,
            "assurance": assurance,
        }
        with transaction.atomic():
            closed = at if answer in CLOSING else None
            Assignment.objects.filter(pk=person.pk).update(
                answer=answer, answered_at=at, closed_at=closed
            )
            event = self._event("attestation.recorded", person.ref, at, data)
            return Attestation.objects.create(
                assignment=person, number=number, answer=answer, at=at, guide_version=version,
                language=person.language, assurance=assurance, seq=event.seq,
            )  # fmt: skip

    def link(self, who: str, happened: str, at: datetime = NOON + 4 * DAY) -> int:
        """Somebody's link is `shown` or `revoked`; returns the ledger number of it."""
        with transaction.atomic():
            event = self._event(f"link.{happened}", self.people[who].ref, at, {"version": 2})
        return event.seq

    def erase(self, who: str, number: int = 1, at: datetime = NOON + 6 * DAY, *others: str) -> int:
        """Somebody, and `others` with them, become erased persons; returns the ledger number."""
        names = (who, *others)
        last = number + len(names) - 1
        data = {"campaigns": {self.campaign.ref: len(names)}, "first": number, "last": last}
        with transaction.atomic():
            seq = self._event("people.erased", self.campaign.ref, at, data).seq
            for each, name in enumerate(names, number):
                self._blank(name, each, seq)
        return seq

    def _blank(self, who: str, number: int, seq: int) -> None:
        rows = Assignment.objects.filter(pk=self.people[who].pk)
        [leaf] = population_leaves(rows)
        name, texts = f"erased person {number}", ("email", "external_id", "first_name")
        rows.update(
            leaf=leaf.hash, salt=None, employee=None, manager=None, manager_name="",
            last_name=name, sort_name=name, erased_number=number, erased_seq=seq,
            **dict.fromkeys(texts, ""),
        )  # fmt: skip

    def leave(self, who: str, at: datetime = NOON + DAY, **said: int) -> int:
        """Somebody leaves the company; returns the import's ledger number."""
        with transaction.atomic():
            data = {"leavers": 1, **self._moved(who, "missing", **said)}
            event = self._event("people.imported", "import:1", at, data)
            Withdrawal.objects.create(assignment=self.people[who], reason="missing", seq=event.seq)
        return event.seq

    def come_back(self, who: str, at: datetime = NOON + 2 * DAY) -> int:
        """They are back; returns the import's ledger number."""
        with transaction.atomic():
            data = {"new": 1, **self._moved(who, "")}
            event = self._event("people.imported", "import:1", at, data)
            withdrawals = Withdrawal.objects.filter(assignment=self.people[who])
            withdrawals.update(until_seq=event.seq)
        return event.seq

    def join(self, who: str, due_on: str, at: datetime = NOON + 4 * DAY) -> int:
        """Somebody joins after the launch; returns the ledger number of it."""
        person = _person(self.campaign, 20 + len(self.people), who)
        person.joined_seq, person.due_on = 0, date.fromisoformat(due_on)
        person.save()
        people, root = population_digest(self.campaign, joined_seq=0)
        detail = {"joined": people, "joined_excluded": {}, "joined_population": root.hex()}
        seq = self.decide("joined", at, detail)
        Assignment.objects.filter(pk=person.pk).update(joined_seq=seq)
        person.refresh_from_db()
        self.people[who] = person
        return seq

    def mail(self, who: str, step: int = 0) -> Message:
        """Owe somebody a mail."""
        person = self.people[who]
        return Message.objects.create(
            id=uuid(9000 + Message.objects.count()), assignment=person, step=step,
            planned_at=NOON, next_at=NOON,
        )  # fmt: skip

    def outcome(
        self, message: Message, state: str, code: int = 0, answer: str = "", attempt: int = 1
    ) -> None:
        """Something became of it."""
        recipient = message.assignment.email if attempt else ""
        Outcome.objects.create(
            message=message, attempt=attempt, state=state, at=NOON + timedelta(minutes=attempt),
            code=code, answer=answer, recipient=recipient,
        )  # fmt: skip

    def seal(self, at: datetime = NOON + timedelta(hours=1)) -> int:
        """Seal what is not sealed yet; returns the ledger position after it."""
        outcomes_seal(now=at)
        return self.seq

    def _moved(self, who: str, reason: str, **said: int) -> dict[str, object]:
        """What an import says of somebody who left (with a reason), or came back."""
        _, root = rows_root([withdrawal_row(self.people[who].pk, reason)])
        left = {"left": int(bool(reason)), "back": int(not reason), "root": root.hex(), **said}
        return {"withdrawn": {self.campaign.ref: left}}

    def _event(self, kind: str, subject: str, at: datetime, data: dict[str, object]) -> Event:
        return journal.append(kind, actor="system", subject=subject, now=at, data=data)


def drafted() -> Scenario:
    """The people, frozen, and the campaign before its launch."""
    catalogue_sync()
    version = GuideVersion.objects.filter(guide__slug="linkedin-ai-training").latest("number")
    campaign = CampaignFactory.create(
        id=7, name="LinkedIn, autumn", running=True, launched_seq=None, guide_version=version,
        reply_to="privacy@example.com", audience={"countries": [], "departments": []},
    )  # fmt: skip
    people = {name: _person(campaign, number, name) for number, name in enumerate(PEOPLE, 1)}
    Assignment.objects.filter(pk=people["hana"].pk).update(exclusion="no_setting_in_country")
    return Scenario(campaign, people)


def told() -> Scenario:
    """The whole story: launched, mailed, answered, corrected, left."""
    story = drafted()
    story.launch()
    _mailed(story)
    story.seal()
    _answered(story)
    return story


def troubled() -> Scenario:
    """The story with one of each kind of exception, and somebody who joined later.

    Sealed once: on PostgreSQL a seal of nothing takes a number too, so a second one would have
    another number than on SQLite, and the ledger says it.
    """
    story = drafted()
    story.launch()
    _mailed(story)
    _mailed_in_vain(story)
    story.seal()
    _answered(story)
    story.link("gus", "revoked")
    story.link("faye", "shown")
    story.answer("faye", "no_account", NOON + 22 * DAY)
    story.answer("gus", "not_shown", NOON + 22 * DAY, assurance="code")
    story.join("ivo", "2026-12-28", NOON + 23 * DAY)
    return story


def _mailed(story: Scenario) -> None:
    first = {name: story.mail(name) for name in PEOPLE if name != "hana"}
    for name in ("bob", "carla", "deniz", "emre"):
        story.outcome(first[name], "accepted", 250, "2.0.0 Ok: queued")
    story.outcome(first["faye"], "deferred", 451, "4.7.1 Greylisted, try again later")
    story.outcome(first["faye"], "rejected", 550, "5.1.1 No such user", attempt=2)


def _mailed_in_vain(story: Scenario) -> None:
    first = story.people["gus"].messages.get(step=0)
    story.outcome(first, "uncertain", answer="the line was lost")
    story.outcome(first, "pending", attempt=0, answer="Gus waits for it.")
    story.outcome(first, "uncertain", answer="the line was lost", attempt=2)
    story.outcome(story.mail("faye", step=7), "bounced", 550, "5.2.2 Mailbox full")
    story.outcome(story.mail("gus", step=7), "written_off", attempt=0, answer="Not worth it.")


def _answered(story: Scenario) -> None:
    story.answer("bob", "was_off")
    story.answer("carla", "left_on")
    story.answer("carla", "turned_off", NOON + 2 * DAY)
    story.answer("deniz", "need_help")
    story.leave("emre")
    story.decide("extended", NOON + 3 * DAY, {"due_on": "2026-12-14", "closes_on": "2027-01-04"})


def _person(campaign: Campaign, number: int, name: str) -> Assignment:
    # By their bytes Zimmer comes before Ünal, in most languages after.
    family = "Zimmer" if number == 1 else "Ünal"
    employee: Employee = EmployeeFactory.create(
        id=uuid(number), email=f"{name}@example.com", first_name=name.capitalize(),
        last_name=f"{family} {number}", sort_name=f"{family} {number}, {name}".lower(), external_id=f"{number:05d}",
        country="DE", language="de", department="Sales" if name in SALES else "Engineering", created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return AssignmentFactory.create(
        id=uuid(100 + number), salt=uuid(200 + number), campaign=campaign, employee=employee,
        language="de", manager_name="Ada Admin",
    )  # fmt: skip
