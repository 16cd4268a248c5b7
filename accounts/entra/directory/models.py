"""What is kept of the tenant's directory: accounts, how far it was read, and who counts."""

from typing import Any, Self

from django.db import models

# The properties that are asked for and kept; what is not used is not asked for.
PROPERTIES = (
    "userPrincipalName",
    "mail",
    "givenName",
    "surname",
    "displayName",
    "department",
    "country",
    "usageLocation",
    "officeLocation",
    "preferredLanguage",
    "employeeId",
    "employeeType",
    "accountEnabled",
    "userType",
)
MANAGER = "manager"


class EntraAccount(models.Model):
    """One account of the tenant, as Microsoft Graph described it last.

    Later rounds tell only what changed, so what was told before has to be at hand.
    """

    # The object id: it survives a new name and a new address.
    oid = models.CharField(max_length=36, primary_key=True)
    # Property → value, for those of PROPERTIES that Graph told; and MANAGER → an object id.
    told = models.JSONField(default=dict)
    # `told["mail"]` in lower case: whoever is erased is found by it.
    mail = models.CharField(max_length=254, blank=True, db_index=True)
    # What Exchange says that its mailbox is for (user, shared, room …); '' until it was asked.
    purpose = models.CharField(max_length=20, blank=True)
    # The time zone of its mailbox (IANA); '' when there is none, or while it was not asked.
    zone = models.CharField(max_length=64, blank=True)
    # NULL: ask (again), for the account is new, or has changed.
    zone_asked_at = models.DateTimeField(null=True, blank=True)
    # The round that told something last: whoever a complete reading did not name is gone.
    round = models.PositiveIntegerField()

    class Meta:
        indexes = (models.Index(fields=["round"], name="entra_account_round"),)

    def __str__(self) -> str:
        return f"account {self.oid}"

    @property
    def shown_name(self) -> str:
        """How the tenant calls it."""
        told = self.told
        return str(told.get("displayName") or told.get("userPrincipalName") or self.oid)


class EntraPage(models.Model):
    """A page of a round that is not over: put away until the round is complete."""

    changes = models.JSONField()

    def __str__(self) -> str:
        return f"page {self.pk}"


class EntraMember(models.Model):
    """An account that is in a group, directly or through other groups."""

    group = models.CharField(max_length=36)
    oid = models.CharField(max_length=36)
    reading = models.PositiveIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reading", "oid", "group"], name="entra_member_once"),
        )

    def __str__(self) -> str:
        return f"{self.oid} in {self.group}"


class OneRow(models.QuerySet[Any]):
    """A table of one row."""

    def here(self) -> Any:
        """The row; a new one that is not saved while there is none."""
        return self.filter(id=1).first() or self.model(id=1)

    def made(self) -> Any:
        """The row, to be written to."""
        return self.get_or_create(id=1)[0]


class EntraReading(models.Model):
    """One row: how far the directory was read, by whom just now, and when to look again."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    tenant = models.CharField(max_length=36, blank=True)
    # Where to go on: Graph's nextLink within a round, its deltaLink between rounds, '' at first. In
    # clear: it opens nothing without our token, and the rows beside it say more.
    link = models.TextField(blank=True)
    round = models.PositiveIntegerField(default=0)
    # The round under way began from nothing, so at its end it has named everybody.
    full = models.BooleanField(default=True)
    members = models.PositiveIntegerField(default=0)  # the reading of EntraMember that holds
    complete_at = models.DateTimeField(null=True, blank=True)
    # Look at this time or soon after; NULL: nobody wants to.
    next_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    # Why the last try ended early, in words for an administrator.
    trouble = models.TextField(blank=True)
    # Kind of account → how many, at the last complete reading.
    counts = models.JSONField(default=dict)
    # Go on asking for time zones at this time or soon after; NULL: nobody is left.
    zones_at = models.DateTimeField(null=True, blank=True)
    zones_trouble = models.TextField(blank=True)
    claim = models.UUIDField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)

    objects = OneRow.as_manager()

    def __str__(self) -> str:
        return f"round {self.round}"


class EntraRules(models.Model):
    """One row: which accounts are people to ask, and whether they are read every day."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    # Only addresses in these domains; [] is any.
    domains = models.JSONField(default=list, blank=True)
    # Only members of these groups (object ids); [] is everybody.
    groups = models.JSONField(default=list, blank=True)
    # Addresses, sign-in names or object ids of accounts that are nobody; * stands for any text.
    left_out = models.JSONField(default=list, blank=True)
    # Whether Exchange is asked what the mailbox of an account without a person's name is for.
    ask_purpose = models.BooleanField(default=False)
    # Whether Exchange is asked in which time zone people's mailboxes are.
    ask_zone = models.BooleanField(default=False)
    daily = models.BooleanField(default=False)

    objects = OneRow.as_manager()

    def __str__(self) -> str:
        return "rules"

    @classmethod
    def current(cls) -> Self:
        """The rules as they stand."""
        rules: Self = cls.objects.here()
        return rules
