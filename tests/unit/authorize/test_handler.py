from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cdp import connect
from cdp.documents import accounts
from cdp.ports import Table
from functions.authorize import handler

Call = Callable[..., dict[str, Any]]


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    locator = f"sqlite://{tmp_path / 'documents.db'}"
    monkeypatch.setenv("TABLE", locator)
    handler.app.cache_clear()
    yield connect.table(locator)
    handler.app.cache_clear()


def call(headers: dict[str, str]) -> dict[str, Any]:
    answer = handler.handler({"version": "2.0", "headers": headers}, None)
    assert answer["isAuthorized"] is True
    context: dict[str, Any] = answer["context"]
    return context


def test_a_key_opens_its_account(table: Table) -> None:
    account, key = accounts.create(table, name="Shop", timezone="Europe/Paris", currency="EUR")
    caller = call({"authorization": f"Klaviyo-API-Key {key}"})
    assert (caller["account_id"], caller["scopes"]) == (account.id, "*")
    assert caller["key_id"]


def test_scopes_of_a_limited_key(table: Table) -> None:
    account, _ = accounts.create(table, name="Shop", timezone="UTC", currency="EUR")
    key = accounts.add_key(table, account.id, "events:read profiles:read")
    assert call({"authorization": f"Bearer {key}"})["scopes"] == "events:read profiles:read"


@pytest.mark.parametrize("header", ["Klaviyo-API-Key pk_unknown", "Basic Zm9v", ""])
def test_nobody_has_an_empty_account(table: Table, header: str) -> None:
    assert call({"authorization": header}) == {"account_id": "", "scopes": "", "key_id": ""}


def test_a_missing_header_is_nobody(table: Table) -> None:
    assert call({})["account_id"] == ""


def test_a_revoked_key_is_nobody(table: Table) -> None:
    _, key = accounts.create(table, name="Shop", timezone="UTC", currency="EUR")
    accounts.revoke_key(table, key)
    assert call({"authorization": f"Bearer {key}"})["account_id"] == ""
