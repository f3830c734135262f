"""The listing of lists: every page, filter and order, against a plain reading of the same lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp import connect
from cdp.documents import tags
from cdp.documents.lists import LISTS, List
from functions.lists.handler import http
from functions.lists.settings import Settings
from functions.lists.spec import SPEC
from tests.unit.calls import Caller, pages
from tests.unit.lists.conftest import ACCOUNT, NOW, Room

ORDERS = [f"{sign}{field}" for field in ("created", "id", "name", "updated") for sign in ("", "-")]


def put(room: Room, *made: List) -> None:
    assert all(room.table.write([[LISTS.put(ACCOUNT, one, 0)] for one in made]))


@pytest.fixture
def filled(room: Room) -> list[List]:
    """25 lists; names and times of change are in other orders than ids and times of creation."""
    made = [
        List(
            f"L{i:05d}",
            f"list {i * 7 % 25:02d}",
            "single_opt_in",
            NOW + timedelta(hours=i * 3 % 25),
            NOW + timedelta(days=10, hours=i * 11 % 25),
        )
        for i in range(25)
    ]
    put(room, *made)
    return made


@pytest.mark.parametrize("sort", ORDERS)
def test_pages_in_every_order(room: Room, filled: list[List], sort: str) -> None:
    found = pages(room.caller, "/api/lists", sort=sort)
    assert [len(page.data) for page in found] == [10, 10, 5]
    ids = [one["id"] for page in found for one in page.data]
    field = sort.removeprefix("-")
    expected = sorted(filled, key=lambda one: str(getattr(one, field)), reverse=sort.startswith("-"))
    assert ids == [one.id for one in expected]
    back = room.caller.get(found[2].document["links"]["prev"])
    assert [one["id"] for one in back.data] == ids[10:20]
    assert back.document["links"]["prev"]


@pytest.mark.parametrize("sort", ["", *ORDERS])
@pytest.mark.parametrize(
    ("filter_", "wanted"),
    [
        ('equals(name,"list 03")', lambda one: one.name == "list 03"),
        ('any(name,["list 03","list 17","nothing"])', lambda one: one.name in ("list 03", "list 17")),
        ('equals(id,"L00004")', lambda one: one.id == "L00004"),
        ('any(id,["L00004","L00021","L99999"])', lambda one: one.id in ("L00004", "L00021")),
        ("greater-than(created,2026-07-01T20:00:00Z)", lambda one: one.created > NOW + timedelta(hours=8)),
        ("greater-or-equal(created,2026-07-01T20:00:00Z)", lambda one: one.created >= NOW + timedelta(hours=8)),
        (
            "greater-than(updated,2026-07-11T20:00:00Z),greater-than(created,2026-07-01T20:00:00Z)",
            lambda one: one.updated > NOW + timedelta(days=10, hours=8) and one.created > NOW + timedelta(hours=8),
        ),
        ('equals(name,"list 03"),equals(id,"L00005")', lambda one: False),
    ],
)
def test_every_filter_in_every_order(  # type: ignore[no-untyped-def]
    room: Room, filled: list[List], filter_: str, wanted, sort: str
) -> None:
    query = {"filter": filter_} | ({"sort": sort} if sort else {})
    ids = [one["id"] for page in pages(room.caller, "/api/lists", **query) for one in page.data]
    assert sorted(ids) == sorted(one.id for one in filled if wanted(one))
    if sort:
        by_id = {one.id: str(getattr(one, sort.removeprefix("-"))) for one in filled}
        assert ids == sorted(ids, key=by_id.__getitem__, reverse=sort.startswith("-"))


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"filter": 'contains(name,"x")'}, "filter"),
        ({"filter": "less-than(created,2026-07-01T20:00:00Z)"}, "filter"),
        ({"filter": 'equals(opt_in_process,"x")'}, "filter"),
        ({"sort": "profile_count"}, "sort"),
        ({"include": "profiles"}, "include"),
        ({"page[size]": "11"}, "page[size]"),
        ({"page[size]": "0"}, "page[size]"),
        ({"page[cursor]": "abc"}, "page[cursor]"),
    ],
)
def test_a_bad_query_names_its_parameter(room: Room, query: dict[str, str], parameter: str) -> None:
    answer = room.caller.get("/api/lists", **query)
    assert (answer.status, answer.error["source"]) == (400, {"parameter": parameter})


def test_tags_are_shown_and_included(room: Room, filled: list[List]) -> None:
    group = tags.default_group(room.table, ACCOUNT, NOW)
    made = [tags.Tag(f"tag-{n}", name, group.id, NOW, NOW) for n, name in enumerate(("b", "a"))]
    room.table.write([[tags.TAGS.put(ACCOUNT, tag, 0)] for tag in made])
    for tag in made:
        tags.attach(room.table, ACCOUNT, "list", "L00001", tag, group)
    tags.attach(room.table, ACCOUNT, "list", "L00002", made[0], group)
    document = room.caller.get("/api/lists", sort="id", include="tags,flow-triggers").document
    data = [one["relationships"]["tags"]["data"] for one in document["data"]]
    assert data[:3] == [[], [{"type": "tag", "id": "tag-1"}, {"type": "tag", "id": "tag-0"}], [data[1][1]]]
    assert [one["id"] for one in document["included"]] == ["tag-1", "tag-0"]
    assert room.caller.get("/api/lists/L00001/tags").data == document["included"]
    assert room.caller.get("/api/lists/L00001/relationships/tags").data == data[1]
    assert room.caller.get("/api/lists/L00001", include="tags").document["included"] == document["included"]
    some = room.caller.get("/api/lists/L00001", **{"fields[list]": "name"}).data
    assert some["attributes"] == {"name": filled[1].name}


def test_lists_made_meanwhile_repeat_and_hide_nothing(room: Room, filled: list[List]) -> None:
    first = room.caller.get("/api/lists", sort="name")
    put(room, List("Xa", "aaa", "single_opt_in", NOW, NOW), List("Xz", "zzz", "single_opt_in", NOW, NOW))
    rest = [one["id"] for page in pages(room.caller, first.document["links"]["next"]) for one in page.data]
    seen = [one["id"] for one in first.data] + rest
    assert seen == [*(one.id for one in sorted(filled, key=lambda one: one.name)), "Xz"]


names = st.one_of(st.sampled_from(["a", "A", "a b", "ab", "ä", "", "x" * 199, "x" * 201]), st.text(max_size=5))
times = st.integers(0, 3).map(lambda n: NOW + timedelta(microseconds=n * 400_000))
made_lists = st.lists(
    st.builds(
        lambda name, created, updated: (name, created, updated),
        names.filter(lambda name: all(character >= " " for character in name)),
        times,
        times,
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(made_lists, st.sampled_from(ORDERS), st.integers(1, 4), st.one_of(st.none(), times), st.one_of(st.none(), names))
def test_any_listing_equals_a_plain_reading(
    rows: list[tuple[str, datetime, datetime]], sort: str, size: int, after: datetime | None, name: str | None
) -> None:
    made = [List(f"L{n:03d}", *row[:1], "single_opt_in", *row[1:]) for n, row in enumerate(rows)]
    conditions = []
    if after is not None:
        conditions.append(f"greater-than(created,{after.isoformat()})")
    if name is not None:
        conditions.append("any(name,[" + ",".join(map(_quoted, (name, "ab"))) + "])")
    query = {"sort": sort, "page[size]": str(size)} | ({"filter": ",".join(conditions)} if conditions else {})
    with TemporaryDirectory() as folder:
        caller = _caller(Path(folder), made)
        found = [one["id"] for page in pages(caller, f"/api/lists?{urlencode(query)}") for one in page.data]
    assert found == [one.id for one in _expected(made, sort, after, name)]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _caller(folder: Path, made: list[List]) -> Caller:
    room = Settings(
        f"sqlite://{folder}/documents.db", "memory:", f"sqlite://{folder}/q.db", f"sqlite://{folder}/q.db#lists", 0
    )
    table = connect.table(room.table)
    assert all(table.write([[LISTS.put(ACCOUNT, one, 0)] for one in made]))
    return Caller(http(room), SPEC, ACCOUNT)


def _expected(made: list[List], sort: str, after: datetime | None, name: str | None) -> list[List]:
    field = sort.removeprefix("-")
    kept = [one for one in made if name is None or one.name in (name, "ab")]
    if after is not None:
        bound = after if after.microsecond else after + timedelta(seconds=1)
        kept = [one for one in kept if (one.created > bound if after.microsecond else one.created >= bound)]
    return sorted(kept, key=lambda one: (_key(one, field), one.id), reverse=sort.startswith("-"))


def _key(one: List, field: str) -> str:
    value = getattr(one, field)
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value[:200]
