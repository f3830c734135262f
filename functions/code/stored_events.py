"""Events out of the lake that a function can be tried with (SPEC §17: one of the latest 10 of its metric)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from cdp.documents import metrics, profiles
from cdp.documents.metrics import Metric
from cdp.errors import not_found
from cdp.jsonapi.documents import Json, collection
from cdp.jsonapi.front import Operation, Request, Response
from cdp.lake import event_rows
from cdp.lake.event_rows import EARLIEST, EventRow, Wanted
from cdp.model.ids import parse_event_name
from cdp.ports import Engine, Lake, Table
from cdp.resources import event as resource
from functions.code.spec import ONE
from functions.code.writing import stored

LATEST = 10
_AHEAD = timedelta(days=366)  # events may lie in the future


@dataclass(frozen=True)
class StoredEvents:
    table: Table
    engine: Engine
    lake: Lake

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {f"GET {ONE}/test-events": self.listed}

    def listed(self, request: Request) -> Response:
        """The latest events of the function's metric, each with its profile and its metric among what is included."""
        metric = metrics.get(self.table, request.account_id, stored(self.table, request).thing.metric_id)
        if metric is None:
            return Response(document=collection(request, [], None, []))
        wanted = Wanted(EARLIEST, request.now + _AHEAD, (metric.no,))
        rows = event_rows.read(self.engine, self.lake, request.account_id, wanted, descending=True, limit=LATEST)
        made = [self._document(request, row, metric) for row in rows]
        included = [one for document in made for one in document["included"]]
        return Response(document=collection(request, [document["data"] for document in made], None, included))

    def document(self, request: Request, id_: str, at: str) -> msgspec.Raw:
        """The Get Event document of the stored event with this id, which stands in the body `at`."""
        name = parse_event_name(id_)
        row = None if name is None else event_rows.one(self.engine, request.account_id, *name)
        if row is None:
            raise not_found("event", id_, field=at)
        all_ = {one.no: one for one in metrics.all_metrics(self.table, request.account_id)}
        return msgspec.Raw(msgspec.json.encode(self._document(request, row, all_[row.metric_no])))

    def _document(self, request: Request, row: EventRow, metric: Metric) -> dict[str, Any]:
        person = profiles.get_many(self.table, request.account_id, [row.profile_no])[0]
        document: Json = resource.document(
            request, request.account_id, row, metric, None if person is None else person.profile
        )
        return document
