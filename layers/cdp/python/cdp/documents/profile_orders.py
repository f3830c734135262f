"""The orders in which profiles are listed, and the index behind each.

Every profile stands in g1 by created, g2 by e-mail, g3 by id, g4 by updated. A profile whose e-mail address is
suppressed has a marker beside it, a small item with its number, which stands in g1 by its latest suppression,
in g2 by its latest list suppression and in g3 by created: the few suppressed are found without the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdp.model.profile import Profile
from cdp.ports import Key

_LAST = "\x7f"  # profiles without an e-mail address come last
_INDEX_OF = {"created": "g1", "email": "g2", "id": "g3", "updated": "g4"}
_SUPPRESSION = "subscriptions.email.marketing.suppression.timestamp"
_LIST_SUPPRESSION = "subscriptions.email.marketing.list_suppressions.timestamp"
_MARKER_INDEX_OF = {_SUPPRESSION: "g1", _LIST_SUPPRESSION: "g2", "created": "g3"}


@dataclass(frozen=True, slots=True)
class Order:
    """An order by `field`. `marked`: it holds suppressed profiles only, and gives their markers."""

    field: str
    index: str
    marked: bool

    def partition(self, account_id: str) -> str:
        return f"{account_id}#suppressed" if self.marked else f"{account_id}#profiles"

    def key(self, account_id: str, profile: Profile) -> str | None:
        """The profile's sort key; None: it does not stand in this order."""
        if self.marked:
            entry = marker_indexes(account_id, profile).get(self.index)
            return None if entry is None else entry[1]
        return indexes(account_id, profile)[self.index][1]

    def position(self, account_id: str, key: str, no: int) -> tuple[str, str, str]:
        """Where a profile stands: `ItemQuery.after`."""
        return (key, *(marker_key if self.marked else profile_key)(account_id, no))


def order(field: str, *, suppressed: bool) -> Order:
    """The order by `field`; `suppressed`: only profiles with a suppression are wanted, others may be left out."""
    if field in _MARKER_INDEX_OF and (suppressed or field not in _INDEX_OF):
        return Order(field, _MARKER_INDEX_OF[field], marked=True)
    return Order(field, _INDEX_OF[field], marked=False)


def profile_key(account_id: str, no: int) -> Key:
    return Key(f"{account_id}#profile#{no}", "profile")


def marker_key(account_id: str, no: int) -> Key:
    return Key(f"{account_id}#suppression#{no}", "suppression")


def indexes(account_id: str, profile: Profile) -> Mapping[str, tuple[str, str]]:
    """Index entries of a profile. Ties are broken by its number."""
    partition, tie = f"{account_id}#profiles", f"#{profile.no:010d}"
    return {
        "g1": (partition, profile.created.isoformat(timespec="microseconds") + tie),
        "g2": (partition, profile.email or _LAST + tie),
        "g3": (partition, profile.id(account_id)),
        "g4": (partition, profile.updated.isoformat(timespec="microseconds") + tie),
    }


def marker_indexes(account_id: str, profile: Profile) -> Mapping[str, tuple[str, str]]:
    """Index entries of a suppressed profile's marker; none if it is not suppressed."""
    if not profile.subscriptions:
        return {}
    partition, tie = f"{account_id}#suppressed", f"#{profile.no:010d}"
    entries = {}
    for index, kind in (("g1", "suppression"), ("g2", "list_suppressions")):
        times = [one["timestamp"] for one in profile.suppressions(kind)]
        if times:
            entries[index] = (partition, max(times) + tie)
    if entries:
        entries["g3"] = (partition, profile.created.isoformat(timespec="microseconds") + tie)
    return entries
