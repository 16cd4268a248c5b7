"""A real mail catcher, for whoever needs one."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

# Routes are decided at import: import them before a test sets up a mail catcher.
import config.urls  # noqa: F401
from config.up import parts
from config.up.ports import listening_socket
from tests.config.up.conftest import eventually
from tests.parts import ROOT


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The catcher as `up` starts it: its port and its folder."""
    folder = tmp_path_factory.mktemp("mail")
    with listening_socket(0) as listener:
        part = parts.catcher(listener, folder)
        process = subprocess.Popen(part.argv, cwd=ROOT, pass_fds=part.fds, env=dict(os.environ))
        assert part.ready
        assert eventually(part.ready)
        yield listener.getsockname()[1], folder
        process.terminate()
        assert process.wait(timeout=5) == 0
