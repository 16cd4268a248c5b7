"""Campaigns: one guide version, one audience, one period; and who is asked in them."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.directory.models import Employee
from compliance.answers import NEED_HELP
from compliance.campaigns.policy import Policy
from compliance.guides.models import GuideVersion
from ledger.models import AppendOnlyModel, AppendOnlyQuerySet

# Why Optrail itself paused a campaign: the mail server refused or left unanswered too many mails.
TRANSPORT = "transport"


class CampaignState(models.TextChoices):
    """Where a campaign stands. A running campaign whose `opens_on` is ahead waits for that day."""

    DRAFT = "draft", "Draft"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    CLOSED = "closed", "Closed"


class LegalBasis(models.TextChoices):
    """Why the company may ask (GDPR article 6(1)); consent is not offered: employees rarely can."""

    LEGITIMATE_INTEREST = "legitimate_interest", "Legitimate interest (Art. 6(1)(f) GDPR)"
    LEGAL_OBLIGATION = "legal_obligation", "Legal obligation (Art. 6(1)(c) GDPR)"
    WORKS_AGREEMENT = "works_agreement", "Works agreement (Art. 88 GDPR)"
    CONTRACT = "contract", "Employment contract (Art. 6(1)(b) GDPR)"
    OTHER = "other", "Other (explained below)"


class Assurance(models.TextChoices):
    """How sure we are who answered."""

    LINK = "link", "Personal link"
    CODE = "code", "Personal link and a mailed code"
    SSO = "sso", "Personal link and sign-in with Microsoft"


class Exclusion(models.TextChoices):
    """Why somebody in the audience is not asked."""

    NO_SETTING_IN_COUNTRY = "no_setting_in_country", "The setting is not shown in their country"


class Campaign(models.Model):
    """One question to one audience in one period."""

    name = models.CharField(max_length=150)
    guide_version = models.ForeignKey(
        GuideVersion, on_delete=models.PROTECT, related_name="campaigns"
    )
    # For people whose own language the guide does not have; '' means English.
    language = models.CharField(max_length=12, blank=True)
    # Who is asked; an empty list means no limit: {"countries", "departments", "employment_types"}.
    audience = models.JSONField(default=dict)
    # Ask also those in whose country the setting was not shown on the opening day.
    ask_everywhere = models.BooleanField(default=False)
    opens_on = models.DateField()
    due_on = models.DateField()
    # The last day on which answers are taken.
    closes_on = models.DateField()
    # When people are reminded (compliance.campaigns.policy); {} means never.
    policy = models.JSONField(default=dict, blank=True)
    # How often the due date was extended: reminders around the new one are new steps.
    due_round = models.PositiveSmallIntegerField(default=0, db_default=0)
    # The company's day of the last extension: no reminder around the new date is owed for before.
    due_since = models.DateField(null=True, blank=True)
    # Invitations leave at once, whatever the hour or day.
    send_now = models.BooleanField(default=False)
    sender_name = models.CharField(max_length=100, blank=True)
    reply_to = models.EmailField(blank=True)
    # The address that its mails come from; '' is EMAIL_FROM.
    from_address = models.EmailField(blank=True)
    # Whoever joins later and belongs to the audience is asked too, with a due date of their own.
    late_joiners = models.BooleanField(default=False)
    # Managers of five people or more get weekly counts of their own.
    manager_summaries = models.BooleanField(default=False)
    legal_basis = models.CharField(max_length=30, choices=LegalBasis)
    legal_note = models.TextField(blank=True)
    retention_months = models.PositiveSmallIntegerField()
    assurance = models.CharField(max_length=10, choices=Assurance, default=Assurance.LINK)
    state = models.CharField(max_length=10, choices=CampaignState, default=CampaignState.DRAFT)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    launched_at = models.DateTimeField(null=True, blank=True)
    # The ledger position of the launch: the audience is frozen as of it.
    launched_seq = models.BigIntegerField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # When its retention was over and everybody in it had become an erased person.
    erased_at = models.DateTimeField(null=True, blank=True)
    # The company's day on which it was paused; resuming moves all dates by the days since.
    paused_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["state"], name="campaign_state"),)

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """How the ledger names this campaign."""
        return f"campaign:{self.pk}"

    @property
    def reminders(self) -> Policy:
        """When people are reminded, and in which words."""
        return Policy.from_json(self.policy)


class DecisionQuerySet(AppendOnlyQuerySet["Decision"]):
    """Reads of decisions."""


class Decision(AppendOnlyModel):
    """What somebody decided about a campaign; `seq` is its ledger event.

    A campaign's parameters at any ledger position are the fold of its decisions up to there.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="decisions")
    seq = models.BigIntegerField(unique=True)
    # launched, paused, resumed, extended, policy, joined, closed
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
    )
    # The ledger event's data: codes, dates and counts, no names.
    detail = models.JSONField(default=dict)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ("seq",)

    def __str__(self) -> str:
        return f"{self.kind} at {self.seq}"

    @property
    def by(self) -> str:
        """Who decided, in words."""
        if self.user:
            return str(self.user)
        if self.detail.get("reason") == TRANSPORT:
            return "Optrail"
        return {"closed": "the end of the period", "joined": "an import"}.get(
            self.kind, "a command"
        )


