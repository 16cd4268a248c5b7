"""Where evidence is stored: Django's settings for EVIDENCE_STORAGE_URL."""

from importlib.util import find_spec
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.environment import is_loopback

_KNOWN = {"endpoint", "region", "style"}


def evidence_storage(url: str) -> dict[str, Any]:
    """The storage behind `url`: a folder (`file:///srv/evidence`) or a bucket
    (`s3://bucket/prefix?endpoint=https://…&region=…&style=path`); '' is the data directory.

    Raises ImproperlyConfigured for anything else, and for evidence on an open line.
    """
    parts = urlsplit(url)
    if not url:
        return {"BACKEND": "reports.storage.EvidenceFolder"}
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        location = unquote(parts.path)
        return {"BACKEND": "reports.storage.EvidenceFolder", "OPTIONS": {"location": location}}
    if parts.scheme == "s3" and parts.hostname and not parts.username:
        return {"BACKEND": "reports.buckets.EvidenceBucket", "OPTIONS": _bucket(parts)}
    raise ImproperlyConfigured(
        "EVIDENCE_STORAGE_URL must be like file:///srv/evidence or"
        " s3://bucket/prefix?endpoint=https://s3.example.com; keys belong into"
        " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    )


def _bucket(parts: SplitResult) -> dict[str, Any]:
    if find_spec("storages") is None:
        raise ImproperlyConfigured(
            "EVIDENCE_STORAGE_URL names a bucket, for which Optrail needs some more packages:"
            " pip install --require-hashes -r requirements/s3.txt"
        )
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(set(query) - _KNOWN):
        raise ImproperlyConfigured(
            f"EVIDENCE_STORAGE_URL does not know {', '.join(unknown)}; it knows"
            f" {', '.join(sorted(_KNOWN))}."
        )
    endpoint = query.get("endpoint") or None
    if endpoint:
        _refuse_open_line(endpoint)
    return {
        "bucket_name": parts.netloc,
        "location": unquote(parts.path).strip("/"),
        "endpoint_url": endpoint,
        "region_name": query.get("region") or None,
        # A service of one's own rarely has a host name for each bucket.
        "addressing_style": query.get("style") or ("path" if endpoint else "auto"),
    }


def _refuse_open_line(endpoint: str) -> None:
    parts = urlsplit(endpoint)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not safe or not parts.hostname:
        raise ImproperlyConfigured(
            f"The endpoint in EVIDENCE_STORAGE_URL must begin with https:// (it is {endpoint!r})."
        )
