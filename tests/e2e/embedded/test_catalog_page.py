"""The commands and code of docs/catalog.md, run as they stand there."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.e2e.embedded.reader import ROOT, Reader, blocks

PAGE = "docs/catalog.md"
BLOCKS = blocks(PAGE)


@pytest.fixture(scope="module")
def reader(newcomer: Callable[[], Reader]) -> Reader:
    """Whose catalog is filled."""
    reader = newcomer()
    printed = reader.follow(BLOCKS["fill"])
    assert printed.strip() in (ROOT / PAGE).read_text()
    return reader


def titles(text: str) -> list[str]:
    return [one["attributes"]["title"] for one in json.loads(text)["data"]]


def test_every_block_is_run_here() -> None:
    text = (ROOT / PAGE).read_text()
    assert set(BLOCKS) == {"fill", "sell", "links", "find", "wait"}
    assert text.count("```bash") + text.count("```python") == len(BLOCKS)


def test_a_size_is_sold_out(reader: Reader) -> None:
    assert json.loads(reader.follow(BLOCKS["sell"]))["data"]["attributes"]["inventory_quantity"] == 0


def test_a_category_is_filled_anew(reader: Reader) -> None:
    assert titles(reader.follow(BLOCKS["links"])) == ["Assam", "Mug"]


def test_an_item_is_found_with_its_variants(reader: Reader) -> None:
    found = reader.follow(BLOCKS["find"])
    assert titles(found) == ["Assam"]
    assert [one["attributes"]["sku"] for one in json.loads(found)["included"]] == ["AS100", "AS500"]


def test_somebody_waits(reader: Reader) -> None:
    assert reader.follow(BLOCKS["wait"]).strip() == "202"
