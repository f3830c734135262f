"""Accounts and their keys.

The account id is also the public key (SPEC §1.1: site or company id). Private keys are stored as SHA-256 of a
key with 256 random bits, so the table gives none away.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from cdp.errors import Rejected
from cdp.model.ids import new_short_id
from cdp.ports import Delete, Item, Key, Put, Table

ALL_SCOPES = "*"


class Account(msgspec.Struct, frozen=True, omit_defaults=True):
    """`timezone` is an IANA name; `currency` ISO 4217; `created` UTC. Settings begin with their defaults."""

    id: str
    name: str
    timezone: str
    currency: str
    created: datetime
    industry: str | None = None
    locale: str = "en-US"
    test_account: bool = False
    week_starts_monday: bool = False
    exchange_rates: dict[str, float] = {}

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Grant(msgspec.Struct, frozen=True):
    """What a private key opens. `scopes` are space separated; "*" is everything."""

    account_id: str
    scopes: str
    key_id: str
    created: datetime


_account = msgspec.json.Decoder(Account)
_grant = msgspec.json.Decoder(Grant)


def _account_key(account_id: str) -> Key:
    return Key(f"{account_id}#account", "account")


def _private_key(private_key: str) -> Key:
    return Key(f"key#{hashlib.sha256(private_key.encode()).hexdigest()}", "key")


def create(table: Table, *, name: str, timezone: str, currency: str) -> tuple[Account, str]:
    """Make an account with one private key for everything; the key is shown this once."""
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Rejected(f"{timezone!r} is not a time zone; use an IANA name like Europe/Paris.", field="timezone") from error
    if len(currency) != 3 or not currency.isalpha() or not currency.isascii():
        raise Rejected(f"{currency!r} is not a currency; use an ISO 4217 code like EUR.", field="currency")
    if not name.strip():
        raise Rejected("An account needs a name.", field="name")
    for _ in range(10):
        account = Account(new_short_id(), name.strip(), timezone, currency.upper(), datetime.now(UTC))
        if save(table, account, if_version=0):
            return account, add_key(table, account.id)
    raise RuntimeError("no free account id was found")


def save(table: Table, account: Account, *, if_version: int | None = None) -> bool:
    item = Item(_account_key(account.id), msgspec.json.encode(account))
    return table.write([[Put(item, if_version)]])[0]


def add_key(table: Table, account_id: str, scopes: str = ALL_SCOPES) -> str:
    """A new private key of the account, limited to `scopes`."""
    private_key = f"pk_{secrets.token_urlsafe(32)}"
    grant = Grant(account_id, scopes, new_short_id(), datetime.now(UTC))
    table.write([[Put(Item(_private_key(private_key), msgspec.json.encode(grant)))]])
    return private_key


def revoke_key(table: Table, private_key: str) -> None:
    table.write([[Delete(_private_key(private_key))]])


def authenticate(table: Table, private_key: str) -> Grant | None:
    """What the key opens, or None for a key that is none of ours."""
    item = table.get([_private_key(private_key)])[0]
    return None if item is None else _grant.decode(item.body)


def get(table: Table, account_id: str) -> Account:
    """The account; LookupError if there is none (its id came from a key, so that is a bug)."""
    item = table.get([_account_key(account_id)])[0]
    if item is None:
        raise LookupError(f"no account {account_id}")
    return _account.decode(item.body)


def exists(table: Table, account_id: str) -> bool:
    return table.get([_account_key(account_id)])[0] is not None


class Existing:
    """`exists`, remembering the accounts that do (accounts are not deleted while the platform runs)."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: set[str] = set()

    def __call__(self, account_id: str, /) -> bool:
        if account_id not in self._known and exists(self._table, account_id):
            self._known.add(account_id)
        return account_id in self._known
