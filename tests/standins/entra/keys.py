"""The tenant's signing keys, which rotate, and the tokens they sign."""

import base64
import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True)
class SigningKey:
    """One RSA key under its key id."""

    kid: str
    private: rsa.RSAPrivateKey

    @classmethod
    def new(cls) -> "SigningKey":
        """Draw one; its id looks like Entra's."""
        raw = uuid.uuid4().bytes
        kid = base64.urlsafe_b64encode(hashlib.sha1(raw).digest()).rstrip(b"=").decode()
        return cls(kid, rsa.generate_private_key(65537, 2048))

    def jwk(self, issuer: str) -> dict[str, Any]:
        """As the tenant publishes it."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA", "use": "sig", "kid": self.kid, "x5t": self.kid,
            "n": _b64(numbers.n), "e": _b64(numbers.e), "issuer": issuer,
        }  # fmt: skip

    @property
    def public_pem(self) -> bytes:
        """What an attacker has: the public half."""
        return self.private.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )


@dataclass
class Keys:
    """The keys in use: the last signs, all are published."""

    keys: list[SigningKey] = field(default_factory=lambda: [SigningKey.new()])

    @property
    def current(self) -> SigningKey:
        """The one that signs now."""
        return self.keys[-1]

    def rotate(self, *, keep_old: bool = True) -> None:
        """Sign with a new key from now on."""
        self.keys = [*(self.keys if keep_old else []), SigningKey.new()]

    def sign(self, claims: dict[str, Any], **headers: Any) -> str:
        """A token that the current key signs."""
        own = {"kid": self.current.kid, **headers}
        return jwt.encode(claims, self.current.private, algorithm="RS256", headers=own)


def _b64(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
