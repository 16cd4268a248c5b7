"""Microsoft Graph: one request, one answer or one typed error; nothing is tried again here."""

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import requests

from accounts.entra.config import Tenant, tenant
from accounts.entra.errors import EntraError, Gone, GraphRefusal, Refused, Throttled, Unreachable
from accounts.entra.http import Line
from accounts.entra.tokens import app_token, app_token_forget

VERSION = "/v1.0"
_UNAUTHORIZED, _NOT_FOUND, _GONE, _TOO_MANY = 401, 404, 410, 429
_UNAVAILABLE = 503
_GONE_CODES = {"syncStateNotFound", "syncStateInvalid", "resyncRequired"}


class GraphClient:
    """Graph as this application sees it. One for each thread: the line below is not shared.

    Every call raises NotConnected, CredentialRefused, Unreachable, Throttled, Refused or Gone.
    """

    def __init__(self, where: Tenant, token: Callable[[], str] | None = None) -> None:
        self._where, self._line = where, Line(where)
        self._token = token or (lambda: app_token(where.graph_scope))
        # A token that the caller brought is the caller's to forget.
        self._own_token = token is None

    def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """GET `path` (`/users/…`, or a whole `@odata.nextLink` or `deltaLink`)."""
        return self._call("GET", path, params=params, headers=headers)

    def post(
        self,
        path: str,
        json: object = None,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> dict[str, Any]:
        """POST `json`, or `content` with a Content-Type among `headers`; `{}` for an empty answer.

        `timeout` in seconds instead of the usual sixty.
        """
        more = {"timeout": timeout} if timeout else {}
        return self._call("POST", path, json=json, data=content, headers=headers, **more)

    def patch(self, path: str, json: object) -> dict[str, Any]:
        """PATCH `json`."""
        return self._call("PATCH", path, json=json)

    def get_bytes(self, path: str, *, most: int) -> bytes:
        """GET `path` (`…/$value`) as it is; of more than `most` bytes only the first of them."""
        with closing(self._answered("GET", path, stream=True)) as answer:
            if not answer.ok or answer.is_redirect:
                raise _refusal(answer)
            try:
                return _first(answer, most)
            except requests.RequestException as error:
                raise _broken(self._where, error) from error

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def _call(self, method: str, path: str, **rest: Any) -> dict[str, Any]:
        return _read(self._answered(method, path, **rest))

    def _answered(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **rest: Any
    ) -> requests.Response:
        url = self._url(path)
        sent = {**(headers or {}), "Authorization": f"Bearer {self._token()}"}
        try:
            answer = self._line.request(method, url, headers=sent, **rest)
        except requests.RequestException as error:
            raise _broken(self._where, error) from error
        if answer.status_code == _UNAUTHORIZED and self._own_token:
            app_token_forget(self._where.graph_scope)
        return answer

    def _url(self, path: str) -> str:
        """A link that Graph gave leads back to Graph: our token goes nowhere else."""
        base = self._where.graph_url + VERSION
        if path.startswith("/"):
            return base + path
        if path.startswith(base + "/"):
            return path
        raise EntraError("A link of Microsoft Graph leads to another host; it was not followed.")


def graph_session() -> GraphClient:
    """Graph of the configured tenant. Raises NotConnected."""
    return GraphClient(tenant())


def _first(answer: requests.Response, most: int) -> bytes:
    """So many bytes at most; the rest is not even fetched."""
    read = bytearray()
    for piece in answer.iter_content(65_536):
        read += piece
        if len(read) >= most:
            break
    return bytes(read[:most])


def _read(answer: requests.Response) -> dict[str, Any]:
    if not answer.ok or answer.is_redirect:
        raise _refusal(answer)
    return _body(answer) if answer.content else {}


def _body(answer: requests.Response) -> dict[str, Any]:
    """An answer that is cut off or no JSON is as good as none."""
    try:
        body = answer.json()
    except ValueError as error:
        raise Unreachable(
            "Microsoft Graph sent an answer that cannot be read.",
            maybe_done=True,
            status=answer.status_code,
        ) from error
    return body if isinstance(body, dict) else {}


def _refusal(answer: requests.Response) -> EntraError:
    status, wait = answer.status_code, _retry_after(answer)
    if status == _TOO_MANY:
        return Throttled("Microsoft Graph asks for patience (429).", retry_after=wait)
    if status >= 500:  # noqa: PLR2004 - HTTP's own line between ours and theirs
        # 503 is a refusal at the door; behind the others the work may have been done.
        words, unsure = f"Microsoft Graph failed ({status}).", status != _UNAVAILABLE
        return Unreachable(words, maybe_done=unsure, status=status, retry_after=wait)
    return _no(answer)


def _no(answer: requests.Response) -> GraphRefusal:
    code = _code(answer)
    kind = Gone if answer.status_code == _GONE or code in _GONE_CODES else Refused
    words = f"Microsoft Graph refused ({answer.status_code}, {code or 'no reason given'})."
    return kind(words, status=answer.status_code, code=code)


def _code(answer: requests.Response) -> str:
    """Graph's error code. Its message is left: it may quote people's names."""
    try:
        return str(answer.json()["error"]["code"])[:100]
    except (ValueError, KeyError, TypeError):
        return ""


def _retry_after(answer: requests.Response) -> float | None:
    """Seconds; Graph never sends the other form, a date."""
    try:
        return max(0.0, float(answer.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None


def _broken(where: Tenant, error: requests.RequestException) -> Unreachable:
    """Before the line stood nothing was asked; afterwards nobody knows."""
    return Unreachable(
        f"{where.graph_url} cannot be reached. Check the network, ENTRA_PROXY and ENTRA_CA_FILE.",
        maybe_done=not _before_the_request(error),
    )


def _before_the_request(error: requests.RequestException) -> bool:
    if isinstance(
        error,
        requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError,
    ):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError"}
