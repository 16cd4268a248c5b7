"""The bundles that forgers start from, made once by the program itself."""

from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from ledger import journal
from ledger.checkpoints import checkpoint_publish
from ledger.keys import signing_key
from reports.datasets.options import Options
from reports.datasets.position import position_take
from reports.evidence.bundle import bundle_write
from tests.factories import NOON
from tests.reports.evidence.forgery import Genuine
from tests.reports.scenario import DAY, Scenario, told

_LATER = NOON + 4 * DAY


_MADE: list[Genuine] = []


def genuine_once(folder: Path) -> Genuine:
    """Those of the first call, for whoever needs no database beside them."""
    if not _MADE:
        _MADE.append(genuine_made(folder))
    return _MADE[0]


def genuine_made(folder: Path) -> Genuine:
    """Tell the story twice in two ways, and once more after an earlier bundle was handed out."""
    folder.mkdir(exist_ok=True)
    rival = _undone(folder / "rival.zip")
    story = told()
    earlier = bundle_of(story, folder / "earlier.zip")
    noted("export.made", {"kind": "bundle", "position": story.seq, "campaign": story.campaign.ref})
    noted("user.signed_in", {"way": "password"})
    story.answer("faye", "no_account", _LATER)
    story.outcome(story.mail("gus", step=1), "accepted", 250, "2.0.0 Ok")
    story.seal(_LATER)
    data = bundle_of(story, folder / "latest.zip", previous=14)
    gone, unnamed = _gone(story, folder / "gone.zip")
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    return Genuine(data, earlier, rival, gone, unnamed, signing_key(), stranger)


def _undone(path: Path) -> bytes:
    """The bundle of another past, which is then taken back."""
    with transaction.atomic():
        noted("user.signed_in", {"way": "password"})
        story = told()
        data = bundle_of(story, path)
        transaction.set_rollback(True)
    return data


def _gone(story: Scenario, path: Path) -> tuple[bytes, bytes]:
    """The bundle of a time in which people go, which is then taken back; also without names."""
    with transaction.atomic():
        story.come_back("emre", _LATER)
        story.leave("deniz", _LATER)
        story.leave("gus", _LATER)
        story.erase("gus", 1, _LATER, "hana")
        data = bundle_of(story, path)
        unnamed = bundle_of(story, path.with_suffix(".unnamed"), edition="pseudonymous")
        transaction.set_rollback(True)
    return data, unnamed


def bundle_of(story: Scenario, path: Path, **options: object) -> bytes:
    """The story's bundle as of now, signed."""
    checkpoint_publish(now=NOON + timedelta(days=5, seconds=story.seq))
    bundle_write(position_take(story.campaign, story.seq, Options.from_json(options)), path)
    return path.read_bytes()


def noted(kind: str, data: dict[str, object]) -> None:
    """One entry of the ledger about nobody in the campaign."""
    with transaction.atomic():
        journal.append(kind, actor="system", subject="elsewhere", now=_LATER, data=data)
