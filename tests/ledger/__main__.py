"""`make forgeries`: forge so many chains, and count which kinds were found, named and located."""

import os
import sys

import django

from tests.parts import environment_prepare

os.environ["OPTRAIL_TEST_DB"] = "sqlite"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
environment_prepare()
django.setup()

from tests.ledger.forging import survey  # noqa: E402 - it needs the apps

counts, missed = survey(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
lines = [f"{kind:28}{many:>8,}" for kind, many in sorted(counts.items())]
lines += [f"{'found':28}{counts.total():>8,}", f"{'missed or misnamed':28}{len(missed):>8,}"]
sys.stdout.write("\n".join([*lines, *missed[:20], ""]))
sys.exit(bool(missed))
