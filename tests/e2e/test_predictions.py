"""The deployed rooms `predict` and `fit`: orders become a model and predictions, an item a customer's next product."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cdp.events import Scheduled, encode
from tests.e2e.conftest import PREFIX, Account, Deployment
from tests.e2e.test_audiences import get
from tests.e2e.test_deployment import _inbox, call, until

CUSTOMERS, NOW = 90, datetime.now(UTC)


@pytest.fixture(scope="module")
def shop(deployment: Deployment) -> Account:
    """An account of this file's own, with customers whose orders are recorded."""
    options = ("--name", "Records", "--timezone", "Europe/Paris", "--currency", "EUR", "--stack", PREFIX)
    made = json.loads(deployment.emulator.run("infra.aws.account", *options))
    account = Account(made["account_id"], made["private_key"])
    items = [_customer(n, days) for n, days in enumerate(histories())]
    body = {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": items}}}}
    status, document = call(deployment, "POST", "/api/event-bulk-create-jobs", account.key, body)
    assert status == 202, document
    until(deployment, lambda: len(get(deployment, account, "/api/profiles?page[size]=100")) == CUSTOMERS)
    return account


def _customer(n: int, days_ago: list[float]) -> dict[str, Any]:
    orders = [
        {"type": "event", "attributes": {
            "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
            "properties": {"OrderId": f"{n}-{k}", "Items": [{"ProductID": "disc", "Quantity": 1, "ItemPrice": 10 + n}]},
            "time": (NOW - timedelta(days=ago)).isoformat(), "value": 10 + n, "unique_id": f"{n}-{k}",
        }}
        for k, ago in enumerate(days_ago)
    ]  # fmt: skip
    profile = {"data": {"type": "profile", "attributes": {"email": f"c{n:02d}@shop.example"}}}
    return {"type": "event-bulk-create", "attributes": {"profile": profile, "events": {"data": orders}}}


def histories() -> list[list[float]]:
    """When each customer ordered, days ago: at rates of their own, until they stop for good."""
    chance, found = random.Random(7), []
    for _ in range(CUSTOMERS):
        rate, gone = chance.gammavariate(0.7, 1 / 25), chance.betavariate(0.8, 1.6)
        at, orders = chance.uniform(0, 60), []
        while at < 300:
            orders.append(300 - at)
            if chance.random() < gone:
                break
            at += 1 + chance.expovariate(rate)
        found.append(orders)
    return found


@pytest.mark.usefixtures("aws")
def test_a_model_is_fitted_and_everybody_is_scored(deployment: Deployment, shop: Account) -> None:
    changed = {"data": {"type": "clv-settings", "id": "default", "attributes": {"clv_eligibility": "relaxed"}}}
    status, document = call(deployment, "PATCH", "/api/clv-settings/default", shop.key, changed)
    assert status == 200, document
    _inbox("predict").send([encode(Scheduled(job="predict", account_id=shop.id, as_of=NOW.isoformat()))])
    models = until(deployment, lambda: get(deployment, shop, "/api/clv-models"))
    assert models[0]["attributes"]["name"] == "MBG/NBD"
    assert models[0]["attributes"]["customers"] == CUSTOMERS
    path = "/api/profiles?page[size]=100&additional-fields[profile]=predictive_analytics"

    def told() -> list[dict[str, Any]] | None:
        found = [one["attributes"]["predictive_analytics"] for one in get(deployment, shop, path)]
        return found if all(one["churn_probability"] is not None for one in found) else None

    predicted = until(deployment, told)
    assert sum(one["historic_number_of_orders"] for one in predicted) == sum(map(len, histories()))
    for one in predicted:
        assert one["total_clv"] == pytest.approx(one["historic_clv"] + one["predicted_clv"], abs=0.005)
    assert _inbox("predict").dead_letters() == _inbox("fit").dead_letters() == []


def test_an_item_is_kept_and_offered(deployment: Deployment, shop: Account) -> None:
    attributes = {
        "external_id": "disc", "title": "Disc", "description": "Round", "url": "https://shop.example/disc", "price": 9.5,
    }  # fmt: skip
    body = {"data": {"type": "catalog-item", "attributes": attributes}}
    status, document = call(deployment, "POST", "/api/catalog-items", shop.key, body)
    assert status == 201, document
    (item,) = get(deployment, shop, "/api/catalog-items")
    assert item["attributes"]["title"] == "Disc"
    profile = get(deployment, shop, "/api/profiles?page[size]=1")[0]["id"]
    path = f"/client/next-best-product?company_id={shop.id}&profile_id={profile}"
    status, document = call(deployment, "GET", path, None)
    assert status == 200, document
