"""The outbox: every mail that is owed, what became of it, and the seals over what became."""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import BooleanField, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.models import Assignment


class State(models.TextChoices):
    """Where a message stands (the life of a message: docs/architecture.md)."""

    PENDING = "pending", "Waiting"
    LEASED = "leased", "Claimed"
    STARTED = "started", "Being handed over"
    ACCEPTED = "accepted", "Accepted by the mail server"
    DEFERRED = "deferred", "Put off by the mail server"
    REJECTED = "rejected", "Refused by the mail server"
    UNCERTAIN = "uncertain", "Perhaps sent"
    BOUNCED = "bounced", "Came back"
    CANCELLED = "cancelled", "No longer owed"
    WRITTEN_OFF = "written_off", "Written off"


WAITING = (State.PENDING, State.DEFERRED)
UNDER_WAY = (State.LEASED, State.STARTED)
UNDELIVERABLE = (State.REJECTED, State.BOUNCED)
# An officer sends these again, or writes them off.
DECIDABLE = (State.UNCERTAIN, *UNDELIVERABLE)


class Seal(models.Model):
    """One ledger event over all plans and outcomes since the last one, by their Merkle root.

    The rows point here before the event is appended, so that the ledger's lock is short; `seq` is
    set in the same transaction.
    """

    at = models.DateTimeField()
    seq = models.BigIntegerField(null=True, unique=True)
    planned = models.PositiveIntegerField(default=0)
    outcomes = models.PositiveIntegerField(default=0)
    root = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"seal at {self.seq}"


class MessageQuerySet(models.QuerySet["Message"]):
    """Reads of the outbox."""

    def owed(self) -> Self:
        """Those of which something is still to be done: waiting, or under way."""
        return self.filter(next_at__isnull=False)

    def held(self) -> Self:
        """Those that some run has, or had when it died, claimed or started."""
        return self.filter(lease_owner__isnull=False)

    def waiting(self, now: datetime) -> Self:
        """Those whose time has come."""
        return self.filter(state__in=WAITING, next_at__lte=now)

    def permitted(self, now: datetime) -> Self:
        """Those of people who may be mailed: asked, not answered, still here, campaign running.

        None while sending is held. A scalar subquery, because PostgreSQL makes a join or a hash
        over everybody of a join or an EXISTS; so it begins with the few messages that are due, in
        their order, and looks each person up.
        """
        held = Instance.objects.filter(held_since__isnull=False)
        away = Leave.objects.covering(now).filter(employee=OuterRef("employee"))
        people = Assignment.objects.remindable().filter(
            ~Exists(away),
            pk=OuterRef("assignment_id"),
            campaign__closes_on__gte=timezone.localdate(now),
        )
        may = Subquery(people.values_list(Value(value=True))[:1], output_field=BooleanField())
        return self.filter(~Exists(held), Coalesce(may, False))


