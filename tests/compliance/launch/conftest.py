"""A mail server for launches: real SMTP on loopback."""

from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from tests.parts import free_port


class Inbox(Message):
    """Keeps every mail that it is handed."""

    def __init__(self):
        super().__init__()
        self.mails = []

    def handle_message(self, message):
        self.mails.append(message)


@pytest.fixture
def inbox(settings) -> Iterator[Inbox]:
    """The mail server that EMAIL_URL names, and what arrives there."""
    handler = Inbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{controller.port}"
    yield handler
    controller.stop()
