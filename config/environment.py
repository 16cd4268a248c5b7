"""Settings from the environment: reading, secrets and what production refuses."""

import ipaddress
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from environs import Env

MINIMUM_SECRET_LENGTH = 32
MINIMUM_DIFFERENT_CHARACTERS = 10
LOCAL_DEFAULTS_MARK = "insecure"


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine only; such an address never leaves it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def public_host(url: str, *, local: bool) -> str:
    """The host of `PUBLIC_URL`; refuses what would put links or cookies on an open line.

    Raises ImproperlyConfigured for a URL without host, for a local (`DEBUG=1`) program that
    others can reach, and for plain http in production.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.hostname == "*":
        raise ImproperlyConfigured(
            f"PUBLIC_URL must be one address like https://optrail.example.com, not {url!r}."
        )
    if local and not is_loopback(parts.hostname):
        msg = (
            f"DEBUG=1 is for this machine only, but PUBLIC_URL names {parts.hostname!r}. "
            "Unset DEBUG for a company, or use http://127.0.0.1:8000 to try things out."
        )
        raise ImproperlyConfigured(msg)
    if not local and parts.scheme != "https":
        raise ImproperlyConfigured(
            f"PUBLIC_URL must begin with https:// (it is {url!r}): personal links travel in it."
        )
    return parts.hostname


def database(url: str) -> dj_database_url.DBConfig:
    """Django's settings for `DATABASE_URL`. Raises ImproperlyConfigured."""
    try:
        return dj_database_url.parse(url, conn_max_age=60)
    except ValueError as error:
        raise ImproperlyConfigured(
            "DATABASE_URL must be like postgres://user:password@host/name "
            f"or sqlite:////path, not {url.partition('@')[2] or url!r}."
        ) from error


class Secrets:
    """Secrets by name: from NAME, from the file named by NAME_FILE, or (local only) made once.

    In production a missing or weak secret stops the program with a sentence that says what to do;
    with `DEBUG=1` a missing one is drawn and kept in `<data dir>/secrets/`, readable by its owner.
    """

    def __init__(self, env: Env, *, local: bool, folder: Path) -> None:
        self._env = env
        self._local = local
        self._folder = folder

    def get(self, name: str) -> str:
        """The secret `name`. Raises ImproperlyConfigured when it is missing or weak."""
        value = self._given(name)
        if not value and self._local:
            return self._kept(name)
        self._refuse_weak(name, value)
        return value

    def optional(self, name: str) -> str:
        """The secret `name`, or an empty text when it is not given; weak ones are refused."""
        value = self._given(name)
        if value:
            self._refuse_weak(name, value)
        return value

    def _given(self, name: str) -> str:
        path = self._env.str(f"{name}_FILE", "")
        if not path:
            return self._env.str(name, "").strip()
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE names {path!r}, which cannot be read: {error.strerror}."
            ) from error

    def _kept(self, name: str) -> str:
        path = self._folder / name.lower()
        if not path.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_once(path, secrets.token_urlsafe(48))
        return path.read_text(encoding="utf-8").strip()

    def _refuse_weak(self, name: str, value: str) -> None:
        problem = _weakness(value)
        if problem:
            msg = (
                f"{name} {problem}. Set {name} (or {name}_FILE) to at least "
                f"{MINIMUM_SECRET_LENGTH} random characters, for example the output of: "
                "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
            raise ImproperlyConfigured(msg)


def _weakness(value: str) -> str:
    if not value:
        return "is missing"
    if len(value) < MINIMUM_SECRET_LENGTH:
        return f"has only {len(value)} characters"
    if len(set(value)) < MINIMUM_DIFFERENT_CHARACTERS or LOCAL_DEFAULTS_MARK in value:
        return "is guessable"
    return ""


def _write_once(path: Path, text: str) -> None:
    """Two processes may start at once: the first to create the file decides the secret."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
