"""`regulars fn` as a process, against the running platform and its sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.embedded.conftest import Shop, event, single
from tests.e2e.embedded.waiting import wait_for

COMMAND = [sys.executable, "-m", "infra.embedded.cli", "fn"]
METRIC = "Placed Order"
JAVASCRIPT = """
export default async function handler(event, context) {
  console.log(`order of ${event.data.attributes.event_properties.who}`);
  if (event.data.attributes.event_properties.who === "eve") throw new Error(`no orders of eve in ${process.env.SHOP}`);
  return { attempt: context.run.attempt };
}
"""


def fn(shop: Shop, *arguments: object, code: int = 0) -> str:
    """What the command prints: on standard output if it ends well, on standard error if it does not."""
    given = [*COMMAND, *map(str, arguments), "--url", shop.platform.url, "--key", shop.account.private_key]
    done = subprocess.run(given, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, (done.stdout, done.stderr)
    return done.stdout if code in (0, 2) else " ".join(done.stderr.split())


def order(shop: Shop, who: str) -> None:
    given = {**event(f"order-of-{who}", who), "properties": {"who": who}}
    assert shop.http.post("/api/events", json=single(given)).status_code == 202


@pytest.fixture(scope="module")
def orders(shop: Shop) -> Shop:
    """With the metric that functions listen to."""
    order(shop, "ann")
    wait_for(lambda: shop.metric_id(METRIC) is not None)
    wait_for(lambda: len(shop.http.get("/api/events").json()["data"]) == 1)
    return shop


def test_from_a_file_to_a_replay(orders: Shop, tmp_path: Path) -> None:
    file, environment = tmp_path / "orders.mjs", tmp_path / ".env"
    file.write_text(JAVASCRIPT)
    environment.write_text("# of the shop\nexport SHOP='Corner Shop'\nTHIS=that\n")
    id_ = fn(orders, "create", file, "--metric", METRIC, "--env-file", environment, "--env", "THIS").split()[0]
    shown = orders.http.get(f"/api/functions/{id_}").json()["data"]["attributes"]
    assert (shown["runtime"], shown["environment_names"], shown["status"]) == ("javascript", ["SHOP"], "draft")

    tried = fn(orders, "test", "orders", "--latest")
    assert "order of ann" in tried
    assert 'result: {"attempt": 1}' in tried
    payload = tmp_path / "event.json"
    payload.write_text(json.dumps({"data": {"attributes": {"event_properties": {"who": "eve"}}}}))
    failed = fn(orders, "test", id_, "--payload", payload, code=2)
    assert "Error: no orders of eve in ***" in failed

    fn(orders, "publish", "orders")
    order(orders, "bob")
    order(orders, "eve")
    wait_for(lambda: "ok" in fn(orders, "logs", "orders", "--status", "ok"))
    assert "order of bob" in fn(orders, "logs", "orders", "--status", "ok")
    wait_for(lambda: "no orders of eve" in fn(orders, "letters", "orders"))
    assert "no orders of eve in ***" in fn(orders, "logs", "orders", "--last", "1", "--status", "failed")

    file.write_text(JAVASCRIPT.replace("throw new Error(", "console.log("))
    assert "newest is version 2, version 1 is live" in fn(orders, "update", "orders", file)
    assert "version 2 is live" in fn(orders, "publish", "orders")
    assert fn(orders, "replay", "orders") == "1 dead letter replayed\n"
    wait_for(lambda: "order of eve" in fn(orders, "logs", "orders", "--status", "ok"))
    assert "no orders of eve" not in fn(orders, "letters", "orders")
    assert "version 1 is live" in fn(orders, "rollback", "orders")
    rows = [line.split() for line in fn(orders, "versions", "orders").splitlines()[1:]]
    assert [(row[0], row[-2]) for row in rows] == [("2", "publish"), ("1", "rollback")]
    assert [row[1] for row in rows if row[1] == "live"] == ["live"]
    assert rows[1][1] == "live"
    assert "no version is live" in fn(orders, "stop", "orders")
    assert [one.split()[:2] for one in fn(orders, "list").splitlines()[1:]] == [[id_, "orders"]]
    assert "deleted" in fn(orders, "delete", "orders")
    assert "no function 'orders'" in fn(orders, "logs", "orders", code=1)


def test_what_is_wrong_is_said(orders: Shop, tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text("import numpy\n\ndef handler(event, context):\n    return 1\n")
    said = fn(orders, "create", file, "--metric", METRIC, code=1)
    assert "Line 1" in said
    assert "numpy" in said
    assert "(code)" in said
    assert f"there are: {METRIC}" in fn(orders, "create", file, "--metric", "Nothing", code=1)
    done = subprocess.run([*COMMAND, "list", "--url", "http://127.0.0.1:1", "--key", "x"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "does not answer" in done.stderr
