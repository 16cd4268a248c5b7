"""Sign-in's own stage."""

import pytest
from pytest_django import Settings

from accounts.signin.models import User

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _quick_hashing(settings: Settings) -> None:
    """The real hasher takes its time on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def alice_with_password(alice: User) -> User:
    """Alice, who has set a password."""
    alice.set_password(PASSWORD)
    alice.save()
    return alice
