"""Maps a metric or a custom metric to one of the account's meanings, or nothing (SPEC §3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from cdp.documents import daily, mapped_metrics, metrics
from cdp.documents.custom_metrics import CUSTOM_METRICS
from cdp.documents.mapped_metrics import MAPPINGS, Busiest, Choice, Choices, Kind, Mapped, Target
from cdp.errors import Rejected, Unavailable, not_found
from cdp.jsonapi.bodies import Body, Resource
from cdp.jsonapi.front import Request
from cdp.ports import Delete, Put, Table

A_DAY = 30
WHAT = "mapped metric"
_ATTEMPTS = 8
_RELATIONSHIPS = "/data/relationships"


class _Identifier(msgspec.Struct, frozen=True):
    """`id` null says the same as no identifier."""

    type: str
    id: str | None


class _Related(msgspec.Struct, frozen=True):
    data: _Identifier | UnsetType | None = UNSET


class _Relationships(msgspec.Struct, frozen=True, rename="kebab"):
    metric: _Related = _Related()
    custom_metric: _Related = _Related()


class _Mapping(Resource, frozen=True, kw_only=True):
    """PATCH /api/mapped-metrics/{id}"""

    id: str
    relationships: _Relationships = _Relationships()


_mapping = Body("mapped-metric", _Mapping)


@dataclass(frozen=True)
class Mapper:
    """`factor` multiplies the limit of a day; 0 switches it off. `busiest` is made for an account."""

    table: Table
    busiest: Callable[[str], Busiest]
    factor: int

    def in_force(self, account_id: str) -> dict[str, Mapped]:
        return mapped_metrics.resolve(self.table, account_id, self.busiest(account_id))

    def update(self, request: Request) -> Mapped:
        name = named(request)
        target = _target(_mapping.read(request).relationships)
        daily.count(self.table, request.account_id, "mapped-metrics", request.now, A_DAY * self.factor)
        for _ in range(_ATTEMPTS):
            chosen = mapped_metrics.choices(self.table, request.account_id)
            choice = Choice(request.now, target)
            if self.table.write([self._choosing(request.account_id, name, choice, chosen)])[0]:
                return Mapped(name, target, choice.updated)
        raise Unavailable("mapped metrics are being changed by others at the same moment")

    def _choosing(self, account_id: str, name: str, choice: Choice, chosen: Choices) -> list[Put | Delete]:
        """The transaction; it fails if the custom metric changes or goes meanwhile."""
        operations: list[Put | Delete] = [mapped_metrics.choosing(account_id, chosen, {name: choice})]
        target = choice.target
        if target is None:
            return operations
        at = f"{_RELATIONSHIPS}/{target.kind}/data/id"
        if target.kind == "custom-metric":
            stored = CUSTOM_METRICS.get(self.table, account_id, target.id)
            if stored is None:
                raise Rejected(f"A custom metric with id {target.id} does not exist.", field=at)
            operations.append(CUSTOM_METRICS.touch(account_id, stored))
        elif metrics.get(self.table, account_id, target.id) is None:
            raise Rejected(f"A metric with id {target.id} does not exist.", field=at)
        known = metrics.all_metrics(self.table, account_id)
        for other in mapped_metrics.in_force(chosen, known, self.busiest(account_id)).values():
            if other.name != name and other.target == target:
                raise Rejected(f"This metric is mapped to {other.name} already.", field=at)
        return operations


def named(request: Request) -> str:
    """The mapping that the path names."""
    name = request.path["id"]
    if name not in MAPPINGS:
        raise not_found(WHAT, name)
    return name


def _target(given: _Relationships) -> Target | None:
    """What is to be mapped; None: nothing."""
    sent: dict[Kind, Any] = {"metric": given.metric.data, "custom-metric": given.custom_metric.data}
    if all(data is UNSET for data in sent.values()):
        raise Rejected("Give a metric or a custom-metric, or null.", field=_RELATIONSHIPS)
    found: list[Target] = []
    for kind, data in sent.items():
        if not isinstance(data, _Identifier):
            continue
        if data.type != kind:
            raise Rejected(f"The type must be {kind!r}, not {data.type!r}.", field=f"{_RELATIONSHIPS}/{kind}/data/type")
        if data.id is not None:
            found.append(Target(kind, data.id))
    if len(found) > 1:
        raise Rejected("Map either a metric or a custom metric.", field=f"{_RELATIONSHIPS}/custom-metric/data")
    return found[0] if found else None
