"""Keeps this process's slots leased while their functions run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cdp.documents import function_slots
from cdp.documents.function_slots import LEASE_S, Slot
from cdp.errors import Unavailable
from cdp.ports import Table

log = logging.getLogger("regulars.executions")
RENEW_S = LEASE_S / 3


class Leases:
    """One thread renews all of them; it starts with the first and sleeps while there is none."""

    def __init__(self, table: Table, most: int) -> None:
        self.most = most
        self._table = table
        self._held: dict[object, Slot] = {}
        self._changed = threading.Condition()
        self._renewing = threading.Lock()  # a slot that is being renewed is not released under way
        self._thread: threading.Thread | None = None

    @contextmanager
    def slot(self, account_id: str) -> Iterator[bool]:
        """One of the account's slots for as long as the block lasts; False: all are held."""
        slot = function_slots.acquire(self._table, account_id, self.most)
        if slot is None:
            yield False
            return
        name = self._add(slot)
        try:
            yield True
        finally:
            with self._renewing:
                last = self._held.pop(name, None)
            if last is not None:
                function_slots.release(self._table, last)

    def _add(self, slot: Slot) -> object:
        name = object()
        with self._changed:
            self._held[name] = slot
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, name="leases", daemon=True)
                self._thread.start()
            self._changed.notify()
        return name

    def _keep(self) -> None:
        pause = threading.Event()
        while not pause.wait(RENEW_S):
            with self._changed:
                self._changed.wait_for(lambda: bool(self._held))
            try:
                self._renew()
            except Unavailable as error:
                log.warning("leases of slots could not be renewed now: %s", error)

    def _renew(self) -> None:
        with self._renewing:
            names = list(self._held)
            renewed = function_slots.renew(self._table, [self._held[name] for name in names])
            for name, slot in zip(names, renewed, strict=True):
                if slot is None:
                    log.warning("a slot was lost: its lease ran out before it was renewed")
                    del self._held[name]
                else:
                    self._held[name] = slot
