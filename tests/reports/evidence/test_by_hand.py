"""The second way, without our code: the commands of docs/verifying.md, with the real tools."""

import re
import shutil
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.reports.evidence.genuine import bundle_of
from tests.reports.scenario import Scenario

PAGE = Path(__file__).resolve().parents[3] / "docs" / "verifying.md"
TOOLS = ("openssl", "sha256sum")


@pytest.fixture
def folder(story: Scenario, tmp_path: Path) -> Path:
    """A bundle, unpacked."""
    bundle_of(story, tmp_path / "bundle.zip")
    with ZipFile(tmp_path / "bundle.zip") as archive:
        archive.extractall(tmp_path / "bundle")
    return tmp_path / "bundle"


def commands() -> str:
    """The shell commands of the page's section, as they stand there."""
    section = PAGE.read_text().split("## Without our code", 1)[1].split("\n## ", 1)[0]
    blocks = re.findall(r"(?:^    .*\n)+", section, re.MULTILINE)
    return "".join(line[4:] for block in blocks for line in block.splitlines(keepends=True))


def by_hand(folder: Path) -> subprocess.CompletedProcess[str]:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed here")
    script = "set -e\n" + commands()
    return subprocess.run(
        ["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_genuine_bundle_passes_by_hand(folder: Path) -> None:
    done = by_hand(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Signature Verified Successfully" in done.stdout
    assert "audit.xlsx: OK" in done.stdout


def test_a_changed_file_fails_by_hand(folder: Path) -> None:
    (folder / "audit.xlsx").write_bytes(b"another")
    done = by_hand(folder)
    assert done.returncode
    assert "audit.xlsx: FAILED" in done.stdout


def test_a_changed_manifest_fails_by_hand(folder: Path) -> None:
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"open":3', '"open":2'))
    done = by_hand(folder)
    assert done.returncode
    assert "Signature Verification Failure" in done.stdout + done.stderr
