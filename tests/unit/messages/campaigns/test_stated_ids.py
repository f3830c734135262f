"""Ids that the sender has given already: its events carry them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.calls import Answer
from tests.unit.messages.campaigns.conftest import EMAIL, Room, document, ids, older

AT = "/data/attributes"


def brought(room: Room, shape: str, id_: str, *messages: str) -> Answer:
    if shape == "older":
        body = older("Brought", *[EMAIL] * len(messages))
        for one, message in zip(body["data"]["attributes"]["campaign-messages"]["data"], messages, strict=True):
            one["id"] = message
    else:
        audiences = [{"temporary_id": "a"}]
        inline: list[dict[str, Any]] = [{"audience_temporary_id": "a", "id": message} for message in messages]
        body = document("campaign", {"definition": {"name": "Brought"}, "audiences": audiences, "messages": inline})
    body["data"]["id"] = id_
    return getattr(room, shape)("POST", "/api/campaigns", body)  # type: ignore[no-any-return]


@pytest.mark.parametrize("shape", ["older", "newer"])
def test_ids_are_kept(room: Room, shape: str) -> None:
    at = f"{AT}/campaign-messages/data" if shape == "older" else f"{AT}/messages"
    made = brought(room, shape, "XyZ-1", "first", "second")
    assert (made.status, made.data["id"], ids(made, "campaign-messages")) == (201, "XyZ-1", ["first", "second"])
    assert room.newer.get("/api/campaign-messages/second/campaign").data["id"] == "XyZ-1"
    (audience,) = ids(room.newer.get("/api/campaigns/XyZ-1"), "campaign-audiences")
    assert room.newer.get(f"/api/campaign-audiences/{audience}").status == 200
    for answer, status, pointer in (
        (brought(room, shape, "XyZ-1", "third"), 409, "/data/id"),
        (brought(room, shape, "other", "third", "second"), 409, f"{at}/1/id"),
        (brought(room, shape, "other", "third", "third"), 409, f"{at}/1/id"),
        (brought(room, shape, "other", "other"), 409, f"{at}/0/id"),
        (brought(room, shape, "", "third"), 400, "/data/id"),
        (brought(room, shape, "x" * 51, "third"), 400, "/data/id"),
        (brought(room, shape, "other", "a b"), 400, f"{at}/0/id"),
    ):
        assert (answer.status, answer.error["source"]) == (status, {"pointer": pointer})
    assert len(room.newer.get("/api/campaigns").data) == 1
    assert brought(room, shape, "other", "third").status == 201
