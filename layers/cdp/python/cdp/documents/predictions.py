"""Predicted attributes in the table: `predictive` of profiles, changed alone.

Such a change is no change by a person: `updated` stays, and with it the profile's place in every listing. So a nightly
run does not send every client that reads by `updated` through all profiles, and costs two writes a profile instead of
six.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from cdp.documents import outbox, profile_orders, profiles
from cdp.documents.outbox import ProfileChange
from cdp.documents.profiles import Stored
from cdp.model.profile import differ
from cdp.ports import Delete, Item, Put, Table

Attributes = Mapping[str, Any]
_ATTEMPTS = 5
_ATTRIBUTE = "predictive"


def change(
    table: Table,
    account_id: str,
    numbers: Sequence[int],
    settle: Callable[[int, Attributes], dict[str, Any]],
    now: datetime,
) -> list[int]:
    """Let every profile hold what `settle` makes of its number and of what it holds; the numbers of those that changed.

    Safe to repeat: who holds it already is not written. Numbers of nobody are passed over."""
    changed: list[int] = []
    left = list(numbers)
    for _ in range(_ATTEMPTS):
        states = [one for one in profiles.get_many(table, account_id, left) if one is not None]
        due = [state for state in states if _apply(state, settle)]
        saved = table.write([_operations(account_id, state, now) for state in due]) if due else []
        changed += (state.profile.no for state, ok in zip(due, saved, strict=True) if ok)
        left = [state.profile.no for state, ok in zip(due, saved, strict=True) if not ok]
        if not left:
            return changed
    raise profiles.CONTENDED


def _apply(state: Stored, settle: Callable[[int, Attributes], dict[str, Any]]) -> bool:
    found = settle(state.profile.no, state.profile.predictive)
    if not differ(state.profile.predictive, found):
        return False
    state.profile.predictive = found
    return True


def _operations(account_id: str, state: Stored, now: datetime) -> list[Put | Delete]:
    profile = state.profile
    value = msgspec.Raw(msgspec.json.encode(profile.predictive)) if profile.predictive else outbox.NOTHING
    item = Item(profile_orders.profile_key(account_id, profile.no), profiles.body(profile))
    told = ProfileChange(profile.no, state.version + 1, now, {_ATTRIBUTE: value})
    return [Put(item, state.version, keep_indexes=True), outbox.put(account_id, told)]
