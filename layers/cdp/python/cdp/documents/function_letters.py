"""Dead letters of functions: events that a function could not be done with, to be handed to it once more (SPEC §17).

One for each event of a function, however often it fails, kept 14 days, with the event as the function was given it. The
event stands beside it, compressed, in parts that fit into an item.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from cdp import events
from cdp.code import due
from cdp.code.job import Failure
from cdp.documents import parts
from cdp.documents.function_runs import RunStatus
from cdp.events.function_due import Trigger
from cdp.ports import Delete, Item, ItemQuery, Key, Put, Queue, Table

KEPT = timedelta(days=14)
MOST_A_DAY = 10_000  # of a function, in UTC; more are counted only (function_runs.Day.letters_lost)
MOST_AT_ONCE = 1000  # replayed or dropped in one call
_PAGE = 100
_DAY_S = 86_400


class Letter(msgspec.Struct, frozen=True, omit_defaults=True):
    """`id` is the event's; `at` (UTC) when it was given up, after `attempt` attempts, the last one by `version`."""

    id: str
    at: datetime
    status: RunStatus
    attempt: int
    version: int
    failure: Failure | None = None
    profile_id: str | None = None
    hops: int = 0
    parts: int = 1

    @property
    def place(self) -> str:
        """Where it stands among the others."""
        return f"{int(self.at.timestamp() * 1_000_000):014x}#{self.id}"


class Replayed(NamedTuple):
    """`letters`: so many of them. `more`: there were more than one call takes; call again."""

    letters: int
    more: bool


class _Held(NamedTuple):
    """A letter as it was read: what is written again since is not removed."""

    letter: Letter
    version: int


_letter = msgspec.json.Decoder(Letter)


def save(
    table: Table,
    account_id: str,
    function_id: str,
    letters: Sequence[tuple[Letter, msgspec.Raw]],
    most_a_day: int | None = MOST_A_DAY,
) -> int:
    """Keep letters with their events; how many there was no room for today."""
    room = len(letters)
    if letters and most_a_day is not None:
        day = int(letters[0][0].at.timestamp()) // _DAY_S
        counter = Key(f"{_letters(account_id, function_id)}-count", str(day))
        before = table.add(counter, len(letters), expires_at=(day + 2) * _DAY_S) - len(letters)
        room = max(0, min(len(letters), most_a_day - before))
    table.write([_putting(account_id, function_id, one, event) for one, event in letters[:room]])
    return len(letters) - room


def page(
    table: Table, account_id: str, function_id: str, *, limit: int = 100, after: str | None = None, descending: bool = True
) -> list[Letter]:
    """At most `limit` letters, the newest first unless said otherwise, behind the one whose `place` is `after`."""
    partition = _letters(account_id, function_id)
    position = None if after is None else (after, partition, after.partition("#")[2])
    found = table.query(ItemQuery(partition, "g1", descending=descending, limit=limit, after=position))
    return [_letter.decode(item.body) for item in found]


def event(table: Table, account_id: str, function_id: str, letter: Letter) -> msgspec.Raw | None:
    """The event as the function was given it; None if the letter is gone meanwhile."""
    items = table.get([_part(account_id, function_id, letter.id, no) for no in range(letter.parts)])
    found = parts.joined(items)
    return None if found is None else msgspec.Raw(found)


def replay(
    table: Table, executions: Queue, account_id: str, function_id: str, ids: Sequence[str] | None = None
) -> Replayed:
    """Hand letters (all, the oldest first, or those with these ids) to the function's live version again, as if the event
    had just come. At least once: they are removed when the messages are sent. At most MOST_AT_ONCE in one call."""
    chosen, more = _chosen(table, account_id, function_id, ids)
    held, sent = {one.letter.id: one for one in chosen}, 0
    for message in due.messages(account_id, function_id, _triggers(table, account_id, function_id, chosen)):
        executions.send([events.encode(message)])
        _remove(table, account_id, function_id, [held[one.event_id] for one in message.triggers])
        sent += len(message.triggers)
    return Replayed(sent, more)


def drop(table: Table, account_id: str, function_id: str, ids: Sequence[str] | None = None) -> Replayed:
    """Remove letters (all, or those with these ids) for good; as `replay` otherwise."""
    chosen, more = _chosen(table, account_id, function_id, ids)
    _remove(table, account_id, function_id, chosen)
    return Replayed(len(chosen), more)


def remove_all(table: Table, account_id: str, function_id: str) -> None:
    """Of a function that is deleted."""
    while drop(table, account_id, function_id).more:
        pass


def forget(table: Table, account_id: str, profile_id: str) -> None:
    """Letters of events of a person who is erased."""
    while found := table.query(ItemQuery(_person(account_id, profile_id), "g2", limit=_PAGE)):
        for item in found:
            function_id = item.key.pk.rpartition("#")[2]
            _remove(table, account_id, function_id, [_Held(_letter.decode(item.body), item.version)])


def _chosen(
    table: Table, account_id: str, function_id: str, ids: Sequence[str] | None
) -> tuple[list[_Held], bool]:
    if ids is not None:
        return _named(table, account_id, function_id, ids[:MOST_AT_ONCE]), len(ids) > MOST_AT_ONCE
    items = table.query(ItemQuery(_letters(account_id, function_id), "g1", limit=MOST_AT_ONCE + 1))
    held = [_Held(_letter.decode(item.body), item.version) for item in items]
    return held[:MOST_AT_ONCE], len(held) > MOST_AT_ONCE


def _named(table: Table, account_id: str, function_id: str, ids: Sequence[str]) -> list[_Held]:
    keys = [Key(_letters(account_id, function_id), id_) for id_ in dict.fromkeys(ids) if 0 < len(id_) <= 64]
    return [_Held(_letter.decode(item.body), item.version) for item in table.get(keys) if item is not None]


def _triggers(table: Table, account_id: str, function_id: str, letters: Sequence[_Held]) -> Iterator[Trigger]:
    """Of the letters that are still there."""
    for letter, _ in letters:
        given = event(table, account_id, function_id, letter)
        if given is not None:
            yield Trigger(letter.id, given, letter.hops)


def _remove(table: Table, account_id: str, function_id: str, letters: Sequence[_Held]) -> None:
    partition = _letters(account_id, function_id)
    table.write([
        [
            Delete(Key(partition, one.id), version),
            *(Delete(_part(account_id, function_id, one.id, no)) for no in range(one.parts)),
        ]
        for one, version in letters
    ])


def _putting(account_id: str, function_id: str, one: Letter, event_: msgspec.Raw) -> list[Put | Delete]:
    pieces = parts.split(bytes(event_), 3)
    one = msgspec.structs.replace(one, parts=len(pieces))
    partition, expires = _letters(account_id, function_id), int((one.at + KEPT).timestamp())
    indexes = {"g1": (partition, one.place)}
    if one.profile_id is not None:
        indexes["g2"] = (_person(account_id, one.profile_id), one.place)
    head = Put(Item(Key(partition, one.id), msgspec.json.encode(one), indexes, expires))
    beside = [
        Put(Item(_part(account_id, function_id, one.id, no), piece, expires_at=expires)) for no, piece in enumerate(pieces)
    ]
    return [head, *beside]


def _letters(account_id: str, function_id: str) -> str:
    return f"{account_id}#function-letters#{function_id}"


def _part(account_id: str, function_id: str, id_: str, no: int) -> Key:
    return Key(f"{account_id}#function-letter#{function_id}#{id_}", f"{no:02d}")


def _person(account_id: str, profile_id: str) -> str:
    return f"{account_id}#function-letters-of#{profile_id}"
