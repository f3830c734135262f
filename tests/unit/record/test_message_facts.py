"""What message events say of themselves, in columns of their own."""

from __future__ import annotations

from typing import Any

import pytest

from cdp.model.ids import new_short_id
from functions.record.facts import of_message, of_product
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


@pytest.mark.parametrize(
    ("properties", "name", "categories"),
    [
        ({"Other": 1}, "", ""),
        ({"ProductName": "Tea", "Name": "Mug"}, "Tea", ""),
        ({"ProductName": None, "Name": "Mug", "Categories": None}, "Mug", ""),
        ({"ProductName": ["Tea"], "Name": "Mug", "Categories": ["a", 1, None, "ä"]}, "Mug", '["a",1,null,"ä"]'),
        ({"ProductName": {"a": 1}, "Categories": "a", "Collections": ["b"]}, "", '["a"]'),
        ({"ProductName": "", "Name": "Mug", "Collections": ["b"]}, "", '["b"]'),
        ({"Name": 1.5, "Categories": []}, "1.5", ""),
        ({"Name": True, "Categories": {"a": [1]}}, "true", '[{"a":[1]}]'),
        ({"ProductName": 10**25, "Categories": 7}, str(10**25), "[7]"),
    ],
)
def test_names_and_categories_of_products(properties: dict[str, Any], name: str, categories: str) -> None:
    assert of_product(properties) == (name, categories)


def test_products_stand_in_the_lake(recorder: Recorder) -> None:
    account = new_short_id()
    seen = {"metric": "Viewed Product", "unique_id": "1", "properties": {"ProductName": "Tea", "Categories": ["a"]}}
    other = {"metric": "Other", "unique_id": "2", "properties": {}}
    record(recorder, accepted(account, seen, other))
    found = rows(recorder, account, "unique_id, product_name, categories")
    assert found == [("1", "Tea", '["a"]'), ("2", "", "")]


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
