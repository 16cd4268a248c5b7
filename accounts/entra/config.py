"""The tenant that this installation belongs to, and the credentials that show who we are."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.entra.errors import NotConnected


@dataclass(frozen=True)
class Cloud:
    """The addresses of one of Microsoft's clouds.

    https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
    """

    login_url: str
    graph_url: str
    exchange_url: str
    portal_url: str


CLOUDS = {
    "global": Cloud(
        "https://login.microsoftonline.com",
        "https://graph.microsoft.com",
        "https://outlook.office365.com",
        "https://entra.microsoft.com",
    ),
    "usgov": Cloud(
        "https://login.microsoftonline.us",
        "https://graph.microsoft.us",
        "https://outlook.office365.us",
        "https://entra.microsoft.us",
    ),
    "china": Cloud(
        "https://login.partner.microsoftonline.cn",
        "https://microsoftgraph.chinacloudapi.cn",
        "https://partner.outlook.cn",
        "https://entra.microsoftonline.cn",
    ),
}


@dataclass(frozen=True)
class Credential:
    """A certificate (PEM: private key and certificate) or a secret, by its variable's name."""

    name: str
    value: str = field(repr=False)

    @property
    def is_certificate(self) -> bool:
        """Whether it is a certificate rather than a secret."""
        return "CERTIFICATE" in self.name

    @property
    def for_msal(self) -> str | dict[str, str]:
        """As MSAL takes it; without `thumbprint` it signs PS256 and names the SHA-256 one."""
        if not self.is_certificate:
            return self.value
        return {"private_key": self.value, "public_certificate": self.value}


@dataclass(frozen=True)
class Tenant:
    """One tenant, one app registration in it, and how they are reached."""

    id: str
    client_id: str
    cloud: str
    login_url: str
    graph_url: str
    exchange_url: str
    portal_url: str
    credentials: tuple[Credential, ...]
    ca_file: str = ""
    proxy: str = ""

    @property
    def authority(self) -> str:
        """Who signs people in: this tenant and no other."""
        return f"{self.login_url}/{self.id}"

    @property
    def issuer(self) -> str:
        """The `iss` of every ID token of this tenant."""
        return f"{self.authority}/v2.0"

    @property
    def graph_scope(self) -> str:
        """The scope of an application's token for Graph."""
        return f"{self.graph_url}/.default"

    @property
    def exchange_scope(self) -> str:
        """The scope of an application's token for SMTP and IMAP of Exchange Online."""
        return f"{self.exchange_url}/.default"


def connected() -> bool:
    """Whether a tenant is configured."""
    return bool(settings.ENTRA)


def tenant() -> Tenant:
    """The configured tenant. Certificates are read anew: a replaced file needs no restart.

    Raises NotConnected when none is configured, OSError when a certificate cannot be read.
    """
    given: dict[str, Any] = settings.ENTRA
    if not given:
        raise NotConnected
    cloud = CLOUDS[given["cloud"]]
    return Tenant(
        id=given["tenant_id"],
        client_id=given["client_id"],
        cloud=given["cloud"],
        login_url=given["login_url"] or cloud.login_url,
        graph_url=given["graph_url"] or cloud.graph_url,
        exchange_url=cloud.exchange_url,
        portal_url=cloud.portal_url,
        credentials=tuple(_credential(name, value) for name, value in given["credentials"]),
        ca_file=given["ca_file"],
        proxy=given["proxy"],
    )


def _credential(name: str, value: str) -> Credential:
    found = Credential(name, value)
    if not found.is_certificate:
        return found
    return Credential(name, Path(value).read_text(encoding="utf-8"))
