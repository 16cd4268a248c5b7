"""The line to Microsoft: strict TLS, our own patience, nothing from the environment."""

from typing import Any

import requests

from accounts.entra.config import Tenant

CONNECT_SECONDS, ANSWER_SECONDS = 10, 60


class Line(requests.Session):
    """A session that always has a time limit, follows no redirect and tries once."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__()
        # REQUESTS_CA_BUNDLE of the environment would win over `verify` without this.
        self.trust_env = False
        self.verify = tenant.ca_file or True
        if tenant.proxy:
            self.proxies = {"https": tenant.proxy}

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """As requests does, within the time limits unless the caller sets others."""
        kwargs["allow_redirects"] = False
        kwargs.setdefault("timeout", (CONNECT_SECONDS, ANSWER_SECONDS))
        return super().request(*args, **kwargs)
