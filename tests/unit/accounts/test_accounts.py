"""GET /api/accounts[/{id}]"""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp import connect
from cdp.documents import accounts
from functions.accounts.handler import http
from functions.accounts.settings import Settings
from functions.accounts.spec import SPEC
from tests.unit.calls import BASE, Caller


@pytest.fixture
def caller(tmp_path: Path) -> Caller:
    settings = Settings(table=f"sqlite://{tmp_path}/documents.db", limits="memory:", rate_limit_factor=1)
    account, _ = accounts.create(
        connect.table(settings.table), name="Corner Shop", timezone="Europe/Paris", currency="eur"
    )
    return Caller(http(settings), SPEC, account.id)


def test_the_list_has_the_callers_account(caller: Caller) -> None:
    answer = caller.get("/api/accounts/")
    (account,) = answer.data
    assert account["links"]["self"] == f"{BASE}/api/accounts/{caller.account_id}"
    shown = account["attributes"]
    assert shown["public_api_key"] == account["id"] == caller.account_id
    assert (shown["timezone"], shown["preferred_currency"]) == ("Europe/Paris", "EUR")
    assert shown["contact_information"]["organization_name"] == "Corner Shop"
    assert answer.headers["ratelimit-limit"] == "1, 1;w=1, 15;w=60"


def test_one_account_with_a_dotted_fieldset(caller: Caller) -> None:
    fields = "timezone,contact_information.street_address.city"
    account = caller.get(f"/api/accounts/{caller.account_id}", **{"fields[account]": fields}).data
    assert account["attributes"] == {
        "timezone": "Europe/Paris",
        "contact_information": {"street_address": {"city": None}},
    }


def test_another_account_is_404(caller: Caller) -> None:
    error = caller.get("/api/accounts/ZZZ999").error
    assert (error["status"], error["code"]) == (404, "not_found")


def test_the_scope_is_asked_for(caller: Caller) -> None:
    caller.scopes = "profiles:read"
    assert caller.get("/api/accounts").error["code"] == "permission_denied"
