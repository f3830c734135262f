"""Mail as it travels: one MIME message, the same in both homes."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from cdp.errors import Rejected
from cdp.model.mail import mail_address
from cdp.ports import Mail

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SUBJECT_CHARS = 200
MOST_RECIPIENTS = 50


def message(mail: Mail, sender: str) -> bytes:
    """`Rejected` for an address that cannot be, or a text that would become a header of its own."""
    if not _ID.fullmatch(mail.id):
        raise Rejected("The id of a mail has 1 to 100 letters, digits, dots and dashes.", field="id")
    if not 1 <= len(mail.to) <= MOST_RECIPIENTS:
        raise Rejected(f"A mail goes to 1 to {MOST_RECIPIENTS} addresses.", field="to")
    if not 1 <= len(mail.subject) <= _SUBJECT_CHARS or not mail.subject.isprintable():
        raise Rejected(f"A subject has 1 to {_SUBJECT_CHARS} characters in one line.", field="subject")
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(addr_spec=mail_address(sender, "from"))
    made["To"] = tuple(Address(addr_spec=mail_address(one, "to")) for one in mail.to)
    made["Subject"] = mail.subject
    made["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    made["X-Mail-Id"] = mail.id  # services give a mail a Message-ID of their own
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.text)
    if mail.html is not None:
        made.add_alternative(mail.html, subtype="html")
    return made.as_bytes()
