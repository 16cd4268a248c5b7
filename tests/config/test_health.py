"""What load balancers ask, and what stands on every answer."""

from unittest.mock import patch

import pytest
from django.db import OperationalError, connections
from django.test import Client, RequestFactory

from config.urls import csrf_failure

pytestmark = pytest.mark.django_db


def test_healthz_answers_json_without_signing_in(as_mallory: Client) -> None:
    answer = as_mallory.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"ok": True, "version": "0.1.0", "database": "ok"}


def test_healthz_says_503_while_the_database_is_away(as_mallory: Client) -> None:
    with patch.object(connections["default"], "cursor", side_effect=OperationalError("gone")):
        answer = as_mallory.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "down"


def test_every_page_is_kept_from_caches_frames_and_sensors(as_mallory: Client) -> None:
    headers = as_mallory.get("/sign-in/").headers
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_a_form_from_elsewhere_gets_a_calm_page(rf: RequestFactory) -> None:
    answer = csrf_failure(rf.get("/"), reason="no cookie")
    assert answer.status_code == 403
    assert b"no cookie" not in answer.content
