"""Which rows to change, from the messages of the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdp.documents import outbox
from cdp.errors import Rejected
from cdp.events import RewriteDue, Scheduled
from cdp.inbox import Received
from cdp.ports import Lake, Table


@dataclass(frozen=True)
class Rewriter:
    table: Table
    lake: Lake

    def process(self, received: Sequence[Received]) -> None:
        """Rewrite what the messages ask for, each account once; safe to repeat."""
        for account_id in dict.fromkeys(account_id for one in received for account_id in self._due(one)):
            outbox.drain(self.table, self.lake, account_id)

    def _due(self, received: Received) -> list[str]:
        message = received.message
        if isinstance(message, RewriteDue):
            return [message.account_id]
        if isinstance(message, Scheduled):
            return [message.account_id] if message.account_id else self.lake.accounts()
        raise Rejected(f"{type(message).__name__} is no message for this room")
