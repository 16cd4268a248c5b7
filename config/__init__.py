"""The composition root: settings, routes, Celery, the processes."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
