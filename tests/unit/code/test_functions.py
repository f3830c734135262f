"""Functions over HTTP: made, changed, listed, deleted."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cdp.code.job import Job, Problem
from cdp.documents import code_functions, function_environments, function_versions, plans
from cdp.documents.plans import MARKETING_ANALYTICS, Plan
from cdp.errors import Rejected, Unavailable
from tests.unit.calls import BASE, Caller, pages
from tests.unit.code.conftest import ACCOUNT, CODE, OTHER, Room, body


def test_a_function_is_made_as_a_draft_and_shown(room: Room) -> None:
    metric = room.metric()
    filters = [{"property": "$value", "filter": {"type": "numeric", "operator": "greater-than", "value": 5}}]
    answer = room.create(
        "Mirror", runtime="python3.11", trigger={"metric_id": metric.id, "filters": filters}, environment={"TOKEN": "s3cret"},
        timeout_s=7.5, memory_mb=256,
    )  # fmt: skip
    assert answer.status == 201
    id_ = answer.data["id"]
    assert answer.headers["location"] == answer.data["links"]["self"] == f"{BASE}/api/functions/{id_}"
    shown = room.caller.get(f"/api/functions/{id_}").data
    assert shown == answer.data
    attributes = shown["attributes"]
    created = attributes.pop("created")
    assert attributes == {
        "name": "Mirror",
        "runtime": "python",
        "status": "draft",
        "live_version": None,
        "newest_version": 1,
        "trigger": {"metric_id": metric.id, "filters": filters},
        "timeout_s": 7.5,
        "memory_mb": 256,
        "environment_names": ["TOKEN"],
        "updated": created,
    }
    assert shown["relationships"]["metric"]["data"] == {"type": "metric", "id": metric.id}
    assert room.listened() == frozenset()


def test_the_values_of_the_environment_stand_in_the_secrets_alone(room: Room) -> None:
    id_ = room.made(environment={"A": "alpha-value", "B": "beta-value"})
    answer = room.change(id_, environment={"A": None, "C": "gamma-value"})
    assert answer.data["attributes"]["environment_names"] == ["B", "C"]
    assert "value" not in str(answer.document)
    stored = room.stored(id_).environment
    found = function_environments.get(room.secrets, ACCOUNT, id_, stored)
    assert found == {"B": "beta-value", "C": "gamma-value"}
    assert len(list(room.values())) == 1, "what nobody names any more is gone"
    assert room.change(id_, name="other").data["attributes"]["environment_names"] == ["B", "C"]
    assert room.stored(id_).environment == stored
    room.change(id_, environment={"B": None, "C": None})
    assert list(room.values()) == []


def test_a_large_environment_takes_several_secrets(room: Room) -> None:
    pairs = {f"NAME_{i}": chr(1) * 5_000 for i in range(64)}
    id_ = room.made(environment=pairs)
    assert room.stored(id_).environment.parts > 10, "a secret of AWS has 64 KB at most, and this is JSON"
    assert function_environments.get(room.secrets, ACCOUNT, id_, room.stored(id_).environment) == pairs


def test_pairs_that_several_give_at_once_are_all_kept(room: Room) -> None:
    id_ = room.made()

    def give(number: int) -> int:
        return room.change(id_, environment={f"NAME_{number}": f"value {number}"}).status

    with ThreadPoolExecutor(4) as threads:
        given = [number for number, status in enumerate(threads.map(give, range(12))) if status == 200]
    found = function_environments.get(room.secrets, ACCOUNT, id_, room.stored(id_).environment)
    assert found == {f"NAME_{number}": f"value {number}" for number in given}
    assert len(given) > 4
    assert len(list(room.values())) == 1


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"name": "x" * 256}, "/name"),
        ({"runtime": "ruby"}, "/runtime"),
        ({"code": 5}, "/code"),
        ({"code": " \n"}, "/code"),
        ({"code": "x" * ((1 << 20) + 1)}, "/code"),
        ({"code": "ü" * ((1 << 19) + 1)}, "/code"),
        ({"trigger": {}}, "/trigger/metric_id"),
        ({"trigger": {"metric_id": "nobody"}}, "/trigger/metric_id"),
        ({"trigger": {"metric_id": "nobody", "filter": []}}, "/trigger/filter"),
        ({"environment": {"9A": "x"}}, "/environment/9A"),
        ({"environment": {"A-B": "x"}}, "/environment/A-B"),
        ({"environment": {"A/B": "x"}}, "/environment/A~1B"),
        ({"environment": {"": "x"}}, "/environment/"),
        ({"environment": {"AWS_KEY": "x"}}, "/environment/AWS_KEY"),
        ({"environment": {"Lambda_Name": "x"}}, "/environment/Lambda_Name"),
        ({"environment": {"LD_PRELOAD": "x"}}, "/environment/LD_PRELOAD"),
        ({"environment": {"PYTHONPATH": "x"}}, "/environment/PYTHONPATH"),
        ({"environment": {"A": "x" * 5120}}, "/environment/A"),
        ({"environment": {"A": "x\0"}}, "/environment/A"),
        ({"environment": {"A": 5}}, "/environment"),
        ({"environment": {f"A{i}": "x" for i in range(65)}}, "/environment"),
        ({"status": "paused"}, "/status"),
        ({"timeout_s": 0}, "/timeout_s"),
        ({"timeout_s": 16}, "/timeout_s"),
        ({"memory_mb": 64}, "/memory_mb"),
        ({"memory_mb": 300}, "/memory_mb"),
    ],
)
def test_what_is_wrong_is_named(room: Room, given: dict[str, Any], pointer: str) -> None:
    answer = room.create(**given)
    assert (answer.status, answer.error["source"]) == (400, {"pointer": f"/data/attributes{pointer}"}), answer.error
    id_ = room.made()
    if "metric_id" not in pointer or given["trigger"]:
        changed = room.change(id_, **given)
        assert (changed.status, changed.error["source"]) == (400, {"pointer": f"/data/attributes{pointer}"})
    assert room.shown(id_)["newest_version"] == 1
    assert list(room.values()) == []


def test_filters_of_the_trigger_are_read(room: Room) -> None:
    wrong = {"type": "numeric", "operator": "begins", "value": 5}
    answer = room.create(trigger={"metric_id": room.metric().id, "filters": [{"property": "a", "filter": wrong}]})
    assert answer.error["source"]["pointer"] == "/data/attributes/trigger/filters/0/filter/operator"
    long = {"type": "string", "operator": "in", "value": ["x" * 1000] * 50}
    answer = room.create(trigger={"metric_id": room.metric().id, "filters": [{"property": "a", "filter": long}]})
    assert answer.error["source"]["pointer"] == "/data/attributes/trigger/filters"
    answer = room.create(trigger={"metric_id": room.metric().id, "filters": [{"name": "a"}]})
    assert answer.error["source"]["pointer"].startswith("/data/attributes/trigger/filters/0")


@pytest.mark.parametrize("name", ["Opened Email", "Received Email"])
def test_some_metrics_trigger_nothing(room: Room, name: str) -> None:
    answer = room.create(trigger={"metric_id": room.metric(name).id})
    assert answer.error["source"]["pointer"] == "/data/attributes/trigger/metric_id"
    assert name in answer.error["detail"]


def test_code_that_cannot_run_is_told_with_its_line(room: Room) -> None:
    room.runner.problems = [Problem("there is no module 'numpy' here", 3), Problem("there is no handler")]
    answer = room.create()
    assert answer.error["source"]["pointer"] == "/data/attributes/code"
    assert answer.error["detail"] == "Line 3: there is no module 'numpy' here there is no handler"
    assert answer.error["meta"]["problems"][0]["line"] == 3
    job = room.runner.jobs[-1]
    assert (job.account_id, job.runtime, job.code, job.calls, job.environment) == (ACCOUNT, "python", CODE, (), {})
    room.runner.problems = []
    id_ = room.made()
    room.runner.problems = [Problem("no")]
    assert room.change(id_, code="x").error["source"]["pointer"] == "/data/attributes/code"
    assert room.change(id_, name="n").status == 200, "only code is looked at"
    assert room.shown(id_)["newest_version"] == 1


def test_a_sandbox_that_refuses_is_a_503_with_its_reason(room: Room) -> None:
    room.runner.error = Rejected("the guest's hash is wrong")
    answer = room.create()
    assert answer.status == 503
    assert "the guest's hash is wrong" in answer.error["detail"]
    room.runner.error = Unavailable("no room for it now", retry_after_s=7)
    answer = room.create()
    assert (answer.status, answer.headers["retry-after"]) == (503, "7")
    room.runner.error = None
    assert room.caller.get("/api/functions").data == []
    room.made()


def test_a_name_is_one_functions(room: Room) -> None:
    id_ = room.made("Mirror")
    answer = room.create("mirror")
    assert (answer.status, answer.error["source"]["pointer"]) == (409, "/data/attributes/name")
    other = room.made("other")
    assert room.change(other, name="MIRROR").status == 409
    assert room.change(id_, name="MIRROR").data["attributes"]["name"] == "MIRROR"
    room.caller("DELETE", f"/api/functions/{id_}")
    assert room.change(other, name="mirror").status == 200


def test_a_name_that_is_taken_meanwhile_leaves_no_secret(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else makes a function of that name while the code is looked at."""
    look = room.runner.check

    def slowly(job: Job) -> list[Problem]:
        monkeypatch.setattr(room.runner, "check", look)
        room.made("mirror", environment={"A": "theirs"})
        return look(job)

    monkeypatch.setattr(room.runner, "check", slowly)
    assert room.create("mirror", environment={"A": "ours"}).status == 409
    assert list(room.values()) == ['{"A":"theirs"}']


