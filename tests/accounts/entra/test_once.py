"""What one browser began is finished once, however many try at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.entra import refusals, signin
from accounts.entra.models import Kept
from accounts.entra.refusals import SignInRefused

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
NOBODY = {"error": "access_denied", "state": "state"}


def finish(_number: int) -> str:
    """The tenant said no: whoever gets as far as hearing it has taken the sign-in."""
    try:
        signin.sign_in_finish(secret="secret", answer=NOBODY, now=timezone.now())
    except SignInRefused as refused:
        return refused.reason.code
    finally:
        connection.close()
    raise AssertionError


def test_of_many_who_finish_at_once_one_does() -> None:
    """Removed the count of deleted rows: fails now and then; removed the deletion: always."""
    place = signin._place("secret")
    for _ in range(5):
        content = b'{"flow": {"state": "state"}, "onward": "", "connect": "", "visit": ""}'
        Kept.objects.put(place, content, expires_at=timezone.now() + timedelta(minutes=1))
        with ThreadPoolExecutor(6) as crowd:
            said = list(crowd.map(finish, range(6)))
        assert sorted(said) == [refusals.DECLINED.code, *[refusals.STALE.code] * 5]
