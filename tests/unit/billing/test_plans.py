"""Plans: what they open, how the front refuses, and the command that changes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdp import connect
from cdp.adapters.embedded.limits import MemoryLimits
from cdp.documents import accounts, plans
from cdp.documents.plans import ADD_ONS, OPENED_BY, Plan, Plans
from cdp.errors import Rejected
from cdp.jsonapi.front import Response, serve
from cdp.jsonapi.throttle import Throttle
from cdp.ports import Table
from cdp.spec import Auth, FunctionSpec, HttpRoute
from infra.describe import describe
from infra.embedded.cli import app
from infra.specs import rooms
from tests.unit.calls import Caller

ACCOUNT = "ABC234"
SPEC = FunctionSpec(
    name="things",
    description="",
    settings=object,
    routes=(
        HttpRoute("GET", "/api/free"),
        HttpRoute("GET", "/api/objects", ("things:read",), feature="cdp"),
        HttpRoute("GET", "/api/analyses", feature="analytics"),
        HttpRoute("GET", "/client/objects", auth=Auth.PUBLIC, feature="cdp"),
    ),
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return connect.table(f"sqlite://{tmp_path}/documents.db")


def room(table: Table, clock: Clock) -> Caller:
    operations = {route.key: lambda request: Response(document={"data": 1}) for route in SPEC.routes}
    handler = serve(
        SPEC,
        operations,
        throttle=Throttle(MemoryLimits(), 0),
        account_exists=lambda id_: id_ == ACCOUNT,
        plan=Plans(table, clock).check,
    )
    return Caller(handler, SPEC, ACCOUNT)


def test_an_account_begins_with_everything(table: Table) -> None:
    plan = plans.get(table, ACCOUNT)
    assert plan.features == ADD_ONS
    assert all(plan.opens(feature) for feature in OPENED_BY)


@pytest.mark.parametrize(
    ("features", "opened"),
    [
        ((), set()),
        (("cdp",), {"/api/objects", "/api/analyses"}),
        (("marketing_analytics",), {"/api/analyses"}),
        (ADD_ONS, {"/api/objects", "/api/analyses"}),
    ],
)
def test_a_route_needs_its_feature(table: Table, features: tuple[str, ...], opened: set[str]) -> None:
    plans.save(table, ACCOUNT, Plan(features))
    caller = room(table, Clock())
    assert caller.get("/api/free").status == 200
    for path in ("/api/objects", "/api/analyses"):
        answer = caller.get(path)
        assert (answer.status == 200) == (path in opened)
        if answer.status != 200:
            assert (answer.error["status"], answer.error["code"]) == (403, "permission_denied")
    browser = caller.get("/client/objects", company_id=ACCOUNT)
    assert browser.status == (200 if "cdp" in features else 403)


def test_the_reason_names_what_is_missing(table: Table) -> None:
    plans.save(table, ACCOUNT, Plan(()))
    caller = room(table, Clock())
    assert caller.get("/api/objects").error["detail"] == "The plan of this account does not include cdp."
    error = caller.get("/api/analyses").error
    assert error["detail"] == "The plan of this account does not include marketing_analytics or cdp."
    assert error["meta"] == {"feature": "analytics"}


def test_keys_and_scopes_come_first(table: Table) -> None:
    plans.save(table, ACCOUNT, Plan(()))
    caller = room(table, Clock())
    caller.scopes = "other:read"
    assert "scope" in caller.get("/api/objects").error["detail"]
    caller.account_id = ""
    assert caller.get("/api/objects").error["status"] == 401


def test_a_change_is_felt_after_some_seconds(table: Table) -> None:
    clock = Clock()
    caller = room(table, clock)
    assert caller.get("/api/objects").status == 200
    plans.save(table, ACCOUNT, Plan(()))
    assert caller.get("/api/objects").status == 200
    clock.now = 5.0
    assert caller.get("/api/objects").status == 403


def test_a_room_with_features_needs_the_plans() -> None:
    operations = {route.key: lambda request: Response() for route in SPEC.routes}
    with pytest.raises(LookupError, match="plan="):
        serve(SPEC, operations, throttle=Throttle(MemoryLimits(), 0))


def test_an_unknown_add_on_is_refused(table: Table) -> None:
    with pytest.raises(Rejected):
        plans.save(table, ACCOUNT, Plan(("coffee",)))


def test_the_description_tells_the_feature() -> None:
    paths = describe([SPEC])["paths"]
    assert paths["/api/objects"]["get"]["x-feature"] == "cdp"
    assert "x-feature" not in paths["/api/free"]["get"]


def test_every_route_names_a_known_feature() -> None:
    named = {route.path: route.feature for spec in rooms() for route in spec.routes if route.feature}
    assert set(named.values()) <= OPENED_BY.keys()
    assert named["/api/rfm-reports"] == "analytics"
    assert named["/api/data-transformations"] == "cdp"


def plan_of(data: Path, account: str, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["account", "plan", "--data", str(data), "--account", account, *options])
    return result.exit_code, result.stdout


def test_the_command_shows_and_changes_the_plan(tmp_path: Path) -> None:
    table = connect.table(f"sqlite://{tmp_path}/documents.db")
    account, _ = accounts.create(table, name="Shop", timezone="UTC", currency="EUR")
    everything = {"account_id": account.id, "features": list(ADD_ONS), "maxima": {}}
    assert json.loads(plan_of(tmp_path, account.id)[1]) == everything
    code, text = plan_of(tmp_path, account.id, "--without", "cdp")
    assert (code, json.loads(text)["features"]) == (0, ["marketing_analytics"])
    assert plans.get(table, account.id).features == ("marketing_analytics",)
    assert json.loads(plan_of(tmp_path, account.id, "--with", "cdp")[1]) == everything
    assert plan_of(tmp_path, account.id, "--with", "coffee") == (1, "")
    assert plan_of(tmp_path, account.id, "--without", "coffee") == (1, "")
    assert json.loads(plan_of(tmp_path, account.id, "--max", "events=1000")[1])["maxima"] == {"events": 1000}
    assert plan_of(tmp_path, account.id, "--max", "events=many") == (1, "")
    assert plan_of(tmp_path, account.id, "--max", "cups=3") == (1, "")
    assert plan_of(tmp_path, "nobody") == (1, "")
