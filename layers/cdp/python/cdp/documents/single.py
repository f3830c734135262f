"""Documents of which an account has one: settings and the like, there before anybody has written them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from cdp.errors import Unavailable
from cdp.ports import Item, Key, Put, Table

T = TypeVar("T", bound=msgspec.Struct)
_ATTEMPTS = 8


class Single(Generic[T]):
    """A document under `<account>#<partition>`; until it is written it is `kind()`."""

    def __init__(self, partition: str, name: str, kind: type[T]) -> None:
        self._partition, self._name, self._plain = partition, name, kind()
        self._decoder = msgspec.json.Decoder(kind)

    def get(self, table: Table, account_id: str) -> T:
        return self._read(table, self._key(account_id))[0]

    def change(self, table: Table, account_id: str, change: Callable[[T], T]) -> T:
        """The document after `change`, which may be called several times: others write it at the same time."""
        key = self._key(account_id)
        for _ in range(_ATTEMPTS):
            before, version = self._read(table, key)
            after = change(before)
            if after == before or table.write([[Put(Item(key, msgspec.json.encode(after)), version)]])[0]:
                return after
        raise Unavailable(f"{self._partition} {self._name} are being changed by others at the same moment", retry_after_s=1)

    def _read(self, table: Table, key: Key) -> tuple[T, int]:
        item = table.get([key])[0]
        return (self._plain, 0) if item is None else (self._decoder.decode(item.body), item.version)

    def _key(self, account_id: str) -> Key:
        return Key(f"{account_id}#{self._partition}", self._name)
