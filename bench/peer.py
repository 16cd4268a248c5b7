"""The other ways, in their own virtual environment: django-post-office, and a send_mail loop.

`python peer.py fill N | post_office PROCESSES THREADS | send_mail N`; the database, the server and
a sample mail are named in the environment. Prints one JSON object.

What has models is imported once Django is set up.
"""
# ruff: noqa: PLC0415

import json
import os
import resource
import sys
import time
from urllib.parse import urlsplit

import django
from django.conf import settings

SAMPLE = json.loads(os.environ["BENCH_SAMPLE"])
SENDER = "privacy@example.com"
BATCH = 1_000


def configure(threads: int) -> None:
    """A project with nothing but django-post-office in it; no threads: its own defaults."""
    database = urlsplit(os.environ["DATABASE_URL"])
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": database.path[1:],
                "USER": database.username,
                "HOST": database.hostname,
                "PORT": database.port,
            }
        },
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=int(os.environ["BENCH_PORT"]),
        # It would tell of every batch.
        LOGGING_CONFIG=None,
        POST_OFFICE={
            **(_fastest(threads) if threads else {}),
            "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
        },
        SECRET_KEY="bench",
        USE_TZ=True,
    )
    django.setup()


def _fastest(threads: int) -> dict[str, object]:
    """Large batches, and failures alone are kept; without these, as it comes."""
    return {"BATCH_SIZE": BATCH, "THREADS_PER_PROCESS": threads, "LOG_LEVEL": 1}


def fill(mails: int) -> None:
    """Queue so many mails."""
    from django.core.management import call_command
    from post_office import mail

    call_command("migrate", verbosity=0)
    for start in range(0, mails, BATCH):
        wanted = range(start, min(start + BATCH, mails))
        mail.send_many(
            [{"recipients": [f"p{n}@example.com"], "sender": SENDER, **_words()} for n in wanted]
        )


def post_office(processes: int) -> int:
    """Send the queue as `send_queued_mail` does: batch after batch until it is empty."""
    from django.db import connection
    from post_office.mail import send_queued

    sent = 0
    while done := send_queued(processes)[0]:
        sent += done
        connection.close()  # its children have used it
    return sent


def send_mail(mails: int) -> int:
    """Django's own send_mail, one after the other; nothing is written down."""
    from django.core.mail import send_mail as send

    subject, text, html = SAMPLE["subject"], SAMPLE["text"], SAMPLE["html"]
    for number in range(mails):
        send(subject, text, SENDER, [f"p{number}@example.com"], html_message=html)
    return mails


def _words() -> dict[str, str]:
    return {"subject": SAMPLE["subject"], "message": SAMPLE["text"], "html_message": SAMPLE["html"]}


def main(what: str, number: int, threads: int = 0) -> None:
    """Do it, and say how long it took."""
    configure(threads)
    began = time.perf_counter()
    sent = {"fill": fill, "post_office": post_office, "send_mail": send_mail}[what](number)
    seconds = time.perf_counter() - began
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"mails": sent or 0, "seconds": seconds, "megabytes": usage // 1024}))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
