"""Subscription and suppression jobs: what they change, what they tell, what they refuse."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cdp import connect
from cdp.code.hops import HOPS_HEADER, SOURCE_HEADER
from cdp.documents import jobs, memberships
from cdp.events import ConsentAccepted
from functions.profiles.working import Worker
from tests.unit.calls import Answer, pages
from tests.unit.profiles.conftest import Room

SUBSCRIBE, UNSUBSCRIBE = "profile-subscription-bulk-create-job", "profile-subscription-bulk-delete-job"
SUPPRESS, UNSUPPRESS = "profile-suppression-bulk-create-job", "profile-suppression-bulk-delete-job"
EMAIL = {"email": {"marketing": {"consent": "SUBSCRIBED"}}}
NO_EMAIL = {"email": {"marketing": {"consent": "UNSUBSCRIBED"}}}
SMS = {"sms": {"marketing": {"consent": "SUBSCRIBED"}}}


def person(id_: str | None = None, **attributes: Any) -> dict[str, Any]:
    return {"type": "profile", "attributes": attributes} | ({} if id_ is None else {"id": id_})


def job(kind: str, *people: dict[str, Any], list_id: str | None = None, segment: str | None = None, **more: Any) -> Any:
    data: dict[str, Any] = {"type": kind, "attributes": {"profiles": {"data": list(people)}, **more}}
    groups = {"list": list_id, "segment": segment}
    named = {name: {"data": {"type": name, "id": id_}} for name, id_ in groups.items() if id_ is not None}
    return {"data": data | ({"relationships": named} if named else {})}


def run(room: Room, kind: str, *people: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Send a job and work it off; its attributes then."""
    answer = room.caller("POST", f"/api/{kind}s", job(kind, *people, **more))
    assert answer.status == 202, answer.document
    assert room.drain() == []
    shown: dict[str, Any] = room.caller.get(answer.headers["location"]).data["attributes"]
    assert shown["status"] == "complete"
    return shown


