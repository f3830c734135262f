"""What every `Table` does."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from cdp.ports import Add, Delete, Item, ItemQuery, Key, Put, Table

THREADS = 8
FAR = 4_000_000_000  # epoch seconds of an expiry that no test sees


def put(table: Table, *items: Item) -> None:
    assert all(table.write([[Put(item)] for item in items]))


def pages(table: Table, query: ItemQuery) -> list[list[Item]]:
    """Every page, following the cursor as list endpoints do."""
    found = []
    after = query.after
    while page := table.query(
        ItemQuery(query.partition, query.index, query.low, query.high, query.descending, query.limit, after)
    ):
        found.append(page)
        assert len(found) < 100, "a cursor that does not move on"
        last = page[-1]
        sort = last.indexes[query.index][1] if query.index else last.key.sk
        after = (sort, last.key.pk, last.key.sk)
    return found


def keys(found: list[list[Item]]) -> list[Key]:
    return [item.key for page in found for item in page]


# ---------------------------------------------------------------- get, put, versions


def test_get_answers_in_the_order_asked_with_none_for_what_is_absent(table: Table) -> None:
    put(table, Item(Key("a", "1"), b"one"), Item(Key("a", "2"), b"two"))
    found = table.get([Key("a", "2"), Key("a", "x"), Key("a", "1"), Key("a", "2")])
    assert [item and item.body for item in found] == [b"two", None, b"one", b"two"]
    assert table.get([]) == []


def test_get_reads_more_keys_than_one_call_of_any_service(table: Table) -> None:
    items = [Item(Key(f"p{i % 7}", f"{i:04}"), b"%d" % i) for i in range(230)]
    put(table, *items)
    found = table.get([item.key for item in reversed(items)])
    assert [item and item.body for item in found] == [item.body for item in reversed(items)]


def test_a_body_is_any_bytes(table: Table) -> None:
    body = bytes(range(256)) * 300
    put(table, Item(Key("a", "1"), body), Item(Key("a", "2"), b""))
    assert [item and item.body for item in table.get([Key("a", "1"), Key("a", "2")])] == [body, b""]


def test_version_is_one_when_made_and_grows_by_one_with_every_put(table: Table) -> None:
    key = Key("a", "1")
    versions = []
    for condition in (0, None, 2, 3, None):
        assert table.write([[Put(Item(key, b"x"), condition)]]) == [True]
        (stored,) = table.get([key])
        assert stored is not None
        versions.append(stored.version)
    assert versions == [1, 2, 3, 4, 5]


def test_the_version_inside_a_put_item_is_not_what_is_stored(table: Table) -> None:
    put(table, Item(Key("a", "1"), b"x", version=41))
    (stored,) = table.get([Key("a", "1")])
    assert stored is not None
    assert stored.version == 1


def test_if_version_0_wants_absence(table: Table) -> None:
    key = Key("a", "1")
    assert table.write([[Put(Item(key, b"first"), 0)], [Put(Item(Key("a", "2"), b""), 0)]]) == [True, True]
    assert table.write([[Put(Item(key, b"second"), 0)]]) == [False]
    assert [item and item.body for item in table.get([key])] == [b"first"]


def test_if_version_n_wants_exactly_that_version(table: Table) -> None:
    key = Key("a", "1")
    assert table.write([[Put(Item(key, b"x"), 1)]]) == [False], "an absent item has no version"
    put(table, Item(key, b"1"))
    assert table.write([[Put(Item(key, b"x"), 2)]]) == [False]
    assert table.write([[Put(Item(key, b"2"), 1)]]) == [True]
    assert table.write([[Put(Item(key, b"x"), 1)]]) == [False]
    assert [item and item.body for item in table.get([key])] == [b"2"]


def test_delete_with_and_without_a_version(table: Table) -> None:
    key = Key("a", "1")
    assert table.write([[Delete(key)]]) == [True], "an absent item is no failure"
    assert table.write([[Delete(key, 1)]]) == [False]
    put(table, Item(key, b"1"), Item(Key("a", "2"), b"2"))
    assert table.write([[Delete(key, 7)]]) == [False]
    assert table.write([[Delete(key, 1)], [Delete(Key("a", "2"))]]) == [True, True]
    assert table.get([key, Key("a", "2")]) == [None, None]


def test_an_item_that_is_made_again_starts_at_version_one(table: Table) -> None:
    key = Key("a", "1")
    put(table, Item(key, b"1"))
    put(table, Item(key, b"2"))
    assert table.write([[Delete(key)]]) == [True]
    put(table, Item(key, b"3"))
    assert [item and (item.body, item.version) for item in table.get([key])] == [(b"3", 1)]


# ---------------------------------------------------------------- transactions


def test_a_transaction_of_25_operations_is_whole(table: Table) -> None:
    put(table, Item(Key("a", "gone"), b""))
    operations = [
        Delete(Key("a", "gone"), 1),
        *(Put(Item(Key(f"p{i}", "x"), b"%d" % i), 0) for i in range(24)),
    ]
    assert table.write([operations]) == [True]
    assert all(table.get([Key(f"p{i}", "x") for i in range(24)]))
    assert table.get([Key("a", "gone")]) == [None]


def test_a_transaction_whose_condition_fails_changes_nothing_and_stops_no_other(table: Table) -> None:
    put(table, Item(Key("a", "taken"), b"old"))
    done = table.write([
        [Put(Item(Key("a", "1"), b"")), Put(Item(Key("a", "taken"), b"new"), 0), Put(Item(Key("a", "2"), b""))],
        [Put(Item(Key("b", "1"), b"")), Put(Item(Key("b", "2"), b""), 0)],
        [Put(Item(Key("c", "1"), b""), 0), Delete(Key("a", "taken"), 9)],
    ])  # fmt: skip
    assert done == [False, True, False]
    found = table.get(
        [Key("a", "1"), Key("a", "2"), Key("c", "1"), Key("a", "taken"), Key("b", "1"), Key("b", "2")]
    )
    assert [item and item.body for item in found] == [None, None, None, b"old", b"", b""]


@pytest.mark.parametrize("size", [0, 26])
def test_a_transaction_has_1_to_25_operations(table: Table, size: int) -> None:
    with pytest.raises(ValueError, match="25"):
        table.write([[Put(Item(Key("a", str(i)), b"")) for i in range(size)]])


def test_no_transactions_is_no_work(table: Table) -> None:
    assert table.write([]) == []


# ---------------------------------------------------------------- races


def test_of_many_writers_with_the_same_version_exactly_one_wins(table: Table) -> None:
    key = Key("a", "1")
    for version in range(4):
        with ThreadPoolExecutor(THREADS) as threads:
            won = list(
                threads.map(
                    lambda i, v=version: table.write([[Put(Item(key, b"%d" % i), v)]]), range(THREADS)
                )
            )
        assert won.count([True]) == 1
        (stored,) = table.get([key])
        assert stored is not None
        assert (stored.version, stored.body) == (version + 1, b"%d" % won.index([True]))


def test_of_overlapping_transactions_exactly_one_wins(table: Table) -> None:
    def claim(i: int) -> bool:
        return table.write(
            [[Put(Item(Key("own", str(i)), b"")), Put(Item(Key("one", "name"), b"%d" % i), 0)]]
        )[0]

    with ThreadPoolExecutor(THREADS) as threads:
        won = list(threads.map(claim, range(THREADS)))
    assert won.count(True) == 1
    assert [item is not None for item in table.get([Key("own", str(i)) for i in range(THREADS)])] == won


def test_read_modify_write_with_versions_loses_nothing(table: Table) -> None:
    key = Key("a", "sum")
    put(table, Item(key, b"0"))

    def bump(_: int) -> None:
        for _attempt in range(200):
            (stored,) = table.get([key])
            assert stored is not None
            if table.write([[Put(Item(key, b"%d" % (int(stored.body) + 1)), stored.version)]]) == [True]:
                return
        raise AssertionError("never won")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(bump, range(12)))
    assert [item and (item.body, item.version) for item in table.get([key])] == [(b"12", 13)]


def test_counters_sum_up_and_give_every_caller_another_value(table: Table) -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        values = list(threads.map(lambda _: table.add(Key("a", "n"), 5), range(40)))
    assert sorted(values) == [5 * n for n in range(1, 41)]
    assert table.add(Key("a", "n"), -200) == 0
    assert table.add(Key("a", "other"), 0) == 0


def test_counters_are_read_in_the_order_asked_with_0_for_what_is_absent(table: Table) -> None:
    table.add(Key("a", "n"), 3)
    table.add(Key("b", "n"), -2)
    keys = [Key("b", "n"), Key("c", "n"), Key("a", "n"), Key("b", "n")]
    assert table.counts(keys) == [-2, 0, 3, -2]
    assert table.counts([]) == []
    assert table.add(Key("c", "n"), 0) == 0


def test_a_transaction_counts_what_it_writes_or_nothing(table: Table) -> None:
    counter = Key("a", "n")
    for body in (b"first", b"second"):
        new = table.write([[Put(Item(Key("a", "1"), body), 0), Add(counter, 1)], [Put(Item(Key("b", "1"), body)), Add(counter, 10)]])
        assert new == [body == b"first", True]
    assert table.counts([counter]) == [21]
    assert table.write([[Delete(Key("a", "1"), 1), Add(counter, -1)], [Delete(Key("a", "1"), 7), Add(counter, -100)]])[1] is False
    assert table.add(counter, 0) == 20


def test_transactions_at_once_are_all_counted(table: Table) -> None:
    """Four threads: a service gives a transaction up that it finds in conflict again and again."""
    with ThreadPoolExecutor(4) as threads:
        done = threads.map(lambda n: table.write([[Put(Item(Key("a", str(n)), b""), 0), Add(Key("a", "n"), 1)]]), range(24))
        assert list(done) == [[True]] * 24
    assert table.counts([Key("a", "n")]) == [24]


def test_a_counter_alone_is_no_transaction(table: Table) -> None:
    with pytest.raises(ValueError, match="counters"):
        table.write([[Add(Key("a", "n"), 1)]])
    assert table.counts([Key("a", "n")]) == [0]


def test_a_counter_is_no_item(table: Table) -> None:
    table.add(Key("a", "n"), 1, expires_at=FAR)
    assert table.get([Key("a", "n")]) == [None]
    assert table.query(ItemQuery("a")) == []
    assert table.write([[Put(Item(Key("a", "n"), b"x"), 0)]]) == [True]
    assert table.add(Key("a", "n"), 1) == 2


# ---------------------------------------------------------------- expiry


def test_an_expired_item_is_not_there(table: Table) -> None:
    past = int(time.time()) - 5
    gone = Item(Key("a", "1"), b"", {"g1": ("all", "1")}, expires_at=past)
    kept = Item(Key("a", "2"), b"", {"g1": ("all", "2")}, expires_at=FAR)
    put(table, gone, kept)
    assert [item and item.expires_at for item in table.get([gone.key, kept.key])] == [None, FAR]
    assert keys(pages(table, ItemQuery("a"))) == [kept.key]
    assert keys(pages(table, ItemQuery("all", "g1"))) == [kept.key]
    assert keys(pages(table, ItemQuery("a", limit=1))) == [kept.key], "a page is filled past expired items"


def test_an_expired_item_counts_as_absent_for_if_version_0(table: Table) -> None:
    put(table, Item(Key("a", "1"), b"old", expires_at=int(time.time()) - 5))
    assert table.write([[Put(Item(Key("a", "1"), b"new"), 0)]]) == [True]
    assert [item and (item.body, item.version, item.expires_at) for item in table.get([Key("a", "1")])] == [
        (b"new", 1, None)
    ]


# ---------------------------------------------------------------- queries


def test_a_partition_in_order_with_bounds(table: Table) -> None:
    put(table, *(Item(Key("a", f"{i:02}"), b"") for i in range(20)), Item(Key("ab", "03"), b""))
    assert [key.sk for key in keys(pages(table, ItemQuery("a", low="05", high="09")))] == [
        "05",
        "06",
        "07",
        "08",
    ]
    assert [key.sk for key in keys(pages(table, ItemQuery("a", high="02")))] == ["00", "01"]
    assert [key.sk for key in keys(pages(table, ItemQuery("a", low="18")))] == ["18", "19"]
    assert keys(pages(table, ItemQuery("a", low="9", high="1"))) == []
    assert keys(pages(table, ItemQuery("none"))) == []
    down = keys(pages(table, ItemQuery("a", low="05", high="09", descending=True, limit=3)))
    assert [key.sk for key in down] == ["08", "07", "06", "05"]


SORTS = [
    "",
    "a",
    "a\x00",
    "a\x00b",
    "a\x01",
    "a ",
    "a!",
    "aa",
    "b",
    "Z",
    "z",
    "é",
    "ß",
    "中",
    "\uffff",
    "😀",
    "a\U0010ffff",
]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_index_order_is_that_of_utf8_bytes(table: Table, descending: bool, limit: int) -> None:
    items = [Item(Key(f"p{i}", "x"), b"", {"g2": ("all", sort)}) for i, sort in enumerate(SORTS)]
    put(table, *items)
    found = pages(table, ItemQuery("all", "g2", descending=descending, limit=limit))
    got = [item.indexes["g2"] for page in found for item in page]
    assert got == [("all", sort) for sort in sorted(SORTS, key=str.encode, reverse=descending)]
    assert all(len(page) == limit for page in found[:-1])


@pytest.mark.parametrize("bound", ["a", "a\x00", "a\x01", "é"])
def test_index_bounds_are_those_of_utf8_bytes(table: Table, bound: str) -> None:
    put(table, *(Item(Key(f"p{i}", "x"), b"", {"g1": ("all", sort)}) for i, sort in enumerate(SORTS)))

    def sorts(low: str | None, high: str | None) -> list[str]:
        return [item.indexes["g1"][1] for item in table.query(ItemQuery("all", "g1", low=low, high=high))]

    ordered = sorted(SORTS, key=str.encode)
    at = ordered.index(bound)
    assert sorts(None, bound) == ordered[:at]
    assert sorts(bound, None) == ordered[at:]
    assert sorts(bound, "b") == [sort for sort in ordered[at:] if sort < "b"]


@pytest.mark.parametrize("descending", [False, True])
def test_equal_sort_keys_page_through_in_one_total_order(table: Table, descending: bool) -> None:
    made = [Key(f"p{i}", sk) for i, sk in itertools.product(range(10), "xyz")]
    put(table, *(Item(key, b"", {"g1": ("all", "same"), "g3": (key.pk, key.sk)}) for key in made))
    found = pages(table, ItemQuery("all", "g1", descending=descending, limit=4))
    assert keys(found) == sorted(made, reverse=descending)
    assert [len(page) for page in found] == [4] * 7 + [2]
    assert [key.sk for key in keys(pages(table, ItemQuery("p3", "g3")))] == ["x", "y", "z"]


@pytest.mark.parametrize("index", [None, "g1"])
@pytest.mark.parametrize("descending", [False, True])
def test_a_cursor_stands_still_while_items_are_put_in_and_out(
    table: Table, index: str | None, descending: bool
) -> None:
    def item(i: int) -> Item:
        return Item(Key("all", f"{i:03}"), b"", {"g1": ("all", f"{i:03}")})

    put(table, *(item(i) for i in range(10, 50, 2)))
    first = table.query(ItemQuery("all", index, descending=descending, limit=7))
    last = first[-1].key
    put(table, *(item(i) for i in range(11, 51, 2)), item(1), item(99))
    assert table.write([[Delete(last)]]) == [True]
    query = ItemQuery("all", index, descending=descending, limit=7, after=(last.sk, last.pk, last.sk))
    rest = [key.sk for key in keys(pages(table, query))]
    everything = [f"{i:03}" for i in (1, *range(10, 50), 99)]
    expected = [sk for sk in everything if (sk < last.sk if descending else sk > last.sk)]
    assert rest == sorted(expected, reverse=descending)


def test_an_index_holds_many_more_items_than_a_page(table: Table) -> None:
    made = [Key(f"p{i:03}", "x") for i in range(150)]
    put(table, *(Item(key, key.pk.encode(), {"g1": ("all", f"{i % 50:02}")}) for i, key in enumerate(made)))
    found = pages(table, ItemQuery("all", "g1", limit=40))
    assert [len(page) for page in found] == [40, 40, 40, 30]
    assert [(item.indexes["g1"][1], item.key.pk) for page in found for item in page] == sorted(
        (f"{i % 50:02}", key.pk) for i, key in enumerate(made)
    )
    assert all(item.body == item.key.pk.encode() and item.version == 1 for page in found for item in page)


def test_an_item_moves_within_its_indexes_and_leaves_them(table: Table) -> None:
    key = Key("a", "1")
    put(table, Item(key, b"", {"g1": ("all", "m"), "g4": ("x", "1")}))
    put(table, Item(key, b"", {"g1": ("all", "c")}))
    assert [item.indexes["g1"] for item in table.query(ItemQuery("all", "g1"))] == [("all", "c")]
    assert table.query(ItemQuery("x", "g4")) == []
    assert table.write([[Delete(key)]]) == [True]
    assert table.query(ItemQuery("all", "g1")) == []


def test_partitions_are_apart(table: Table) -> None:
    put(
        table,
        Item(Key("a", "1"), b"", {"g1": ("all", "1")}),
        Item(Key("a#1", "1"), b"", {"g1": ("all#1", "1")}),
        Item(Key("b", "1"), b"", {"g2": ("all", "1")}),
    )
    assert [item.key.pk for item in table.query(ItemQuery("all", "g1"))] == ["a"]
    assert [item.key.pk for item in table.query(ItemQuery("all#1", "g1"))] == ["a#1"]
    assert [item.key.pk for item in table.query(ItemQuery("all", "g2"))] == ["b"]


def test_an_unknown_index_is_a_bug(table: Table) -> None:
    with pytest.raises(ValueError, match="g9"):
        table.query(ItemQuery("a", "g9"))


def test_a_write_may_leave_the_indexes_alone(table: Table, unique: Callable[[str], str]) -> None:
    name = unique("kept")
    at = Key(name, "x")
    assert table.write([[Put(Item(at, b"1", {"g1": (name, "a")}), 0)]]) == [True]
    kept = Put(Item(at, b"2"), 1, keep_indexes=True)
    assert table.write([[kept]]) == [True]
    assert table.write([[kept]]) == [False]  # the version has moved on
    (found,) = table.query(ItemQuery(name, "g1"))
    assert (found.body, found.version) == (b"2", 2)
    with pytest.raises(ValueError, match="known version"):
        Put(Item(at, b"3"), keep_indexes=True)
