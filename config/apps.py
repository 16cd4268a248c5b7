"""The composition root as a Django app, so that it can carry commands."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Optrail"

    def ready(self) -> None:
        """Worker and beat look at the ledger before they start; connections are set up."""
        import config.planner
        import config.startup  # noqa: F401 - importing connects them
