"""How long verify.py takes: `python -m tests.reports.evidence [PEOPLE]`, a million rows by default."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import django

from tests.parts import environment_prepare

_PEOPLE = 240_000  # a million rows: people, their answers, their mails


def main(people: int) -> None:
    """Make a bundle, check it as an auditor does, and say what that took."""
    from reports.evidence import verify
    from tests.reports.evidence.large import bundle_make

    with TemporaryDirectory() as folder:
        path = Path(folder) / "large.zip"
        bundle_make(people, path)
        start = time.monotonic()
        command = [sys.executable, "-I", "-S", str(verify.__file__), str(path), "--json"]
        said = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        took, used = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        sys.stdout.write(
            f"{said['rows']:,} rows, {said['entries']:,} entries, {path.stat().st_size / 1e6:.0f} MB:"
            f" {took:.1f} s ({used.ru_utime + used.ru_stime:.1f} s of one processor),"
            f" {used.ru_maxrss / 1024:.0f} MB of memory\n"
        )


if __name__ == "__main__":
    os.environ["OPTRAIL_TEST_DB"] = "sqlite"  # nothing is asked of it
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    environment_prepare()
    django.setup()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else _PEOPLE)
