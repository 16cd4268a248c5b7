"""What the demo waits for and says."""

from pathlib import Path

import pytest

from config.up import demo
from config.up.supervisor import Supervisor


def test_the_demo_goes_on_as_soon_as_the_mails_are_there(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    said: list[str] = []
    for number in range(3):
        (tmp_path / f"{number}.eml").touch()
    demo.wait_for_mails(supervisor, tmp_path, at_least=3, say=said.append)
    assert said == ["3 of 3 mails are in the catcher"]


def test_the_demo_does_not_wait_for_ever_for_mails(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails without the deadline in `wait_for_mails`."""
    monkeypatch.setattr(demo, "PATIENCE_SECONDS", 0.0)
    said: list[str] = []
    demo.wait_for_mails(supervisor, tmp_path, at_least=3, say=said.append)
    assert said == ["0 of 3 mails are in the catcher"]


def test_a_later_start_says_that_nothing_was_made() -> None:
    assert demo.what_was_made(people=0, invitations=0) == "the sample company is as you left it"
    assert demo.what_was_made(people=250, invitations=236, officer="alice@example.com") == (
        "250 people are imported, 236 invitations on their way"
    )
