"""The commands and code of docs/monitors.md, run as they stand there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.e2e.embedded.reader import ROOT, Reader, blocks
from tests.e2e.embedded.waiting import wait_for

PAGE = "docs/monitors.md"
BLOCKS = blocks(PAGE)


@pytest.fixture(scope="module")
def reader(newcomer: Callable[[], Reader]) -> Reader:
    """After an order of yesterday."""
    reader = newcomer()
    reader.follow(BLOCKS["event"])
    wait_for(lambda: json.loads(reader.follow(blocks("README.md")["curl"]))["data"])
    reader.variables["METRIC"] = reader.follow(BLOCKS["metric"]).strip()
    return reader


def test_every_block_is_run_here() -> None:
    text = (ROOT / PAGE).read_text()
    assert set(BLOCKS) == {"event", "metric", "monitor", "dry", "night", "alerts", "mail"}
    assert text.count("```bash") + text.count("```python") == len(BLOCKS)


def test_few_orders_become_an_alert_and_a_mail(reader: Reader) -> None:
    made = json.loads(reader.follow(BLOCKS["monitor"]))["data"]
    reader.variables["MONITOR"] = made["id"]
    wait_for(lambda: _figure(reader) == 1)
    reader.follow(BLOCKS["night"])
    (alert,) = json.loads(reader.follow(BLOCKS["alerts"]))["data"]
    assert alert["attributes"]["name"] == "Few orders"
    assert alert["attributes"]["evaluation"]["conditions"][0]["value"] == 1
    assert alert["relationships"]["monitor"]["data"]["id"] == made["id"]
    mail = reader.follow(BLOCKS["mail"])
    assert "To: ada@example.com" in mail
    assert alert["id"] in mail


def _figure(reader: Reader) -> int | float | None:
    shown = json.loads(reader.follow(BLOCKS["dry"]))["data"]["attributes"]
    value: int | float | None = shown["conditions"][0]["value"]
    return value


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", (ROOT / PAGE).read_text()):
        assert (ROOT / "docs" / target).exists(), target
