"""The commands of docs/functions.md, run as they stand there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.e2e.embedded.reader import ROOT, Reader, blocks
from tests.e2e.embedded.waiting import wait_for

PAGE = "docs/functions.md"
BLOCKS = blocks(PAGE)


def test_every_command_is_run_here() -> None:
    text = (ROOT / PAGE).read_text()
    assert list(BLOCKS) == ["order", "folder", "test", "publish", "logs", "versions"]
    assert text.count("```bash") == len(BLOCKS)


def test_the_first_function(newcomer: Callable[[], Reader]) -> None:
    reader = newcomer()
    reader.follow(BLOCKS["order"])
    wait_for(lambda: bool(asked(reader, "/api/metrics")["data"]))
    assert "Big orders: newest is version 1, no version is live" in reader.follow(BLOCKS["folder"])
    wait_for(lambda: bool(asked(reader, "/api/events")["data"]))
    tried = reader.follow(BLOCKS["test"])
    assert tried.startswith("ok in ")
    assert "ada@example.com has spent 240.0" in tried
    assert "POST /api/profile-import -> 200" in tried
    assert 'result: {"marked": "ada@example.com"}' in tried
    assert levels(reader) == {"ada@example.com": None}, "a test has no effect"

    reader.follow(BLOCKS["publish"])
    wait_for(lambda: levels(reader).get("bob@example.com") == "gold")
    wait_for(lambda: "bob@example.com has spent 310.0" in reader.follow(BLOCKS["logs"]))
    assert levels(reader) == {"ada@example.com": None, "bob@example.com": "gold"}, "what came before starts nothing"

    told = reader.follow(BLOCKS["versions"]).splitlines()
    assert "newest is version 2, version 2 is live" in told[0]
    assert "newest is version 2, version 1 is live" in told[1]
    assert told[3].split() == [told[0].split()[0], "Big", "orders", "python", "live", "1", "2", "Placed", "Order", told[3].split()[-1]]


def asked(reader: Reader, path: str) -> Any:
    url = f"http://127.0.0.1:8080{path}"
    return json.loads(reader.follow(("bash", f'curl -sf {url} -H "Authorization: Klaviyo-API-Key $KEY"')))


def levels(reader: Reader) -> dict[str, str | None]:
    found = asked(reader, "/api/profiles")["data"]
    return {one["attributes"]["email"]: one["attributes"]["properties"].get("level") for one in found}
