"""GET and PATCH of /api/attribution-settings/default"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdp import connect
from cdp.attribution.settings import AttributionSettings, Windows
from cdp.documents import accounts, attribution_settings, plans
from cdp.documents.plans import Plan
from cdp.ports import Table
from functions.accounts.handler import http
from functions.accounts.settings import Settings
from functions.accounts.spec import SPEC
from tests.unit.calls import BASE, Answer, Caller

PATH = "/api/attribution-settings/default"
Change = Callable[..., Answer]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return connect.table(f"sqlite://{tmp_path}/documents.db")


@pytest.fixture
def caller(tmp_path: Path, table: Table) -> Caller:
    settings = Settings(table=f"sqlite://{tmp_path}/documents.db", limits="memory:", rate_limit_factor=0)
    account, _ = accounts.create(table, name="Corner Shop", timezone="Europe/Paris", currency="eur")
    return Caller(http(settings), SPEC, account.id)


@pytest.fixture
def change(caller: Caller) -> Change:
    def patch(**attributes: Any) -> Answer:
        return caller("PATCH", PATH, {"data": {"type": "attribution-settings", "id": "default", "attributes": attributes}})

    return patch


def test_it_begins_with_the_documented_windows(caller: Caller) -> None:
    shown = caller.get(PATH).data
    assert shown["attributes"] == {
        "model": "last_touch",
        "windows": {
            "email_click": 120, "email_open": 120, "sms_click": 120, "sms_open": 24, "sms_delivery": 12, "push_open": 24,
            "whatsapp_click": 120, "whatsapp_open": 12, "active_on_site": 24,
        },
        "include_bot_clicks": False,
        "include_transactional": True,
        "include_mpp_opens": True,
    }  # fmt: skip
    assert (shown["type"], shown["id"]) == ("attribution-settings", "default")
    assert shown["links"]["self"] == f"{BASE}{PATH}"


def test_what_is_not_given_stays(caller: Caller, change: Change, table: Table) -> None:
    assert change(model="linear", windows={"email_open": None, "sms_click": 2160}).status == 200
    answer = change(include_bot_clicks=True, windows={"push_open": 1}, unknown=1)
    assert answer.data["attributes"] == caller.get(PATH).data["attributes"]
    assert attribution_settings.get(table, caller.account_id) == AttributionSettings(
        model="linear", windows=Windows(email_open=None, sms_click=2160, push_open=1), include_bot_clicks=True
    )


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"model": "first_touch"}, "model"),
        ({"windows": {"fax_open": 3}}, "windows/fax_open"),
        ({"windows": {"email_open": 0}}, "windows/email_open"),
        ({"windows": {"email_open": 2161}}, "windows/email_open"),
        ({"windows": {"email_open": 1.5}}, "windows/email_open"),
        ({"windows": None}, "windows"),
        ({"include_mpp_opens": "no"}, "include_mpp_opens"),
    ],
)
def test_a_wrong_value_is_named(change: Change, attributes: dict[str, Any], pointer: str) -> None:
    error = change(**attributes).error
    assert (error["status"], error["source"]["pointer"]) == (400, f"/data/attributes/{pointer}")


def test_the_id_is_default(caller: Caller) -> None:
    body = {"data": {"type": "attribution-settings", "id": "other", "attributes": {}}}
    assert caller("PATCH", PATH, body).error["source"]["pointer"] == "/data/id"


def test_the_add_ons_bring_the_linear_model_and_visits(caller: Caller, change: Change, table: Table) -> None:
    change(model="linear")
    plans.save(table, caller.account_id, Plan(features=()))
    shown = caller.get(PATH).data["attributes"]
    assert (shown["model"], shown["windows"]["active_on_site"]) == ("last_touch", None)
    for attributes, pointer in (
        ({"model": "linear"}, "model"),
        ({"windows": {"active_on_site": 5}}, "windows/active_on_site"),
    ):
        error = change(**attributes).error
        assert (error["status"], error["code"]) == (403, "permission_denied")
        assert error["source"]["pointer"] == f"/data/attributes/{pointer}"
    assert change(windows={"email_open": 5}).data["attributes"]["windows"]["email_open"] == 5
    plans.save(table, caller.account_id, Plan(features=("cdp",)))
    assert attribution_settings.get(table, caller.account_id) == AttributionSettings(
        model="linear", windows=Windows(email_open=5)
    )  # as it was chosen


def test_changing_needs_its_scope(caller: Caller, change: Change) -> None:
    caller.scopes = "accounts:read"
    assert caller.get(PATH).status == 200
    assert change(model="linear").error["code"] == "permission_denied"
