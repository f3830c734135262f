"""Full passes: all members of a segment, by one query over the lake (SPEC §4.1).

Only the differences between who should be in it and who is, by the log, come out of the query. Each is looked at
again before it is written, since the profile may have changed since; so a pass may be cut short, repeated, or run
beside others, and ends in the same members.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec

from cdp.documents import memberships, outbox, segments
from cdp.documents.segments import SEGMENTS, Segment
from cdp.ports import Lake
from cdp.query.sql import select
from functions.audiences.deciding import CHUNK, Changes, Decider, parsed
from functions.audiences.evaluation import query

MOST = 1_000_000  # differences that one query brings; after them the pass starts over
_PAGE = 1000

_HELD = """
SELECT profile_no FROM (
  SELECT profile_no,
    max(CASE WHEN action = 'joined' THEN logged_at END) AS joined_at,
    max(CASE WHEN action = 'left' THEN logged_at END) AS left_at
  FROM segment_log WHERE group_id = :group GROUP BY profile_no
) AS newest
WHERE joined_at >= left_at OR (joined_at IS NOT NULL AND left_at IS NULL)
"""
_DIFFERENCES = """
SELECT coalesce(wanted.profile_no, held.profile_no) AS profile_no
FROM wanted FULL OUTER JOIN held ON wanted.profile_no = held.profile_no
WHERE wanted.profile_no IS NULL OR held.profile_no IS NULL
LIMIT :most
"""


@dataclass(frozen=True)
class Passer:
    decider: Decider
    lake: Lake

    def run(self, account_id: str, segment_id: str, now: datetime) -> Iterator[int]:
        """Pass over one segment; yields after each portion how many memberships it changed.

        `now`: the time from which the definition reckons. A segment that is no more loses its members; one that
        is redefined on the way is passed over anew.
        """
        over = False
        while not over:
            segment = segments.get(self.decider.table, account_id, segment_id)
            if segment is None:
                yield from self._empty(account_id, segment_id)
            elif segment.is_active:
                over = yield from self._pass(account_id, segment, now)
            over = over or segment is None or not segment.is_active

    def _pass(self, account_id: str, segment: Segment, now: datetime) -> Generator[int, None, bool]:
        """False if the segment was changed on the way."""
        table = self.decider.table
        changed = 1
        while changed:
            outbox.drain(table, self.lake, account_id)
            numbers, changed = self._differences(account_id, segment, now), 0
            for start in range(0, len(numbers), CHUNK):
                current = segments.get(table, account_id, segment.id)
                if current is None or current.generation != segment.generation:
                    return False
                touched = dict.fromkeys(numbers[start : start + CHUNK], frozenset((segment.id,)))
                portion = self.decider.decide(account_id, [segment], touched, now)
                changed += portion
                yield portion
            if len(numbers) < MOST:
                break
        return self._note(account_id, segment, now)

    def _differences(self, account_id: str, segment: Segment, now: datetime) -> list[int]:
        """Numbers of the profiles that should join or leave."""
        context = self.decider.context(account_id, [segment], now)
        wanted = query(parsed(segment), context)
        asked = select(_DIFFERENCES, wanted=wanted, held=select(_HELD, group=segment.id), most=MOST)
        rows = self.decider.engine.run(account_id, asked)
        numbers: list[int] = sorted(rows["profile_no"].to_pylist())
        return numbers

    def _note(self, account_id: str, segment: Segment, now: datetime) -> bool:
        """The pass is done; False if the segment was changed meanwhile."""
        table = self.decider.table
        while (stored := SEGMENTS.get(table, account_id, segment.id)) is not None:
            if stored.thing.generation != segment.generation:
                break
            done = msgspec.structs.replace(stored.thing, is_processing=False, evaluated_at=now)
            if segments.save(table, account_id, done, stored.version):
                return True
        return False

    def _empty(self, account_id: str, segment_id: str) -> Iterator[int]:
        """Everybody leaves a segment that was deleted."""
        table = self.decider.table
        while members := memberships.page(table, account_id, segment_id, limit=_PAGE):
            found = Changes(leaves=[member.profile_no for member in members])
            yield self.decider.write(account_id, segment_id, found, epoch=0)
