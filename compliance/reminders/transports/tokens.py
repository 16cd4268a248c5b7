"""Tokens to sign in with instead of a password (XOAUTH2), and where they come from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from accounts.entra.config import tenant
from accounts.entra.errors import EntraError
from accounts.entra.tokens import app_token, app_token_forget
from compliance.reminders.transports.line import TransportDownError

# RFC 4954, 4: a line of AUTH holds 12,288 octets; base64 makes four of three.
TOKEN_MAX = 8192


class TokenProvider(Protocol):
    """Something that has an access token for the mailbox."""

    def token(self) -> str:
        """The token to sign in with. Raises TransportDownError with what to do."""

    def fresh(self) -> str:
        """A new one, after the server refused the last; the same when there is none newer.

        Raises TransportDownError with what to do.
        """


@dataclass(frozen=True)
class FileTokens:
    """A file that another program keeps fresh (EMAIL_TOKEN_FILE); read at each connection."""

    path: Path

    def token(self) -> str:
        """What stands in the file. Raises TransportDownError when that is no token."""
        try:
            with self.path.open("rb") as file:
                token = file.read(TOKEN_MAX + 1).strip()
        except OSError as error:
            raise self._down(f"cannot be read: {error.strerror}") from error
        if not token:
            raise self._down("is empty")
        if len(token) > TOKEN_MAX or any(not 0x21 <= byte <= 0x7E for byte in token):  # noqa: PLR2004 - printable ASCII
            raise self._down("holds something else than one access token")
        return token.decode("ascii")

    def fresh(self) -> str:
        """Read again: the other program may just have written a new one."""
        return self.token()

    def _down(self, fault: str) -> TransportDownError:
        return TransportDownError(
            f"The file {self.path} of EMAIL_TOKEN_FILE {fault}. "
            "The program that keeps it fresh must write one access token there, and nothing else."
        )


@dataclass(frozen=True)
class EntraTokens:
    """The application's own token for Exchange Online, from the tenant that we are connected to."""

    def token(self) -> str:
        """The one in use, or a new one. Raises TransportDownError with what to do."""
        try:
            return app_token(tenant().exchange_scope)
        except EntraError as error:
            raise TransportDownError(str(error)) from error

    def fresh(self) -> str:
        """A new one, whatever is in use."""
        try:
            app_token_forget(tenant().exchange_scope)
        except EntraError as error:
            raise TransportDownError(str(error)) from error
        return self.token()
