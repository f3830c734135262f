"""What became of a function's calls (SPEC §17): one record a run, kept 14 days, and counts by day.

The id of a run begins with its moment, so runs stand in the order of time; a person's runs are found by the person, too,
because what a function says may name them. Counts of a day are spread over several items, so that writers of the same
moment seldom meet; none of them is ever far from the truth, but a count is not taken back when a message is tried twice.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal, get_args

import msgspec

from cdp.code.job import Failure, Fetched, LogLine
from cdp.errors import Unavailable
from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

# Those of cdp.code.job but `skipped`, and: refused (the sandbox runs nothing), stopped (too many functions in a row led to
# the event), too_large (the event).
RunStatus = Literal["ok", "failed", "again", "timeout", "crashed", "refused", "stopped", "too_large"]
STATUSES: tuple[RunStatus, ...] = get_args(RunStatus)
KEPT = timedelta(days=14)
DAYS_KEPT = timedelta(days=400)
RESULT_BYTES = 8 * 1024  # of a result are kept
_SHARDS, _ATTEMPTS = 16, 8
_PAGE = 1000
_PACK_FROM = 2048  # bytes: smaller records gain nothing


class Run(msgspec.Struct, frozen=True, omit_defaults=True):
    """One attempt at one event. `key` is that of all attempts at it (`context.run.id`, see cdp.code.calls); `at` UTC.

    `result` is JSON; null with `result_cut` if it is longer than what is kept. `again_at`: when it is tried again.
    """

    id: str
    key: str
    version: int
    event_id: str
    status: RunStatus
    at: datetime
    duration_ms: float = 0.0
    attempt: int = 1
    profile_id: str | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    result_cut: bool = False
    failure: Failure | None = None
    logs: tuple[LogLine, ...] = ()
    truncated: bool = False
    fetched: tuple[Fetched, ...] = ()
    again_at: datetime | None = None


class Day(msgspec.Struct, frozen=True):
    """Runs of a day (UTC) by status; `unrecorded` of them have no record of their own, because there were too many.
    `duration_ms` is the sum, `longest_ms` the longest. `letters_lost`: dead letters that there was no room for."""

    day: date
    runs: dict[str, int] = {}
    unrecorded: int = 0
    duration_ms: float = 0.0
    longest_ms: float = 0.0
    letters_lost: int = 0

    def plus(self, other: Day) -> Day:
        runs = {name: self.runs.get(name, 0) + other.runs.get(name, 0) for name in self.runs.keys() | other.runs.keys()}
        return Day(
            self.day,
            runs,
            self.unrecorded + other.unrecorded,
            self.duration_ms + other.duration_ms,
            max(self.longest_ms, other.longest_ms),
            self.letters_lost + other.letters_lost,
        )


_run = msgspec.json.Decoder(Run)
_day = msgspec.json.Decoder(Day)


def new_id(at: datetime) -> str:
    """The id of a run that began then."""
    return f"{int(at.timestamp() * 1_000_000):014x}{secrets.token_hex(4)}"


def save(table: Table, account_id: str, function_id: str, runs: Sequence[Run], more: Day) -> None:
    """Keep these runs, and add to the counts of a day, in one call of the table if nobody else counts just then."""
    writes = [[Put(_item(account_id, function_id, one))] for one in runs]
    for _ in range(_ATTEMPTS):
        if table.write([*writes, [_counting(table, account_id, function_id, more)]])[-1]:
            return
        writes = []
    raise Unavailable("a function's runs are being counted by others at the same moment", retry_after_s=1)


def page(
    table: Table,
    account_id: str,
    function_id: str,
    *,
    status: RunStatus | None = None,
    limit: int = 100,
    after: str | None = None,
    descending: bool = True,
) -> list[Run]:
    """At most `limit` runs, the newest first unless said otherwise, behind the one with the id `after`."""
    partition = _runs(account_id, function_id)
    index, wanted = (None, partition) if status is None else ("g1", f"{partition}#{status}")
    position = None if after is None else (after, partition, after)
    found = table.query(ItemQuery(wanted, index, descending=descending, limit=limit, after=position))
    return [_run.decode(_unpack(item.body)) for item in found]


def days(table: Table, account_id: str, function_id: str, first: date, last: date) -> list[Day]:
    """The counts of each day from `first` to `last`, both included, by day; also of days without a run."""
    found = {first + timedelta(days=n): Day(first + timedelta(days=n)) for n in range((last - first).days + 1)}
    low, high = first.isoformat(), (last + timedelta(days=1)).isoformat()
    for item in _items(table, ItemQuery(_days(account_id, function_id), low=low, high=high, limit=_PAGE)):
        part = _day.decode(item.body)
        found[part.day] = found[part.day].plus(part)
    return list(found.values())


def remove_all(table: Table, account_id: str, function_id: str) -> None:
    """Runs and counts of a function that is deleted."""
    for partition in (_runs(account_id, function_id), _days(account_id, function_id)):
        while page := table.query(ItemQuery(partition, limit=_PAGE)):
            table.write([[Delete(item.key)] for item in page])


def forget(table: Table, account_id: str, profile_id: str) -> None:
    """Runs for events of a person who is erased."""
    while page := table.query(ItemQuery(_person(account_id, profile_id), "g2", limit=_PAGE)):
        table.write([[Delete(item.key)] for item in page])


def _counting(table: Table, account_id: str, function_id: str, more: Day) -> Put:
    """The write that adds to one of the day's items, if it is still as it was read."""
    key = Key(_days(account_id, function_id), f"{more.day.isoformat()}#{secrets.randbelow(_SHARDS):02d}")
    item = table.get([key])[0]
    before = Day(more.day) if item is None else _day.decode(item.body)
    expires = int((datetime.combine(more.day, datetime.min.time(), UTC) + DAYS_KEPT).timestamp())
    fresh = Item(key, msgspec.json.encode(before.plus(more)), expires_at=expires)
    return Put(fresh, 0 if item is None else item.version)


def _item(account_id: str, function_id: str, one: Run) -> Item:
    partition = _runs(account_id, function_id)
    indexes = {"g1": (f"{partition}#{one.status}", one.id)}
    if one.profile_id is not None:
        indexes["g2"] = (_person(account_id, one.profile_id), one.id)
    plain = msgspec.json.encode(one)
    body = zlib.compress(plain, 1) if len(plain) >= _PACK_FROM else plain
    return Item(Key(partition, one.id), body, indexes, int((one.at + KEPT).timestamp()))


def _unpack(body: bytes) -> bytes:
    """A record as JSON; one that is packed does not begin with a brace."""
    return body if body.startswith(b"{") else zlib.decompress(body)


def _items(table: Table, query: ItemQuery) -> Iterable[Item]:
    while page := table.query(query):
        yield from page
        query = replace(query, after=(page[-1].key.sk, *page[-1].key))


def _runs(account_id: str, function_id: str) -> str:
    return f"{account_id}#function-runs#{function_id}"


def _days(account_id: str, function_id: str) -> str:
    return f"{account_id}#function-days#{function_id}"


def _person(account_id: str, profile_id: str) -> str:
    return f"{account_id}#function-runs-of#{profile_id}"