def test_an_account_has_only_so_many(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.code.writing.MOST_FUNCTIONS", 2)
    ids = [room.made(str(i)) for i in range(2)]
    answer = room.create("one more")
    assert (answer.status, answer.error["source"]["pointer"]) == (400, "/data")
    assert room.change(ids[0], name="renamed").status == 200
    room.caller("DELETE", f"/api/functions/{ids[0]}")
    room.made("one more")


def test_other_accounts_see_nothing(room: Room) -> None:
    id_ = room.made(status="live")
    stranger = Caller(room.caller.handler, room.caller.spec, OTHER)
    assert stranger.get("/api/functions").data == []
    for method, path in (
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/versions"), ("GET", "/versions/1"), ("GET", "/publications"),
        ("POST", "/publish"), ("POST", "/rollback"), ("POST", "/test"), ("GET", "/test-events"), ("GET", "/function-logs"),
        ("GET", "/function-metrics"), ("GET", "/dead-letters"), ("POST", "/replay"),
    ):  # fmt: skip
        type_ = {"/test": "function-test", "/replay": "function-replay"}.get(path, "function")
        sent = {"data": {"type": type_, "attributes": {}}} if method in ("PATCH", "POST") else None
        assert stranger(method, f"/api/functions/{id_}{path}", sent).status == 404, (method, path)
    room.caller.scopes = "functions:read"
    for method, path in (("POST", ""), ("PATCH", f"/{id_}"), ("DELETE", f"/{id_}"), ("POST", f"/{id_}/publish")):
        assert room.caller(method, f"/api/functions{path}", body()).status == 403


def test_without_the_plan_there_are_none(room: Room) -> None:
    plans.save(room.table, ACCOUNT, Plan((MARKETING_ANALYTICS,)))
    assert (room.create().status, room.caller.get("/api/functions").status) == (403, 403)


def test_a_deleted_function_leaves_nothing(room: Room) -> None:
    id_ = room.made(environment={"A": "alpha-value"}, status="live")
    room.change(id_, code=CODE + "# 2")
    assert room.caller("DELETE", f"/api/functions/{id_}").status == 204
    assert room.caller.get(f"/api/functions/{id_}").status == 404
    assert room.caller("DELETE", f"/api/functions/{id_}").status == 404
    assert list(room.values()) == []
    assert room.listened() == frozenset()
    assert code_functions.live(room.table, ACCOUNT) == []
    assert function_versions.versions(room.table, ACCOUNT, id_) == []
    assert function_versions.publications(room.table, ACCOUNT, id_) == []
    assert function_versions.code(room.table, ACCOUNT, id_, 1) is None


def test_the_code_comes_back_as_it_was_sent(room: Room) -> None:
    large = "# " + secrets.token_hex((1 << 19) - 1)  # a megabyte that cannot be packed well
    id_ = room.made(code=large)
    assert function_versions.code(room.table, ACCOUNT, id_, 1) == large
    assert room.caller.get(f"/api/functions/{id_}/versions/1").data["attributes"]["code"] == large
    asked = room.caller.get(f"/api/functions/{id_}", **{"additional-fields[function]": "code"})
    assert asked.data["attributes"]["code"] == large
    assert "code" not in room.shown(id_)


def test_functions_are_listed_page_by_page(room: Room) -> None:
    orders, clicks = room.metric().id, room.metric("Clicked").id
    for i in range(7):
        room.made(
            f"name {i}", runtime=("python", "nodejs")[i % 2], status=("draft", "live")[i // 4],
            trigger={"metric_id": (orders, clicks)[i == 6]},
        )  # fmt: skip

    def names(**query: str) -> list[str]:
        found = pages(room.caller, "/api/functions", **{"page[size]": "3", **query})
        assert all(len(page.data) <= 3 for page in found)
        return [one["attributes"]["name"] for page in found for one in page.data]

    everything = [f"name {i}" for i in range(7)]
    assert sorted(names()) == everything
    for field in ("name", "created", "updated", "id"):
        assert names(sort=f"-{field}") == names(sort=field)[::-1]
    assert names(sort="name") == everything
    assert names(sort="name", filter="equals(runtime,'javascript')") == ["name 1", "name 3", "name 5"]
    assert names(sort="name", filter="equals(status,'live')") == ["name 4", "name 5", "name 6"]
    assert names(sort="name", filter="any(status,['draft','live']),contains(name,'5')") == ["name 5"]
    assert names(filter=f"equals(metric_id,'{clicks}')") == ["name 6"]
    assert names(filter="any(name,['name 1','name 2'])", sort="name") == ["name 1", "name 2"]
    assert names(filter="greater-than(created,2000-01-01T00:00:00Z)", sort="name") == everything
    assert names(filter="less-than(updated,2000-01-01T00:00:00Z)") == []
    for query in ({"filter": "equals(code,'x')"}, {"filter": "equals(status,'x')"}, {"sort": "status"}, {"page[size]": "101"}):
        assert room.caller.get("/api/functions", **query).status == 400
