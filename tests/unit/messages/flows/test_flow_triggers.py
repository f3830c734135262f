"""Flows where others name them: what a metric, list or segment starts, and what a tag is on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from cdp.documents import lists, metrics, segments
from cdp.documents.segments import Segment
from cdp.ports import Table
from functions.audiences.handler import http as audiences_http
from functions.audiences.settings import Settings as AudienceSettings
from functions.audiences.spec import SPEC as AUDIENCES
from functions.lists.handler import http as lists_http
from functions.lists.settings import Settings as ListSettings
from functions.lists.spec import SPEC as LISTS
from functions.metrics.handler import http as metrics_http
from functions.metrics.settings import Settings as MetricSettings
from functions.metrics.spec import SPEC as METRICS
from functions.tags.handler import http as tags_http
from functions.tags.settings import Settings as TagSettings
from functions.tags.spec import SPEC as TAGS
from tests.unit.calls import Caller
from tests.unit.messages.flows.conftest import ACCOUNT, Room

NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def rooms(tmp_path: Path) -> dict[str, Caller]:
    """The rooms of what starts flows, and of tags, over the table of the room under test."""
    at = f"sqlite://{tmp_path}"
    table, limits = f"{at}/documents.db", "memory:"
    bus, lake = f"{at}/queues.db", f"file://{tmp_path}/lake"
    list_settings = ListSettings(table, limits, bus, f"{bus}#lists", 0)
    audience_settings = AudienceSettings(table, lake, "duckdb:", bus, limits, f"{bus}#audiences", 0)
    return {
        "metric": Caller(metrics_http(MetricSettings(table, lake, "duckdb:", limits, 0)), METRICS, ACCOUNT),
        "list": Caller(lists_http(list_settings), LISTS, ACCOUNT),
        "segment": Caller(audiences_http(audience_settings), AUDIENCES, ACCOUNT),
        "tag": Caller(tags_http(TagSettings(table, limits, 0)), TAGS, ACCOUNT),
    }


def _things(table: Table, kind: str, count: int) -> list[str]:
    """Ids of so many metrics, lists or segments."""
    if kind == "metric":
        names = [("api", f"Metric {n}") for n in range(count)]
        made = metrics.ensure(table, ACCOUNT, names, NOW)
        return [made[name].id for name in names]
    if kind == "list":
        return [lists.create(table, ACCOUNT, f"List {n}", "single_opt_in", NOW).id for n in range(count)]
    found = [Segment(segments.new_id(), f"S{n}", NOW, NOW, Raw(b"{}")) for n in range(count)]
    assert all(segments.save(table, ACCOUNT, one, 0) for one in found)
    return [one.id for one in found]


@pytest.mark.parametrize("kind", ["metric", "list", "segment"])
def test_the_flows_that_something_starts(
    room: Room, table: Table, rooms: dict[str, Caller], kind: str
) -> None:
    one, other, none = _things(table, kind, 3)
    made = [room.made(f"Flow {n}", triggers=[{"type": kind, "id": one}])["id"] for n in range(2)]
    made.append(room.made("Flow 2", triggers=[{"type": kind, "id": other}])["id"])
    room.made("Flow 3", triggers=[{"type": "metric" if kind != "metric" else "list", "id": one}])
    call = rooms[kind]
    found = call.get(f"/api/{kind}s/{one}/flow-triggers", **{"fields[flow]": "name"}).data
    assert sorted(flow["attributes"]["name"] for flow in found) == ["Flow 0", "Flow 1"]
    ids = call.get(f"/api/{kind}s/{one}/relationships/flow-triggers").data
    assert ids == [{"type": "flow", "id": id_} for id_ in sorted(made[:2])]
    assert call.get(f"/api/{kind}s/{none}/flow-triggers").data == []
    shown = call.get(f"/api/{kind}s/{one}", include="flow-triggers").document
    assert {flow["id"] for flow in shown["included"]} == set(made[:2])
    assert shown["data"]["relationships"]["flow-triggers"]["data"] == ids
    listed = call.get(f"/api/{kind}s", include="flow-triggers").document
    assert {flow["id"] for flow in listed["included"]} == set(made)
    linked = {row["id"]: len(row["relationships"]["flow-triggers"]["data"]) for row in listed["data"]}
    assert linked == {one: 2, other: 1, none: 0}
    assert "included" not in call.get(f"/api/{kind}s").document
    room("DELETE", f"/api/flows/{made[0]}")
    assert len(call.get(f"/api/{kind}s/{one}/flow-triggers").data) == 1


def test_tags_on_flows(room: Room, rooms: dict[str, Caller]) -> None:
    flow, other = room.made("One")["id"], room.made("Two")["id"]
    call = rooms["tag"]
    tag = call("POST", "/api/tags", {"data": {"type": "tag", "attributes": {"name": "summer"}}}).data["id"]
    at = f"/api/tags/{tag}/relationships/flows"
    assert call("POST", at, _bearers(flow, other)).status == 204
    assert [one["id"] for one in call.get(at).data] == sorted([flow, other])
    shown = room.get(f"/api/flows/{flow}", include="tags").document
    assert [one["attributes"]["name"] for one in shown["included"]] == ["summer"]
    assert call("DELETE", at, _bearers(flow)).status == 204
    assert room.get(f"/api/flows/{flow}/tags").data == []
    room("DELETE", f"/api/flows/{other}")
    assert call.get(at).data == []
    error = call("POST", at, _bearers(other)).error
    assert (error["status"], error["source"]) == (404, {"pointer": "/data/0/id"})


def _bearers(*ids: str) -> dict[str, Any]:
    return {"data": [{"type": "flow", "id": id_} for id_ in ids]}
