"""The commands and code of docs/audiences.md, run as they stand there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.embedded.reader import ROOT, Reader, blocks
from tests.e2e.embedded.waiting import wait_for

PAGE = "docs/audiences.md"
BLOCKS = blocks(PAGE)


@pytest.fixture(scope="module")
def reader(newcomer: Callable[[], Reader]) -> Reader:
    reader = newcomer()
    reader.follow(blocks("README.md")["sdk"])
    wait_for(lambda: json.loads(reader.follow(blocks("README.md")["curl"]))["data"])
    return reader


def members(reader: Reader) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(reader.follow(BLOCKS["members"]))["data"]
    return found


def test_every_block_is_run_here() -> None:
    text = (ROOT / PAGE).read_text()
    assert set(BLOCKS) == {"segment", "evaluate", "members", "list", "preview"}
    assert text.count("```bash") + text.count("```python") == len(BLOCKS)


def test_the_segment_holds_the_buyer(reader: Reader) -> None:
    reader.variables["SEGMENT"] = reader.follow(BLOCKS["segment"]).strip()
    wait_for(lambda: [one["attributes"]["email"] for one in members(reader)] == ["ada@example.com"])
    reader.follow(BLOCKS["evaluate"])
    assert [one["attributes"]["email"] for one in members(reader)] == ["ada@example.com"]


def test_the_list_holds_the_profile(reader: Reader) -> None:
    answer = json.loads(reader.follow(BLOCKS["list"]))
    assert [one["attributes"]["email"] for one in answer["data"]] == ["ada@example.com"]


def test_the_preview_shows_tidied_values(reader: Reader) -> None:
    answer = reader.follow(BLOCKS["preview"])
    assert "New York" in answer
    assert "Paris" in answer


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", (ROOT / PAGE).read_text()):
        assert (ROOT / "docs" / target).exists(), target
