"""Which mail has been handed over: a repeat is no second mail. Remembered for thirty days."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

from cdp.ports import Item, Key, Put, Table

_KEPT_S = 30 * 86_400


def mail_id(kind: str, *parts: str) -> str:
    """The same for the same parts."""
    return f"{kind}-{blake2b('/'.join(parts).encode(), digest_size=13).hexdigest()}"


def is_mailed(table: Table, account_id: str, id_: str) -> bool:
    return table.get([_key(account_id, id_)])[0] is not None


def note(table: Table, account_id: str, id_: str, now: datetime) -> None:
    table.write([[Put(Item(_key(account_id, id_), b"{}", expires_at=int(now.timestamp()) + _KEPT_S))]])


def _key(account_id: str, id_: str) -> Key:
    return Key(f"{account_id}#mailed", id_)
