"""Lambda authorizer, payload format 2.0, simple response.

An unknown key is let through with an empty account id: the room behind answers 401 with an error document,
which the gateway itself could not.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cdp import connect
from cdp.documents import accounts
from cdp.ports import Table
from cdp.settings import load
from functions.authorize.header import private_key
from functions.authorize.settings import Settings

_NOBODY = {"account_id": "", "scopes": "", "key_id": ""}


@cache
def app() -> Table:
    return connect.table(load(Settings).table)


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    key = private_key(event["headers"].get("authorization"))
    return {"isAuthorized": True, "context": _caller(app(), key) if key else _NOBODY}


def _caller(table: Table, key: str) -> dict[str, str]:
    grant = accounts.authenticate(table, key)
    if grant is None:
        return _NOBODY
    return {"account_id": grant.account_id, "scopes": grant.scopes, "key_id": grant.key_id}
