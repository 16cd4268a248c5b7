"""Sealing: what is kept for other workers lies encrypted, each under its own name."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE_BYTES = 12


def seal(name: str, content: bytes) -> bytes:
    """`content` encrypted for the place `name`: moved to another place it does not open."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _cipher(settings.SECRET_KEY).encrypt(nonce, content, name.encode())


def unseal(name: str, sealed: bytes) -> bytes | None:
    """What was sealed under `name`; None when it is not ours, damaged, or of a forgotten key."""
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _cipher(key).decrypt(nonce, rest, name.encode())
        except (InvalidTag, ValueError):
            continue
    return None


def _cipher(key: str) -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"optrail/entra/1")
    return AESGCM(derive.derive(key.encode()))
