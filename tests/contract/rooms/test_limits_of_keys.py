"""The longest names and identifiers that the rooms take in fit into DynamoDB's keys and transactions."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cdp import connect, events
from cdp.documents import accounts, metrics, profiles
from cdp.events import EventsAccepted, MergeAccepted
from cdp.inbox import Received
from cdp.model.ids import profile_no
from cdp.ports import Item, ItemQuery, Key, Put, Table
from functions.custom_objects import handler as custom_objects
from functions.lists import handler as lists
from functions.profiles import handler as profile_room
from functions.record.recorder import Recorder
from functions.tags import handler as tags
from tests.contract.rooms.conftest import StrictTable
from tests.unit.calls import Answer, Caller
from tests.unit.custom_objects.conftest import PATHS, bulk_body, pet, source_body, type_body

LONG = "𝒜" * 255  # 1020 bytes
MAIL = "𝒜" * 50 + "@" + "b" * 45 + ".example"  # 254 bytes: more is no address


@dataclass
class Shop:
    """Rooms over one strict table."""

    table: Table
    folder: Path
    account_id: str
    callers: dict[str, Caller] = field(default_factory=dict)

    def settings(self, room: Any, locator: str) -> Any:
        """The room's settings, queues and bus in the folder."""
        queues = f"sqlite://{self.folder}/queues.db"
        known = {"table": locator, "limits": "memory:", "bus": queues, "rate_limit_factor": 0}
        names = [one.name for one in dataclasses.fields(room.Settings)]
        return room.Settings(
            **{name: known.get(name, f"{queues}#{name.removesuffix('_queue')}") for name in names}
        )

    def __call__(self, room: str, method: str, path: str, body: object = None) -> Answer:
        return self.callers[room](method, path, body)

    def make(self, room: str, path: str, type_: str, **attributes: object) -> str:
        answer = self(room, "POST", path, {"data": {"type": type_, "attributes": attributes}})
        assert answer.status == 201, answer.document
        id_: str = answer.data["id"]
        return id_

    def work(self, room: str, handle: Callable[[Any], Any]) -> None:
        """Work off the room's inbox; nothing may be set aside."""
        queue = connect.queue(f"sqlite://{self.folder}/queues.db#{room}")
        while deliveries := queue.receive(10, visibility_s=60):
            records = [
                {"messageId": one.id, "receiptHandle": one.receipt, "body": one.body, "attributes": {}}
                for one in deliveries
            ]
            assert handle({"Records": records}) == {"batchItemFailures": []}
            queue.ack(deliveries)
        assert [one.reason for one in queue.dead_letters()] == []


ROOMS = {"profiles": profile_room, "lists": lists, "tags": tags, "custom_objects": custom_objects}


