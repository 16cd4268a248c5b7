"""The Celery application; `celery -A config` finds it."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("optrail")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "ledger",
        "accounts.entra",
        "accounts.imports",
        "compliance.campaigns",
        "compliance.notices",
        "compliance.reminders",
        "compliance.reminders.bounces",
        "compliance.retention",
        "reports",
        "reports.quarters",
    ]
)
