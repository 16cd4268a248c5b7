"""Users: the people who sign in to Optrail; employees never do."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Role(models.TextChoices):
    """What somebody may do here."""

    ADMIN = "admin", "Administrator"
    OFFICER = "officer", "Privacy officer"
    AUDITOR = "auditor", "Auditor"


class UserManager(BaseUserManager["User"]):
    """Users by their address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user with this address. Raises User.DoesNotExist."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """An officer, auditor or administrator of Optrail."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=10, choices=Role)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Who this is in Microsoft Entra: the object id in its tenant, never an address. Both or none.
    entra_tid = models.UUIDField(null=True, blank=True, editable=False)
    entra_oid = models.UUIDField(null=True, blank=True, editable=False)
    # The sealed account for the day when nobody else can sign in.
    is_emergency = models.BooleanField(default=False, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["role"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["entra_tid", "entra_oid"], name="user_entra_once"),
            models.CheckConstraint(
                condition=models.Q(entra_tid=None, entra_oid=None)
                | models.Q(entra_tid__isnull=False, entra_oid__isnull=False, is_emergency=False),
                name="user_entra_whole",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def ref(self) -> str:
        """How the ledger names this user."""
        return f"user:{self.id}"

    @property
    def by_entra(self) -> bool:
        """Whether this user signs in with Microsoft, and in no other way."""
        return self.entra_oid is not None

    def has_role(self, *roles: str) -> bool:
        """Whether this user is active in one of `roles`."""
        return self.is_active and self.role in roles

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Addresses are kept in lower case."""
        self.email = self.email.lower()
        super().save(*args, **kwargs)


class SignInLink(models.Model):
    """A link that signs one user in once; only the hash of its secret is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_in_links")
    secret_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"sign-in link {self.pk}"


class Throttle(models.Model):
    """How often something was tried in one window of time, by a keyed hash of who tried."""

    key = models.CharField(max_length=64, primary_key=True)
    window_start = models.DateTimeField(db_index=True)
    tries = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"throttle {self.key[:8]}"
