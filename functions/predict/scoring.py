"""Writes predicted attributes: asks every property, and writes the profiles for which something has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cdp.documents import clv, listeners, predictions
from cdp.events import ProfilesChanged
from cdp.orders.book import order_book
from cdp.ports import Bus, Engine, Table
from functions.predict.properties import PROPERTIES
from functions.predict.source import Asked, Property, Values

CHUNK = 1000  # profiles that are read and written at a time
LISTED, SPREAD = 500, 20  # numbers in one query; a query of a range instead may reach over so many times more


@dataclass(frozen=True)
class Scorer:
    table: Table
    engine: Engine
    bus: Bus
    clock: Callable[[], datetime]
    properties: Sequence[Property] = PROPERTIES

    def asked(self, account_id: str, numbers: Sequence[int], as_of: datetime) -> Asked:
        book = order_book(self.table, self.engine, account_id, as_of)
        return Asked(account_id, numbers, as_of, book, self.engine, self.table)

    def prepare(self, asked: Asked) -> None:
        for one in self.properties:
            if one.prepare is not None:
                one.prepare(asked)

    def ordered(self, account_id: str, numbers: Sequence[int], *, announce_all: bool = False) -> None:
        """Their orders have changed. `announce_all`: an earlier try may have written some and told nobody.

        After a run that a person asked for as of a past time, that time holds until the next nightly run."""
        as_of = clv.STATE.get(self.table, account_id).asked_as_of or self.clock()
        written = self._score(account_id, numbers, as_of, [one for one in self.properties if one.after_orders])
        told = numbers if announce_all else written
        if told and listeners.PROFILES in listeners.metrics(self.table, account_id):
            parts = (tuple(told[start : start + CHUNK]) for start in range(0, len(told), CHUNK))
            self.bus.publish([ProfilesChanged(account_id, changed=part) for part in parts])

    def score(self, account_id: str, numbers: Sequence[int], as_of: datetime) -> list[int]:
        """The numbers of the profiles for which something has changed."""
        return self._score(account_id, numbers, as_of, self.properties)

    def _score(
        self, account_id: str, numbers: Sequence[int], as_of: datetime, properties: Sequence[Property]
    ) -> list[int]:
        written: list[int] = []
        for wanted, reach in portions(numbers):
            asked = self.asked(account_id, reach, as_of)
            found = [(one, one.source(asked)) for one in properties]
            for start in range(0, len(wanted), CHUNK):
                part = wanted[start : start + CHUNK]
                settle = settler(found)
                written += predictions.change(self.table, account_id, part, settle, self.clock())
        return written


def portions(numbers: Sequence[int]) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    """What to ask for in one query each: the wanted numbers, and those that the query is about."""
    if isinstance(numbers, range):
        yield numbers, numbers
        return
    if len(numbers) > LISTED and numbers[-1] - numbers[0] < SPREAD * len(numbers):
        yield numbers, range(numbers[0], numbers[-1] + 1)
        return
    for start in range(0, len(numbers), LISTED):
        part = numbers[start : start + LISTED]
        yield part, _even(part)


def _even(numbers: Sequence[int]) -> Sequence[int]:
    """The last one repeated up to a power of two: the queries of every length of list are compiled anew, 0.5 s."""
    short = (1 << (len(numbers) - 1).bit_length()) - len(numbers)
    return [*numbers, *[numbers[-1]] * short]


def settler(found: Sequence[tuple[Property, Values]]) -> Callable[[int, Mapping[str, Any]], dict[str, Any]]:
    """What a profile is to hold, from its number and what it holds. Null is the same as nothing."""
    owned = {name for one, _ in found for name in one.attributes}

    def settle(no: int, held: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: value for name, value in held.items() if name not in owned}
        for one, values in found:
            new = one.settle(held, values.get(no, {}))
            kept.update((name, new[name]) for name in one.attributes if new.get(name) is not None)
        return kept

    return settle
