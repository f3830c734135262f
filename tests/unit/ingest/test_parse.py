"""What a request of events must hold, limit by limit (SPEC §1.7, §2.1)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cdp.errors import Rejected
from functions.ingest.parse import check
from functions.ingest.receipt import job_id, read_job_id

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROFILE = {"data": {"type": "profile", "attributes": {"email": "ada@example.com"}}}
METRIC = {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}}
AT = "/data/attributes"


def event(**attributes: Any) -> bytes:
    given = {"properties": {}, "metric": METRIC, "profile": PROFILE} | attributes
    kept = {name: value for name, value in given.items() if value is not ...}
    return json.dumps({"data": {"type": "event", "attributes": kept}}).encode()


def bulk(*events: dict[str, Any], profiles: int = 1) -> bytes:
    items = [
        {
            "type": "event-bulk-create",
            "attributes": {
                "profile": {"data": {"type": "profile", "attributes": {"external_id": f"c{n}"}}},
                "events": {"data": [{"type": "event", "attributes": {"properties": {}, "metric": METRIC} | e} for e in events]},
            },
        }
        for n in range(profiles)
    ]
    job = {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": items}}}
    return json.dumps({"data": job}).encode()


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"leaf": 1}
    for _ in range(levels - 1):
        value = {"in": value}
    return value


def metric(name: str) -> dict[str, Any]:
    return {"data": {"type": "metric", "attributes": {"name": name}}}


def profile(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "profile", "attributes": attributes}}


GOOD = {
    "least": event(),
    "all": event(time="2026-01-02T03:04:05+00:00", value=12.5, value_currency="USD", unique_id="u", backfill=True),
    "date only": event(time="2026-01-02"),
    "zulu": event(time="2026-01-02T03:04:05Z"),
    "offset without colon": event(time="2026-01-02T03:04:05+0530"),
    "400 properties": event(properties={f"p{i}": i for i in range(400)}),
    "10 levels": event(properties=nested(10)),
    "4000 items": event(properties={"a": list(range(4000))}),
    "100,000 bytes": event(properties={"a": "x" * 100_000}),
    "127 characters": event(metric=metric("m" * 127)),
    "almost a year ahead": event(time=(NOW + timedelta(days=364)).isoformat()),
    "phone with spaces": event(profile=profile(phone_number="+1 (500) 555-0006")),
}
BAD: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{", "/"),
    "no object": (b"[]", "/"),
    "absurdly deep properties": (event(properties={"a": "DEEP"}).replace(b'"DEEP"', b"[" * 100_000 + b"]" * 100_000), "/"),
    "no properties": (event(properties=...), f"{AT}/properties"),
    "properties no object": (event(properties=[1]), f"{AT}/properties"),
    "no metric": (event(metric=...), f"{AT}/metric"),
    "metric without name": (event(metric={"data": {"type": "metric", "attributes": {}}}), f"{AT}/metric/data/attributes/name"),
    "empty metric name": (event(metric=metric(" ")), f"{AT}/metric/data/attributes/name"),
    "128 characters": (event(metric=metric("m" * 128)), f"{AT}/metric/data/attributes/name"),
    "no profile": (event(profile=...), f"{AT}/profile"),
    "no identifier": (event(profile=profile(first_name="Ada")), f"{AT}/profile/data/attributes"),
    "bad e-mail": (event(profile=profile(email="ada@")), f"{AT}/profile/data/attributes/email"),
    "bad phone": (event(profile=profile(phone_number="555")), f"{AT}/profile/data/attributes/phone_number"),
    "wrong type of profile": (event(profile={"data": {"type": "person", "attributes": {}}}), f"{AT}/profile/data/type"),
    "no time": (event(time="yesterday"), f"{AT}/time"),
    "time as number": (event(time=1), f"{AT}/time"),
    "too early": (event(time="1999-12-31T23:59:59Z"), f"{AT}/time"),
    "too late": (event(time=(NOW + timedelta(days=366)).isoformat()), f"{AT}/time"),
    "year 1 in an eastern zone": (event(time="0001-01-01T00:00:00+14:00"), f"{AT}/time"),
    "value as text": (event(value="12"), f"{AT}/value"),
    "currency": (event(value_currency="dollars"), f"{AT}/value_currency"),
    "unique id too long": (event(unique_id="u" * 256), f"{AT}/unique_id"),
    "401 properties": (event(properties={f"p{i}": i for i in range(401)}), f"{AT}/properties"),
    "11 levels": (event(properties=nested(11)), f"{AT}/properties" + "/in" * 10),
    "4001 items": (event(properties={"a": list(range(4001))}), f"{AT}/properties/a"),
    "string too long": (event(properties={"a": {"b/c": "x" * 100_001}}), f"{AT}/properties/a/b~1c"),
    "string too long in bytes": (event(properties={"a": "é" * 50_001}), f"{AT}/properties/a"),
    "profile too large": (event(profile=profile(email="a@b.co", properties={"a": "x" * 100_001})), f"{AT}/profile/data/attributes/properties"),
}  # fmt: skip


@pytest.mark.parametrize("body", GOOD.values(), ids=GOOD)
def test_accepts(body: bytes) -> None:
    assert check("event", body, NOW).events == 1


@pytest.mark.parametrize(("body", "field"), BAD.values(), ids=BAD)
def test_rejects_with_a_pointer(body: bytes, field: str) -> None:
    with pytest.raises(Rejected) as caught:
        check("event", body, NOW)
    assert (caught.value.status, caught.value.code, caught.value.field) == (400, "invalid", field)


def test_a_bulk_request_holds_a_thousand_events() -> None:
    assert check("bulk", bulk({}, profiles=1000), NOW).events == 1000
    with pytest.raises(Rejected, match="at most 1000"):
        check("bulk", bulk({}, profiles=1001), NOW)


def test_an_empty_bulk_request_is_refused() -> None:
    with pytest.raises(Rejected, match="no event"):
        check("bulk", bulk(profiles=3), NOW)


def test_a_repeated_unique_id_fails_the_whole_request() -> None:
    with pytest.raises(Rejected) as caught:
        check("bulk", bulk({"unique_id": "a"}, {"unique_id": "b"}, {"unique_id": "a"}), NOW)
    assert caught.value.field == f"{AT}/events-bulk-create/data/0/attributes/events/data/2/attributes/unique_id"


def test_equal_unique_ids_of_different_people_or_metrics_differ() -> None:
    other = {"unique_id": "a", "metric": metric("Viewed Product")}
    assert check("bulk", bulk({"unique_id": "a"}, other, profiles=2), NOW).events == 4


def test_a_bulk_pointer_names_item_and_event() -> None:
    with pytest.raises(Rejected) as caught:
        check("bulk", bulk({}, {"time": "never"}), NOW)
    assert caught.value.field == f"{AT}/events-bulk-create/data/0/attributes/events/data/1/attributes/time"


def test_job_ids_prove_themselves() -> None:
    id_ = job_id("abc123", NOW, 77)
    assert read_job_id("abc123", id_) == (NOW, 77)
    assert read_job_id("abc124", id_) is None
    assert read_job_id("abc123", id_[:-1] + ("A" if id_[-1] != "A" else "B")) is None
    assert read_job_id("abc123", "nonsense") is None
