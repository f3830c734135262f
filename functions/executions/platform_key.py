"""The private key that functions' module `account` calls the account's API with; made when it is first needed.

The key itself is a secret; the table says under which name, so that of several that make one at the same moment one wins.
"""

from __future__ import annotations

import secrets as random

import msgspec

from cdp.documents import accounts
from cdp.errors import Unavailable
from cdp.ports import Item, Key, Put, Secrets, Table

# What customers' code may do with the account: its data, but neither functions, webhooks, monitors, keys nor bills.
SCOPES = " ".join(
    f"{what}:{access}"
    for what in (
        "campaigns", "catalogs", "coupons", "coupon-codes", "custom-objects", "events", "flows", "forms", "images", "lists",
        "metrics", "profiles", "push-tokens", "reviews", "segments", "subscriptions", "tags", "templates",
    )
    for access in ("read", "write")
)  # fmt: skip


class _Named(msgspec.Struct, frozen=True):
    secret: str


_named = msgspec.json.Decoder(_Named)


def of(table: Table, secrets: Secrets, account_id: str) -> str:
    at = Key(f"{account_id}#function-key", "key")
    item = table.get([at])[0]
    if item is None:
        item = _make(table, secrets, account_id, at)
    key = secrets.get(_named.decode(item.body).secret)
    if key is None:
        raise Unavailable("the key of the account's functions is being made at this moment", retry_after_s=1)
    return key


def _make(table: Table, secrets: Secrets, account_id: str, at: Key) -> Item:
    """The item that names a key: ours, or the one that somebody else was faster with."""
    name = f"function-keys/{account_id}/{random.token_hex(8)}"
    key = accounts.add_key(table, account_id, SCOPES)
    secrets.put(name, key)
    mine = Item(at, msgspec.json.encode(_Named(name)))
    if table.write([[Put(mine, 0)]])[0]:
        return mine
    accounts.revoke_key(table, key)
    secrets.delete(name)
    theirs = table.get([at])[0]
    if theirs is None:
        raise Unavailable("the key of the account's functions is being made at this moment", retry_after_s=1)
    return theirs
