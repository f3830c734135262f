"""Mail as it travels: one MIME message, the same in both homes."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from cdp.errors import Rejected
from cdp.ports import Mail

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ATOM = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_LOCAL_CHARS, _ADDRESS_CHARS, _SUBJECT_CHARS = 64, 254, 200
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
    made["From"] = _address(sender, "from")
    made["To"] = tuple(_address(one, "to") for one in mail.to)
    made["Subject"] = mail.subject
    made["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    made["X-Mail-Id"] = mail.id  # services give a mail a Message-ID of their own
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.text)
    if mail.html is not None:
        made.add_alternative(mail.html, subtype="html")
    return made.as_bytes()


def ascii_address(text: str) -> str:
    """The address as services take it: a host of other scripts in its ASCII form."""
    return _address(text, "to").addr_spec


def _address(text: str, field: str) -> Address:
    """A plain address: no name, no comment, no quotes, no literal host. The host may be written in any script."""
    local, _, host = text.rpartition("@")
    try:
        host = host.encode("idna").decode()
    except UnicodeError as error:
        raise _refused(text, field) from error
    labels = host.split(".")
    if (
        not _ATOM.fullmatch(local)
        or len(local) > _LOCAL_CHARS
        or len(text) > _ADDRESS_CHARS
        or not all(_LABEL.fullmatch(label) for label in labels)
        or labels[-1].isdigit()
    ):
        raise _refused(text, field)
    return Address(username=local, domain=host)


def _refused(text: str, field: str) -> Rejected:
    return Rejected(f"{text[:80]!r} is no e-mail address that mail can be sent to.", field=field)
