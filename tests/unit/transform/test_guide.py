"""The examples of docs/transformations.md, tried."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.unit.transform.conftest import Room

GUIDE = (Path(__file__).parents[3] / "docs" / "transformations.md").read_text()
EXAMPLES = re.findall(r"```json\n(.+?)\n```(.+?)(?=```json|\n\*\*|\n## |\Z)", GUIDE, re.DOTALL)
ROW = re.compile(r"^\| `(.+?)` \| `(.+?)` \|$", re.MULTILINE)


@pytest.mark.parametrize(("definition", "tables"), EXAMPLES, ids=[one[0][:40] for one in EXAMPLES])
def test_an_example_does_what_its_table_says(room: Room, definition: str, tables: str) -> None:
    rows: list[Any] = [[json.loads(cell) for cell in row] for row in ROW.findall(tables)]
    attributes = {"definition": json.loads(definition), "values": [before for before, _ in rows]}
    body = {"data": {"type": "data-transformation-preview", "attributes": attributes}}
    answer = room.caller("POST", "/api/data-transformation-previews", body)
    assert [[pair["before"], pair["after"]] for pair in answer.data["attributes"]["results"]] == rows
    assert len(rows) > 1
    assert room.create(**json.loads(definition)).status == 201


def test_every_method_has_an_example() -> None:
    assert {json.loads(one)["method"] for one, _ in EXAMPLES} == {"format", "standardize", "merge"}
