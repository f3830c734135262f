"""Which profiles the rows of a consent job mean, made where they are missing (SPEC §2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cdp import events
from cdp.documents import identity, merges, profiles
from cdp.documents.identity import Change
from cdp.events import MergeAccepted
from cdp.model.consent import ADDRESS
from cdp.model.ids import profile_no
from cdp.model.payloads import ProfileAttributes, ProfileResource
from cdp.ports import Queue, Table
from functions.profiles.consent_bodies import BROWSER, UNSUPPRESS, Order, Row, Wish

Identity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """A profile, and what a row says of it. A row that names two people's addresses has two targets."""

    position: int
    key: str
    pointer: str
    no: int
    wishes: tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """`lost` are rows whose profile is no more, `applied` the profiles that were written: number -> made now?"""

    targets: list[Target]
    lost: list[Row]
    main: dict[int, int]  # position of a row -> the profile that its other identifiers mean
    applied: dict[int, bool]


def find(table: Table, queue: Queue, account_id: str, order: Order, rows: Sequence[Row], now: datetime) -> Found:
    """A channel's consent goes to the profile that has the address."""
    if order.kind == UNSUPPRESS:
        return _known(table, account_id, rows)
    lost = _lost(table, account_id, rows)
    gone = {row.position for row in lost}
    kept = [row for row in rows if row.position not in gone]
    trusted = order.kind != BROWSER
    changes = [Change(row.resource, row.identities, trusted=trusted) for row in kept]
    done = identity.apply(table, account_id, changes, now)
    applied = {one.no: one.created for one in done}
    anonymous = dict.fromkeys((one.anonymous, one.no) for one in done if one.anonymous is not None)
    merged = [
        MergeAccepted(account_id, source, into, trusted=trusted, anonymous=True)
        for source, into in anonymous
        if source is not None
    ]
    if merged:
        queue.send([events.encode(message) for message in merged])
    main = {row.position: one.no for row, one in zip(kept, done, strict=True)}
    owners = _owners(table, account_id, kept, now, applied, trusted=trusted)
    targets = [target for row in kept for target in _targets(row, main[row.position], owners)]
    return Found(targets, lost, main, applied)


def _known(table: Table, account_id: str, rows: Sequence[Row]) -> Found:
    """Nobody is made in order to be let go."""
    owners = profiles.find(table, account_id, [row.identities[0] for row in rows])
    main = {row.position: owners[row.identities[0]] for row in rows if row.identities[0] in owners}
    targets = [
        Target(row.position, str(row.position), row.pointer, main[row.position], row.wishes)
        for row in rows
        if row.position in main
    ]
    return Found(targets, [], main, {})


def _lost(table: Table, account_id: str, rows: Sequence[Row]) -> list[Row]:
    """Rows with the id of a profile that neither is there nor has a successor."""
    named = [(row, profile_no(account_id, row.resource.id)) for row in rows if row.resource.id]
    numbers = sorted({no for _, no in named if no is not None})
    stored = profiles.get_many(table, account_id, numbers)
    there = {no for no, one in zip(numbers, stored, strict=True) if one is not None}
    heirs = merges.successors(table, account_id, set(numbers) - there)
    there |= {no for no, heir in heirs.items() if heir != merges.ERASED}
    return [row for row, no in named if no not in there]


def _owners(
    table: Table, account_id: str, rows: Sequence[Row], now: datetime, applied: dict[int, bool], *, trusted: bool
) -> dict[Identity, int]:
    """Whose the rows' addresses are; one that was left to nobody makes a profile of its own."""
    wanted = dict.fromkeys(
        address
        for row in rows
        for kind in {ADDRESS[wish.channel[0]] for wish in row.wishes if wish.channel[0] in ADDRESS}
        if (address := row.address(kind)) is not None
    )
    owners = profiles.find(table, account_id, wanted)
    missing = [one for one in wanted if one not in owners]
    changes = [Change(_only(one), [one], trusted=trusted) for one in missing]
    for one, made in zip(missing, identity.apply(table, account_id, changes, now), strict=True):
        owners[one] = made.no
        applied.setdefault(made.no, made.created)
    return owners


def _only(one: Identity) -> ProfileResource:
    kind, value = one
    given = ProfileAttributes(email=value) if kind == "email" else ProfileAttributes(phone_number=value)
    return ProfileResource("profile", given)


def _targets(row: Row, main: int, owners: dict[Identity, int]) -> list[Target]:
    wishes: dict[int, list[Wish]] = {}
    for wish in row.wishes:
        kind = ADDRESS.get(wish.channel[0])
        address = row.address(kind) if kind and not row.resource.id else None
        wishes.setdefault(main if address is None else owners[address], []).append(wish)
    return [
        Target(row.position, str(row.position), row.pointer, no, tuple(said)) for no, said in wishes.items()
    ]