class Message(models.Model):
    """One e-mail owed to one assignment; `step` is a code of compliance.campaigns.policy."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Without an index of its own: `message_once` begins with it, and each mail writes every index.
    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    step = models.PositiveSmallIntegerField()
    state = models.CharField(
        max_length=12, choices=State, default=State.PENDING, db_default=State.PENDING.value
    )
    # While it is owed: not before this time; a deferral moves it. NULL once nothing is to be done,
    # so that the index over it holds what is owed and nothing else, however long the history.
    next_at = models.DateTimeField(null=True)
    # The end of the working hours it is aimed at: later it waits for the next ones. NULL: any hour.
    leave_by = models.DateTimeField(null=True, blank=True)
    # Mails of two campaigns on one day go out as one: this one travels in the mail of that one.
    carried_by = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="riders",
        db_index=False,
    )
    planned_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    # Who holds the lease: a random name drawn for one run of the pump.
    lease_owner = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Frozen at the first try: the same Date, recipient and Message-ID whenever it is tried again.
    dated_at = models.DateTimeField(null=True, blank=True)
    recipient = models.EmailField(max_length=254, blank=True, default="", db_default="")
    # The last outcome: when, and why (a cancellation's reason or the server's answer).
    state_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True, default="", db_default="")
    # Whether an officer may decide about it. A column of its own, so that an index can hold these
    # few and still be none of `state`.
    decidable = models.GeneratedField(
        expression=models.ExpressionWrapper(
            Q(state__in=["uncertain", "rejected", "bounced"]), models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    # The seal over its planning; NULL until then.
    seal = models.ForeignKey(
        Seal,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = (
            # The only idempotency key: whoever plans a step again, however often, adds nothing.
            models.UniqueConstraint(fields=["assignment", "step"], name="message_once"),
        )
        indexes = (
            models.Index(
                fields=["next_at"],
                condition=Q(next_at__isnull=False),
                name="message_due",
            ),
            models.Index(
                fields=["leave_by"],
                condition=Q(next_at__isnull=False, leave_by__isnull=False),
                name="message_aimed",
            ),
            # START changes nothing that an index holds or asks for: PostgreSQL then writes none of
            # them anew (a heap-only update), which spares each mail a good part of its writes.
            models.Index(
                fields=["id"], condition=Q(lease_owner__isnull=False), name="message_held"
            ),
            models.Index(fields=["id"], condition=Q(decidable=True), name="message_decidable"),
            models.Index(fields=["id"], condition=Q(seal=None), name="message_unsealed"),
            models.Index(fields=["seal"], condition=Q(seal__isnull=False), name="message_sealed"),
            models.Index(
                fields=["carried_by"],
                condition=Q(carried_by__isnull=False),
                name="message_riders",
            ),
        )

    def __str__(self) -> str:
        return f"message {self.id}"

    @property
    def ref(self) -> str:
        """How the ledger names this message."""
        return f"message:{self.id}"


class OutcomeQuerySet(models.QuerySet["Outcome"]):
    """Reads of outcomes."""

    def sealed_until(self, seq: int) -> Self:
        """Those whose seal stands at ledger position `seq` or before.

        A scalar subquery: of a join PostgreSQL may make a walk through all rows of each seal, for
        each person anew.
        """
        seals = Seal.objects.filter(pk=OuterRef("seal"))
        return self.alias(sealed_at=Subquery(seals.values("seq"))).filter(sealed_at__lte=seq)


class Outcome(models.Model):
    """What became of a message at one time: a try's end (attempt ≥ 1) or an end without a try (0).

    Appended row by row, never changed but for its seal. An Attempt of the design is an outcome
    with a number.
    """

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="outcomes")
    attempt = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=State)
    at = models.DateTimeField()
    # The mail server's reply code (250, 451, 550; 0 when there was none) and text, or the reason.
    code = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=300, blank=True)
    recipient = models.EmailField(max_length=254, blank=True)
    # What the seal commits to, kept in place of an erased person's answer.
    leaf = models.BinaryField(null=True, max_length=32, editable=False)
    seal = models.ForeignKey(
        Seal,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rows",
        db_index=False,
    )

    objects = OutcomeQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["id"], condition=Q(seal=None), name="outcome_unsealed"),
            models.Index(fields=["seal"], condition=Q(seal__isnull=False), name="outcome_sealed"),
            # The latest tries: do they say that the mail server is broken?
            models.Index(fields=["at"], condition=Q(attempt__gt=0), name="outcome_tries"),
        )

    def __str__(self) -> str:
        return f"{self.state} at {self.at}"


class Bucket(models.Model):
    """Tokens of a sending limit, taken in one slot of time; they come back a span later."""

    span = models.CharField(max_length=6)  # minute, day
    mailbox = models.CharField(max_length=254, blank=True, default="")  # '': of all mails
    slot = models.DateTimeField()
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["span", "mailbox", "slot"], name="bucket_slot_once"),
        )

    def __str__(self) -> str:
        return f"{self.taken} taken in the {self.span} from {self.slot}"


class LeaveQuerySet(models.QuerySet["Leave"]):
    """Reads of leave."""

    def in_force(self) -> Self:
        """Those that were not taken back."""
        return self.filter(until_seq=None)

    def covering(self, now: datetime) -> Self:
        """Those that were not taken back, and that `now` belongs to where the person is."""
        return self.in_force().filter(begins_at__lte=now, ends_at__gt=now)


class Leave(models.Model):
    """Somebody is away, from `starts_on` to `ends_on`, both included: no mails, later due dates.

    Recorded by the ledger event `seq`, taken back by `until_seq`.
    """

    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="leaves")
    starts_on = models.DateField()
    ends_on = models.DateField()
    # The same as moments: the midnights of the person's own time zone.
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    seq = models.BigIntegerField()
    until_seq = models.BigIntegerField(null=True, blank=True)
    # Whether the days that reminders count from were moved on: once, after its last day.
    settled = models.BooleanField(default=False, db_default=False)

    objects = LeaveQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="leave_ends_after_it_starts"
            ),
        )
        indexes = (
            models.Index(fields=["ends_at"], condition=Q(settled=False), name="leave_unsettled"),
        )

    def __str__(self) -> str:
        return f"leave from {self.starts_on} to {self.ends_on}"

    @property
    def taken_back(self) -> bool:
        """Whether it was taken back before its first day was over: it never held."""
        return self.ends_at <= self.begins_at


class Instance(models.Model):
    """The one row that says which installation owns this database; another one may not send."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    fingerprint = models.CharField(max_length=64)
    # Nothing is sent from here on: because it looks like a copy, or because somebody stopped it.
    held_since = models.DateTimeField(null=True, blank=True)
    held_reason = models.CharField(max_length=200, blank=True)
    stopped_since = models.DateTimeField(null=True, blank=True)
    stopped_reason = models.CharField(max_length=200, blank=True)
    stopped_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # The mail server takes nothing at all since then, and why; nothing is lost meanwhile.
    transport_down_since = models.DateTimeField(null=True, blank=True)
    transport_fault = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="one_instance"),)

    def __str__(self) -> str:
        return "held" if self.held_since else "released"
