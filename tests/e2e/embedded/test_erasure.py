"""A privacy deletion leaves no trace of the person anywhere in the data directory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cdp import connect, events
from cdp.documents import erasures, jobs
from cdp.events.scheduled import Scheduled
from infra.embedded import values
from infra.embedded.process import Platform
from infra.specs import rooms
from tests.e2e.embedded.conftest import Shop, bulk, event, open_shop
from tests.e2e.embedded.traces import traces
from tests.e2e.embedded.waiting import wait_for

PEOPLE = 400
EMAIL, OLD_EMAIL, PHONE = "zerlinda.quackenbosch@erased.example", "zq-formerly-here@erased.example", "+4915123456789"
FIRST, LAST, TITLE = "Zerlindarella", "Quackenbosch-Ruiz", "Oberkonservatorin"
EXTERNAL, OLD_EXTERNAL = "crm-77140-zerlinda", "old-88251-zerlinda"
STREET, CITY = "Vergissmeinnichtweg 7", "Unterpfaffenhofenau"
PROPERTY, SIZE = "Lieblingsteesorte Assam", "Schuhgroesse 37einhalb"
ENGRAVING, PRODUCT, TOKEN = "Gravur: fuer Zerlinda", "Namenskette Zerlinda", "apns-57aa-Zerlindas-telephone"
NEEDLES = [
    EMAIL, OLD_EMAIL, PHONE, FIRST, LAST, TITLE, EXTERNAL, OLD_EXTERNAL, STREET, CITY, PROPERTY, SIZE, ENGRAVING,
    PRODUCT, TOKEN,
]  # fmt: skip
PERSON = {
    "email": EMAIL, "phone_number": PHONE, "external_id": EXTERNAL, "first_name": FIRST, "last_name": LAST,
    "title": TITLE, "location": {"address1": STREET, "city": CITY}, "properties": {"tea": PROPERTY},
}  # fmt: skip


def test_no_byte_of_an_erased_person_is_left(fresh: Platform) -> None:
    fresh.start()
    with open_shop(fresh) as shop:
        others = [f"c{n}" for n in range(PEOPLE)]
        _import(shop, [{"external_id": who, "email": f"{who}@shop.example", "properties": {"n": who}} for who in others])
        _send(shop, [event(f"{who}-{n}", who, time=_day(n)) for who in others for n in range(4)])
        person, other = _person(shop)
        wait_for(lambda: _idle(fresh.data))
        _compact(fresh.data)
        _send(shop, [_order(EXTERNAL, f"late-{n}", n) for n in range(5)])
        _rewrite(fresh.data)
        wait_for(lambda: _idle(fresh.data))
        needles = [*NEEDLES, person, other]
        before = traces(fresh.data, needles)
        assert {needle for needle, files in before.items() if not files} == set(), "the search finds what is there"
        assert any("lake/" in file for file in before[EMAIL])
        assert any(file.endswith(".avro") for files in before.values() for file in files)
        assert len(_dead_letters(fresh.data)) == 1
        counted = _counted(shop)

        assert _erase(shop, {"email": EMAIL}) == 202
        wait_for(lambda: _finished(fresh.data, shop))
        left = {needle: files for needle, files in traces(fresh.data, needles).items() if files}
        assert left == {}
        assert _dead_letters(fresh.data) == []

        assert {shop.http.get(f"/api/profiles/{id_}").status_code for id_ in (person, other)} == {404}
        assert _counted(shop) == counted - 5 - 6 - 2, "the others' events stay"
        assert sorted(p["attributes"]["external_id"] for p in _all(shop, "/api/profiles")) == sorted(others)
        assert shop.http.post("/api/events", json=_late(person)).status_code == 400
        _send(shop, [event("after", "c0")])
        wait_for(lambda: _counted(shop) == counted - 12)


def _person(shop: Shop) -> tuple[str, str]:
    """Somebody who has left traces everywhere; her API ids: what she is, and what was merged into it."""
    _import(shop, [PERSON, {**PERSON, "email": "zerlinda.quackenbosch@@no", "phone_number": "call me"}], failing=1)
    person = _id_of(shop, EXTERNAL)
    _import(shop, [{"external_id": OLD_EXTERNAL, "email": OLD_EMAIL, "properties": {"shoes": SIZE}}])
    other = _id_of(shop, OLD_EXTERNAL)
    _send(shop, [_order(EXTERNAL, f"own-{n}", n, ref=person) for n in range(6)])
    _send(shop, [_order(OLD_EXTERNAL, f"old-{n}", n, ref=other) for n in range(2)])
    unreadable = {"type": "EventsAccepted", "account_id": shop.account.account_id, "body": {"email": EMAIL}}
    connect.queue(values.queue(shop.platform.data, "record")).send([json.dumps(unreadable)])
    members = {"data": [{"type": "profile", "id": id_} for id_ in (person, other)]}
    for name in ("Newsletter", "Winners"):
        made = shop.http.post("/api/lists", json={"data": {"type": "list", "attributes": {"name": name}}}).json()
        path = f"/api/lists/{made['data']['id']}/relationships/profiles"
        assert shop.http.post(path, json=members).status_code == 204
    wait_for(lambda: _idle(shop.platform.data))
    _segment(shop)
    _consent(shop, person)
    wait_for(lambda: _idle(shop.platform.data))
    _rewrite(shop.platform.data)
    profiles = {"data": [{"type": "profile", "id": other}]}
    merge = {"type": "profile-merge", "id": person, "relationships": {"profiles": profiles}}
    assert shop.http.post("/api/profile-merge", json={"data": merge}).status_code == 201
    wait_for(lambda: shop.http.get(f"/api/profiles/{other}").status_code == 404)
    return person, other


def _segment(shop: Shop) -> None:
    """Of those who have bought."""
    condition = {
        "type": "profile-metric", "metric_id": shop.metric_id("Placed Order"), "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "greater-than-or-equal", "value": 1},
        "timeframe_filter": {"type": "date", "operator": "alltime"},
    }  # fmt: skip
    attributes = {"name": "Buyers", "definition": {"condition_groups": [{"conditions": [condition]}]}}
    made = shop.http.post("/api/segments", json={"data": {"type": "segment", "attributes": attributes}})
    assert made.status_code == 201, made.text


def _consent(shop: Shop, person: str) -> None:
    """To newsletters and to messages on her telephone."""
    consent = {"email": {"marketing": {"consent": "SUBSCRIBED"}}}
    someone = {"type": "profile", "attributes": {"email": EMAIL, "subscriptions": consent}}
    attributes: dict[str, Any] = {"profiles": {"data": [someone]}}
    job = {"data": {"type": "profile-subscription-bulk-create-job", "attributes": attributes}}
    made = shop.http.post("/api/profile-subscription-bulk-create-jobs", json=job)
    assert made.status_code == 202, made.text
    profile = {"data": {"type": "profile", "id": person, "attributes": {}}}
    attributes = {"token": TOKEN, "platform": "ios", "vendor": "apns", "profile": profile}
    made = shop.http.post("/api/push-tokens", json={"data": {"type": "push-token", "attributes": attributes}})
    assert made.status_code == 202, made.text


def _order(who: str, unique_id: str, n: int, **more: Any) -> dict[str, Any]:
    made = event(unique_id, who, time=_day(n))
    items = [{"ProductName": PRODUCT, "ProductID": "P1", "Quantity": 1}]
    made["properties"] = {"engraving": ENGRAVING, "contact": EMAIL, "Items": items, **more}
    return made


def _late(person: str) -> dict[str, Any]:
    """An event that names the erased person's id."""
    made = event("too-late", "")
    made["profile"] = {"data": {"type": "profile", "id": person, "attributes": {}}}
    return {"data": {"type": "event", "attributes": made}}


