"""What can go wrong with Microsoft, as types: callers decide by them, people read their words."""


class EntraError(Exception):
    """Microsoft could not be asked, or said no; the words say what and what to do."""


class NotConnected(EntraError):  # noqa: N818 - a state that callers ask for by name
    """No tenant is configured."""

    def __init__(self) -> None:
        super().__init__(
            "Optrail is not connected to Microsoft Entra. Set ENTRA_TENANT_ID, ENTRA_CLIENT_ID "
            "and a credential; the page Microsoft shows how."
        )


class CredentialRefused(EntraError):  # noqa: N818
    """The tenant refused each credential; `code` is Microsoft's, like AADSTS7000215."""

    def __init__(self, words: str, *, code: str = "") -> None:
        super().__init__(words)
        self.code = code


class CredentialFaulty(EntraError):  # noqa: N818
    """A certificate's file cannot be read, or holds something else."""


class Unreachable(EntraError):  # noqa: N818
    """No answer, or a server's own failure.

    `maybe_done`: the request may have been carried out all the same (it was written before the
    line broke, or a server behind a gateway failed). `status` is 0 when there was no answer.
    """

    def __init__(
        self,
        words: str,
        *,
        maybe_done: bool,
        status: int = 0,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(words)
        self.maybe_done, self.status, self.retry_after = maybe_done, status, retry_after


class Throttled(EntraError):  # noqa: N818
    """Too many requests (429); `retry_after` in seconds, None when the answer does not say."""

    def __init__(self, words: str, *, retry_after: float | None) -> None:
        super().__init__(words)
        self.retry_after = retry_after


class GraphRefusal(EntraError):  # noqa: N818
    """Graph said no (4xx): its HTTP status and its error code."""

    def __init__(self, words: str, *, status: int, code: str) -> None:
        super().__init__(words)
        self.status, self.code = status, code


class Refused(GraphRefusal):
    """A request that Graph does not carry out: no permission (403), not found (404), wrong."""


class Gone(GraphRefusal):
    """The position that was asked for is no longer known (410, or `syncStateNotFound`)."""
