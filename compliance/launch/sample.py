"""The sample company: people and a first campaign, to try Optrail out on."""

from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.directory.models import Employee
from accounts.imports.models import ImportRun, RunState
from accounts.imports.services import import_apply, import_read, import_upload
from accounts.signin.models import User
from compliance.campaigns.models import Campaign, LegalBasis
from compliance.campaigns.policy import Policy
from compliance.campaigns.services import campaign_create
from compliance.launch.naming import guide_named
from compliance.launch.services import checked_launch
from ledger.commands import Refusal

NAME = "LinkedIn: training of AI with personal data"
GUIDE = "linkedin-ai-training"
DUE_AFTER, CLOSES_AFTER = timedelta(days=21), timedelta(days=35)


def sample_company_make(*, user: User, now: datetime) -> Campaign:
    """Import the sample's people and launch a campaign for them; what is there already stays.

    Raises Refusal when the directory holds anybody else, and for each obstacle of the launch.
    """
    path = sample_people()
    _refuse_others(path)
    if not Employee.objects.exists():
        _import(path, user, now)
    return Campaign.objects.order_by("pk").first() or _launch(user, now)


def sample_people() -> Path:
    """The file with the sample company's people."""
    return Path(settings.BASE_DIR) / "samples" / "people.csv"


def _refuse_others(path: Path) -> None:
    # Real people must never get a sample's mail.
    applied = ImportRun.objects.filter(state=RunState.APPLIED)
    others = applied.exclude(sha256=sha256(path.read_bytes()).hexdigest())
    if others.exists() or (Employee.objects.exists() and not applied.exists()):
        raise Refusal("There are people in the directory already. Start a campaign for them.")


def _import(path: Path, user: User, now: datetime) -> None:
    with path.open("rb") as file:
        run = import_upload(file=file, name=path.name, user=user, now=now)
    import_read(run=run, now=now)
    import_apply(run=run, actor=user.ref, complete=False, confirm_leavers=True, now=now)


def _launch(user: User, now: datetime) -> Campaign:
    today = timezone.localdate(now)
    with transaction.atomic():
        draft = campaign_create(
            user=user,
            name=NAME,
            guide_version=guide_named(GUIDE),
            opens_on=today,
            due_on=today + DUE_AFTER,
            closes_on=today + CLOSES_AFTER,
            policy=Policy.from_text("3, 7, due-2, due, every 5").to_json(),
            send_now=True,
            reply_to=user.email,
            legal_basis=LegalBasis.LEGITIMATE_INTEREST,
            retention_months=36,
        )
        return checked_launch(campaign=draft, user=user, now=now)