def _erase(shop: Shop, who: dict[str, str]) -> int:
    profile = {"data": {"type": "profile", "attributes": who}}
    document = {"data": {"type": "data-privacy-deletion-job", "attributes": {"profile": profile}}}
    return shop.http.post("/api/data-privacy-deletion-jobs", json=document).status_code


def _finished(data: Path, shop: Shop) -> bool:
    table = connect.table(values.table(data))
    return [job.status for job, _ in jobs.page(table, shop.account.account_id, erasures.KIND)] == ["complete"]


def _import(shop: Shop, people: list[dict[str, Any]], *, failing: int = 0) -> None:
    attributes = {"profiles": {"data": [{"type": "profile", "attributes": one} for one in people]}}
    document = {"data": {"type": "profile-bulk-import-job", "attributes": attributes}}
    made = shop.http.post("/api/profile-bulk-import-jobs", json=document)
    assert made.status_code == 202, made.text
    path = f"/api/profile-bulk-import-jobs/{made.json()['data']['id']}"
    wait_for(lambda: shop.http.get(path).json()["data"]["attributes"]["status"] == "complete")
    assert shop.http.get(path).json()["data"]["attributes"]["failed_count"] == failing


def _send(shop: Shop, given: list[dict[str, Any]]) -> None:
    for i in range(0, len(given), 500):
        answer = shop.http.post("/api/event-bulk-create-jobs", json=bulk(given[i : i + 500]))
        assert answer.status_code == 202, answer.text


def _id_of(shop: Shop, external_id: str) -> str:
    found = shop.http.get("/api/profiles", params={"filter": f'equals(external_id,"{external_id}")'}).json()
    id_: str = found["data"][0]["id"]
    return id_


def _all(shop: Shop, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    url: str | None = f"{path}?page[size]=100"
    while url:
        page = shop.http.get(url).json()
        found += page["data"]
        url = page["links"]["next"]
    return found


def _counted(shop: Shop) -> int:
    """Events that the API counts."""
    attributes = {
        "metric_id": shop.metric_id("Placed Order"),
        "measurements": ["count"],
        "filter": ["greater-or-equal(datetime,2026-01-01T00:00:00)", "less-than(datetime,2027-01-01T00:00:00)"],
        "interval": "month",
    }
    document = {"data": {"type": "metric-aggregate", "attributes": attributes}}
    answer = shop.http.post("/api/metric-aggregates", json=document)
    found = answer.json()["data"]["attributes"]["data"]
    return int(sum(found[0]["measurements"]["count"])) if found else 0


def _compact(data: Path) -> None:
    connect.queue(values.queue(data, "compact")).send([events.encode(Scheduled("compact"))])
    wait_for(lambda: _idle(data))


def _rewrite(data: Path) -> None:
    """What waits goes into the lake."""
    connect.queue(values.queue(data, "rewrite")).send([events.encode(Scheduled("rewrite"))])
    wait_for(lambda: _idle(data))


def _idle(data: Path) -> bool:
    """Has nobody anything to do? (Segments ask themselves for their next look: a message of theirs waits.)"""
    inboxes = [room.name for room in rooms() if room.inbox and room.name != "audiences"]
    return not any(connect.queue(values.queue(data, name)).depth() for name in inboxes)


def _dead_letters(data: Path) -> list[Any]:
    return [d for room in rooms() if room.inbox for d in connect.queue(values.queue(data, room.name)).dead_letters()]


def _day(n: int) -> str:
    return f"2026-{1 + n % 3:02d}-1{n % 9}T05:06:07Z"


