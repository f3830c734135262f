"""Which mail has been handed over: a repeat is no second mail. Remembered for thirty days."""

from __future__ import annotations

import logging
from datetime import datetime
from hashlib import blake2b

from cdp.errors import Rejected
from cdp.ports import Item, Key, Mail, Post, Put, Table

log = logging.getLogger("regulars.mail")
_KEPT_S = 30 * 86_400


def mail_id(kind: str, *parts: str) -> str:
    """The same for the same parts."""
    return f"{kind}-{blake2b('/'.join(parts).encode(), digest_size=13).hexdigest()}"


def is_mailed(table: Table, account_id: str, id_: str) -> bool:
    return table.get([_key(account_id, id_)])[0] is not None


def send(table: Table, post: Post, account_id: str, mail: Mail, now: datetime) -> None:
    """Hand it over, and note that. One that is refused, for its address mostly, is noted too: it holds up no other."""
    try:
        post.send(mail)
    except Rejected as error:
        log.warning("account %s: mail %s is not sent: %s", account_id, mail.id, error.message)
    table.write([[Put(Item(_key(account_id, mail.id), b"{}", expires_at=int(now.timestamp()) + _KEPT_S))]])


def _key(account_id: str, id_: str) -> Key:
    return Key(f"{account_id}#mailed", id_)
