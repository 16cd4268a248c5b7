"""Who of the directory can sign in with Microsoft: those with an object id of the tenant."""

import re

from django.db.models import Q

from accounts.directory.models import EmployeeQuerySet
from compliance.campaigns.audience import asked
from compliance.campaigns.models import Campaign

_SHAPE = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def is_object_id(text: str) -> bool:
    """Whether a directory's own key looks like an object id; other systems' keys do not."""
    return bool(re.fullmatch(_SHAPE, text, re.ASCII | re.IGNORECASE))


def without_object_id(campaign: Campaign) -> EmployeeQuerySet:
    """Those whom `campaign` would ask and who could not sign in."""
    return asked(campaign).exclude(Q(external_id__iregex=_SHAPE, external_id__isnull=False))
