"""Decides for single profiles which segments they belong to, and writes down what has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

import msgspec

from cdp.documents import accounts, joining, memberships, merges, metrics
from cdp.documents.segments import Segment, in_order
from cdp.events import MembershipsChanged
from cdp.ports import Bus, Engine, Table
from functions.audiences import definition as definitions
from functions.audiences.definition import Definition
from functions.audiences.evaluation import Context, holds
from functions.audiences.facts import Facts, load

CHUNK = 4_000  # profiles whose facts are in memory at a time
_POINTER = "/definition"


@lru_cache(maxsize=4096)
def _parsed(definition: bytes) -> Definition:
    return definitions.parse(msgspec.Raw(definition), _POINTER)


def parsed(segment: Segment) -> Definition:
    """The segment's definition, remembered."""
    return _parsed(bytes(segment.definition))


@dataclass
class Changes:
    """Numbers of profiles that are to join and to leave one segment."""

    joins: list[int] = field(default_factory=list)
    leaves: list[int] = field(default_factory=list)


@dataclass
class Decider:
    table: Table
    engine: Engine
    bus: Bus
    clock: Callable[[], datetime]
    _metric_nos: dict[tuple[str, str], int] = field(default_factory=dict)

    def context(self, account_id: str, segments: Sequence[Segment], now: datetime) -> Context:
        """What the definitions are reckoned with."""
        zone = accounts.get(self.table, account_id).zone
        wanted = {id_ for segment in segments for id_ in segment.metric_ids}
        numbers = {id_: no for id_ in sorted(wanted) if (no := self._metric_no(account_id, id_)) is not None}
        return Context(now=now, zone=zone, metric_nos=numbers)

    def _metric_no(self, account_id: str, metric_id: str) -> int | None:
        """Metrics never change, so their numbers are remembered."""
        at = (account_id, metric_id)
        if at not in self._metric_nos:
            metric = metrics.get(self.table, account_id, metric_id)
            if metric is None:
                return None
            self._metric_nos[at] = metric.no
        return self._metric_nos[at]

    def decide(
        self,
        account_id: str,
        segments: Sequence[Segment],
        touched: Mapping[int, frozenset[str]],
        now: datetime,
        *,
        announce_all: bool = False,
    ) -> int:
        """Bring the memberships of the touched profiles (number -> ids of segments) up to date; how many changed.

        `announce_all`: tell of every touched membership as it is, because an earlier try may have changed it and
        told nobody.
        """
        chosen = [one for one in in_order(segments) if any(one.id in ids for ids in touched.values())]
        numbers = sorted(touched)
        context = self.context(account_id, chosen, now)
        changed = 0
        for start in range(0, len(numbers) if chosen else 0, CHUNK):
            part = numbers[start : start + CHUNK]
            epoch = merges.epoch(self.table, account_id)
            definitions_ = [parsed(one) for one in chosen]
            facts = load(self.table, self.engine, account_id, part, definitions_, context)
            pairs = [(one.id, no) for no in facts for one in chosen if one.id in touched[no]]
            members = set(memberships.joined_at(self.table, account_id, pairs))
            for segment in chosen:
                asked = {no: known for no, known in facts.items() if segment.id in touched[no]}
                found = _compare(segment, asked, members, context)
                changed += self.write(account_id, segment.id, found, epoch)
                _apply(segment.id, found, facts, now)
                if announce_all:
                    state = Changes([no for no in asked if (segment.id, no) in members])
                    state.leaves = [no for no in asked if (segment.id, no) not in members]
                    self._announce(account_id, segment.id, state, now)
        return changed

    def write(self, account_id: str, segment_id: str, found: Changes, epoch: int) -> int:
        """Join and leave, and tell of it; how many did. `epoch`: as it was before the profiles were read."""
        if not found.joins and not found.leaves:
            return 0
        at = self.clock()
        done = Changes(
            memberships.join(self.table, account_id, segment_id, found.joins, at) if found.joins else [],
            memberships.leave(self.table, account_id, segment_id, found.leaves, at) if found.leaves else [],
        )
        if done.joins and merges.epoch(self.table, account_id) != epoch:
            joining.follow(self.table, account_id, done.joins, at)
        self._announce(account_id, segment_id, done, at)
        return len(done.joins) + len(done.leaves)

    def _announce(self, account_id: str, segment_id: str, done: Changes, at: datetime) -> None:
        self.bus.publish([
            MembershipsChanged(account_id, segment_id, joined, tuple(numbers[i : i + CHUNK]), at.isoformat())
            for joined, numbers in ((True, done.joins), (False, done.leaves))
            for i in range(0, len(numbers), CHUNK)
        ])  # fmt: skip


def _compare(
    segment: Segment, asked: Mapping[int, Facts], members: set[tuple[str, int]], context: Context
) -> Changes:
    found = Changes()
    definition = parsed(segment)
    for no, known in asked.items():
        held = holds(definition, known, context)
        if held != ((segment.id, no) in members):
            (found.joins if held else found.leaves).append(no)
    return found


def _apply(segment_id: str, found: Changes, facts: dict[int, Facts], now: datetime) -> None:
    """Let the segments that come next see the change."""
    for no in found.joins:
        facts[no] = replace(facts[no], memberships={**facts[no].memberships, segment_id: now})
    for no in found.leaves:
        kept = {id_: at for id_, at in facts[no].memberships.items() if id_ != segment_id}
        facts[no] = replace(facts[no], memberships=kept)
