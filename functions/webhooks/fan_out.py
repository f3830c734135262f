"""From what happened to the backlogs of the webhooks that are subscribed to it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

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

Subscriptions = Mapping[str, list[Subscription]]
_TRIES, _PAUSE_S = 5, 0.2


class _Wanted(NamedTuple):
    """An event that somebody is subscribed to. `told`: webhook → what it calls the topic."""

    message: EventRecorded
    metric: Metric
    told: Mapping[str, str]


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
        entries: list[New] = []
        wanted: list[_Wanted] = []
        for message in messages:
            if isinstance(message, AlertChanged):
                entries += _of_alert(message, subscribed)
                continue
            metric = self._metric(account_id, message.metric_id)
            if told := _told(metric, subscribed):
                wanted.append(_Wanted(message, metric, told))
        people = profiles.named(self.table, account_id, (one.message.profile_id for one in wanted))
        for one in wanted:
            entries += self._of_event(one, people)
        return entries

    def _of_event(self, wanted: _Wanted, people: Mapping[str, Profile]) -> list[New]:
        message, account_id = wanted.message, wanted.message.account_id
        try:
            row = row_of(message)
        except ValueError as error:
            raise Rejected(str(error)) from error
        made = document(Address(self.platform_url), account_id, row, wanted.metric, people.get(message.profile_id))
        payload, id_ = msgspec.Raw(encode(made)), event_uuid(account_id, row.event_id)
        received_at = datetime.fromisoformat(message.received_at)
        key = webhook_backlog.sort_key(received_at, message.position, message.event_id)
        return [New(webhook_id, key, encode(Entry(topic, id_, payload))) for webhook_id, topic in wanted.told.items()]

    def _metric(self, account_id: str, metric_id: str) -> Metric:
        known = self._metrics.get((account_id, metric_id)) or metrics.get(self.table, account_id, metric_id)
        if known is None:
            raise Rejected(f"a metric with id {metric_id} does not exist")
        self._metrics[account_id, metric_id] = known
        return known


def _told(metric: Metric, subscribed: Subscriptions) -> Mapping[str, str]:
    """Webhook that is to be told of the metric's events → what it calls the topic; each once."""
    told: dict[str, str] = {}
    for name in first_names(metric):
        for webhook, topic in subscribed.get(name, ()):
            told.setdefault(webhook.id, topic)
    return told


def _of_alert(message: AlertChanged, subscribed: Subscriptions) -> list[New]:
    id_ = alert_entry_id(message)
    key = webhook_backlog.sort_key(datetime.fromisoformat(message.at), 0, id_)
    return [
        New(webhook.id, key, encode(Entry(topic, id_, message.alert)))
        for webhook, topic in subscribed.get(MONITOR_ALERT, ())
    ]
