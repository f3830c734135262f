"""Do the things exist that a monitor names?"""

from __future__ import annotations

from cdp.documents import flows, metrics, segments
from cdp.documents.custom_metrics import CUSTOM_METRICS
from cdp.documents.monitors import Condition, Kind
from cdp.errors import not_found
from cdp.jsonapi.bodies import ATTRIBUTES
from cdp.ports import Table
from functions.monitors.bodies import RELATIONSHIPS

_ID_CHARS = 64


def exists(table: Table, account_id: str, kind: Kind, id_: str) -> None:
    """`Rejected` 404 if there is no such thing to watch."""
    found: object | None = None
    if kind == "metric" and 0 < len(id_) <= _ID_CHARS:
        found = metrics.get(table, account_id, id_)
    elif kind == "segment":
        found = segments.get(table, account_id, id_)
    elif kind == "flow":
        found = flows.FLOWS.get(table, account_id, id_)
    if found is None:
        raise not_found(kind, id_, field=f"{RELATIONSHIPS}/{kind}/data/id")


def convertible(table: Table, account_id: str, conditions: tuple[Condition, ...]) -> None:
    """`Rejected` 404 if a condition names a conversion metric that does not exist."""
    for n, condition in enumerate(conditions):
        id_ = condition.conversion_metric_id
        if id_ is None or metrics.get(table, account_id, id_) is not None:
            continue
        if CUSTOM_METRICS.get(table, account_id, id_) is None:
            raise not_found("metric", id_, field=f"{ATTRIBUTES}/conditions/{n}/conversion_metric_id")