def subscriptions(room: Room, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = room.shown(id_, "subscriptions")["subscriptions"]
    return found


def metrics(room: Room, id_: str | None = None) -> list[str]:
    return sorted(metric for who, metric, _ in room.events().values() if id_ in (None, who))


def test_subscribing_by_address_makes_the_profile_and_tells_it(room: Room) -> None:
    shown = run(room, SUBSCRIBE, person(email=" Anna@shop.example", subscriptions=EMAIL), custom_source="fair")
    assert (shown["total_count"], shown["completed_count"], shown["failed_count"]) == (1, 1, 0)
    (found,) = room.caller.get("/api/profiles", filter='equals(email,"anna@shop.example")').data
    email = subscriptions(room, found["id"])["email"]["marketing"]
    assert email["can_receive_email_marketing"] is True
    assert (email["consent"], email["method"], email["custom_method_detail"]) == ("SUBSCRIBED", "API", "fair")
    assert email["consent_timestamp"] == email["last_updated"]
    assert email["consent_timestamp"].endswith("+00:00")
    assert (email["double_optin"], email["suppression"]) == (False, [])
    ((who, metric, properties),) = room.events().values()
    assert (who, metric) == (found["id"], "Subscribed to Email Marketing")
    assert (properties["Method"], properties["Custom Source"]) == ("API", "fair")


def test_all_channels(room: Room) -> None:
    yes = {"consent": "SUBSCRIBED"}
    everything = {
        "email": {"marketing": yes, "open_tracking": yes},
        "sms": {"marketing": yes, "transactional": yes},
        "whatsapp": {"marketing": yes, "transactional": yes},
        "push": {"marketing": yes, "tokens": [{"token": "t1", "platform": "ios", "vendor": "apns"}]},
    }
    id_ = room.id_of(email="anna@shop.example", phone_number="+15005550006")
    before = subscriptions(room, id_)
    assert before["email"]["marketing"]["can_receive_email_marketing"] is True
    assert {before[a][b]["consent"] for a in before for b in before[a]} == {"NEVER_SUBSCRIBED"}
    run(room, SUBSCRIBE, person(id_, subscriptions=everything))
    found = subscriptions(room, id_)
    able = {
        f"{family}.{kind}": next(value for name, value in record.items() if name.startswith("can_receive"))
        for family, kinds in found.items()
        for kind, record in kinds.items()
    }
    assert able.pop("whatsapp.conversational") is False
    assert set(able.values()) == {True}
    assert found["whatsapp"]["marketing"]["phone_number"] == "+15005550006"
    assert len(metrics(room, id_)) == 7
    assert [one["attributes"]["token"] for one in room.caller.get(f"/api/profiles/{id_}/push-tokens").data] == ["t1"]
    no = {"consent": "UNSUBSCRIBED"}
    withdrawn = {family: dict.fromkeys(kinds, no) for family, kinds in found.items() if family != "mobile_push"}
    push = {"marketing": no, "tokens": [{"token": "t1", "platform": "ios", "vendor": "apns"}]}
    attributes = {"email": "anna@shop.example", "phone_number": "+15005550006"}
    run(room, UNSUBSCRIBE, person(**attributes, subscriptions={**withdrawn, "push": push}))
    after = subscriptions(room, id_)
    assert {after[a][b]["consent"] for a in after for b in after[a]} == {"UNSUBSCRIBED"}
    assert not any(value for a in after for b in after[a] for name, value in after[a][b].items() if "can_rec" in name)
    assert len(metrics(room, id_)) == 8
    assert room.caller.get(f"/api/profiles/{id_}/push-tokens").data == []


def test_a_list_is_joined_and_left_with_it(room: Room) -> None:
    news, other = room.new_list("News"), room.new_list("Other")
    anna = room.id_of(email="anna@shop.example")
    bert = room.id_of(email="bert@shop.example")
    run(room, SUBSCRIBE, person(anna, subscriptions=EMAIL), list_id=news)
    assert room.members(news) == {room.no(anna)}
    assert metrics(room) == ["Subscribed to Email Marketing", "Subscribed to List"]
    listed = room.caller.get(f"/api/profiles/{anna}/lists").data
    assert [(one["id"], one["attributes"]["name"]) for one in listed] == [(news, "News")]
    run(room, UNSUBSCRIBE, *(person(email=f"{who}@shop.example", subscriptions=NO_EMAIL) for who in ("anna", "bert")),
        list_id=news)  # fmt: skip
    assert metrics(room) == ["Unsubscribed from Email Marketing", "Unsubscribed from List"]
    left = subscriptions(room, anna)["email"]["marketing"]
    assert (left["consent"], left["can_receive_email_marketing"]) == ("SUBSCRIBED", True)
    ((list_id, reason),) = [(one["list_id"], one["reason"]) for one in left["list_suppressions"]]
    assert (list_id, reason) == (news, "UNSUBSCRIBE")
    gone = subscriptions(room, bert)["email"]["marketing"]
    assert (gone["consent"], [one["reason"] for one in gone["suppression"]]) == ("UNSUBSCRIBED", ["UNSUBSCRIBE"])
    assert room.members(news) == set()
    name = "subscriptions.email.marketing.list_suppressions"
    (found,) = room.caller.get("/api/profiles", filter=f'equals({name}.list_id,"{news}")').data
    assert found["id"] == anna
    run(room, SUBSCRIBE, person(anna, subscriptions=EMAIL), list_id=news)
    assert subscriptions(room, anna)["email"]["marketing"]["list_suppressions"] == []
    assert room.members(other) == set()


def test_a_list_that_wants_confirmation_waits_for_it(room: Room) -> None:
    news = room.new_list(double=True)
    anna = room.id_of(email="anna@shop.example")
    run(room, SUBSCRIBE, person(anna, subscriptions=EMAIL), list_id=news)
    assert subscriptions(room, anna)["email"]["marketing"]["consent"] == "NEVER_SUBSCRIBED"
    assert room.members(news) == set()
    assert metrics(room) == ["Requested Subscription Confirmation"]
    confirmed = {"email": {"marketing": {"consent": "SUBSCRIBED", "consented_at": "2026-01-02T03:04:05Z"}}}
    run(room, SUBSCRIBE, person(anna, subscriptions=confirmed), list_id=news, historical_import=True)
    email = subscriptions(room, anna)["email"]["marketing"]
    assert (email["consent"], email["double_optin"]) == ("SUBSCRIBED", True)
    assert email["consent_timestamp"] == "2026-01-02T03:04:05+00:00"
    assert room.members(news) == {room.no(anna)}
    assert {attributes["time"] for _, _, attributes in room.events().values()} == {"2026-01-02T03:04:05+00:00"}


def test_the_newest_word_counts(room: Room) -> None:
    anna = room.id_of(email="anna@shop.example")
    run(room, UNSUBSCRIBE, person(email="anna@shop.example", subscriptions=NO_EMAIL))
    old = {"email": {"marketing": {"consent": "SUBSCRIBED", "consented_at": "2020-01-01"}}}
    room.events()
    run(room, SUBSCRIBE, person(anna, subscriptions=old), historical_import=True)
    assert subscriptions(room, anna)["email"]["marketing"]["consent"] == "UNSUBSCRIBED"
    assert metrics(room) == []
    run(room, SUBSCRIBE, person(anna, subscriptions=EMAIL))
    assert subscriptions(room, anna)["email"]["marketing"]["suppression"] == []


def test_suppressing_and_unsuppressing(room: Room) -> None:
    anna = room.id_of(email="anna@shop.example")
    shown = run(room, SUPPRESS, person(email="anna@shop.example"), person(email="new@shop.example"))
    assert (shown["completed_count"], shown["skipped_count"]) == (2, 0)
    email = subscriptions(room, anna)["email"]["marketing"]
    assert email["can_receive_email_marketing"] is False
    assert [one["reason"] for one in email["suppression"]] == ["USER_SUPPRESSED"]
    assert metrics(room, anna) == ["Manually Suppressed from Email Marketing"]
    field = "subscriptions.email.marketing.suppression"
    found = room.caller.get("/api/profiles", filter=f"equals({field}.reason,'USER_SUPPRESSED')", sort=f"{field}.timestamp")
    assert len(found.data) == 2
    shown = run(room, SUPPRESS, person(email="anna@shop.example"))
    assert (shown["completed_count"], shown["skipped_count"]) == (0, 1)
    shown = run(room, UNSUPPRESS, person(email="anna@shop.example"), person(email="nobody@shop.example"))
    assert (shown["completed_count"], shown["skipped_count"]) == (1, 1)
    assert subscriptions(room, anna)["email"]["marketing"]["suppression"] == []
    assert metrics(room) == ["Manually Unsuppressed from Email Marketing"]
    assert room.caller.get("/api/profiles", filter='equals(email,"nobody@shop.example")').data == []


def test_unsuppressing_leaves_what_was_not_done_by_hand(room: Room) -> None:
    anna = room.id_of(email="anna@shop.example")
    run(room, UNSUBSCRIBE, person(email="anna@shop.example", subscriptions=NO_EMAIL))
    run(room, SUPPRESS, person(email="anna@shop.example"))
    run(room, UNSUPPRESS, person(email="anna@shop.example"))
    email = subscriptions(room, anna)["email"]["marketing"]
    assert [one["reason"] for one in email["suppression"]] == ["UNSUBSCRIBE"]


def test_everybody_in_a_list_is_suppressed(room: Room) -> None:
    news = room.new_list()
    people = [room.id_of(email=f"p{i}@shop.example") for i in range(7)] + [room.id_of(external_id="without address")]
    at = datetime.now(UTC)
    memberships.join(room.table, room.account_id, news, [room.no(id_) for id_ in people], at)
    answer = room.caller("POST", f"/api/{SUPPRESS}s", job(SUPPRESS, list_id=news))
    assert (answer.data["attributes"]["total_count"], answer.data["attributes"]["status"]) == (8, "queued")
    assert answer.data["relationships"]["lists"]["data"] == [{"type": "list", "id": news}]
    room.drain()
    shown = room.caller.get(answer.headers["location"]).data["attributes"]
    assert (shown["status"], shown["completed_count"], shown["skipped_count"]) == ("complete", 7, 1)
    assert len(room.events()) == 7
    run(room, UNSUPPRESS, list_id=news)
    assert len(room.events()) == 7
    query = {"filter": f"equals(list_id,'{news}'),equals(status,'complete')"}
    assert [one["id"] for one in room.caller.get(f"/api/{SUPPRESS}s", **query).data] == [answer.data["id"]]
    assert room.caller.get(f"/api/{SUPPRESS}s", filter="equals(segment_id,'abcdef')").data == []


def test_jobs_are_listed_over_pages(room: Room) -> None:
    for i in range(45):
        room.caller("POST", f"/api/{SUPPRESS}s", job(SUPPRESS, person(email=f"p{i}@shop.example")))
    for sort in ("created", "-created"):
        found = [one for page in pages(room.caller, f"/api/{SUPPRESS}s", sort=sort) for one in page.data]
        assert len({one["id"] for one in found}) == len(found) == 45
        times = [one["attributes"]["created_at"] for one in found]
        assert times == sorted(times, reverse=sort.startswith("-"))


def test_consent_goes_to_whoever_has_the_address(room: Room) -> None:
    anna = room.id_of(email="anna@shop.example")
    bert = room.id_of(phone_number="+15005550006")
    both = {**EMAIL, **SMS}
    run(room, SUBSCRIBE, person(email="anna@shop.example", phone_number="+15005550006", subscriptions=both))
    assert subscriptions(room, anna)["email"]["marketing"]["consent"] == "SUBSCRIBED"
    assert subscriptions(room, anna)["sms"]["marketing"]["consent"] == "NEVER_SUBSCRIBED"
    assert subscriptions(room, bert)["sms"]["marketing"]["can_receive_sms_marketing"] is True
    assert metrics(room, bert) == ["Subscribed to SMS Marketing"]


def test_a_row_that_cannot_be_done_is_told(room: Room) -> None:
    anna = room.id_of(email="anna@shop.example")
    people = person(anna, subscriptions=SMS), person(anna, subscriptions=EMAIL)
    shown = run(room, SUBSCRIBE, *people)
    assert (shown["completed_count"], shown["failed_count"]) == (1, 1)
    (last,) = jobs.page(room.table, room.account_id, SUBSCRIBE)
    (error,) = room.caller.get(f"/api/{SUBSCRIBE}s/{last[0].id}/import-errors").data
    assert error["attributes"]["detail"] == "The profile has no phone_number."
    assert error["attributes"]["source"] == {"pointer": "/data/attributes/profiles/data/0"}


def test_what_a_function_made_happen_says_so(room: Room) -> None:
    """Or a function that is told of consents and changes consents would call itself for ever."""
    made = job(SUBSCRIBE, person(email="anna@shop.example", subscriptions=EMAIL))
    room.caller("POST", f"/api/{SUBSCRIBE}s", made, headers={HOPS_HEADER: "3", SOURCE_HEADER: "AbC123"})
    assert room.drain() == []
    assert [(one.hops, one.source_function) for one in room.sent(room.settings.record_queue)] == [(3, "AbC123")]


def test_a_job_that_is_cut_short_anywhere_ends_the_same(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table fails at every one of its writes in turn; the repeated job leaves what one run leaves."""
    news = room.new_list()
    room.id_of(email="bert@shop.example")
    at = datetime.now(UTC) - timedelta(days=1)
    body = job(SUBSCRIBE, *(person(email=f"{n}@shop.example", subscriptions=EMAIL) for n in ("anna", "bert")), list_id=news)
    message = ConsentAccepted(room.account_id, at.isoformat(), SUBSCRIBE, "job1", msgspec.Raw(json.dumps(body).encode()))
    table = connect.table(room.settings.table)
    write, runs = table.write, 0
    while True:
        runs += 1
        left = runs

        def failing(transactions: Any) -> list[bool]:
            nonlocal left
            left -= 1
            if left == 0:
                raise OSError("the machine stops")
            return write(transactions)

        monkeypatch.setattr(table, "write", failing)
        _crash(room, message)
        monkeypatch.setattr(table, "write", write)
        if left > 0:
            break
    assert runs > 8
    found = room.caller.get("/api/profiles").data
    assert len(found) == 2
    assert {subscriptions(room, one["id"])["email"]["marketing"]["consent"] for one in found} == {"SUBSCRIBED"}
    assert room.members(news) == {room.no(one["id"]) for one in found}
    assert memberships.count(room.table, room.account_id, news) == 2
    told = sorted(metric for _, metric, _ in room.events().values())
    assert told == ["Subscribed to Email Marketing"] * 2 + ["Subscribed to List"] * 2


def _crash(room: Room, message: ConsentAccepted) -> None:
    """Work the message off; a fault ends the attempt as a crash would."""
    queues = (connect.queue(locator) for locator in (
        room.settings.profiles_queue, room.settings.record_queue, room.settings.rewrite_queue))  # fmt: skip
    worker = Worker(room.table, connect.bus(room.settings.bus), *queues)
    try:
        worker._work(message)
    except OSError:
        return


def client(room: Room, list_id: str | None, **attributes: Any) -> Answer:
    data: dict[str, Any] = {"type": "subscription", "attributes": {"profile": {"data": person(**attributes)}}}
    if list_id is not None:
        data["relationships"] = {"list": {"data": {"type": "list", "id": list_id}}}
    return room.caller("POST", f"/client/subscriptions?company_id={room.account_id}", {"data": data})


def test_a_browser_subscribes_itself(room: Room) -> None:
    news = room.new_list()
    assert client(room, news, email="anna@shop.example", first_name="Anna", anonymous_id="cookie").status == 202
    assert room.drain() == []
    (found,) = room.caller.get("/api/profiles").data
    assert found["attributes"]["first_name"] == "Anna"
    email = subscriptions(room, found["id"])["email"]["marketing"]
    assert (email["consent"], email["method"]) == ("SUBSCRIBED", "FORM")
    assert room.members(news) == {room.no(found["id"])}
    run(room, SUPPRESS, person(email="anna@shop.example"))
    client(room, news, email="anna@shop.example")
    room.drain()
    assert subscriptions(room, found["id"])["email"]["marketing"]["suppression"] != []  # the shop's own decision


@pytest.mark.parametrize(
    ("kind", "body", "pointer"),
    [
        (SUBSCRIBE, {"data": {"type": "x", "attributes": {}}}, "/data/type"),
        (SUBSCRIBE, {"data": {"type": SUBSCRIBE, "attributes": {}}}, "/data/attributes/profiles"),
        (SUBSCRIBE, job(SUBSCRIBE), "/data/attributes/profiles/data"),
        (SUBSCRIBE, job(SUBSCRIBE, person(subscriptions=EMAIL)), "/data/attributes/profiles/data/0/attributes"),
        (SUBSCRIBE, job(SUBSCRIBE, person(email="a@b.cc")), "/data/attributes/profiles/data/0/attributes/subscriptions"),
        (SUBSCRIBE, job(SUBSCRIBE, person(email="a@b.cc", subscriptions={})),
         "/data/attributes/profiles/data/0/attributes/subscriptions"),
        (SUBSCRIBE, job(SUBSCRIBE, person(email="a@b.cc", subscriptions=NO_EMAIL)),
         "/data/attributes/profiles/data/0/attributes/subscriptions/email/marketing/consent"),
        (SUBSCRIBE, job(SUBSCRIBE, person(email="a@b.cc", subscriptions={"email": {"marketing": {"consent": "X"}}})),
         "/data/attributes/profiles/data/0/attributes/subscriptions/email/marketing/consent"),
        (SUBSCRIBE, job(SUBSCRIBE, person(email="nobody", subscriptions=EMAIL)),
         "/data/attributes/profiles/data/0/attributes/email"),
        (SUBSCRIBE, job(SUBSCRIBE, person("0" * 26, subscriptions=EMAIL)), "/data/attributes/profiles/data/0/id"),
        (SUBSCRIBE, job(SUBSCRIBE, person(email="a@b.cc", subscriptions=EMAIL), list_id="Nobody"),
         "/data/relationships/list/data/id"),
        (SUBSCRIBE, job(SUBSCRIBE, person(email="a@b.cc", subscriptions=EMAIL), historical_import=True),
         "/data/attributes/profiles/data/0/attributes/subscriptions/email/marketing/consented_at"),
        (SUBSCRIBE, job(SUBSCRIBE, person(email="a@b.cc", subscriptions={"email": {"marketing": {
            "consent": "SUBSCRIBED", "consented_at": "2020-01-01"}}})),
         "/data/attributes/profiles/data/0/attributes/subscriptions/email/marketing/consented_at"),
        (UNSUBSCRIBE, job(UNSUBSCRIBE, *[person(email="a@b.cc", subscriptions=NO_EMAIL)] * 101),
         "/data/attributes/profiles/data"),
        (SUPPRESS, job(SUPPRESS, person(phone_number="+15005550006")), "/data/attributes/profiles/data/0/attributes/email"),
        (SUPPRESS, job(SUPPRESS, segment="nobody"), "/data/relationships/segment/data/id"),
        (UNSUPPRESS, job(UNSUPPRESS, *[person(email="a@b.cc")] * 101), "/data/attributes/profiles/data"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_at_the_field(room: Room, kind: str, body: Any, pointer: str) -> None:
    error = room.caller("POST", f"/api/{kind}s", body).error
    assert (error["status"], error["source"]) == (400, {"pointer": pointer})
    assert jobs.page(room.table, room.account_id, kind) == []


def test_what_a_browser_may_not(room: Room) -> None:
    news = room.new_list()
    assert client(room, None, email="a@b.cc").error["source"] == {"pointer": "/data/relationships/list/data"}
    assert client(room, "Nobody", email="a@b.cc").error["source"] == {"pointer": "/data/relationships/list/data/id"}
    assert client(room, news, external_id="1").error["source"] == {"pointer": "/data/attributes/profile/data/attributes"}
