"""From what happened to the backlogs of the webhooks that are subscribed to it."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from cdp import events
from cdp.documents import metrics, profiles, webhook_backlog, webhooks
from cdp.documents.metrics import Metric
from cdp.documents.webhook_backlog import New
from cdp.documents.webhooks import Subscription
from cdp.errors import Rejected, Unavailable
from cdp.events import AlertChanged, DeliveriesDue, EventRecorded
from cdp.inbox import Received
from cdp.model.ids import event_uuid
from cdp.model.profile import Profile
from cdp.ports import Queue, Table
from cdp.resources.event import Address, document, row_of
from cdp.webhooks.delivery import Entry, encode
from cdp.webhooks.topics import MONITOR_ALERT
from functions.webhooks.fan_out_topics import alert_entry_id, first_names

log = logging.getLogger("regulars.webhooks")

Subscriptions = Mapping[str, list[Subscription]]
_TRIES, _PAUSE_S = 5, 0.2


@dataclass
class FanOut:
    """Inbox of the room. Metrics never change, so those it has met are kept."""

    table: Table
    deliveries: Queue
    platform_url: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    pause: Callable[[float], None] = time.sleep
    _metrics: dict[tuple[str, str], Metric] = field(default_factory=dict)

    def process(self, received: Sequence[Received]) -> None:
        """Safe to repeat. A fault that passes is waited out here for a moment: messages that went back into the inbox
        would come after those behind them."""
        by_account: dict[str, list[EventRecorded | AlertChanged]] = defaultdict(list)
        for message, _ in received:
            if not isinstance(message, EventRecorded | AlertChanged):
                raise Rejected(f"{type(message).__name__} is no message for this room")
            by_account[message.account_id].append(message)
        for attempt in range(1, _TRIES + 1):
            try:
                self._spread(by_account)
            except Unavailable:
                if attempt == _TRIES:
                    raise
                self.pause(_PAUSE_S * attempt)
            else:
                return

    def _spread(self, by_account: Mapping[str, Sequence[EventRecorded | AlertChanged]]) -> None:
        due: list[DeliveriesDue] = []
        for account_id, messages in by_account.items():
            entries = self._entries(account_id, messages)
            webhook_backlog.put(self.table, account_id, entries, self.clock())
            due += [DeliveriesDue(account_id, id_) for id_ in dict.fromkeys(new.webhook_id for new in entries)]
        if due:
            self.deliveries.send([events.encode(message) for message in due])

    def _entries(self, account_id: str, messages: Sequence[EventRecorded | AlertChanged]) -> list[New]:
        subscribed = webhooks.subscribed(self.table, account_id)
        if not subscribed:
            return []
        entries = []
        recorded = [message for message in messages if isinstance(message, EventRecorded)]
        for message in messages:
            if isinstance(message, AlertChanged):
                entries += _of_alert(message, subscribed)
        people = profiles.named(self.table, account_id, (message.profile_id for message in recorded))
        for message in recorded:
            entries += self._of_event(message, subscribed, people)
        return entries

    def _of_event(
        self, message: EventRecorded, subscribed: Subscriptions, people: Mapping[str, Profile]
    ) -> list[New]:
        account_id = message.account_id
        metric = self._metric(account_id, message.metric_id)
        if metric is None:
            raise Rejected(f"a metric with id {message.metric_id} does not exist")
        wanted: dict[str, str] = {}
        for name in first_names(metric):
            for webhook, topic in subscribed.get(name, ()):
                wanted.setdefault(webhook.id, topic)
        if not wanted:
            return []
        try:
            row = row_of(message)
        except ValueError as error:
            raise Rejected(str(error)) from error
        made = document(Address(self.platform_url), account_id, row, metric, people.get(message.profile_id))
        payload, id_ = msgspec.Raw(encode(made)), event_uuid(account_id, row.event_id)
        received_at = datetime.fromisoformat(message.received_at)
        key = webhook_backlog.sort_key(received_at, message.position, message.event_id)
        return [New(webhook_id, key, encode(Entry(topic, id_, payload))) for webhook_id, topic in wanted.items()]

    def _metric(self, account_id: str, metric_id: str) -> Metric | None:
        known = self._metrics.get((account_id, metric_id)) or metrics.get(self.table, account_id, metric_id)
        if known is not None:
            self._metrics[account_id, metric_id] = known
        return known


def _of_alert(message: AlertChanged, subscribed: Subscriptions) -> list[New]:
    id_ = alert_entry_id(message)
    key = webhook_backlog.sort_key(datetime.fromisoformat(message.at), 0, id_)
    return [
        New(webhook.id, key, encode(Entry(topic, id_, message.alert)))
        for webhook, topic in subscribed.get(MONITOR_ALERT, ())
    ]
