"""The catcher takes mail over real SMTP and files it as it came."""

import smtplib
import subprocess
import sys
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from config.devmail.store import CaughtMails
from config.up.ports import LOOPBACK
from tests.parts import ROOT


def sent(mailbox: tuple[int, Path], message: EmailMessage, *to: str) -> None:
    with smtplib.SMTP(LOOPBACK, mailbox[0]) as server:
        server.send_message(message, from_addr="bounce@example.com", to_addrs=list(to))


def letter(subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "a@example.com", "b@example.com"
    message.set_content(text)
    return message


def test_a_mail_is_filed_once_for_each_mailbox(mailbox: tuple[int, Path]) -> None:
    sent(mailbox, letter("Two", "Hello"), "bob+1@example.com", "o'brien/x@example.com")
    [mail] = CaughtMails(mailbox[1]).page(to="BOB+1@example.com").mails
    [other] = CaughtMails(mailbox[1]).page(to="o'brien/x@").mails
    filed = message_from_bytes(mail.path.read_bytes(), policy=default)
    assert filed["Return-Path"] == "<bounce@example.com>"
    assert filed["Delivered-To"] == "bob+1@example.com"
    assert other.to == "o'brien/x@example.com"
    assert filed["Subject"] == "Two"


def test_a_mail_comes_out_as_it_went_in(mailbox: tuple[int, Path]) -> None:
    content = b"Subject: raw\r\n\r\n.leading dot\r\nr\xc3\xa4w bytes \xff\r\n"
    with smtplib.SMTP(LOOPBACK, mailbox[0]) as server:
        server.sendmail("a@example.com", ["raw@example.com"], content)
    [mail] = CaughtMails(mailbox[1]).page(to="raw@").mails
    assert mail.path.read_bytes().endswith(content)


def test_addresses_beyond_ascii_are_taken(mailbox: tuple[int, Path]) -> None:
    with smtplib.SMTP(LOOPBACK, mailbox[0]) as server:
        server.ehlo()
        server.mail("a@example.com", ["SMTPUTF8"])
        assert server.rcpt("jürgen@example.com")[0] == 250
        assert server.data(b"Subject: \xc3\xbc\r\n\r\nx\r\n")[0] == 250
    assert CaughtMails(mailbox[1]).page(to="jürgen").count == 1


def test_no_half_written_mail_is_ever_listed(tmp_path: Path) -> None:
    (tmp_path / "20261121T201500123456-00000000_a@example.com.part").write_bytes(b"half")
    (tmp_path / "notes.txt").write_bytes(b"not a mail")
    assert CaughtMails(tmp_path).page().mails == []


def test_the_module_needs_no_settings() -> None:
    """The catcher starts without a database, secrets or Django's set-up."""
    code = "import config.devmail.catcher, sys; from django.conf import settings; sys.exit(settings.configured)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
