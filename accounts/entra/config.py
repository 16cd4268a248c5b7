"""The tenant that this installation belongs to, and the credentials that show who we are."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from accounts.entra.errors import CredentialFaulty, NotConnected


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
        "https://portal.azure.cn",
    ),
}

# The security token services' older addresses; the claim `idp` may still hold them.
_STS = ("sts.windows.net", "sts.chinacloudapi.cn")


@dataclass(frozen=True)
class Credential:
    """A secret, or the path of a certificate (PEM with its private key), and its variable."""

    name: str
    value: str = field(repr=False)

    @property
    def is_certificate(self) -> bool:
        """Whether it is a certificate rather than a secret."""
        return "CERTIFICATE" in self.name

    def for_msal(self) -> str | dict[str, str]:
        """As MSAL takes it; without `thumbprint` it signs PS256 and names the SHA-256 one.

        Raises CredentialFaulty for a file without a private key and its certificate.
        """
        if not self.is_certificate:
            return self.value
        pem, _ = certificate_read(self)
        return {"private_key": pem, "public_certificate": pem}


def certificate_read(credential: Credential) -> tuple[str, x509.Certificate]:
    """The text of a PEM file and the certificate in it. Raises CredentialFaulty.

    It is read anew each time: a replaced file needs no restart.
    """
    try:
        pem = Path(credential.value).read_bytes()
        certificate, key = x509.load_pem_x509_certificate(pem), load_pem_private_key(pem, None)
    except OSError as error:
        words = f"{credential.name} names a file that cannot be read: {error.strerror}."
        raise CredentialFaulty(words) from error
    except (ValueError, TypeError) as error:
        raise CredentialFaulty(
            f"{credential.name} holds no certificate and private key in PEM without a passphrase."
        ) from error
    if certificate.public_key() != key.public_key():
        raise CredentialFaulty(
            f"{credential.name}: the certificate and the private key do not belong together."
        )
    return pem.decode(), certificate


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
    def own_names(self) -> tuple[str, ...]:
        """What `idp` calls this tenant, when it stands in the token of a member."""
        return self.issuer, *(f"https://{host}/{self.id}/" for host in _STS)

    @property
    def sign_out_url(self) -> str:
        """Where people leave the tenant too.

        https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
        """
        return f"{self.authority}/oauth2/v2.0/logout"

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
    """The configured tenant. Raises NotConnected when there is none."""
    given: dict[str, Any] = settings.ENTRA
    if not given:
        raise NotConnected
    cloud = CLOUDS[given["cloud"]]
    return Tenant(
        id=given["tenant_id"],
        client_id=given["client_id"],
        cloud=given["cloud"],
        login_url=given["login_url"],
        graph_url=given["graph_url"],
        exchange_url=cloud.exchange_url,
        portal_url=cloud.portal_url,
        credentials=tuple(Credential(name, value) for name, value in given["credentials"]),
        ca_file=given["ca_file"],
        proxy=given["proxy"],
    )
