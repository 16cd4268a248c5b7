"""Ask: guides, campaigns, reminders, attestations."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = "Compliance"

    def ready(self) -> None:
        """Connect the rooms to what they listen to."""
        import compliance.attestations.code_mails
        import compliance.attestations.sso_views
        import compliance.campaigns.receivers
        import compliance.notices.checkpoints
        import compliance.notices.directory
        import compliance.notices.emergency
        import compliance.reminders.bounces.graph_looks
        import compliance.reminders.receivers
        import compliance.reminders.transports.graph_looks  # noqa: F401 - importing connects them
        from compliance.guides.services import catalogue_sync_after_migrate

        post_migrate.connect(catalogue_sync_after_migrate, sender=self)
