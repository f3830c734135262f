"""Dead letters of a person go, those of others stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp.adapters.embedded.queue import SqliteQueue
from cdp.dead_letters import forget

OURS = '{"account_id":"aBc123","body":{"data":{"attributes":%s}}}'


@pytest.mark.parametrize(
    ("body", "goes"),
    [
        (OURS % '{"email": "Ann@Shop.example"}', True),
        (OURS % '{"x":1,"external_id":"7"}', True),
        (OURS % '{"x":1,"other_id":"7"}', False),
        (OURS % '{"external_id":"77"}', False),
        (OURS % '{"email":"joann@shop.example"}', False),
        (OURS.replace("aBc123", "AbC123") % '{"email":"ann@shop.example"}', False),
        ("not JSON at all: ann@shop.example", False),
    ],
)
def test_only_letters_that_name_the_person_go(tmp_path: Path, body: str, goes: bool) -> None:
    queue = SqliteQueue(f"{tmp_path}/queues.db", "inbox")
    queue.send([body])
    (delivery,) = queue.receive(1, visibility_s=60)
    queue.set_aside(delivery, "because")
    assert forget(queue, "aBc123", []) == 0
    assert forget(queue, "aBc123", [("email", "ann@shop.example"), ("external_id", "7")]) == int(goes)
    assert len(queue.dead_letters()) == int(not goes)
