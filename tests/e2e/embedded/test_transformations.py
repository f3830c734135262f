"""A back-fill of data transformations is cut short by kill -9; then the plan loses the add-on."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

from cdp import connect
from cdp.documents import transformations
from infra.embedded import values
from infra.embedded.process import Platform
from tests.contract.clients.conftest import REGULARS
from tests.e2e.embedded.conftest import Shop, open_shop

PEOPLE = 3_000
VISIBLE_S = 60
_ALL = "/api/data-transformations"


def _wait(found: Callable[[], bool]) -> None:
    until = time.monotonic() + VISIBLE_S
    while not found():
        assert time.monotonic() < until
        time.sleep(0.05)


def _body(type_: str, **attributes: Any) -> dict[str, Any]:
    return {"data": {"type": type_, "attributes": attributes}}


def _import(shop: Shop) -> None:
    rows = [
        {"type": "profile", "attributes": {"email": f"p{i}@shop.example", "properties": {"City": f"saint  étienne {i}"}}}
        for i in range(PEOPLE)
    ]
    accepted = shop.http.post(
        "/api/profile-bulk-import-jobs", json=_body("profile-bulk-import-job", profiles={"data": rows})
    )
    assert accepted.status_code == 202, accepted.text
    job = f"/api/profile-bulk-import-jobs/{accepted.json()['data']['id']}"
    _wait(lambda: shop.http.get(job).json()["data"]["attributes"]["status"] == "complete")


def _cities(shop: Shop) -> Iterator[tuple[str, str | None]]:
    path = "/api/profiles?page%5Bsize%5D=100&fields%5Bprofile%5D=properties"
    while path:
        page = shop.http.get(path).json()
        for one in page["data"]:
            properties = one["attributes"]["properties"]
            yield properties["City"], properties.get("City_transformed")
        path = page["links"]["next"]


def test_a_back_fill_goes_on_after_a_kill(fresh: Platform) -> None:
    fresh.start()
    with open_shop(fresh) as shop:
        _import(shop)
        options = {"remove_spaces": True, "capitalize_words": True}
        made = shop.http.post(
            _ALL, json=_body("data-transformation", method="format", property="City", options=options)
        )
        assert made.status_code == 201, made.text
        id_ = made.json()["data"]["id"]
        path = f"{_ALL}/{id_}"

        def shown() -> dict[str, Any]:
            attributes: dict[str, Any] = shop.http.get(path).json()["data"]["attributes"]
            return attributes

        _wait(lambda: shown()["processed"] > 0)
        fresh.kill()
        kept = transformations.get(connect.table(values.table(fresh.data)), shop.account.account_id, id_)
        assert kept is not None
        assert kept.status == "in_progress", "the back-fill was over before the kill: the test proves nothing"
        assert 0 < kept.progress.processed < kept.progress.total == PEOPLE
        fresh.start()
        new = {"email": "new@shop.example", "properties": {"City": "LYON"}}
        assert shop.http.post("/api/profile-import", json=_body("profile", **new)).status_code == 201
        _wait(lambda: shown()["status"] == "active")
        expected = {"LYON": "Lyon", **{f"saint  étienne {i}": f"Saint Étienne {i}" for i in range(PEOPLE)}}
        found = list(_cities(shop))
        assert len(found) == PEOPLE + 1
        assert all(transformed == expected[city] for city, transformed in found)
        _lose_the_add_on(shop)


def _lose_the_add_on(shop: Shop) -> None:
    command = [REGULARS, "account", "plan", "--data", str(shop.platform.data), "--account", shop.account.account_id]
    subprocess.run([*command, "--without", "cdp"], check=True, capture_output=True)
    _wait(lambda: shop.http.get(_ALL).status_code == 403)
    (error,) = shop.http.get(_ALL).json()["errors"]
    assert (error["code"], "cdp" in error["detail"]) == ("permission_denied", True)
