"""What a function needs to run: its code, its environment, the key of the module `account`."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from cdp.code.job import Platform
from cdp.documents import function_environments, function_versions
from cdp.documents.code_functions import Function
from cdp.errors import Unavailable
from cdp.ports import Secrets, Table
from functions.executions import platform_key

KEPT_S = 60.0
_MOST_CODES, _MOST_ENVIRONMENTS, _MOST_KEYS = 32, 256, 256

T = TypeVar("T")


class Shortly(Generic[T]):
    """What was read within KEPT_S, at most so many."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._held: OrderedDict[tuple[object, ...], tuple[float, T]] = OrderedDict()

    def get(self, key: tuple[object, ...], read: Callable[[], T]) -> T:
        now = time.monotonic()
        with self._lock:
            held = self._held.get(key)
        if held is not None and now - held[0] < KEPT_S:
            return held[1]
        value = read()
        with self._lock:
            self._held[key] = (now, value)
            self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return value


@dataclass(frozen=True, slots=True)
class Programs:
    """Versions and environments are never changed under their names (number, token), so what is held is right."""

    table: Table
    secrets: Secrets
    platform_url: str
    _codes: Shortly[str] = field(default_factory=lambda: Shortly(_MOST_CODES))
    _environments: Shortly[dict[str, str]] = field(default_factory=lambda: Shortly(_MOST_ENVIRONMENTS))
    _keys: Shortly[str] = field(default_factory=lambda: Shortly(_MOST_KEYS))

    def code(self, account_id: str, one: Function) -> str:
        return self._codes.get((account_id, one.id, one.live), lambda: self._read_code(account_id, one))

    def environment(self, account_id: str, one: Function) -> dict[str, str]:
        given = one.environment
        if not given.parts:
            return {}
        return self._environments.get(
            (account_id, one.id, given.token),
            lambda: function_environments.get(self.secrets, account_id, one.id, given),
        )

    def platform(self, account_id: str) -> Platform:
        key = self._keys.get((account_id,), lambda: platform_key.of(self.table, self.secrets, account_id))
        return Platform(self.platform_url, key)

    def _read_code(self, account_id: str, one: Function) -> str:
        found = function_versions.code(self.table, account_id, one.id, one.live)
        if found is None:
            raise Unavailable(f"version {one.live} of function {one.id} is not there", retry_after_s=1)
        return found
