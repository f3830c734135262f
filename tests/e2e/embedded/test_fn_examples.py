"""The example functions at work: published on the running platform, with services of their own on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from infra.embedded.commands import fn_sources
from tests.e2e.embedded.conftest import Shop, bulk
from tests.e2e.embedded.waiting import wait_for

EXAMPLES = Path(__file__).parents[3] / "examples" / "functions"
Asked = list[tuple[str, str, dict[str, str], Any]]


@contextmanager
def service() -> Iterator[tuple[str, Asked]]:
    """A chat and a warehouse on 127.0.0.1: its address, and what it was asked."""
    asked: Asked = []

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            given = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append((self.command, self.path, dict(self.headers.items()), given))
            body = json.dumps({"id": f"W-{len(asked)}"}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = _take

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def publish(shop: Shop, name: str, **environment: str) -> str:
    """The example's id; it is live."""
    source = fn_sources.read(EXAMPLES / name)
    trigger = {"metric_id": shop.metric_id(source.metric or ""), "filters": source.settings.get("filters", [])}
    given = {
        **source.attributes(), "name": source.name, "trigger": trigger, "environment": environment, "status": "live",
        "timeout_s": 15,
    }  # fmt: skip
    answer = shop.http.post("/api/functions", json={"data": {"type": "function", "attributes": given}})
    assert answer.status_code == 201, answer.text
    id_: str = answer.json()["data"]["id"]
    return id_


def happened(metric: str, who: str, unique_id: str, at: str, value: float | None = None, **properties: Any) -> dict[str, Any]:
    profile = {"type": "profile", "attributes": {"email": f"{who}@shop.example", "first_name": who.capitalize()}}
    given = {
        "metric": {"data": {"type": "metric", "attributes": {"name": metric}}}, "profile": {"data": profile},
        "unique_id": unique_id, "time": at, "properties": properties,
    }  # fmt: skip
    return given if value is None else {**given, "value": value, "value_currency": "EUR"}


def order(who: str, number: int, at: str, value: float) -> dict[str, Any]:
    items = [{"ProductID": "tea", "ProductName": "Green tea", "Quantity": number}]
    return happened("Placed Order", who, f"{who}-{number}", at, value, OrderId=f"{who}-{number}", Items=items)


def post(shop: Shop, *events: dict[str, Any]) -> None:
    assert shop.http.post("/api/event-bulk-create-jobs", json=bulk(list(events))).status_code == 202


def profile(shop: Shop, who: str) -> dict[str, Any]:
    found = shop.http.get("/api/profiles", params={"filter": f'equals(email,"{who}@shop.example")'}).json()["data"]
    attributes: dict[str, Any] = found[0]["attributes"] if found else {"properties": {}}
    return attributes


def vips(shop: Shop) -> int:
    id_ = shop.metric_id("Became VIP")
    query = {"filter": f'equals(metric_id,"{id_}")'}
    return 0 if id_ is None else len(shop.http.get("/api/events", params=query).json()["data"])


def runs(shop: Shop, ids: list[str]) -> list[dict[str, Any]]:
    return [one["attributes"] for id_ in ids for one in shop.http.get(f"/api/functions/{id_}/function-logs").json()["data"]]


def test_all_examples_at_work(shop: Shop) -> None:
    post(shop, happened("Submitted Form", "cyd", "f0", "2026-01-01T00:00:00Z"), order("ada", 1, "2025-06-01T10:00:00Z", 20))
    wait_for(lambda: len(shop.http.get("/api/events").json()["data"]) == 2)
    list_ = {"data": {"type": "list", "attributes": {"name": "Big"}}}
    list_id = shop.http.post("/api/lists", json=list_).json()["data"]["id"]
    with service() as (url, asked):
        ids = [
            publish(shop, "order-to-chat", CHAT_URL=f"{url}/chat"),
            publish(shop, "mirror-order", WAREHOUSE_URL=f"{url}/warehouse", WAREHOUSE_TOKEN="t0ken-of-ours"),
            publish(shop, "big-order-tag", LIST_ID=list_id),
            publish(shop, "normalise-phone", REGION="GB"),
            publish(shop, "vip-on-third-order"),
            publish(shop, "win-back"),
        ]
        post(shop, order("ada", 2, "2026-03-01T10:00:00Z", 250), order("bob", 1, "2026-03-01T10:00:00Z", 30))
        post(shop, happened("Submitted Form", "cyd", "f1", "2026-03-02T00:00:00Z", phone="020 7946 0018"))
        wait_for(lambda: profile(shop, "ada")["properties"].get("days_away") == 273, lambda: runs(shop, ids))
        wait_for(lambda: profile(shop, "ada")["properties"].get("big_order_value") == 250, lambda: runs(shop, ids))
        wait_for(lambda: profile(shop, "cyd").get("phone_number") == "+442079460018", lambda: runs(shop, ids))
        wait_for(lambda: len(shop.http.get(f"/api/lists/{list_id}/profiles").json()["data"]) == 1, lambda: runs(shop, ids))
        assert vips(shop) == 0
        post(shop, *(order("ada", number, "2026-03-03T10:00:00Z", 10) for number in (3, 4)))
        wait_for(lambda: len(asked) == 8, lambda: runs(shop, ids))
        wait_for(lambda: vips(shop) == 1, lambda: runs(shop, ids))
    orders = {"ada-2", "ada-3", "ada-4", "bob-1"}
    mirrored = {path.rpartition("/")[2]: headers for _, path, headers, _ in asked if path.startswith("/warehouse/orders/")}
    assert mirrored.keys() == orders
    assert {headers["authorization"] for headers in mirrored.values()} == {"Bearer t0ken-of-ours"}
    assert len({headers["idempotency-key"] for headers in mirrored.values()}) == 4
    said = sorted(given["text"] for _, path, _, given in asked if path == "/chat")
    assert said == sorted(
        [f"Ada ordered {n} × Green tea for {value} EUR" for n, value in ((2, "250.00"), (3, "10.00"), (4, "10.00"))]
        + ["Bob ordered 1 × Green tea for 30.00 EUR"]
    )
    logs = runs(shop, ids)
    assert {one["status"] for one in logs} == {"ok"}, [one["failure"] for one in logs]
    assert "t0ken-of-ours" not in json.dumps(logs)
    assert vips(shop) == 1
