"""Writes: guides are shipped, copied, edited as drafts, and published for good."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify

from accounts.signin.models import User
from compliance.guides.content import GuideContent
from compliance.guides.models import Guide, GuideVersion, VersionInUseError
from compliance.guides.shipped import ShippedGuide, shipped_guides
from ledger import journal

# Shipped slugs never begin with it, so that no future catalogue takes a company's own guide over.
OWN = "own-"


class ShippedGuideError(ValueError):
    """An attempt to write a version of a guide that ships with the product."""


def catalogue_sync(*, now: datetime | None = None) -> list[GuideVersion]:
    """Publish what is new in the shipped catalogue, as of `now`; returns what was new.

    A changed file becomes a new version, an unchanged one changes nothing.
    Raises ContentError for a faulty file, and then loads none.
    """
    shipped, at = shipped_guides(), now or timezone.now()
    with transaction.atomic():
        versions = [_shipped_sync(guide, at) for guide in shipped]
    return [version for version in versions if version is not None]


def catalogue_sync_after_migrate(*, apps: Any = apps, **_signal: Any) -> None:
    """Receiver of `post_migrate`: runs once the tables that it needs stand."""
    try:
        apps.get_model("compliance", "GuideVersion")
        apps.get_model("ledger", "Event")
    except LookupError:  # migrating backwards, or only a part
        return
    catalogue_sync()


def _shipped_sync(shipped: ShippedGuide, now: datetime) -> GuideVersion | None:
    guide = _shipped_guide(shipped)
    latest = guide.latest()
    if latest is not None and latest.digest == shipped.content.digest():
        return None
    version = _version_create(guide, shipped.content)
    return version_publish(version=version, user=None, now=now)


def _shipped_guide(shipped: ShippedGuide) -> Guide:
    values = {
        "name": shipped.content.text().title,
        "platform": shipped.content.platform,
        "position": shipped.position,
        "shipped": True,
    }
    guide, _new = Guide.objects.update_or_create(slug=shipped.slug, defaults=values)
    return guide


def guide_create(*, name: str, content: GuideContent) -> GuideVersion:
    """A guide of the company's own; returns its first version, a draft."""
    with transaction.atomic():
        guide = Guide.objects.create(slug=_own_slug(name), name=name, platform=content.platform)
        return _version_create(guide, content)


def guide_copy(*, version: GuideVersion, name: str) -> GuideVersion:
    """A guide of the company's own that begins as `version` does; returns its draft."""
    return guide_create(name=name, content=version.parsed)


def version_draft(*, guide: Guide) -> GuideVersion:
    """The draft of a company's own guide: the one that stands, else a copy of the newest version.

    Raises ShippedGuideError for a guide that ships with the product.
    """
    if guide.shipped:
        raise ShippedGuideError(f"“{guide}” ships with Optrail. Copy it, and edit the copy.")
    with transaction.atomic():
        Guide.objects.select_for_update().get(pk=guide.pk)
        latest = guide.latest()
        return guide.draft() or _version_create(guide, latest.parsed)  # type: ignore[union-attr]


def version_edit(*, version: GuideVersion, content: GuideContent) -> GuideVersion:
    """Give a draft another content. Raises VersionInUseError for a published version."""
    with transaction.atomic():
        draft = _draft_locked(version)
        _content_set(draft, content)
        draft.save()
        Guide.objects.filter(pk=draft.guide_id).update(platform=content.platform)
    return draft


def version_publish(*, version: GuideVersion, user: User | None, now: datetime) -> GuideVersion:
    """Publish a draft: campaigns may use it, and it never changes again; user None: the product.

    Raises VersionInUseError when it is published already.
    """
    with transaction.atomic():
        draft = _draft_locked(version)
        GuideVersion.objects.filter(pk=draft.pk).update(published_at=now)
        journal.append(
            "guide.published",
            actor=user.ref if user else journal.SYSTEM,
            subject=draft.guide.ref,
            now=now,
            data={"version": draft.number, "digest": draft.digest, "shipped": draft.guide.shipped},
        )
    draft.published_at = now
    return draft


def version_discard(*, version: GuideVersion) -> None:
    """Delete a draft, and its guide when that leaves it without any version.

    Raises VersionInUseError for a published version.
    """
    with transaction.atomic():
        draft = _draft_locked(version)
        draft.delete()
        if not draft.guide.versions.exists():
            draft.guide.delete()


def _draft_locked(version: GuideVersion) -> GuideVersion:
    draft = (
        GuideVersion.objects.select_for_update(of=("self",))
        .select_related("guide")
        .get(pk=version.pk)
    )
    if draft.published:
        raise VersionInUseError(
            f"“{draft}” is published and never changes. Write a new version instead."
        )
    return draft


def _version_create(guide: Guide, content: GuideContent) -> GuideVersion:
    newest = guide.versions.aggregate(newest=Max("number"))["newest"] or 0
    version = GuideVersion(guide=guide, number=newest + 1)
    _content_set(version, content)
    version.save()
    return version


def _content_set(version: GuideVersion, content: GuideContent) -> None:
    version.content = content.plain()
    version.digest = content.digest()
    version.verified_on = content.verified_on


def _own_slug(name: str) -> str:
    stem = OWN + (slugify(name)[:60] or "guide")
    taken = set(Guide.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(slug for slug in _numbered(stem) if slug not in taken)


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    yield from (f"{stem}-{number}" for number in count(2))
