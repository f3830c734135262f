"""Push tokens: the apps through which a person can be reached, one item a token, found by profile and by value.

An identifier item of kind "push_token" leads from the token to the profile, as those of profiles do; it is never
one by which a person is matched.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec.structs import replace

from cdp.documents import merges
from cdp.documents.profiles import CONTENDED, identity_key, link
from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

_PAGE, _ATTEMPTS = 1000, 8
Position = tuple[str, str, str]


class PushToken(msgspec.Struct, frozen=True, omit_defaults=True):
    """`no` is its profile; `recorded` the last time we were told of it; times are UTC."""

    id: str
    token: str
    platform: str
    vendor: str
    no: int
    created: datetime
    recorded: datetime
    enablement_status: str = "AUTHORIZED"
    background: str = "AVAILABLE"
    metadata: dict[str, Any] = {}


_decoder = msgspec.json.Decoder(PushToken)


def token_id(platform: str, token: str) -> str:
    """32 hexadecimal digits that belong to the token."""
    return blake2b(f"{platform}\x1f{token}".encode(), digest_size=16).hexdigest()


def get(table: Table, account_id: str, id_: str) -> PushToken | None:
    return _read(table, account_id, [id_])[0][0]


def save(table: Table, account_id: str, given: PushToken) -> None:
    """Write a new or known token; one that changes hands leaves its former profile."""
    for _ in range(_ATTEMPTS):
        known, version = _read(table, account_id, [given.id])[0]
        if _write(table, account_id, known, version, given if known is None else replace(given, created=known.created)):
            break
    else:
        raise CONTENDED
    for heir in merges.successors(table, account_id, [given.no]).values():
        _hand_on(table, account_id, given.no, heir)


def remove(table: Table, account_id: str, id_: str) -> bool:
    """Forget the token; False if there is none."""
    for _ in range(_ATTEMPTS):
        known, version = _read(table, account_id, [id_])[0]
        if known is None:
            return False
        keys = [_pointer(account_id, known.no, id_), identity_key(account_id, "push_token", known.token)]
        if table.write([[Delete(_key(account_id, id_), version), *map(Delete, keys)]])[0]:
            return True
    raise CONTENDED


def of_profile(table: Table, account_id: str, no: int) -> list[PushToken]:
    """The profile's tokens, by id."""
    ids: list[str] = []
    query = ItemQuery(_holder(account_id, no), limit=_PAGE)
    while items := table.query(query):
        ids += (item.key.sk for item in items)
        query = ItemQuery(query.partition, limit=_PAGE, after=(ids[-1], *items[-1].key))
    return [token for token, _ in _read(table, account_id, ids) if token is not None and token.no == no]


def page(
    table: Table, account_id: str, *, descending: bool, limit: int, after: Position | None
) -> list[tuple[PushToken, Position]]:
    """At most `limit` of the account's tokens by `created`, each with its position."""
    query = ItemQuery(_all(account_id), "g1", descending=descending, limit=limit, after=after)
    return [(_decoder.decode(item.body), (item.indexes["g1"][1], *item.key)) for item in table.query(query)]


def move(table: Table, account_id: str, source: int, destination: int) -> None:
    """Give the destination all tokens of the source."""
    _hand_on(table, account_id, source, destination)


def erase(table: Table, account_id: str, no: int) -> None:
    """Forget all tokens of a profile."""
    _hand_on(table, account_id, no, merges.ERASED)


def _hand_on(table: Table, account_id: str, source: int, heir: int) -> None:
    for token in of_profile(table, account_id, source):
        if heir == merges.ERASED:
            remove(table, account_id, token.id)
            continue
        known, version = _read(table, account_id, [token.id])[0]
        current = known is not None and known.no == source
        if known and current and not _write(table, account_id, known, version, replace(known, no=heir)):
            raise CONTENDED


def _write(table: Table, account_id: str, known: PushToken | None, version: int, given: PushToken) -> bool:
    order = f"{given.created.isoformat(timespec='microseconds')}#{given.id}"
    item = Item(_key(account_id, given.id), msgspec.json.encode(given), {"g1": (_all(account_id), order)})
    writes: list[Put | Delete] = [
        Put(item, version),
        Put(Item(_pointer(account_id, given.no, given.id), b"{}")),
        Put(Item(identity_key(account_id, "push_token", given.token), link(given.no, trusted=False))),
    ]
    if known is not None and known.no != given.no:
        writes.append(Delete(_pointer(account_id, known.no, known.id)))
    return table.write([writes])[0]


def _read(table: Table, account_id: str, ids: list[str]) -> list[tuple[PushToken | None, int]]:
    items = table.get([_key(account_id, id_) for id_ in ids])
    return [(None, 0) if item is None else (_decoder.decode(item.body), item.version) for item in items]


def _key(account_id: str, id_: str) -> Key:
    return Key(f"{account_id}#push-token#{id_}", "push-token")


def _all(account_id: str) -> str:
    return f"{account_id}#push-tokens"


def _holder(account_id: str, no: int) -> str:
    return f"{account_id}#push-tokens-of#{no}"


def _pointer(account_id: str, no: int, id_: str) -> Key:
    return Key(_holder(account_id, no), id_)
