"""Sessions that have run out do not pile up."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.signin.models import User
from accounts.signin.services import sign_in_link_issue

pytestmark = pytest.mark.both


def test_whoever_signs_in_sweeps_out_expired_sessions(as_mallory: Client, alice: User) -> None:
    """Removed clear_expired: fails."""
    now = timezone.now()
    Session.objects.create(session_key="old", session_data="", expire_date=now - timedelta(days=1))
    Session.objects.create(session_key="new", session_data="", expire_date=now + timedelta(days=1))
    link = sign_in_link_issue(user=alice, by=None, now=now)
    as_mallory.post(link.removeprefix("https://optrail.example.com"))
    keys = set(Session.objects.values_list("session_key", flat=True))
    assert keys == {"new", as_mallory.session.session_key}
