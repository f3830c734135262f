"""What was deleted cannot be read from the storage any more; everything else stays."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from cdp import connect
from cdp.errors import Unavailable
from cdp.ports import Delete, Item, ItemQuery, Key, Put, Queue, Table

SECRET = "Quackenbosch"


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_documents_stay(table: Table) -> None:
    items = [Item(Key("a#x", f"{n:02d}"), b"body %d" % n, {"g1": ("a#all", f"{n:02d}")}) for n in range(20)]
    table.write([[Put(item)] for item in items])
    table.write([[Delete(item.key)] for item in items[::2]])
    table.add(Key("a#n", "n"), 5)
    table.scrub()
    kept = [item.key for item in items[1::2]]
    assert [item.key for item in table.query(ItemQuery("a#all", "g1"))] == kept
    assert [item and item.body for item in table.get(kept)] == [item.body for item in items[1::2]]
    assert table.get([items[0].key]) == [None]
    assert table.add(Key("a#n", "n"), 1) == 6
    assert table.write([[Put(items[1], 0)], [Put(items[0], 0)]]) == [False, True]


def test_messages_stay(queue: Queue) -> None:
    queue.send(["one", "two", "three"])
    held = queue.receive(3, visibility_s=60)
    (two,) = [delivery for delivery in held if delivery.body == "two"]
    queue.ack([two])
    queue.set_aside(next(delivery for delivery in held if delivery.body == "one"), "because")
    queue.scrub()
    assert [(letter.body, letter.reason) for letter in queue.dead_letters()] == [("one", "because")]
    queue.retry(next(delivery for delivery in held if delivery.body == "three"), delay_s=0)
    queue.send(["four"])
    found: list[str] = []
    while len(found) < 2:
        found += [delivery.body for delivery in queue.receive(2, visibility_s=60)]
    assert sorted(found) == ["four", "three"]


def test_dead_letters_are_dropped_for_good(queue: Queue) -> None:
    queue.send(["one", "two", "three"])
    while queue.depth():
        for delivery in queue.receive(3, visibility_s=60):
            queue.set_aside(delivery, "because")
    letters = {letter.body: letter.id for letter in queue.dead_letters()}
    assert queue.drop([letters["one"], letters["three"]]) == 2
    assert queue.drop([letters["one"]]) == 0
    assert queue.drop([]) == 0
    assert [letter.body for letter in queue.dead_letters()] == ["two"]
    assert queue.replay() == 1


# ---------------------------------------------------------------- the files of one machine


def test_no_byte_of_a_deleted_document_is_left(tmp_path: Path) -> None:
    table = connect.table(f"sqlite://{tmp_path}/documents.db")
    keys = [Key(f"a#{n}", f"{SECRET}#{n}") for n in range(300)]
    table.write([[Put(Item(key, f"{SECRET} {n}".encode() * (1 + n), {"g1": (f"a#{SECRET}", str(n))}))] for n, key in enumerate(keys)])
    table.write([[Put(Item(Key(f"b#{n}", "x"), b"other" * (n % 99)))] for n in range(300)])
    table.write([[Put(Item(Key("a#changed", "x"), SECRET.encode()))], [Put(Item(Key("a#changed", "x"), b"new"))]])
    table.write([[Delete(key)] for key in keys])
    assert SECRET.encode() in bytes_of(tmp_path), "deleting alone does not do it"
    table.scrub()
    assert SECRET.encode() not in bytes_of(tmp_path)
    assert len(table.query(ItemQuery("b#7", None))) == 1


def test_no_byte_of_a_handled_message_is_left(tmp_path: Path) -> None:
    first, second = (connect.queue(f"sqlite://{tmp_path}/queues.db#{name}") for name in ("first", "second"))
    for queue in (first, second):
        queue.send([SECRET * n for n in range(1, 100)])
        queue.send(["stays"])
        queue.ack([d for d in queue.receive(1000, visibility_s=60) if d.body != "stays"])
    assert SECRET.encode() in bytes_of(tmp_path)
    first.scrub()
    assert SECRET.encode() not in bytes_of(tmp_path), "one file holds all queues"
    assert (first.depth(), second.depth()) == (1, 1)


def test_a_scrub_waits_for_readers_and_gives_up_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdp.adapters.embedded.sqlite._SCRUB_ATTEMPTS", 3)
    table = connect.table(f"sqlite://{tmp_path}/documents.db")
    table.write([[Put(Item(Key("a", "1"), b"x"))]])
    reader = sqlite3.connect(tmp_path / "documents.db", isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM item").fetchone() == (1,)
    table.write([[Put(Item(Key("a", "1"), b"y"))]])
    with pytest.raises(Unavailable):
        table.scrub()
    reader.execute("COMMIT")
    reader.close()
    table.scrub()
    assert table.get([Key("a", "1")])[0] is not None


def test_writers_beside_a_scrub_lose_nothing(tmp_path: Path) -> None:
    table = connect.table(f"sqlite://{tmp_path}/documents.db")
    stop = threading.Event()
    written = []

    def write() -> None:
        while not stop.is_set():
            assert table.write([[Put(Item(Key("a", f"{len(written):06d}"), b"x" * 500), 0)]]) == [True]
            written.append(len(written))

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    for _ in range(5):
        table.scrub()
    stop.set()
    writer.join()
    assert len(table.query(ItemQuery("a", limit=1_000_000))) == len(written) > 0
