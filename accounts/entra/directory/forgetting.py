"""What is kept of the tenant about somebody who is erased."""

from collections.abc import Collection

from django.db.models import Q

from accounts.entra.directory.models import EntraAccount, EntraPage, EntraReading


def accounts_forget(texts: Collection[str]) -> int:
    """Delete the accounts whose object id or address is among `texts`; returns how many.

    Pages put away hold anybody: they go, and the next reading begins from nothing. Whoever is still
    in the tenant comes back with it.
    """
    wanted = {text.lower() for text in texts if text}
    found = EntraAccount.objects.filter(Q(oid__in=wanted) | Q(mail__in=wanted))
    if EntraPage.objects.all().delete()[0]:
        EntraReading.objects.update(link="", full=True)
    return found.delete()[0]
