"""Makes, changes and deletes custom metrics (SPEC §4.4).

A name is taken within the account, whatever its capitals. A custom metric that is in use may go: what was mapped to
it is unmapped in the same transaction; reports that name it answer that it does not exist.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

import msgspec

from cdp.documents import custom_metrics, daily, mapped_metrics, metrics, plans
from cdp.documents.custom_metrics import CustomMetric, Definition
from cdp.documents.mapped_metrics import Choice
from cdp.documents.named import Shelf
from cdp.errors import Rejected, Unavailable, not_found
from cdp.jsonapi.bodies import ATTRIBUTES, checked_name
from cdp.jsonapi.front import Request
from cdp.ports import Table
from functions.metrics.custom_bodies import GROUPS, checked_definition, metric_change, new_metric

A_DAY = 15
WHAT = "custom metric"
_ATTEMPTS = 8
_CONTENDED = Unavailable("custom metrics are being changed by others at the same moment")


@dataclass(frozen=True)
class Writer:
    """`factor` multiplies the limit of a day; 0 switches it off."""

    table: Table
    factor: int

    def create(self, request: Request) -> CustomMetric:
        body = new_metric.read(request).attributes
        name, definition = checked_name(body.name), checked_definition(body.definition)
        self._check_metrics(request.account_id, definition)
        self._count(request)
        made = CustomMetric(secrets.token_hex(16), name, request.now, request.now, definition)
        for _ in range(_ATTEMPTS):
            seen = custom_metrics.CUSTOM_METRICS.shelf(self.table, request.account_id)
            self._check_room(request.account_id, seen)
            if self._put(request.account_id, made, seen):
                return made
        raise _CONTENDED

    def update(self, request: Request) -> CustomMetric:
        given, id_ = metric_change.read(request).attributes, request.path["id"]
        name = None if given.name is None else checked_name(given.name)
        definition = None if given.definition is None else checked_definition(given.definition)
        if definition is not None:
            self._check_metrics(request.account_id, definition)
        _existing(custom_metrics.CUSTOM_METRICS.shelf(self.table, request.account_id), id_)
        self._count(request)
        for _ in range(_ATTEMPTS):
            seen = custom_metrics.CUSTOM_METRICS.shelf(self.table, request.account_id)
            old = _existing(seen, id_)
            new = msgspec.structs.replace(
                old,
                name=name or old.name,
                definition=definition or old.definition,
                updated=max(request.now, old.updated),
            )
            if self._put(request.account_id, new, seen):
                return new
        raise _CONTENDED

    def delete(self, request: Request) -> None:
        account_id, id_ = request.account_id, request.path["id"]
        for _ in range(_ATTEMPTS):
            seen = custom_metrics.CUSTOM_METRICS.shelf(self.table, account_id)
            _existing(seen, id_)
            operations = custom_metrics.removing(account_id, id_, seen)
            chosen = mapped_metrics.choices(self.table, account_id)
            if freed := _freed(chosen, id_, request.now):
                operations.append(mapped_metrics.choosing(account_id, chosen, freed))
            if self.table.write([operations])[0]:
                return
        raise _CONTENDED

    def _put(self, account_id: str, metric: CustomMetric, seen: Shelf[CustomMetric]) -> bool:
        for other in seen.things.values():
            if other.thing.id != metric.id and other.thing.name.casefold() == metric.name.casefold():
                raise Rejected(
                    f"The account has a custom metric named {other.thing.name!r} already.",
                    field=f"{ATTRIBUTES}/name",
                )
        return self.table.write([custom_metrics.putting(account_id, metric, seen)])[0]

    def _check_metrics(self, account_id: str, definition: Definition) -> None:
        for number, group in enumerate(definition.metric_groups):
            if metrics.get(self.table, account_id, group.metric_id) is None:
                raise Rejected(
                    f"A metric with id {group.metric_id} does not exist.", field=f"{GROUPS}/{number}/metric_id"
                )

    def _check_room(self, account_id: str, seen: Shelf[CustomMetric]) -> None:
        most = plans.get(self.table, account_id).custom_metrics
        if len(seen.things) >= most:
            raise Rejected(
                f"The plan of this account includes {most} custom metric{'' if most == 1 else 's'}.",
                status=403,
                code="permission_denied",
                title="Permission denied.",
                meta={"meter": "custom_metrics", "most": most},
            )

    def _count(self, request: Request) -> None:
        daily.count(self.table, request.account_id, "custom-metrics", request.now, A_DAY * self.factor)


def _existing(seen: Shelf[CustomMetric], id_: str) -> CustomMetric:
    if id_ not in seen.things:
        raise not_found(WHAT, id_)
    return seen.things[id_].thing


def _freed(chosen: mapped_metrics.Choices, id_: str, now: datetime) -> dict[str, Choice]:
    """The mappings that point to the metric, emptied."""
    return {
        name: Choice(max(now, choice.updated))
        for name, choice in chosen.by_name.items()
        if choice.target is not None and (choice.target.kind, choice.target.id) == ("custom-metric", id_)
    }
