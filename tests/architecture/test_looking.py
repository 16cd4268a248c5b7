"""Promise 3: GET and HEAD change nothing, on every route, with real things behind it."""

import re
import uuid
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.imports.models import ImportRun
from accounts.signin.models import User
from accounts.signin.services import sign_in_link_issue, user_create
from compliance.attestations.services import attestation_record
from compliance.campaigns.links import token_make
from compliance.campaigns.models import Assignment
from compliance.guides.models import GuideVersion
from compliance.retention.holds import hold_place
from compliance.retention.models import Reason
from compliance.retention.numbering import Order, erasure_record
from reports.models import Closing, Export, Run, StandingExport
from tests.architecture.access import ACCESS
from tests.architecture.test_access import ROUTES
from tests.factories import AssignmentFactory, CampaignFactory, MessageFactory

WRITE = re.compile(r"\b(INSERT INTO|DELETE FROM|TRUNCATE)\b|(^|\) )UPDATE ", re.IGNORECASE)


@pytest.fixture
def things(ada: User, linkedin: GuideVersion) -> dict[str, dict[str, Any]]:
    """What stands behind the addresses, by the first word of a route's name."""
    now = timezone.now()
    today = timezone.localdate(now)
    campaign = CampaignFactory.create(
        running=True, opens_on=today, closes_on=today, guide_version=linkedin
    )
    assignment: Assignment = AssignmentFactory.create(campaign=campaign)
    message = MessageFactory.create(assignment=assignment)
    attestation_record(assignment_id=assignment.id, link_version=1, answer="was_off", now=now)
    token = token_make(assignment.id, 1)
    secret = sign_in_link_issue(
        user=user_create(email="new@example.com", role="officer", by=None, now=now),
        by=None,
        now=now,
    ).rpartition("/")[2]
    export = Export.objects.create(campaign=campaign, seq=1, requested_by=ada, requested_at=now)
    run = ImportRun.objects.create(
        file_name="people.csv", sha256="0" * 64, file_size=1, created_at=now
    )
    standing = StandingExport.objects.create(name="Mine", owner=ada, every="month", created_at=now)
    closing = Closing.objects.create(
        every="quarter", first=today, last=today, name="Q1", seq=1, at=now
    )
    quarter = Run.objects.create(closing=closing, campaign=campaign, next_at=now)
    hold = hold_place(campaign=campaign, reason="Case", until=today, user=ada, now=now)
    order = Order("leavers", Reason.RETENTION, None, now, uuid.uuid4())
    with transaction.atomic():
        erasure = erasure_record(order, range(1, 3), {"campaigns": {}})
    guide = {"slug": linkedin.guide.slug, "number": linkedin.number, "language": "en"}
    link = {"token": token, "number": 1}
    return {
        "answer": link, "my": link, "receipt": link, "assignment": {"pk": assignment.pk},
        "campaign": {"pk": campaign.pk, "code": 3, "language": "en"},
        "export": {"export_id": export.pk}, "guide": guide,
        "import": {"pk": run.pk}, "message": {"pk": message.pk}, "user": {"pk": ada.pk},
        "person": {"pk": assignment.employee_id}, "sign": {"secret": secret},
        "leave": {"pk": assignment.pk, "leave": 1},
        "hold": {"pk": hold.pk}, "erasure": {"run": erasure.run},
        "standing": {"pk": standing.pk}, "run": {"run_id": quarter.pk},
    }  # fmt: skip


def address(name: str, things: dict[str, dict[str, Any]]) -> str:
    known = things.get(name.split("_", maxsplit=1)[0], {})
    return reverse(name, kwargs={key: known[key] for key in ROUTES[name].pattern.converters})


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("name", sorted(set(ACCESS) - {"receipt_check"}))
def test_looking_changes_nothing(
    name: str, method: str, as_ada: Client, things: dict[str, dict[str, Any]]
) -> None:
    """Removed: `require_POST` of any view that writes. This test then fails."""
    url = address(name, things)
    with CaptureQueriesContext(connection) as queries:
        answer = getattr(as_ada, method)(url)
    assert answer.status_code in {200, 302, 404, 405}, answer.status_code
    written = [query["sql"] for query in queries if WRITE.search(query["sql"])]
    assert written == []
