"""The tamper-evident journal."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = "Ledger"

    def ready(self) -> None:
        """A new database gets the head that the first event will follow."""
        import ledger.receivers  # noqa: F401 - importing connects them

        post_migrate.connect(_begin, sender=self)


def _begin(**_kwargs: Any) -> None:
    from ledger.genesis import ledger_begin

    ledger_begin()
