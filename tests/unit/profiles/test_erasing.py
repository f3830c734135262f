"""Privacy deletion: nothing of the person stays in the documents, however the deletion is interrupted."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cdp import connect
from cdp.adapters.embedded.lake import local_lake
from cdp.documents import erasures, memberships, merges, outbox, profiles, records
from cdp.documents.records import Record, Write
from cdp.events import ErasureAccepted, RewriteDue
from tests.unit.calls import Answer
from tests.unit.profiles.conftest import Room, body
from tests.unit.profiles.test_merging import merge_body, worker

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SECRETS = ("erika.mustermann", "+4915123456789", "Mustermann", "ext-4711", "cookie-4711", "Katzenfutter", "tok-4711")


def erase(room: Room, id_: str | None = None, **attributes: str) -> Answer:
    person: dict[str, Any] = {"type": "profile", "attributes": attributes} | ({} if id_ is None else {"id": id_})
    data = {"type": "data-privacy-deletion-job", "attributes": {"profile": {"data": person}}}
    return room.caller("POST", "/api/data-privacy-deletion-jobs", {"data": data})


def erika(room: Room) -> str:
    """A person with something everywhere."""
    id_ = room.id_of(
        email="erika.mustermann@shop.example", phone_number="+4915123456789", last_name="Mustermann",
        external_id="ext-4711", anonymous_id="cookie-4711", properties={"likes": "Katzenfutter"},
    )  # fmt: skip
    no = room.no(id_)
    memberships.join(room.table, room.account_id, room.new_list(), [no], NOW)
    record = Record("T" * 26, "r1", NOW, no=no, properties={"1": "Katzenfutter"})
    records.save(room.table, room.account_id, [Write(None, record)])
    waiting = Record("T" * 26, "r2", NOW, waits_for=(("email", "erika.mustermann@shop.example"),), properties={"1": "x"})
    records.save(room.table, room.account_id, [Write(None, waiting)])
    token = {"token": "tok-4711", "platform": "ios", "vendor": "apns", "profile": body(id_)}
    room.caller("POST", "/api/push-tokens", {"data": {"type": "push-token", "attributes": token}})
    meta = {"patch_identifiers": {"append": {"email": "e.mustermann@work.example"}}}
    assert room.caller("PATCH", f"/api/profiles/{id_}", body(id_, meta)).status == 200
    rows = [
        {"type": "profile", "attributes": {"email": "Erika.Mustermann@shop.example", "first_name": 5}},
        {"type": "profile", "attributes": {"phone_number": "+49 151 2345-6789", "external_id": "x" * 300}},
        {"type": "profile", "attributes": {"email": "bert@shop.example", "first_name": 5}},
    ]
    job = {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": rows}}}
    assert room.caller("POST", "/api/profile-bulk-import-jobs", {"data": job}).status == 202
    assert room.drain() == []
    return id_


def stored(room: Room) -> str:
    """Every key and body of the table, the outbox apart (the room `rewrite` empties it)."""
    path = room.settings.table.removeprefix("sqlite://")
    with sqlite3.connect(path) as db:
        rows = [
            "\x1f".join(str(bytes(cell) if isinstance(cell, memoryview) else cell) for cell in row)
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for row in db.execute(f'SELECT * FROM "{name}"')
        ]
    return "\n".join(row for row in rows if "#outbox#" not in row)


def drain_outbox(room: Room) -> None:
    folder = Path(room.settings.table.removeprefix("sqlite://")).parent
    outbox.drain(room.table, local_lake(str(folder / "lake")), room.account_id)


def found(room: Room) -> list[str]:
    """Which of the person's data stand in the documents, however written."""
    text = stored(room).casefold()
    plain = text.replace(" ", "").replace("-", "")
    return [secret for secret in SECRETS if secret.casefold() in text or secret.casefold().lstrip("+") in plain]


