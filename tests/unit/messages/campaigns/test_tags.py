from __future__ import annotations

from cdp.documents import tags
from cdp.documents.tags import TAGS
from cdp.ports import Table
from tests.unit.messages.campaigns.conftest import ACCOUNT, Room, group, ids, tag

ONE = "/api/campaigns/{}"


def test_tags_are_shown_and_forgotten_with_the_campaign(room: Room, table: Table) -> None:
    id_ = room.create().data["id"]
    some = group(table, "g1")
    for name in ("red", "blue"):
        stored = TAGS.get(table, ACCOUNT, tag(table, name, some))
        assert stored is not None
        assert tags.attach(table, ACCOUNT, "campaign", id_, stored.thing, some)
    for caller in (room.older, room.newer):
        assert ids(caller.get(ONE.format(id_)), "tags") == ["tag-blue", "tag-red"]
        included = caller.get(ONE.format(id_), include="tags").document["included"]
        assert [one["attributes"]["name"] for one in included] == ["blue", "red"]
        assert [one["id"] for one in caller.get(f"{ONE.format(id_)}/tags").data] == ["tag-blue", "tag-red"]
        related = caller.get(f"{ONE.format(id_)}/relationships/tags").data
        assert related == [{"type": "tag", "id": "tag-blue"}, {"type": "tag", "id": "tag-red"}]
    listed = room.newer.get("/api/campaigns", include="tags")
    assert [one["id"] for one in listed.document["included"]] == ["tag-blue", "tag-red"]
    room.newer("DELETE", ONE.format(id_))
    assert tags.resources(table, ACCOUNT, "campaign", "tag-red") == []
