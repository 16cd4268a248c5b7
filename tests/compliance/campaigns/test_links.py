"""Personal links: only our keys make them, and each has one spelling."""

import base64
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from accounts.signin.models import User
from compliance.campaigns.links import link_revoke, link_url, token_make, token_read
from compliance.guides.models import GuideVersion
from ledger.commands import Refusal
from ledger.models import Event
from tests.factories import NOON, AssignmentFactory

pytestmark = pytest.mark.both
VERSIONS = st.integers(min_value=0, max_value=255)


@given(st.uuids(), VERSIONS)
def test_a_token_reads_back_what_it_was_made_of(assignment_id: Any, version: Any) -> None:
    token = token_make(assignment_id, version)
    assert len(token) == 44
    assert token_read(token) == (assignment_id, version)


@given(st.uuids(), VERSIONS, st.integers(0, 43), st.sampled_from("ABCxyz019-_+/= \n.é"))
def test_a_token_with_any_character_changed_is_nobodys(
    assignment_id: Any, version: Any, place: Any, character: Any
) -> None:
    """Fails when the HMAC is not compared: then any 33 bytes name an assignment."""
    token = token_make(assignment_id, version)
    changed = token[:place] + character + token[place + 1 :]
    assert token_read(changed) is None or changed == token


@given(st.text())
def test_text_that_is_no_token_is_nobodys(text: Any) -> None:
    assert token_read(text) is None


@given(st.binary(min_size=33, max_size=33))
def test_random_bytes_in_the_right_shape_are_nobodys(raw: Any) -> None:
    assert token_read(base64.urlsafe_b64encode(raw).decode()) is None


@pytest.mark.parametrize("around", ["{}=", "{}==", " {}", "{}\n", "{}A", "%20{}"])
def test_a_token_has_one_spelling(around: Any) -> None:
    """Fails when the shape is not checked: base64 decoders skip what they do not know."""
    assert token_read(around.format(token_make(uuid4(), 1))) is None


def test_the_standard_base64_alphabet_is_another_spelling_and_refused() -> None:
    token = next(t for t in (token_make(UUID(int=n), 1) for n in range(999)) if "-" in t)
    assert token_read(token.replace("-", "+")) is None


def test_links_of_the_key_before_a_rotation_still_work() -> None:
    with override_settings(LINK_KEYS=["old" * 12]):
        token = token_make(UUID(int=7), 3)
    with override_settings(LINK_KEYS=["new" * 12, "old" * 12]):
        assert token_read(token) == (UUID(int=7), 3)
        assert token_make(UUID(int=7), 3) != token
    with override_settings(LINK_KEYS=["new" * 12]):
        assert token_read(token) is None


@pytest.mark.django_db
def test_revoking_raises_the_version_and_is_an_event(linkedin: GuideVersion, alice: User) -> None:
    assignment = AssignmentFactory.create()
    before = link_url(assignment)
    assignment = link_revoke(assignment=assignment, user=alice, now=NOON)
    assert assignment.link_version == 2
    assert link_url(assignment) != before
    assert link_url(assignment).startswith("https://optrail.example.com/a/")
    body = Event.objects.latest("seq").body
    assert '"kind":"link.revoked"' in body
    assert assignment.ref in body
    assert alice.ref in body


@pytest.mark.django_db
def test_the_last_version_cannot_be_revoked(linkedin: GuideVersion, alice: User) -> None:
    assignment = AssignmentFactory.create(link_version=255)
    with pytest.raises(Refusal, match="cannot be again"):
        link_revoke(assignment=assignment, user=alice, now=NOON)
