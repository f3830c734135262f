"""Which tables to compact, from the messages of the inbox."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from cdp.errors import Rejected
from cdp.events import CompactionDue, Scheduled
from cdp.inbox import Received
from cdp.lake.tables import TABLES
from cdp.ports import Lake

log = logging.getLogger("regulars.compact")


@dataclass(frozen=True)
class Compactor:
    lake: Lake

    def process(self, received: Sequence[Received]) -> None:
        """Compact what the messages ask for, each table once; safe to repeat."""
        due: dict[tuple[str, str], None] = {}
        for one in received:
            due |= dict.fromkeys(self._due(one))
        tables = {table.name: table for table in TABLES}
        for account_id, name in due:
            done = self.lake.compact(account_id, tables[name])
            if done.months:
                log.info(
                    "compacted %s of %s: %s month(s), %s rows, %s -> %s files",
                    name, account_id, done.months, done.rows, done.files_before, done.files_after,
                )  # fmt: skip

    def _due(self, received: Received) -> list[tuple[str, str]]:
        message = received.message
        if isinstance(message, CompactionDue):
            if message.table not in {table.name for table in TABLES}:
                raise Rejected(f"there is no table {message.table!r}")
            return [(message.account_id, message.table)]
        if isinstance(message, Scheduled):
            accounts = [message.account_id] if message.account_id else self.lake.accounts()
            return [(account_id, table.name) for account_id in accounts for table in TABLES]
        raise Rejected(f"{type(message).__name__} is no message for this room")
