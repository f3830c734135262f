"""Metric aggregates as the public API shows them (SPEC §3)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from cdp.errors import Rejected
from cdp.jsonapi.cursors import Cursor
from functions.reports.aggregate_filters import asked
from functions.reports.kinds.metric_aggregate import Measurement, Params, Row, measure
from functions.reports.report import Answer, Scope

Json = dict[str, object]


def answer(params: Params, scope: Scope, rows: Sequence[Row]) -> Answer:
    """`dates` and `data`; groups come in pages."""
    wanted = asked(params, scope)
    dates = wanted.dates()
    names = _returned(params)
    data: list[Json] = []
    more = False
    for place, cells in groupby(rows, key=lambda row: row.place):
        if place > wanted.seen + wanted.page_size:
            more = True
            break
        at = {wanted.position(row.bucket): row for row in cells}
        some = next(iter(at.values()))
        zeros: Json = {
            name: [measure(at[n], name) if n in at else 0 for n in range(len(dates))] for name in names
        }
        data.append({"dimensions": some.dimensions(len(wanted.by)), "measurements": zeros})
    if not data and not wanted.by:
        data = [{"dimensions": [], "measurements": {name: [0] * len(dates) for name in names}}]
    following = Cursor(params.sort or "", (wanted.seen + wanted.page_size,)).encode() if more else None
    newest = max((row.newest for row in rows), default=None)
    return Answer({"dates": dates, "data": data}, newest, params.timezone or "UTC", following)


def _returned(params: Params) -> list[Measurement]:
    """The measurements to show; `return_fields` narrows them."""
    names = list(dict.fromkeys(params.measurements))
    if not params.return_fields:
        return names
    for number, name in enumerate(params.return_fields):
        if name not in names:
            raise Rejected(f"{name!r} is not among the measurements.", field=f"/return_fields/{number}")
    return [name for name in names if name in params.return_fields]
