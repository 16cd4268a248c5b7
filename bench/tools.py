"""The public tools that the benchmark compares with, fetched into a folder of their own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.parts import free_port, wait_for_port

PEER = ("django>=5.2,<5.3", "django-post-office", "psycopg[binary]")
NO_POSTFIX = (
    "The benchmark needs smtp-sink and smtp-source of postfix. On Debian or Ubuntu this fetches "
    "them by itself (apt-get download); elsewhere put them on the PATH."
)


@dataclass(frozen=True)
class Postfix:
    """smtp-sink takes any mail and keeps none; smtp-source sends as fast as it can."""

    folder: Path
    libraries: str = ""

    @classmethod
    def ready(cls, home: Path) -> "Postfix":
        """From the PATH, else out of Debian's package, which is unpacked and not installed."""
        path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
        found = shutil.which("smtp-sink", path=path)
        if found:
            return cls(Path(found).parent)
        root = home / "postfix"
        if not (root / "usr/sbin/smtp-sink").exists():
            _unpack(root)
        return cls(root / "usr/sbin", str(root / "usr/lib/postfix"))

    @contextmanager
    def sink(self) -> Iterator[int]:
        """A running smtp-sink; its port."""
        port = free_port()
        rights = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = [str(self.folder / "smtp-sink"), *rights, f"127.0.0.1:{port}", "1000"]
        process = subprocess.Popen(command, env=self._env)
        try:
            wait_for_port(port)
            yield port
        finally:
            process.terminate()
            process.wait()

    def source(self, port: int, *, mails: int, size: int, sessions: int) -> None:
        """Send so many mails of one size over kept connections."""
        shape = ["-d", "-s", str(sessions), "-l", str(size), "-m", str(mails)]
        command = [str(self.folder / "smtp-source"), *shape, f"127.0.0.1:{port}"]
        subprocess.run(command, env=self._env, check=True)

    @property
    def _env(self) -> dict[str, str]:
        return (
            {**os.environ, "LD_LIBRARY_PATH": self.libraries} if self.libraries else {**os.environ}
        )


def peer_python(home: Path, name: str = "peer", packages: Sequence[str] = PEER) -> Path:
    """The Python of a virtual environment with these packages; made at the first time."""
    python = home / name / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home / name)], check=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([str(python), *install, *packages], check=True)
    return python


def version(python: Path, package: str) -> str:
    """Which version of `package` stands there."""
    words = f"from importlib.metadata import version; print(version({package!r}))"
    done = subprocess.run([str(python), "-c", words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _unpack(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["apt-get", "download", "-qq", "postfix"], cwd=root, check=True)
        (package,) = root.glob("postfix_*.deb")
        subprocess.run(["dpkg", "-x", str(package), str(root)], check=True)
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        raise SystemExit(NO_POSTFIX) from error
