"""What the environment says about Microsoft Entra; accounts.entra reads it from the settings."""

import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env

from accounts.entra.config import CLOUDS

CERTIFICATES = ("ENTRA_CERTIFICATE_FILE", "ENTRA_CERTIFICATE_OLD_FILE")
SECRETS = ("ENTRA_SECRET", "ENTRA_SECRET_OLD")
LOCAL_SIGN_IN = ("on", "off")


def entra(env: Env) -> dict[str, Any]:
    """The connection to one tenant; empty while none is configured. Raises ImproperlyConfigured."""
    tenant_id, client_id = env.str("ENTRA_TENANT_ID", ""), env.str("ENTRA_CLIENT_ID", "")
    if not tenant_id and not client_id:
        return {}
    cloud = _one_of("ENTRA_CLOUD", env.str("ENTRA_CLOUD", "global"), tuple(CLOUDS))
    return {
        "tenant_id": _guid("ENTRA_TENANT_ID", tenant_id),
        "client_id": _guid("ENTRA_CLIENT_ID", client_id),
        "cloud": cloud,
        "credentials": _credentials(env),
        "login_url": _https(env, "ENTRA_LOGIN_URL") or CLOUDS[cloud].login_url,
        "federation_url": _https(env, "ENTRA_FEDERATION_URL"),
        "graph_url": _https(env, "ENTRA_GRAPH_URL") or CLOUDS[cloud].graph_url,
        "ca_file": _readable("ENTRA_CA_FILE", env.str("ENTRA_CA_FILE", "")),
        "proxy": env.str("ENTRA_PROXY", ""),
    }


def sign_in_places(connection: dict[str, Any]) -> list[str]:
    """Where a browser may be led when it signs in: the tenant, and a server of the company's own.

    A tenant that passes sign-ins on at once (AD FS, auto-acceleration) answers with a redirect
    there, and browsers hold the page that the form stood on to that, too.
    """
    names = ("login_url", "federation_url")
    return [connection[name] for name in names if connection.get(name)]


def local_sign_in(env: Env, connection: dict[str, Any]) -> bool:
    """Whether passwords and links sign in. Raises ImproperlyConfigured when nothing else would."""
    wanted = _one_of("LOCAL_SIGN_IN", env.str("LOCAL_SIGN_IN", "on"), LOCAL_SIGN_IN) == "on"
    if not wanted and not connection:
        raise ImproperlyConfigured(
            "LOCAL_SIGN_IN=off leaves no way in: set ENTRA_TENANT_ID and ENTRA_CLIENT_ID as well."
        )
    return wanted


def _credentials(env: Env) -> list[tuple[str, str]]:
    """(variable, path or secret), in the order in which they are tried: at most two."""
    certificates = [(name, _readable(name, env.str(name, ""))) for name in CERTIFICATES]
    secrets = [(name, _secret(env, name)) for name in SECRETS]
    found = [(name, value) for name, value in [*certificates, *secrets] if value]
    if not 1 <= len(found) <= 2:  # noqa: PLR2004 - the new one and the one before
        raise ImproperlyConfigured(
            "Microsoft Entra needs one credential, or two while one is replaced: "
            f"set ENTRA_CERTIFICATE_FILE or ENTRA_SECRET. Set now: {_names(found)}."
        )
    return found


def _names(found: list[tuple[str, str]]) -> str:
    return ", ".join(name for name, _ in found) or "none"


def _secret(env: Env, name: str) -> str:
    path = _readable(f"{name}_FILE", env.str(f"{name}_FILE", ""))
    return Path(path).read_text(encoding="utf-8").strip() if path else env.str(name, "")


def _guid(name: str, value: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} must be the identifier that the app registration's overview shows, like "
            f"11111111-2222-3333-4444-555555555555; it is {value!r}."
        ) from error


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(known)}, not {value!r}.")
    return value


def _https(env: Env, name: str) -> str:
    url = env.str(name, "").rstrip("/")
    parts = urlsplit(url)
    if url and (parts.scheme != "https" or not parts.hostname or parts.path or parts.query):
        raise ImproperlyConfigured(
            f"{name} must be an address like https://login.example.com without a path, not {url!r}."
        )
    return url


def _readable(name: str, path: str) -> str:
    if not path:
        return ""
    try:
        Path(path).open("rb").close()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} names {path!r}, which cannot be read: {error.strerror}."
        ) from error
    return path