@pytest.fixture
def shop(table_locator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    plain = connect.table
    monkeypatch.setattr(connect, "table", lambda locator: StrictTable(plain(locator)))
    table = connect.table(table_locator)
    account, _ = accounts.create(table, name="Shop", timezone="Europe/Paris", currency="EUR")
    made = Shop(table, tmp_path, account.id)
    for name, room in ROOMS.items():
        made.callers[name] = Caller(room.http(made.settings(room, table_locator)), room.SPEC, account.id)
    return made


def other_mail(i: int) -> str:
    return f"{i:02d}{MAIL[2:]}"


def test_a_profile_with_as_many_identifiers_as_may_be(shop: Shop) -> None:
    id_ = shop.make(
        "profiles", "/api/profiles", "profile", external_id=LONG, anonymous_id=LONG, _kx=LONG, email=MAIL,
        phone_number="+15005550006", properties={LONG * 4: 1, "": 2},
    )  # fmt: skip

    def patch(append: list[str], unappend: list[str], **attributes: str) -> Answer:
        meta = {"patch_identifiers": {"append": {"email": append}, "unappend": {"email": unappend}}}
        body = {"data": {"type": "profile", "id": id_, "attributes": attributes, "meta": meta}}
        return shop("profiles", "PATCH", f"/api/profiles/{id_}", body)

    first, second = ([other_mail(i) for i in range(start, start + 12)] for start in (10, 30))
    assert patch(first, []).status == 200
    assert patch(second, first).error["source"]["pointer"] == "/data/meta/patch_identifiers"
    answer = patch(
        second[:6],
        first[:6],
        external_id=LONG[1:],
        anonymous_id=LONG[1:],
        _kx=LONG[1:],
        email=other_mail(99),
        phone_number="+15005550007",
    )
    assert answer.status == 200, answer.document
    for sort in ("email", "-email"):
        assert [one["id"] for one in shop("profiles", "GET", f"/api/profiles?sort={sort}").data] == [id_]


@pytest.mark.parametrize(
    "email", ["𝒜" * 60 + "@" + "𝒜" * 60 + ".example", "ß" * 64 + "@" + "x" * 178 + ".example"]
)
def test_an_address_of_too_many_bytes_is_refused(shop: Shop, email: str) -> None:
    body = {"data": {"type": "profile", "attributes": {"email": email}}}
    answer = shop("profiles", "POST", "/api/profiles", body)
    assert answer.error["source"]["pointer"] == "/data/attributes/email"


def test_merging_profiles_of_many_identifiers(shop: Shop, table_locator: str) -> None:
    numbers = []
    for person in (1, 2):
        id_ = shop.make(
            "profiles", "/api/profiles", "profile", external_id=f"{person}{LONG[1:]}",
            anonymous_id=f"{person}{LONG[1:]}", _kx=f"{person}{LONG[1:]}", email=other_mail(person),
        )  # fmt: skip
        emails = [other_mail(10 * person + i) for i in range(1, 10)]
        meta = {"patch_identifiers": {"append": {"email": emails}}}
        body = {"data": {"type": "profile", "id": id_, "attributes": {}, "meta": meta}}
        assert shop("profiles", "PATCH", f"/api/profiles/{id_}", body).status == 200
        numbers.append(profile_no(shop.account_id, id_))
    settings = shop.settings(profile_room, table_locator)
    connect.queue(settings.profiles_queue).send([events.encode(MergeAccepted(shop.account_id, *numbers))])  # type: ignore[arg-type]
    shop.work("profiles", profile_room.inbox(settings))
    source, destination = profiles.get_many(shop.table, shop.account_id, [no or 0 for no in numbers])
    assert source is None
    assert destination is not None
    found = profiles.find(
        shop.table, shop.account_id, [("email", other_mail(11)), ("external_id", f"1{LONG[1:]}")]
    )
    assert found["email", other_mail(11)] == numbers[1]


def test_names_of_lists_tags_and_sources(shop: Shop) -> None:
    for room, path, type_ in (("lists", "/api/lists", "list"), ("tags", "/api/tags", "tag")):
        name = LONG if room == "lists" else LONG[:250]
        answer = shop(room, "POST", path, {"data": {"type": type_, "attributes": {"name": name}}})
        assert answer.status in (201, 400), answer.document
    assert shop("custom_objects", "POST", "/api/data-sources", source_body(LONG)).status == 201


def test_records_of_long_ids_and_owners(shop: Shop, table_locator: str) -> None:
    source = shop("custom_objects", "POST", "/api/data-sources", source_body()).data["id"]
    type_id = shop("custom_objects", "POST", "/api/object-types", type_body(source)).data["id"]
    assert set(PATHS) >= {"email", "external-id"}
    row = pet("𝒜" * 63 + "xyz", {"email": MAIL, "number": LONG})
    path = "/api/data-source-record-bulk-create-jobs"
    assert shop("custom_objects", "POST", path, bulk_body(source, row)).status == 204
    settings = shop.settings(custom_objects, table_locator)
    shop.work("custom_objects", custom_objects.inbox(settings))
    shop.make("profiles", "/api/profiles", "profile", email=MAIL)
    assert shop("custom_objects", "POST", path, bulk_body(source, row)).status == 204
    shop.work("custom_objects", custom_objects.inbox(settings))
    assert len(shop("custom_objects", "GET", f"/api/object-types/{type_id}/object-records").data) == 1


def test_events_with_long_names(shop: Shop, lake: str) -> None:
    """A property's name may be of any length, or empty: an accepted event is recorded."""
    properties = {"": 1, "𝒜" * 1000: 2, "plain": 3}
    event = {
        "type": "event",
        "attributes": {
            "properties": properties,
            "unique_id": LONG,
            "metric": {"data": {"type": "metric", "attributes": {"name": LONG[:127], "service": LONG}}},
            "profile": {"data": {"type": "profile", "attributes": {"email": MAIL, "external_id": LONG}}},
        },
    }
    body = msgspec.Raw(msgspec.json.encode({"data": event}))
    message = EventsAccepted(shop.account_id, datetime.now(UTC).isoformat(), "event", body)
    queues = [
        connect.queue(f"sqlite://{shop.folder}/queues.db#{name}")
        for name in ("compact", "profiles", "rewrite")
    ]
    recorder = Recorder(
        shop.table, connect.lake(lake), connect.bus(f"sqlite://{shop.folder}/queues.db"), *queues
    )
    recorder.process([Received(message, 1)])
    (metric,) = metrics.page(shop.table, shop.account_id, descending=False, limit=10, after=None)
    assert [one.name for one in metrics.properties(shop.table, shop.account_id, metric.id)] == ["plain"]


@pytest.mark.parametrize(
    "key", [Key("ABC234#list#" + LONG * 3, "list"), Key("ABC234#lists", LONG * 2), Key("ABC234#lists", "")]
)
def test_what_cannot_be_stored_is_not_there(table_locator: str, key: Key) -> None:
    """An id out of a request's path may be of any length: there is nothing under it."""
    table = connect.table(table_locator)
    table.write([[Put(Item(Key("ABC234#lists", "a"), b"{}"))]])
    found = table.get([Key("ABC234#lists", "a"), key])
    assert [one is not None for one in found] == [True, False]
    assert table.query(ItemQuery("ABC234#list#" + LONG * 3)) == []
    assert table.query(ItemQuery("ABC234#list#" + LONG * 3, "g1")) == []
