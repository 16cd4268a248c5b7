"""The composition root as a Django app, so that it can carry commands."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Optrail"
