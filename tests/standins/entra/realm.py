"""The tenant's state: its people, the one app registration, what was issued, and the knobs."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.standins.entra.contract import PERMISSIONS, Answer
from tests.standins.entra.keys import Keys

Claims = dict[str, Any]


@dataclass
class Person:
    """Somebody in the directory."""

    upn: str
    name: str
    password: str = "correct horse"
    roles: list[str] = field(default_factory=list)
    enabled: bool = True
    guest: bool = False
    mail: str = ""
    oid: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class Code:
    """An authorization code: for whom, and what the request for it said."""

    person: Person
    request: dict[str, str]
    sid: str
    issued_at: float


@dataclass
class Realm:
    """One tenant with one app registration; everything in it can be turned."""

    redirect_uris: list[str]
    front_channel_url: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    client_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    port: int = 0
    authority: trustme.CA = field(default_factory=trustme.CA)
    ca_file: str = ""
    people: dict[str, Person] = field(default_factory=dict)
    keys: Keys = field(default_factory=Keys)
    secrets: set[str] = field(default_factory=lambda: {"secret-" + uuid.uuid4().hex})
    expired_secrets: set[str] = field(default_factory=set)
    certificates: list[x509.Certificate] = field(default_factory=list)
    permissions: set[str] = field(default_factory=lambda: {"User.Read.All"})
    # Delegated permissions of the registration: people give no consent of their own.
    delegated: set[str] = field(default_factory=lambda: {"openid", "profile", "email"})
    consented: bool = True
    # What was issued and used up.
    codes: dict[str, Code] = field(default_factory=dict)
    used_codes: set[str] = field(default_factory=set)
    used_assertions: set[str] = field(default_factory=set)
    app_tokens: dict[str, float] = field(default_factory=dict)
    sessions: dict[str, tuple[Person, str]] = field(default_factory=dict)
    # Knobs: claims as the next tokens hold them, the whole ID token, answers instead of ours.
    twist: Callable[[Claims], Claims] | None = None
    forge: Callable[[Claims], str] | None = None
    instead: dict[str, list[Answer]] = field(default_factory=dict)
    optional_claims: set[str] = field(default_factory=lambda: {"acct", "email"})
    token_seconds: int = 3600
    # A larger Graph in place of the small one that sign-in needs.
    graph: Callable[..., Answer] | None = None
    # What was asked: (method, path, parameters).
    heard: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Login and Graph live on one host here."""
        return f"https://localhost:{self.port}"

    @property
    def granted(self) -> set[str]:
        """The application's permissions, once an administrator has consented to them."""
        if unknown := self.permissions - PERMISSIONS:
            raise ValueError(f"Microsoft knows no permission {', '.join(sorted(unknown))}.")
        return self.permissions if self.consented else set()

    @property
    def issuer(self) -> str:
        """The `iss` of its tokens."""
        return f"{self.url}/{self.id}/v2.0"

    def add(self, upn: str, name: str, *roles: str, **more: Any) -> Person:
        """Put somebody into the directory."""
        person = Person(upn, name, roles=list(roles), mail=more.pop("mail", upn), **more)
        self.people[upn] = person
        return person

    def by_oid(self, oid: str) -> Person | None:
        """Who has this object id."""
        return next((p for p in self.people.values() if p.oid == oid), None)

    @property
    def principal(self) -> str:
        """The object id of the enterprise application."""
        return str(uuid.uuid5(uuid.UUID(self.id), self.client_id))

    def role_id(self, name: str) -> str:
        """The id of an app role."""
        return str(uuid.uuid5(uuid.UUID(self.client_id), name))

    def calls(self, ending: str) -> int:
        """How often an address that ends so was asked."""
        return sum(path.endswith(ending) for _, path, _ in self.heard)

    def certificate_issue(self) -> str:
        """Register a new certificate; its PEM with the private key."""
        key = rsa.generate_private_key(65537, 2048)
        certificate = _self_signed(key)
        self.certificates.append(certificate)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return (private + certificate.public_bytes(Encoding.PEM)).decode()

    def environment(self) -> dict[str, str]:
        """The variables that connect a process of ours with a secret."""
        return {
            "ENTRA_TENANT_ID": self.id,
            "ENTRA_CLIENT_ID": self.client_id,
            "ENTRA_SECRET": next(iter(self.secrets)),
            "ENTRA_LOGIN_URL": self.url,
            "ENTRA_GRAPH_URL": self.url,
            "ENTRA_CA_FILE": self.ca_file,
        }

    def settings(self, *credentials: tuple[str, str]) -> dict[str, Any]:
        """`settings.ENTRA` for this tenant; with a secret unless other credentials are given."""
        return {
            "tenant_id": self.id,
            "client_id": self.client_id,
            "cloud": "global",
            "credentials": credentials or (("ENTRA_SECRET", next(iter(self.secrets))),),
            "login_url": self.url,
            "graph_url": self.url,
            "ca_file": self.ca_file,
            "proxy": "",
        }

    def pairwise(self, person: Person) -> str:
        """The `sub` of a person for this application."""
        return hashlib.sha256(f"{self.client_id}{person.oid}".encode()).hexdigest()[:43]


def _self_signed(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Optrail")])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    built = built.public_key(key.public_key()).serial_number(x509.random_serial_number())
    built = built.not_valid_before(begin).not_valid_after(begin.replace(year=2040))
    return built.sign(key, hashes.SHA256())
