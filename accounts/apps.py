"""Who: users, roles, sign-in, the employee directory and its imports."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Connect what listens to people coming and going."""
        import accounts.entra.sessions
        import accounts.signin.clock  # noqa: F401 - importing connects them
