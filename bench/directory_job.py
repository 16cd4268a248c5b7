"""What `bench.directory` runs as a process of Optrail: one `sync_directory`, and its own memory."""

import io
import json
from pathlib import Path

import django
from django.core.management import call_command

django.setup()


def main() -> None:
    """Print what the command said, and the most memory that this process held, in MB."""
    said = io.StringIO()
    call_command("sync_directory", "--json", "--confirm", stdout=said)
    # The kernel's ru_maxrss would be that of the process which started this one, if larger.
    held = Path("/proc/self/status").read_text(encoding="ascii").partition("VmHWM:")[2].split()[0]
    print(json.dumps({**json.loads(said.getvalue()), "megabytes": int(held) // 1024}))


if __name__ == "__main__":
    main()
