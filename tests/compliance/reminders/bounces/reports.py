"""Reports as the well-known mail servers write them; what differs is given, the form is theirs."""

import re

WRITTEN = "Mon, 23 Nov 2026 12:00:05 +0000"


def report(
    *,
    to: str,
    recipient: str = "bob@example.com",
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <bob@example.com>: no such user here",
    date: str = WRITTEN,
    more: str = "",
    returned: str = "",
) -> bytes:
    """RFC 3464, as Postfix writes it; `more` are further recipients' fields."""
    return _bytes(
        f"""\
        Return-Path: <>
        From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
        Subject: Undelivered Mail Returned to Sender
        To: {to}
        Date: {date}
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="B1"

        --B1
        Content-Type: text/plain; charset=us-ascii

        I'm sorry to have to inform you that your message could not be delivered.

        --B1
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example.com
        Arrival-Date: {date}

        Final-Recipient: rfc822; {recipient}
        Original-Recipient: rfc822;{recipient}
        Action: {action}
        Status: {status}
        Diagnostic-Code: {diagnostic}
        {more}
        --B1
        Content-Type: message/rfc822

        Return-Path: <{returned or "someone@example.com"}>
        Subject: One setting, two minutes

        Hello Bob
        --B1--
        """
    )


def exim(to: str) -> bytes:
    """Exim, without a status part."""
    return _bytes(
        f"""\
        From: Mail Delivery System <Mailer-Daemon@mail.example.com>
        To: {to}
        X-Failed-Recipients: bob@example.com
        Auto-Submitted: auto-replied
        Subject: Mail delivery failed: returning message to sender
        Date: {WRITTEN}

        This message was created automatically by mail delivery software.

        The following address(es) failed:

          bob@example.com
            SMTP error from remote mail server after RCPT TO:<bob@example.com>:
            550 5.7.1 <bob@example.com>: recipient rejected

        ------ This is a copy of the message, including all the headers. ------

        Return-path: <{to}>
        Subject: One setting, two minutes
        """
    )


def qmail(to: str) -> bytes:
    """qmail."""
    return _bytes(
        f"""\
        From: MAILER-DAEMON@mail.example.com
        To: {to}
        Subject: failure notice
        Date: {WRITTEN}

        Hi. This is the qmail-send program at mail.example.com.
        I'm afraid I wasn't able to deliver your message to the following addresses.
        This is a permanent error; I've given up. Sorry it didn't work out.

        <bob@example.com>:
        Sorry, no mailbox here by that name. (#5.1.1)

        --- Below this line is a copy of the message.

        Return-Path: <{to}>
        """
    )


def exchange(to: str) -> bytes:
    """An old Exchange, in text alone."""
    return _bytes(
        f"""\
        From: System Administrator <postmaster@example.com>
        To: {to}
        Subject: Undeliverable: One setting, two minutes
        Date: {WRITTEN}

        Your message

          To:      bob@example.com
          Subject: One setting, two minutes

        did not reach the following recipient(s):

        bob@example.com on Mon, 23 Nov 2026 13:00:05 +0100
            The recipient name is not recognized
            MSEXCH:IMS:EXAMPLE:SITE:SERVER 0 (000C05A6) Unknown Recipient

        """
    )


def mail_of_a_person(to: str, *, subject: str = "Re: One setting", headers: str = "") -> bytes:
    """Whatever people and their programs write back."""
    return _bytes(
        f"""\
        From: Bob Berger <bob@example.com>
        To: {to}
        Subject: {subject}
        {headers}Date: {WRITTEN}

        Thank you, I shall look at it on Monday.
        """
    )


def mbox(*mails: bytes) -> bytes:
    """The mails in one mbox."""
    return b"\n".join(b"From MAILER-DAEMON Mon Nov 23 12:00:05 2026\n" + mail for mail in mails)


def _bytes(text: str) -> bytes:
    return re.sub(r"(?m)^ {8}", "", text).encode()
