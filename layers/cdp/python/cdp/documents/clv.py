"""Customer lifetime value (SPEC §6): an account's settings, and how far its predictions are.

`Settings` is what a person chose, `State` what the nightly work knows: which model is in force, since when, and the
refresh of profiles that is under way. Models have a document of their own each (`cdp.documents.clv_models`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from cdp.documents.single import Single
from cdp.ports import Item, ItemQuery, Key, Put, Table

STANDARD, RELAXED = "standard", "relaxed"
Eligibility = Literal["standard", "relaxed"]
DEFAULT_WINDOW_DAYS = 365


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """`updated` (UTC) and `updated_by` (id of a private key) None: nobody has changed anything yet."""

    predicted_window_days: int = DEFAULT_WINDOW_DAYS
    eligibility: Eligibility = "standard"
    updated: datetime | None = None
    updated_by: str | None = None


class Overview(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an account's orders are, all together: customers, of them repeaters (bought on two days) and loyal (three
    orders), orders, days (each customer's days with an order), net units, and when the first and last order were."""

    mapped: bool = True
    customers: int = 0
    repeaters: int = 0
    loyal: int = 0
    orders: int = 0
    days: int = 0
    units: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


class Seen(msgspec.Struct, frozen=True):
    """The overview that the last run began with. `of` names the mapped metrics that it is about."""

    of: str
    as_of: datetime
    overview: Overview


class Refresh(msgspec.Struct, frozen=True):
    """A run over all profiles. `through`: the highest number it reaches; `total` parts, each of which leaves a mark
    (`parts_done`). `ended` None: under way. Times are UTC; `as_of` is what it reckons from."""

    id: str
    begun: datetime
    as_of: datetime
    through: int
    total: int
    ended: datetime | None = None


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """`model_id`: the model in force, if any; `why`: a sentence why there is none, or why the newest training failed
    (`failed_at`). `basis` is what the last run was made from: other settings or mappings have another. `training` is
    under way since `training_since`. `asked_as_of`: the last run was asked for by a person, as of this time."""

    model_id: str | None = None
    why: str | None = None
    failed_at: datetime | None = None
    basis: str = ""
    training: str | None = None
    training_since: datetime | None = None
    refresh: Refresh | None = None
    refreshed_at: datetime | None = None
    asked_as_of: datetime | None = None
    listening: tuple[str, ...] = ()
    seen: Seen | None = None


SETTINGS = Single("clv", "settings", Settings)
STATE = Single("clv", "state", State)


def mark_part(table: Table, account_id: str, refresh_id: str, first: int, expires_at: int) -> None:
    """The part of the refresh that begins with this profile number is done."""
    key = Key(_parts(account_id, refresh_id), f"{first:010d}")
    table.write([[Put(Item(key, b"{}", expires_at=expires_at))]])


def parts_done(table: Table, account_id: str, refresh_id: str) -> int:
    found, query = 0, ItemQuery(_parts(account_id, refresh_id), limit=1000)
    while page := table.query(query):
        found += len(page)
        query = ItemQuery(query.partition, limit=1000, after=(page[-1].key.sk, *page[-1].key))
    return found


def _parts(account_id: str, refresh_id: str) -> str:
    return f"{account_id}#clv-refresh#{refresh_id}"
