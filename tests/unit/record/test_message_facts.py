"""What message events say of themselves, in columns of their own."""

from __future__ import annotations

from typing import Any

import pytest

from cdp.model.ids import new_short_id
from functions.record.facts import of_message
from functions.record.recorder import Recorder
from tests.unit.record.test_recorder import accepted, record, rows


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({}, (None, None, None)),
        ({"$variation": "v1"}, ("v1", None, None)),
        ({"$variation": 7}, ("7", None, None)),
        ({"Bot Click": True}, (None, 1, None)),
        ({"Bot Click": "True"}, (None, 1, None)),
        ({"Bot Click": False}, (None, None, None)),
        ({"Bot Click": "false"}, (None, None, None)),
        ({"Bot Click": 1}, (None, None, None)),
        ({"Apple Privacy Open": True}, (None, 1, None)),
        ({"Apple Privacy Open": False, "Machine Open": True}, (None, 1, None)),
        ({"Message Type": "Transactional"}, (None, None, 1)),
        ({"$message_type": "transactional", "$variation": "b"}, ("b", None, 1)),
        ({"Message Type": "marketing"}, (None, None, None)),
        ({"Message Type": None}, (None, None, None)),
    ],
)
def test_variation_machines_and_transactional_messages(properties: dict[str, Any], found: tuple[Any, ...]) -> None:
    assert of_message(properties) == found


def test_they_stand_in_the_lake(recorder: Recorder) -> None:
    account = new_short_id()
    clicked = {"metric": "Clicked Email", "unique_id": "1", "properties": {"$variation": "v", "Bot Click": True}}
    opened = {"metric": "Opened Email", "unique_id": "2", "properties": {"Message Type": "transactional"}}
    record(recorder, accepted(account, clicked, opened, {"unique_id": "3"}))
    assert rows(recorder, account, "unique_id, variation, machine, transactional") == [
        ("1", "v", 1, None),
        ("2", None, None, 1),
        ("3", None, None, None),
    ]
