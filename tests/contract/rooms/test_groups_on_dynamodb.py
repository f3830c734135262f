"""Lists, tags and the look-up of memberships on both homes, with whatever a client may put into ids, names and cursors."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from cdp import connect
from cdp.documents import accounts, memberships, profiles, tags
from cdp.model.ids import profile_id
from functions.lists import handler as lists
from functions.membership import handler as membership
from functions.membership.settings import Settings
from functions.tags import handler as tag_room
from tests.contract.rooms.conftest import StrictTable
from tests.contract.rooms.test_limits_of_keys import LONG, Shop
from tests.unit.calls import Caller, pages
from tests.unit.lists.conftest import NOW, members

ODD = ("", "x" * 5000, "𝒜" * 64, "𝒜" * 400, "\x00", "#", "\x1f")


@pytest.fixture
def shop(table_locator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    plain = connect.table
    monkeypatch.setattr(connect, "table", lambda locator: StrictTable(plain(locator)))
    table = connect.table(table_locator)
    account, _ = accounts.create(table, name="Shop", timezone="Europe/Paris", currency="EUR")
    made = Shop(table, tmp_path, account.id)
    for name, room in (("lists", lists), ("tags", tag_room)):
        made.callers[name] = Caller(room.http(made.settings(room, table_locator)), room.SPEC, account.id)
    settings = Settings(table_locator, "memory:", f"file://{tmp_path}/secrets.json", 0)
    made.callers["membership"] = Caller(membership.http(settings), membership.SPEC, account.id)
    return made


def test_a_list_its_members_and_its_end(shop: Shop, table_locator: str) -> None:
    ids = [shop.make("lists", "/api/lists", "list", name=f"{LONG[:253]}{n:02d}") for n in range(12)]
    for sort in ("name", "-name", "created", "-updated", "id"):
        found = pages(shop.callers["lists"], "/api/lists", sort=sort)
        assert sorted(one["id"] for page in found for one in page.data) == sorted(ids)
    named = shop("lists", "GET", f'/api/lists?filter=equals(name,"{quote(LONG[:253])}03")').data
    assert [one["id"] for one in named] == ids[3:4]

    people = [profiles.fresh(no, NOW) for no in profiles.new_numbers(shop.table, shop.account_id, 45)]
    assert all(profiles.save(shop.table, shop.account_id, people))
    path = f"/api/lists/{ids[0]}/relationships/profiles"
    sent = members(profile_id(shop.account_id, one.profile.no) for one in people)
    assert shop("lists", "POST", path, sent).status == 204
    for sort in ("joined_group_at", "-joined_group_at"):
        assert [len(page.data) for page in pages(shop.callers["lists"], path, sort=sort)] == [20, 20, 5]
    assert shop("lists", "DELETE", f"/api/lists/{ids[0]}").status == 204
    shop.work("lists", lists.inbox(shop.settings(lists, table_locator)))
    assert memberships.page(shop.table, shop.account_id, ids[0]) == []
    assert memberships.count(shop.table, shop.account_id, ids[0]) == 0


def test_tags_of_long_names_in_groups(shop: Shop) -> None:
    group = shop.make("tags", "/api/tag-groups", "tag-group", name=LONG, exclusive=True)
    tag = {"type": "tag", "attributes": {"name": LONG}}
    tag["relationships"] = {"tag-group": {"data": {"type": "tag-group", "id": group}}}
    made = shop("tags", "POST", "/api/tags", {"data": tag}).data["id"]
    list_id = shop.make("lists", "/api/lists", "list", name="x")
    bearers = {"data": [{"type": "list", "id": list_id}]}
    assert shop("tags", "POST", f"/api/tags/{made}/relationships/lists", bearers).status == 204
    assert [one.id for one in tags.of(shop.table, shop.account_id, "list", list_id)] == [made]
    assert [one["id"] for one in shop("tags", "GET", f"/api/tag-groups/{group}/tags").data] == [made]
    assert shop("tags", "DELETE", f"/api/tag-groups/{group}").status == 204
    assert tags.of(shop.table, shop.account_id, "list", list_id) == []
    assert shop("tags", "GET", "/api/tags").data == []


@pytest.mark.parametrize("odd", ODD)
def test_odd_ids_are_unknown_ones(shop: Shop, odd: str) -> None:
    listed = shop("lists", "GET", f'/api/lists?filter=any(id,["{quote(odd)}","x"])')
    assert (listed.status, listed.data) == (200, [])
    assert shop("lists", "GET", f'/api/lists?filter=equals(name,"{quote(odd)}")').data == []
    if odd:
        for room, path in (("lists", "/api/lists"), ("tags", "/api/tags"), ("tags", "/api/tag-groups")):
            assert shop(room, "GET", f"{path}/{quote(odd, safe='')}").status == 404
    bearers = {"data": [{"type": "list", "id": odd}]}
    tag = shop.make("tags", "/api/tags", "tag", name="a tag")
    assert shop("tags", "POST", f"/api/tags/{tag}/relationships/lists", bearers).status == 404
    keys = f"exchange_id={quote(odd)}&anonymous_id={quote(odd)}"
    asked = f"/client/group-memberships?company_id={shop.account_id}&ids={quote(odd)},x&{keys}"
    assert shop("membership", "GET", asked).document == {"data": []}