@pytest.mark.parametrize("by", ["id", "email", "further email", "phone_number"])
def test_nothing_of_the_person_is_left(room: Room, by: str) -> None:
    id_ = erika(room)
    bert = room.id_of(email="bert@shop.example", first_name="Bert")
    assert found(room) == list(SECRETS)
    named = {
        "email": {"email": " Erika.Mustermann@shop.example"},
        "further email": {"email": "e.mustermann@work.example"},
        "phone_number": {"phone_number": "+4915123456789"},
    }
    answer = erase(room, id_) if by == "id" else erase(room, **named[by])
    assert (answer.status, answer.document) == (202, None)
    assert room.drain() == []
    assert room.caller.get(f"/api/profiles/{id_}").status == 404
    drain_outbox(room)
    assert found(room) == []
    assert id_ not in stored(room)
    assert room.shown(bert)["first_name"] == "Bert"
    shown = room.caller.get(answer.headers["location"]).data["attributes"]
    assert (shown["status"], shown["total_count"]) == ("processing", 1)
    assert merges.successors(room.table, room.account_id, [room.no(id_)]) == {room.no(id_): merges.ERASED}
    assert merges.pending(room.table, room.account_id).keys() == {room.no(id_)}
    assert RewriteDue(room.account_id) in room.sent(room.settings.rewrite_queue)
    assert len(erasures.finish(room.table, room.account_id, [room.no(id_)], datetime.now(UTC))) == 1
    assert room.caller.get(answer.headers["location"]).data["attributes"]["status"] == "complete"
    assert erasures.waiting(room.table, room.account_id) == {}
    gone = room.caller("POST", "/api/profile-import", body(id_, first_name="Erika")).error
    assert (gone["status"], gone["source"]) == (400, {"pointer": "/data/id"})
    assert room.create(email="erika.mustermann@shop.example").status == 201  # a new person, if they come back


def test_nobody_is_found(room: Room) -> None:
    for answer in (erase(room, email="nobody@shop.example"), erase(room, "0" * 26)):
        assert answer.status == 202
        assert room.caller.get(answer.headers["location"]).data["attributes"]["status"] == "complete"
    assert room.sent(room.settings.profiles_queue) == []


def test_exactly_one_identifier(room: Room) -> None:
    at = "/data/attributes/profile/data/attributes"
    for answer, pointer in (
        (erase(room), at),
        (erase(room, email="a@shop.example", phone_number="+15005550006"), at),
        (erase(room, "0" * 26, email="a@shop.example"), at),
        (erase(room, email="nobody"), f"{at}/email"),
        (erase(room, phone_number="12"), f"{at}/phone_number"),
    ):
        assert (answer.error["status"], answer.error["source"]) == (400, {"pointer": pointer})


def test_whoever_was_merged_into_somebody_is_that_somebody(room: Room) -> None:
    id_ = erika(room)
    anna = room.id_of(email="anna@shop.example")
    room.caller("POST", "/api/profile-merge", merge_body(anna, id_))
    answer = erase(room, id_)  # accepted before the merge is done
    assert room.drain() == []
    assert room.caller.get("/api/profiles", filter='equals(email,"anna@shop.example")').data == []
    job_id = answer.headers["location"].rpartition("/")[2]
    assert erasures.waiting(room.table, room.account_id) == {job_id: {room.no(id_), room.no(anna)}}
    assert erasures.finish(room.table, room.account_id, [room.no(id_)], NOW) == []
    assert erasures.finish(room.table, room.account_id, [room.no(anna)], NOW) == [job_id]


def test_an_erasure_that_is_cut_short_anywhere_ends_the_same(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = erika(room)
    no, table = room.no(id_), room.table
    for first in (0, 5, 10):
        state = profiles.get(table, room.account_id, id_)
        assert state is not None
        extra = tuple(("anonymous_id", f"cookie-4711-{i}") for i in range(first, first + 5))
        state.profile.others = (*state.profile.others, *extra)
        assert profiles.save(table, room.account_id, [state]) == [True]
    write, runs, left, done = table.write, 0, 0, False

    def failing(transactions: Any) -> list[bool]:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError("the machine stops")
        return write(transactions)

    while not done:
        runs += 1
        left = 2 + runs // 3  # what is done again takes its writes too
        monkeypatch.setattr(table, "write", failing)
        try:
            worker(room)._work(ErasureAccepted(room.account_id, "job", (no,)))
            done = True
        except OSError:
            pass
        monkeypatch.setattr(table, "write", write)
    assert runs > 5
    drain_outbox(room)
    assert found(room) == []
    assert merges.successors(table, room.account_id, [no]) == {no: merges.ERASED}
    assert connect.queue(room.settings.rewrite_queue).depth() == 1
