"""From an event to the functions that it triggers: one `FunctionDue` for all events of a batch that a function is to see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cdp import events
from cdp.code import due
from cdp.documents import code_functions, plans, profiles
from cdp.errors import Rejected
from cdp.events import EventRecorded
from cdp.events.function_due import Trigger
from cdp.inbox import Received
from cdp.ports import Queue, Table
from cdp.resources.event import Address
from functions.code.fan_out_documents import Documents
from functions.code.fan_out_stops import Stops
from functions.code.fan_out_triggers import Matcher


@dataclass(frozen=True)
class FanOut:
    """The inbox half of the room. At least once: a batch that comes again triggers its functions again."""

    table: Table
    executions: Queue
    address: Address
    clock: Callable[[], datetime]

    def process(self, received: Sequence[Received]) -> None:
        by_account: dict[str, list[EventRecorded]] = defaultdict(list)
        for message, _ in received:
            if not isinstance(message, EventRecorded):
                raise Rejected(f"the room does not listen to {type(message).__name__}")
            by_account[message.account_id].append(message)
        texts = [text for account_id, messages in by_account.items() for text in self._due(account_id, messages)]
        if texts:
            self.executions.send(texts)

    def _due(self, account_id: str, messages: Sequence[EventRecorded]) -> list[str]:
        """The messages to send for an account's events."""
        matcher = Matcher(self.table, account_id, code_functions.live(self.table, account_id), self.clock())
        wanted = [(message, found) for message in messages if (found := matcher.functions(message))]
        if not wanted or not plans.get(self.table, account_id).opens(plans.CDP):
            return []
        people = profiles.named(self.table, account_id, (message.profile_id for message, _ in wanted))
        documents = Documents(self.table, account_id, self.address)
        stops = Stops(self.table, account_id, self.clock())
        triggers: dict[str, list[Trigger]] = defaultdict(list)
        for message, found in wanted:
            trigger = Trigger(message.event_id, documents.of(message, people.get(message.profile_id)), message.hops)
            for function in stops.pass_on(found, message, trigger):
                triggers[function.id].append(trigger)
        stops.record()
        return [
            events.encode(one) for function_id, some in triggers.items() for one in due.messages(account_id, function_id, some)
        ]
