"""Versions, and which of them is live."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cdp.documents import code_functions, function_versions
from cdp.documents.code_functions import Function, Trigger
from cdp.errors import Rejected
from functions.code import publishing
from tests.unit.calls import pages
from tests.unit.code.conftest import ACCOUNT, CODE, Room

AT = datetime(2026, 7, 1, tzinfo=UTC)


def test_every_change_of_the_code_makes_a_version(room: Room) -> None:
    id_ = room.made()
    for n in (2, 3):
        assert room.change(id_, code=f"{CODE}# {n}").data["attributes"]["newest_version"] == n
    assert room.change(id_, code=f"{CODE}# 3", timeout_s=3).data["attributes"]["newest_version"] == 3, "it is the same code"
    found = pages(room.caller, f"/api/functions/{id_}/versions", **{"page[size]": "1"})
    assert [one["attributes"]["version"] for page in found for one in page.data] == [3, 2, 1]
    assert [page.data[0]["id"] for page in found] == [f"{id_}-{n}" for n in (3, 2, 1)]
    listed = found[0].data[0]["attributes"]
    assert (listed["created_by"], listed["size"], "code" in listed) == ("KEY1", len(CODE) + 3, False)
    oldest = room.caller.get(f"/api/functions/{id_}/versions", sort="version").data
    assert [one["attributes"]["version"] for one in oldest] == [1, 2, 3]
    assert room.caller.get(f"/api/functions/{id_}/versions/2").data["attributes"]["code"] == f"{CODE}# 2"
    for no in ("0", "4", "x", "-1", "1.0", "9999999"):
        assert room.caller.get(f"/api/functions/{id_}/versions/{no}").status == 404


def test_publish_and_roll_back(room: Room) -> None:
    id_ = room.made()
    for n in (2, 3):
        room.change(id_, code=f"{CODE}# {n}")
    assert room.shown(id_)["status"] == "draft"
    assert room.rollback(id_).status == 409
    assert room.publish(id_, 4).error["source"]["pointer"] == "/data/attributes/version"

    def live() -> int | None:
        shown = room.shown(id_)
        assert shown["status"] == ("live" if shown["live_version"] else "draft")
        assert room.listened() == (frozenset({room.metric().id}) if shown["live_version"] else frozenset())
        assert [one.id for one in code_functions.live(room.table, ACCOUNT)] == ([id_] if shown["live_version"] else [])
        number: int | None = shown["live_version"]
        return number

    assert room.publish(id_, 1).status == 200
    assert live() == 1
    assert room.publish(id_, 2).status == 200
    assert live() == 2
    assert room.publish(id_).status == 200
    assert live() == 3
    assert room.publish(id_).status == 200
    assert live() == 3
    assert room.rollback(id_).status == 200
    assert live() == 2
    assert room.rollback(id_).status == 200
    assert live() == 1
    assert room.rollback(id_).status == 409
    assert room.publish(id_, 3).status == 200
    assert room.change(id_, status="draft").status == 200
    assert live() is None
    assert room.rollback(id_).status == 200
    assert live() == 3
    assert room.rollback(id_, 2).status == 200
    assert live() == 2
    assert room.rollback(id_, 9).status == 400
    answer = room.rollback(id_, 2)
    assert (answer.status, answer.error["source"]["pointer"]) == (409, "/data/attributes/version")
    assert room.change(id_, code=f"{CODE}# 4").data["attributes"]["live_version"] == 2, "new code is not live by itself"
    assert room.change(id_, status="live").data["attributes"]["live_version"] == 4

    told = [one["attributes"] for page in pages(room.caller, f"/api/functions/{id_}/publications", **{"page[size]": "4"})
            for one in page.data]  # fmt: skip
    assert [(one["action"], one["version"], one["version_before"]) for one in reversed(told)] == [
        ("publish", 1, None), ("publish", 2, 1), ("publish", 3, 2), ("rollback", 2, 3), ("rollback", 1, 2),
        ("publish", 3, 1), ("stop", None, 3), ("rollback", 3, None), ("rollback", 2, 3), ("publish", 4, 2),
    ]  # fmt: skip
    assert {one["by"] for one in told} == {"KEY1"}


def test_a_function_may_be_live_from_the_start(room: Room) -> None:
    id_ = room.made(status="live")
    assert (room.shown(id_)["live_version"], room.listened()) == (1, frozenset({room.metric().id}))
    clicks = room.metric("Clicked").id
    room.change(id_, trigger={"metric_id": clicks})
    assert room.listened() == frozenset({clicks})


def test_a_write_that_comes_too_late_changes_no_listener(room: Room) -> None:
    id_ = room.made(status="live")
    stored = code_functions.FUNCTIONS.get(room.table, ACCOUNT, id_)
    assert stored is not None
    room.change(id_, timeout_s=2)
    stopped = publishing.stopped(stored.thing, AT, "")[0]
    assert not code_functions.write(room.table, ACCOUNT, stored, stopped)
    assert room.listened() == frozenset({room.metric().id})
    clicks = room.metric("Clicked").id
    assert not code_functions.write(room.table, ACCOUNT, stored, replace(stored.thing, trigger=Trigger(clicks)))
    assert room.listened() == frozenset({room.metric().id})


def test_old_versions_are_dropped_but_not_those_to_go_back_to(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_versions, "MOST_KEPT", 3)
    id_ = room.made(status="live")
    for n in range(2, 8):
        room.change(id_, code=f"{CODE}# {n}")
    kept = [one.no for one in function_versions.versions(room.table, ACCOUNT, id_)]
    assert kept == [1, 5, 6, 7]
    assert function_versions.code(room.table, ACCOUNT, id_, 2) is None
    assert room.publish(id_, 2).error["source"]["pointer"] == "/data/attributes/version"
    room.publish(id_)
    assert room.rollback(id_).data["attributes"]["live_version"] == 1


def test_several_at_once_leave_the_listeners_right(room: Room) -> None:
    """Whoever wins, the metric of what is live is listened to, and no other."""
    metric_ids = [room.metric(name).id for name in ("Placed Order", "Clicked")]
    id_ = room.made()

    def work(number: int) -> set[int]:
        given: list[dict[str, Any]] = [
            {"status": "live"}, {"trigger": {"metric_id": metric_ids[0]}}, {"status": "draft"},
            {"trigger": {"metric_id": metric_ids[1]}}, {"code": f"{CODE}# {number}", "status": "live"},
        ]  # fmt: skip
        return {room.change(id_, **given[(number + step) % len(given)]).status for step in range(10)}

    with ThreadPoolExecutor(4) as threads:
        assert set().union(*threads.map(work, range(4))) <= {200, 503}
    shown = room.shown(id_)
    heard = {shown["trigger"]["metric_id"]} if shown["live_version"] else set()
    assert room.listened() == heard
    kept = [one.no for one in function_versions.versions(room.table, ACCOUNT, id_)]
    assert kept == list(range(1, shown["newest_version"] + 1))
    told = function_versions.publications(room.table, ACCOUNT, id_)
    assert {one.version for one in told} <= {None, *kept}


STEPS = st.lists(st.one_of(
    st.tuples(st.just("publish"), st.integers(1, 5)),
    st.tuples(st.just("rollback"), st.none() | st.integers(1, 5)),
    st.tuples(st.just("stop"), st.none()),
), max_size=12)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_going_back_and_back_again_never_comes_to_a_version_twice_in_a_row(steps: list[tuple[str, int | None]]) -> None:
    """Whatever came before: rollbacks lead through versions that were live, one after another, to an end."""
    one = Function("fnfnfn", "f", "python", Trigger("metric"), AT, AT, 5)
    ever: set[int] = set()
    for what, version in steps:
        try:
            if what == "publish":
                assert version is not None
                one, told = publishing.published(one, version, AT, "k")
            elif what == "rollback":
                one, told = publishing.rolled_back(one, version, AT, "k")
            else:
                one, told = publishing.stopped(one, AT, "k")
        except Rejected:
            continue
        assert told.version == (one.live or None)
        ever |= {one.live} - {0}
    for _ in range(len(steps) + 1):
        before = one
        if not one.lived:
            break
        one, told = publishing.rolled_back(one, None, AT, "k")
        assert one.live in ever
        assert one.live != before.live
        assert told.before == (before.live or None)
    else:
        raise AssertionError("the way back has no end")
