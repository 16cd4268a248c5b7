"""Which steps come first."""

import pytest

from compliance.guides.devices import device_of


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1",
            "mobile",
        ),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0 Mobile Safari/537.36", "mobile"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "desktop"),
        ("", "desktop"),
    ],
)
def test_phones_are_told_by_their_browser(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device
