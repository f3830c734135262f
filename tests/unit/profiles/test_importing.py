"""Bulk imports: accepted, worked off row by row, shown with their errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdp import connect
from tests.unit.calls import pages
from tests.unit.profiles.conftest import Room, body

JOBS = "/api/profile-bulk-import-jobs"


def job_body(*rows: object, lists: list[str] | None = None) -> dict[str, Any]:
    data: dict[str, Any] = {
        "type": "profile-bulk-import-job",
        "attributes": {"profiles": {"data": list(rows)}},
    }
    if lists is not None:
        data["relationships"] = {"lists": {"data": [{"type": "list", "id": id_} for id_ in lists]}}
    return {"data": data}


def row(**attributes: Any) -> object:
    return body(**attributes)["data"]


def test_a_job_from_queued_to_complete(room: Room) -> None:
    accepted = room.caller(
        "POST", JOBS, job_body(*(row(external_id=f"x{i}", first_name="A") for i in range(1203)))
    )
    assert accepted.status == 202
    job = accepted.data["attributes"]
    assert (job["status"], job["total_count"], job["completed_count"]) == ("queued", 1203, 0)
    assert room.drain() == []
    url = f"{JOBS}/{accepted.data['id']}"
    job = room.caller.get(url, include="lists").data["attributes"]
    assert (job["status"], job["completed_count"], job["failed_count"]) == ("complete", 1203, 0)
    assert job["started_at"] <= job["completed_at"] < job["expires_at"]
    found = pages(room.caller, f"{url}/profiles", **{"page[size]": "100", "fields[profile]": "external_id"})
    assert [one["attributes"]["external_id"] for page in found for one in page.data] == [
        f"x{i}" for i in range(1203)
    ]
    assert room.caller.get(found[9].document["links"]["prev"]).data == found[8].data
    ids = pages(room.caller, f"{url}/relationships/profiles", **{"page[size]": "100"})
    assert [one["id"] for page in ids for one in page.data] == [
        one["id"] for page in found for one in page.data
    ]


def test_bad_rows_fail_alone_with_a_pointer(room: Room) -> None:
    owner = room.id_of(email="anna@shop.example")
    rows = [
        row(email="anna@shop.example", first_name="Anna"),
        row(first_name="Nobody"),
        row(email="not an address"),
        row(id_="7ZZZZZZZZZZZZZZZZZZZZZZZZZ"),
        row(email="b@shop.example", properties=[1]),
        {"type": "list", "attributes": {}},
        row(email="big@shop.example", properties={"x": "y" * 100_000}),
        row(email="c@shop.example", meta={"patch_identifiers": {"append": {"email": "d@shop.example"}}}),
        "text",
    ]
    id_ = room.caller("POST", JOBS, job_body(*rows)).data["id"]
    assert room.drain() == []
    job = room.caller.get(f"{JOBS}/{id_}").data["attributes"]
    assert (job["status"], job["completed_count"], job["failed_count"]) == ("complete", 2, 7)
    found = pages(room.caller, f"{JOBS}/{id_}/import-errors", **{"page[size]": "3"})
    assert [len(page.data) for page in found] == [3, 3, 1]
    errors = [one["attributes"] for page in found for one in page.data]
    at = "/data/attributes/profiles/data"
    assert [error["source"]["pointer"] for error in errors] == [
        f"{at}/1/attributes",
        f"{at}/2/attributes/email",
        f"{at}/3/id",
        f"{at}/4/attributes/properties",
        f"{at}/5/type",
        f"{at}/6",
        f"{at}/8",
    ]
    assert errors[1]["original_payload"]["attributes"] == {"email": "not an address"}
    assert errors[5]["original_payload"] is None
    touched = [one["id"] for one in room.caller.get(f"{JOBS}/{id_}/relationships/profiles").data]
    assert touched[0] == owner
    found_again = room.caller.get("/api/profiles", filter="equals(email,'d@shop.example')").data
    assert [one["id"] for one in found_again] == [touched[1]]


@pytest.mark.parametrize("value", [b"1e400", b"[" * 900 + b"]" * 900, b"9" * 5000])
def test_a_row_that_cannot_even_be_shown_fails_alone(room: Room, value: bytes) -> None:
    sent = json.dumps(job_body(row(external_id="7"), row(external_id="8", properties={"x": "HERE"})))
    id_ = room.caller("POST", JOBS, sent.encode().replace(b'"HERE"', value)).data["id"]
    assert room.drain() == []
    job = room.caller.get(f"{JOBS}/{id_}").data["attributes"]
    assert (job["status"], job["completed_count"], job["failed_count"]) == ("complete", 1, 1)
    (error,) = room.caller.get(f"{JOBS}/{id_}/import-errors").data
    assert error["attributes"]["source"]["pointer"].startswith("/data/attributes/profiles/data/1")


def test_null_clears_and_absence_leaves_in_rows_too(room: Room) -> None:
    room.id_of(external_id="7", email="anna@shop.example", first_name="Anna", last_name="Berg")
    room.caller("POST", JOBS, job_body(row(external_id="7", email=None, first_name=None)))
    room.drain()
    (one,) = room.caller.get("/api/profiles").data
    shown = one["attributes"]
    assert (shown["email"], shown["first_name"], shown["last_name"]) == (None, None, "Berg")


def test_a_repeated_delivery_changes_nothing(room: Room) -> None:
    id_ = room.caller("POST", JOBS, job_body(row(external_id="7"), row(first_name="x"))).data["id"]
    queue = connect.queue(room.settings.profiles_queue)
    (delivery,) = queue.receive(1, visibility_s=0)
    queue.send([delivery.body])
    room.drain()
    job = room.caller.get(f"{JOBS}/{id_}").data["attributes"]
    assert (job["completed_count"], job["failed_count"]) == (1, 1)
    assert len(room.caller.get("/api/profiles").data) == 1


def test_a_message_that_cannot_be_worked_off_is_set_aside_and_its_job_cancelled(room: Room) -> None:
    id_ = room.caller("POST", JOBS, job_body(row(external_id="7"))).data["id"]
    queue = connect.queue(room.settings.profiles_queue)
    (delivery,) = queue.receive(1, visibility_s=60)
    queue.ack([delivery])
    queue.send([delivery.body.replace('"data":', '"dada":')])
    assert room.drain() == []
    (dead,) = queue.dead_letters()
    assert "data" in dead.reason
    assert room.caller.get(f"{JOBS}/{id_}").data["attributes"]["status"] == "cancelled"


def test_jobs_are_listed_by_time_and_status(room: Room) -> None:
    ids = [room.caller("POST", JOBS, job_body(row(external_id=f"{i}"))).data["id"] for i in range(3)]
    room.drain()
    ids += [room.caller("POST", JOBS, job_body(row(external_id=f"{i}"))).data["id"] for i in range(3, 5)]
    for sort, expected in (("created_at", ids), ("-created_at", ids[::-1]), ("", ids[::-1])):
        found = pages(room.caller, JOBS, sort=sort, **{"page[size]": "2"})
        assert [one["id"] for page in found for one in page.data] == expected
    for text, expected in (
        ("equals(status,'queued')", ids[3:]),
        ("any(status,['complete'])", ids[:3]),
        ("any(status,['complete','queued'])", ids),
        ("equals(status,'processing')", []),
    ):
        found = pages(room.caller, JOBS, filter=text, sort="created_at", **{"page[size]": "2"})
        assert [one["id"] for page in found for one in page.data] == expected


@pytest.mark.parametrize(
    ("sent", "status", "pointer"),
    [
        (job_body(), 400, "/data/attributes/profiles/data"),
        (job_body(*[{}] * 10_001), 400, "/data/attributes/profiles/data"),
        ({"data": {"type": "profile-bulk-import-job"}}, 400, "/data/attributes"),
        (
            {"data": {"type": "profile-bulk-import-job", "attributes": {"profiles": []}}},
            400,
            "/data/attributes/profiles",
        ),
        (job_body(row(email="a@b.cc"), lists=["LiSt42"]), 400, "/data/relationships/lists/data/0/id"),
        (job_body({"x": "y" * 5_000_000}), 413, None),
    ],
)
def test_a_bad_request_leaves_no_job(room: Room, sent: object, status: int, pointer: str | None) -> None:
    error = room.caller("POST", JOBS, sent).error
    assert error["status"] == status
    assert error["source"] == ({"pointer": pointer} if pointer else {})
    assert room.caller.get(JOBS).data == []


def test_an_unknown_job_is_404(room: Room) -> None:
    for url in (f"{JOBS}/x", f"{JOBS}/x/profiles", f"{JOBS}/x/import-errors", f"{JOBS}/x/lists"):
        assert room.caller.get(url).error["code"] == "not_found"