class ErasedPersonError(LookupError):
    """Somebody looked for the person behind an assignment whose person was erased."""


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Reads of assignments."""

    def asked(self) -> Self:
        """Those in scope who were not excluded at launch, and not erased since."""
        return self.filter(exclusion="", erased_number=None)

    def excluded(self) -> Self:
        """Those in scope who were not asked, but for the erased."""
        return self.exclude(exclusion="").filter(erased_number=None)

    def erased(self) -> Self:
        """Those of whom nothing personal is left, whatever they were before."""
        return self.filter(erased_number__isnull=False)

    def answered(self) -> Self:
        """Those who gave a full answer: every one but “I need help”."""
        return self.asked().filter(closed_at__isnull=False)

    def open(self) -> Self:
        """Asked, not (fully) answered, still with the company."""
        return self.asked().filter(closed_at=None, withdrawn=False)

    def needing_help(self) -> Self:
        """Open, and they said that they could not find it."""
        return self.open().filter(answer=NEED_HELP)

    def undelivered(self) -> Self:
        """Open, and mails do not reach them."""
        return self.open().filter(undeliverable=True)

    def left(self) -> Self:
        """Asked, and gone without a full answer."""
        return self.asked().filter(closed_at=None, withdrawn=True)

    def remindable(self) -> Self:
        """Open, in a running campaign, of a person who works here now."""
        return self.open().filter(campaign__state=CampaignState.RUNNING, employee__active=True)


class Assignment(models.Model):
    """One employee in one campaign, with the attributes frozen at launch.

    Personal attributes are copied, so that the record says what was true when people were asked.
    `answer`, `closed_at` and `withdrawn` repeat what attestations and withdrawals say, so that
    planner and progress pages need no join; exports read the append-only rows themselves.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Without an index of its own: others begin with it, and each mail writes every index.
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="assignments", db_index=False
    )
    # NULL once the person was erased: nothing leads from the row to anybody any more.
    employee = models.ForeignKey(
        Employee, null=True, on_delete=models.PROTECT, related_name="assignments"
    )
    email = models.EmailField(max_length=254)
    external_id = models.CharField(max_length=128, blank=True)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    department = models.CharField(max_length=150, blank=True)
    country = models.CharField(max_length=2, blank=True)
    office = models.CharField(max_length=150, blank=True)
    employment_type = models.CharField(max_length=60, blank=True)
    manager_name = models.CharField(max_length=310, blank=True)
    manager = models.ForeignKey(
        Employee, null=True, blank=True, on_delete=models.DO_NOTHING, related_name="+"
    )
    # IANA name; '' is the company's time zone.
    time_zone = models.CharField(max_length=64, blank=True)
    # The language the person is asked in: one that the guide version has.
    language = models.CharField(max_length=12)
    sort_name = models.CharField(max_length=310, blank=True)
    exclusion = models.CharField(max_length=30, blank=True, choices=Exclusion)
    # Raising it revokes every link given out before.
    link_version = models.PositiveSmallIntegerField(default=1, db_default=1)
    # By when this person is asked to answer: the campaign's day, moved on by leave and pauses.
    due_on = models.DateField()
    # For whoever joined later: the ledger position that added them.
    joined_seq = models.BigIntegerField(null=True, blank=True)
    # The person's day on which the invitation left (or may have left).
    invited_on = models.DateField(null=True, blank=True)
    # Reminders count working days from here: `invited_on`, moved on by leave and pauses.
    counts_from = models.DateField(null=True, blank=True)
    # The person's day of the last mail of any kind: nobody gets two on one day.
    mailed_on = models.DateField(null=True, blank=True)
    # A mail server refused the address for good, or mails to it bounced.
    undeliverable = models.BooleanField(default=False, db_default=False)
    # The latest answer's code, '' while there is none.
    answer = models.CharField(max_length=20, blank=True, default="", db_default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    # When a closing answer (every one but need_help) stood first since the last reopening.
    closed_at = models.DateTimeField(null=True, blank=True)
    withdrawn = models.BooleanField(default=False, db_default=False)
    # What the launch committed to is HMAC(salt, frozen row). An erasure deletes salt and attributes
    # and keeps the leaf, so that the root still holds and nobody can be guessed back.
    salt = models.UUIDField(null=True, default=uuid.uuid4, editable=False)
    leaf = models.BinaryField(null=True, max_length=32, editable=False)
    # An erased person's number (the order of erasure in this installation), and the ledger
    # position of the erasure.
    erased_number = models.PositiveIntegerField(null=True, blank=True)
    erased_seq = models.BigIntegerField(null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["campaign", "employee"], name="assignment_once"),
            models.CheckConstraint(
                condition=Q(leaf=None, salt__isnull=False) | Q(leaf__isnull=False, salt=None),
                name="assignment_salt_or_leaf",
            ),
            models.CheckConstraint(
                condition=Q(erased_seq=None, employee__isnull=False)
                | Q(erased_seq__isnull=False, employee=None, manager=None, email="")
                & Q(erased_number__isnull=False, leaf__isnull=False, external_id=""),
                name="assignment_erased_is_blank",
            ),
        )
        indexes = (
            models.Index(fields=["campaign", "sort_name", "id"], name="assignment_page"),
            # Nothing that a mail notes (mailed_on, counts_from …) stands in any index: PostgreSQL
            # then writes none of them anew (a heap-only update).
            models.Index(
                fields=["campaign", "country", "time_zone", "due_on"],
                condition=Q(exclusion="", closed_at=None, withdrawn=False),
                name="assignment_open",
            ),
            models.Index(fields=["campaign", "answer"], name="assignment_answer"),
            models.Index(fields=["campaign", "department"], name="assignment_department"),
            models.Index(
                fields=["campaign", "answered_at"],
                condition=Q(answered_at__isnull=False),
                name="assignment_answered",
            ),
            models.Index(
                fields=["campaign"], condition=Q(withdrawn=True), name="assignment_withdrawn"
            ),
            models.Index(
                fields=["erased_number"],
                condition=Q(erased_number__isnull=False),
                name="assignment_erased",
            ),
        )

    def __str__(self) -> str:
        return f"assignment {self.id}"

    @property
    def ref(self) -> str:
        """How the ledger names this assignment."""
        return f"assignment:{self.id}"

    @property
    def person(self) -> Employee:
        """The employee. Raises ErasedPersonError when nobody stands behind the row any more."""
        if self.employee is None:
            raise ErasedPersonError(self.ref)
        return self.employee

    @property
    def name(self) -> str:
        """First and last name as of launch, or the address when there is neither."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def status(self) -> str:
        """One word for where it stands; a key of compliance.campaigns.statuses."""
        stands = {
            "erased": self.erased_number,
            "excluded": self.exclusion,
            "answered": self.closed_at,
            "left": self.withdrawn,
            "need_help": self.answer == NEED_HELP,
            "undeliverable": self.undeliverable,
        }
        return next((status for status, applies in stands.items() if applies), "open")
