"""What an export can be, and where it can stand."""

from django.db import models


class ExportKind(models.TextChoices):
    """What is made: everything an auditor needs, or its rows in one form alone."""

    BUNDLE = "bundle", "Evidence bundle"
    WORKBOOK = "workbook", "Workbook alone (.xlsx)"
    CSV = "csv", "Rows alone, CSV"
    JSONL = "jsonl", "Rows alone, JSON Lines"
    KEY = "key", "Key of the pseudonyms"


class ExportState(models.TextChoices):
    """Where an export stands."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Being made"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    DELETED = "deleted", "Deleted"
