"""One turn of a webhook's lane: take it, deliver what waits in order, let it go (docs/adr/0145)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from cdp import events
from cdp.documents import webhook_attempts, webhook_backlog, webhook_lanes, webhooks
from cdp.documents.webhook_backlog import Waiting
from cdp.documents.webhook_lanes import LEASE, Lane
from cdp.documents.webhooks import FAILING, GONE, Webhook
from cdp.events import DeliveriesDue
from cdp.ports import Delete, Put
from cdp.webhooks import posting
from cdp.webhooks.delivery import Recipient, delivery_id
from cdp.webhooks.posting import Posted
from functions.deliveries import retry
from functions.deliveries.room import Room

log = logging.getLogger("regulars.deliveries")

_TOGETHER = 24  # writes that go into one transaction with the lane's own
NAP_S = 600  # the longest pause at a time: a message as old as LONGEST_DELAY_S would raise the inbox's alarm
_EARLY = timedelta(seconds=1)  # so much before `wake_at` a message may be the one that was to wake
_SLOT_PAUSE = timedelta(seconds=2)


class Turn:
    """`lane` is what was read or written last, as `version`; it may be ahead of the table until the next `_save`."""

    def __init__(self, room: Room, due: DeliveriesDue, holder: str) -> None:
        self._room, self._due, self._holder = room, due, holder
        self._table, self._account_id, self._id = room.table, due.account_id, due.webhook_id
        self._ends = room.clock() + room.pace.turn
        self.lane: Lane
        self.version: int
        self._done: list[Put | Delete] = []  # what came of the last POST: written with the lane
        self._behind: str | None = None  # so far everything has gone, though `_done` is not written yet
        self._load()

    def run(self) -> None:
        """Until there is nothing to do now, somebody else does it, or the turn is over."""
        while True:
            if self._is_anothers():
                if self._save(replace(self.lane, bumps=self.lane.bumps + 1)):
                    return
                self._load()
            elif self._step():
                return

    def _is_anothers(self) -> bool:
        return self.lane.holder != self._holder and self.lane.is_held(self._room.clock())

    def _step(self) -> bool:
        """True: the turn is over, whatever is left to do has its message."""
        webhook, now = webhooks.get(self._table, self._account_id, self._id), self._room.clock()
        if webhook is not None and webhook.enabled and not self.lane.replay:
            return self._next(webhook, now)
        if not self._hold(now, self.lane.until):
            return False
        if webhook is None:
            return self._clear()
        return self._replay(now) if webhook.enabled else self._bury(now)

    def _next(self, webhook: Webhook, now: datetime) -> bool:
        if self.lane.failing_since is not None and self.lane.failing_since < webhook.fresh_since:
            self.lane = self.lane.recovered()
        if self.lane.next_at is not None and now < self.lane.next_at:
            return self._put_off(now, self.lane.next_at)
        batch = self._batch()
        if not batch:
            return self._release()
        secrets = self._room.keys.of(self._account_id, webhook, now)
        if not secrets:  # it is being removed
            return self._hold(now, None) and self._bury(now)
        return self._with_slot(webhook, secrets, batch, now)

    def _batch(self) -> list[Waiting]:
        """What a failed delivery held comes again as it was; else all that waits, within a delivery's limits."""
        pace = self._room.pace
        for until in dict.fromkeys((self.lane.until, None)):
            found = webhook_backlog.read(
                self._table, self._account_id, self._id, most=pace.entries, most_bytes=pace.entry_bytes, until=until,
                after=self._behind if self._done else None,
            )  # fmt: skip
            if found:
                return found
        return []

    # ------------------------------------------------------------ delivering

    def _with_slot(self, webhook: Webhook, secrets: tuple[str, ...], batch: list[Waiting], now: datetime) -> bool:
        """Endpoints that are slow or in error share a few places, so that they never take up the whole room."""
        if not self.lane.slow and not self.lane.attempt:
            return self._deliver(webhook, secrets, batch, now)
        slot = webhook_lanes.take_slot(self._table, self._account_id, self._holder, now)
        if slot is None:
            return self._put_off(now, now + _SLOT_PAUSE)
        try:
            return self._deliver(webhook, secrets, batch, now)
        finally:
            webhook_lanes.free_slot(self._table, slot)

    def _deliver(self, webhook: Webhook, secrets: tuple[str, ...], batch: list[Waiting], now: datetime) -> bool:
        if not self._hold(now, batch[-1].key):
            return False
        recipient = Recipient(self._account_id, self._id, webhook.endpoint_url, secrets)
        id_ = delivery_id(recipient.webhook_id, [waiting.key for waiting in batch])
        entries = [waiting.entry for waiting in batch]
        posted = posting.post(self._room.outbound, recipient, id_, entries, self._room.clock())
        if posted.failure is None:
            return self._delivered(posted, batch)
        return self._failed(webhook, posted)

    def _delivered(self, posted: Posted, batch: list[Waiting]) -> bool:
        attempt = posted.attempt(self.lane.attempt + 1)
        good = self.lane.recovered()
        self.lane = replace(good, until=None, slow=posted.is_slow, delivered_at=posted.at)
        gone = webhook_backlog.deletes(self._account_id, self._id, batch)
        self._done = [*gone, webhook_attempts.putting(self._account_id, attempt)]
        self._behind = batch[-1].key
        if self._room.clock() < self._ends:
            return False
        if webhook_backlog.is_more(self._table, self._account_id, self._id, self._behind):
            return self._make_room()
        return self._release()

    def _failed(self, webhook: Webhook, posted: Posted) -> bool:
        lane, now = self.lane, self._room.clock()
        since = lane.failing_since or posted.at
        if posted.is_gone or now - since > retry.IN_ERROR:
            return self._disable(webhook, posted, now)
        number, pace = lane.attempt + 1, self._room.pace
        wish_s = retry.retry_after_s(posted.headers, now)
        wait_s = retry.delay_s(number, pace.chance(), first_s=pace.first_retry_s, retry_after_s=wish_s)
        next_at = now + timedelta(seconds=wait_s)
        pause_s = self._send(wait_s)
        self.lane = replace(
            lane, attempt=number, failing_since=since, next_at=next_at, slow=posted.is_slow,
            wake_at=now + timedelta(seconds=pause_s),
        )  # fmt: skip
        attempt = posted.attempt(number, retry_at=next_at)
        self._done = [webhook_attempts.putting(self._account_id, attempt)]
        self._let_go()
        return True

    def _disable(self, webhook: Webhook, posted: Posted, now: datetime) -> bool:
        """Its dead letters are made in the next step. What somebody has mended during the POST is tried anew instead."""
        attempt = posted.attempt(self.lane.attempt + 1)
        self._done = [webhook_attempts.putting(self._account_id, attempt)]
        because = GONE if posted.is_gone else FAILING

        def given_up(found: Webhook) -> Webhook:
            return webhooks.disabled(found, because, now) if found.fresh_since == webhook.fresh_since else found

        after = webhooks.change(self._table, self._account_id, self._id, given_up)
        if after is not None and not after.enabled:
            log.warning("webhook %s of account %s is disabled: %s", self._id, self._account_id, posted.failure)
        return False

    # ------------------------------------------------------------ not delivering

    def _put_off(self, now: datetime, next_at: datetime) -> bool:
        """Not before `next_at`: one chain of messages leads there, whoever else comes by meanwhile."""
        if self.lane.wake_at is not None and now < self.lane.wake_at - _EARLY:
            return True
        pause_s = self._send((next_at - now).total_seconds())
        wake_at = now + timedelta(seconds=pause_s)
        if self._save(replace(self.lane.freed(), next_at=next_at, wake_at=wake_at)):
            return True
        self._catch_up()
        return False

    def _bury(self, now: datetime) -> bool:
        """Of a disabled webhook nothing waits any more, and a replay that was asked for before is over."""
        while webhook_backlog.bury(self._table, self._account_id, self._id, now):
            if self._room.clock() >= self._ends:
                return self._make_room()
        self.lane = replace(self.lane.recovered(), until=None, replay=False)
        return self._release()

    def _replay(self, now: datetime) -> bool:
        while webhook_backlog.replay_some(self._table, self._account_id, self._id, now):
            if self._room.clock() >= self._ends:
                return self._make_room()
        self.lane = replace(self.lane, replay=False)
        if not self._save(self.lane):
            self._catch_up()
        return False

    def _clear(self) -> bool:
        """The webhook is no more."""
        while webhook_backlog.clear(self._table, self._account_id, self._id):
            if self._room.clock() >= self._ends:
                return self._make_room()
        webhook_lanes.remove(self._table, self._account_id, self._id)
        return True

    def _make_room(self) -> bool:
        """Let the lane go, and come again."""
        self._let_go()
        self._send()
        return True

    def _let_go(self) -> None:
        """Whoever comes by meanwhile: whatever is left to do has its message."""
        while not self._save(self.lane.freed()):
            self._catch_up()
            if self._is_anothers():
                break

    def _hold(self, now: datetime, until: str | None) -> bool:
        """Take the lane, or keep it for longer. False: somebody else has written it."""
        if self._save(replace(self.lane, holder=self._holder, held_until=now + LEASE, until=until)):
            return True
        self._catch_up()
        return False

    def _release(self) -> bool:
        """Let the lane go, unless somebody has come by since it was read: then look again."""
        if self.lane == self._stored and not self.lane.holder:
            return True
        if self._save(self.lane.freed()):
            return True
        self._catch_up()
        return False

    # ------------------------------------------------------------ the table

    def _load(self) -> None:
        self.lane, self.version = webhook_lanes.read(self._table, self._account_id, self._id)
        self._stored = self.lane

    def _save(self, lane: Lane) -> bool:
        """Write the lane if nobody else has since it was read. What is done is written in any case."""
        put = webhook_lanes.put(self._account_id, self._id, lane, self.version)
        writes, self._done = self._done, []
        if len(writes) <= _TOGETHER:
            saved = self._table.write([[*writes, put]])[0]
            if not saved:
                self._write(writes)
        elif lane.holder:
            saved = self._table.write([*([write] for write in writes), [put]])[-1]
        else:  # who takes it next must not see what is on its way out
            self._write(writes)
            saved = self._table.write([[put]])[0]
        if saved:
            self.lane = self._stored = lane
            self.version += 1
        return saved

    def _catch_up(self) -> None:
        """Somebody came by. If the lane is still this turn's, what it has learnt goes on top of what they wrote."""
        mine = self.lane
        self._load()
        if self.lane.holder == mine.holder == self._holder:
            self.lane = replace(mine, bumps=self.lane.bumps, replay=self.lane.replay)

    def _write(self, writes: Sequence[Put | Delete]) -> None:
        if writes:
            self._table.write([[write] for write in writes])

    def _send(self, wait_s: float = 0.0) -> int:
        """The message of the next turn, after `wait_s` or `NAP_S`; how long that is."""
        pause_s = retry.whole_s(wait_s, NAP_S) if wait_s > 0 else 0
        self._room.queue.send([events.encode(self._due)], delay_s=pause_s)
        return pause_s
