"""The other ways, in their own virtual environment: django-post-office, and a send_mail loop.

`python peer.py fill N | fill_same N | post_office PROCESSES THREADS | send_mail N`; the database,
the server and a sample mail are named in the environment. Prints one JSON object.

What has models is imported once Django is set up.
"""
# ruff: noqa: PLC0415

import json
import os
import resource
import sys
import time
from collections.abc import Callable
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
    """Queue so many mails: one template, each person's own name and link, set in when it leaves.

    Its manual's way for many mails of one kind (`render_on_delivery`).
    """
    template = _template()
    each = {"template": template, "render_on_delivery": True}
    _queue(mails, lambda number: {**each, "context": _person(number)})


def fill_same(mails: int) -> None:
    """Queue so many mails whose words are written already, the same for everybody."""
    _migrate()
    words = {
        "subject": SAMPLE["subject"],
        "message": SAMPLE["text"],
        "html_message": SAMPLE["html"],
    }
    _queue(mails, lambda _: words)


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


def _queue(mails: int, words: Callable[[int], dict[str, object]]) -> None:
    from post_office import mail

    for start in range(0, mails, BATCH):
        wanted = range(start, min(start + BATCH, mails))
        mail.send_many(
            [{"recipients": [f"p{n}@example.com"], "sender": SENDER, **words(n)} for n in wanted]
        )


def _template() -> object:
    """The sample mail with places for what is one person's own."""
    _migrate()
    from post_office.models import EmailTemplate

    return EmailTemplate.objects.create(
        name="invitation",
        subject=SAMPLE["subject"],
        content=_with_places(SAMPLE["text"]),
        html_content=_with_places(SAMPLE["html"]),
    )


def _with_places(text: str) -> str:
    places = {SAMPLE["first_name"]: "{{ first_name }}", SAMPLE["url"]: "{{ url }}"}
    for words, place in places.items():
        assert words in text, f"The sample mail does not say {words!r}"
        text = text.replace(words, place)
    return text


def _person(number: int) -> dict[str, str]:
    return {"first_name": SAMPLE["first_name"], "url": f"{SAMPLE['url'][:-6]}{number:06}"}


def _migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def main(what: str, number: int, threads: int = 0) -> None:
    """Do it, and say how long it took."""
    configure(threads)
    began = time.perf_counter()
    ways = {
        "fill": fill,
        "fill_same": fill_same,
        "post_office": post_office,
        "send_mail": send_mail,
    }
    sent = ways[what](number)
    seconds = time.perf_counter() - began
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"mails": sent or 0, "seconds": seconds, "megabytes": usage // 1024}))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
