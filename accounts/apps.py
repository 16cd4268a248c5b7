"""Who: users, roles, sign-in, the employee directory and its imports."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"
