"""Where the mail catcher's pages are, and where not."""

import pytest
from django.urls import Resolver404, resolve


def test_without_a_catcher_its_pages_do_not_exist() -> None:
    with pytest.raises(Resolver404):
        resolve("/dev/mail/")
