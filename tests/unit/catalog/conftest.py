from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cdp import connect
from cdp.documents import accounts
from cdp.events import EventsAccepted, decode
from cdp.ports import Table
from functions.catalog.handler import http, inbox
from functions.catalog.settings import Settings
from functions.catalog.spec import SPEC
from tests.unit.calls import Answer, Caller, pages

Json = dict[str, Any]


def cid(external_id: str) -> str:
    return f"$custom:::$default:::{external_id}"


def ends(type_: str, *external_ids: str) -> Json:
    return {"data": [{"type": f"catalog-{type_}", "id": cid(id_)} for id_ in external_ids]}


def new_item(external_id: str, *categories: str, **attributes: Any) -> Json:
    given = {"title": f"Title {external_id}", "description": "", "url": "https://shop.example/p", **attributes}
    resource: Json = {"type": "catalog-item", "attributes": {"external_id": external_id, **given}}
    if categories:
        resource["relationships"] = {"categories": ends("category", *categories)}
    return resource


def new_variant(external_id: str, item_id: str, **attributes: Any) -> Json:
    given = {
        "title": f"Title {external_id}",
        "description": "",
        "url": "https://shop.example/v",
        "sku": f"SKU-{external_id}",
        "price": 4.5,
        "inventory_quantity": 3,
        **attributes,
    }
    return {
        "type": "catalog-variant",
        "attributes": {"external_id": external_id, **given},
        "relationships": {"item": {"data": {"type": "catalog-item", "id": cid(item_id)}}},
    }


def new_category(external_id: str, *items: str, **attributes: Any) -> Json:
    resource: Json = {
        "type": "catalog-category",
        "attributes": {"external_id": external_id, "name": f"Name {external_id}", **attributes},
    }
    if items:
        resource["relationships"] = {"items": ends("item", *items)}
    return resource


def changed(type_: str, external_id: str, **attributes: Any) -> Json:
    return {"type": f"catalog-{type_}", "id": cid(external_id), "attributes": attributes}


@dataclass
class Room:
    """The room with its inbox."""

    settings: Settings
    caller: Caller

    @property
    def table(self) -> Table:
        return connect.table(self.settings.table)

    def item(self, external_id: str, *categories: str, **attributes: Any) -> Answer:
        return self.post("items", new_item(external_id, *categories, **attributes))

    def variant(self, external_id: str, item_id: str, **attributes: Any) -> Answer:
        return self.post("variants", new_variant(external_id, item_id, **attributes))

    def category(self, external_id: str, *items: str, **attributes: Any) -> Answer:
        return self.post("categories", new_category(external_id, *items, **attributes))

    def post(self, collection: str, resource: Json) -> Answer:
        return self.caller("POST", f"/api/catalog-{collection}", {"data": resource})

    def patch(self, collection: str, resource: Json) -> Answer:
        return self.caller("PATCH", f"/api/catalog-{collection}/{resource['id']}", {"data": resource})

    def delete(self, collection: str, external_id: str) -> Answer:
        return self.caller("DELETE", f"/api/catalog-{collection}/{cid(external_id)}")

    def links(self, method: str, path: str, body: Json) -> Answer:
        return self.caller(method, f"/api/catalog-{path}", body)

    def ids(self, path: str, **query: str) -> list[str]:
        """External ids of everything on the pages of a listing."""
        found = pages(self.caller, f"/api/catalog-{path}", **query)
        return [one["id"].removeprefix(cid("")) for page in found for one in page.data]

    def job(self, kind: str, action: str, rows: list[Json]) -> Answer:
        collection = {"item": "items", "variant": "variants", "category": "categories"}[kind]
        type_ = f"catalog-{kind}-bulk-{action}-job"
        data = {"type": type_, "attributes": {collection: {"data": rows}}}
        return self.caller("POST", f"/api/{type_}s", {"data": data})

    def worked(self, kind: str, action: str, rows: list[Json]) -> Json:
        """The attributes of a job that was worked off."""
        job = self.job(kind, action, rows).data
        self.work()
        attributes: Json = self.caller.get(f"/api/{job['type']}s/{job['id']}").data["attributes"]
        return attributes

    def work(self) -> None:
        """Empty the inbox."""
        queue, handle = connect.queue(self.settings.catalog_queue), inbox(self.settings)
        while deliveries := queue.receive(10, visibility_s=60):
            records = [
                {
                    "messageId": one.id,
                    "receiptHandle": one.receipt,
                    "body": one.body,
                    "attributes": {"ApproximateReceiveCount": one.attempt, "SentTimestamp": 0},
                }
                for one in deliveries
            ]
            assert handle({"Records": records}) == {"batchItemFailures": []}
            queue.ack(deliveries)

    def events(self) -> list[EventsAccepted]:
        """Messages on their way to `record`; they are taken out."""
        queue = connect.queue(self.settings.record_queue)
        deliveries = queue.receive(100, visibility_s=60)
        queue.ack(deliveries)
        found = [decode(one.body) for one in deliveries]
        return [one for one in found if isinstance(one, EventsAccepted)]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    settings = Settings(
        table=f"sqlite://{tmp_path}/documents.db",
        limits="memory:",
        catalog_queue=f"sqlite://{tmp_path}/queues.db#catalog",
        record_queue=f"sqlite://{tmp_path}/queues.db#record",
        rate_limit_factor=0,
    )
    table = connect.table(settings.table)
    account, _ = accounts.create(table, name="Shop", timezone="Europe/Paris", currency="EUR")
    return Room(settings, Caller(http(settings), SPEC, account.id))
