"""Prove: datasets, workbook, evidence."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "Reports"

    def ready(self) -> None:
        """Say how notices about evidence are written."""
        from compliance.notices.models import NoticeKind
        from compliance.notices.writers import writer_register
        from reports.quarters.telling import notice_write

        writer_register(NoticeKind.EVIDENCE, notice_write)
