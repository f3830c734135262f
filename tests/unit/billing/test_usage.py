"""Meters: what they count, over which period, and as of when."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.documents import identity, merges, plans, profile_ends, profiles
from cdp.documents.identity import Change
from cdp.documents.profiles import Stored
from cdp.model import consent
from cdp.model.consent import EMAIL, Word
from cdp.model.payloads import ProfileResource
from cdp.ports import Item, Key, Put
from functions.billing.meters import MAX_EVENTS, MAX_PROFILES, METERS, period_of
from tests.unit.billing.conftest import NOW, Room

DAY = timedelta(days=1)


def test_an_empty_account(room: Room) -> None:
    answer = room.caller.get("/api/billing-usage")
    assert {one["id"]: one["attributes"] for one in answer.data} == {
        name: {
            "usage_used": 0,
            "usage_max": most,
            "unit": unit,
            "period_start": "2026-03-01T05:00:00+00:00",
            "period_end": "2026-04-01T04:00:00+00:00",
            "as_of": "2026-03-15T10:00:00+00:00",
        }
        for name, most, unit in (
            ("active_profiles", MAX_PROFILES, "profiles"),
            ("total_profiles", MAX_PROFILES, "profiles"),
            ("events", MAX_EVENTS, "credits"),
            ("custom_metrics", 50, "credits"),
        )
    }
    assert all(one["type"] == "billing-usage" and one["links"]["self"].endswith(one["id"]) for one in answer.data)
    assert answer.document["links"]["next"] is None


def test_a_plan_knows_every_meter() -> None:
    assert tuple(METERS) == plans.METERS


def test_one_meter_and_an_unknown_one(room: Room) -> None:
    data = room.caller.get("/api/billing-usage/events", **{"fields[billing-usage]": "usage_used,unit"}).data
    assert data["attributes"] == {"usage_used": 0, "unit": "credits"}
    assert room.caller.get("/api/billing-usage/coffee").error["status"] == 404


def test_scope(room: Room) -> None:
    room.caller.scopes = "profiles:read"
    assert room.caller.get("/api/billing-usage").error["status"] == 403


def test_the_plan_bounds_the_meters(room: Room) -> None:
    plans.save(room.table, room.account_id, plans.Plan(features=(), maxima={"events": 1000}))
    maxima = {one["id"]: one["attributes"]["usage_max"] for one in room.caller.get("/api/billing-usage").data}
    assert maxima == {
        "active_profiles": MAX_PROFILES, "total_profiles": MAX_PROFILES, "events": 1000, "custom_metrics": 1,
    }  # fmt: skip


def test_custom_metrics_are_counted(room: Room) -> None:
    key = Key(f"{room.account_id}#custom-metrics", "one")
    room.table.write([[Put(Item(key, b"{}"))]])
    assert room.used()["custom_metrics"] == 1


def test_events_count_when_they_came_in(room: Room) -> None:
    start, old = datetime(2026, 3, 1, 5, tzinfo=UTC), datetime(2019, 1, 1, tzinfo=UTC)
    second = timedelta(seconds=1)
    came = [start - second, start, start + DAY, NOW - second, NOW, NOW + DAY]
    room.receive((i, old + i * 40 * DAY, at) for i, at in enumerate(came))
    assert room.used()["events"] == 3
    room.now = datetime(2026, 4, 2, tzinfo=UTC)
    assert room.used()["events"] == 0


def _living(room: Room, numbers: list[int]) -> list[Stored]:
    return [state for state in profiles.get_many(room.table, room.account_id, numbers) if state is not None]


def _oracle(room: Room, last: int) -> dict[str, int]:
    people = [state.profile for state in _living(room, list(range(1, last + 1)))]
    active = [p for p in people if p.email and not p.suppressions("suppression")]
    return {"total_profiles": len(people), "active_profiles": len(active)}


def _someone(dice: random.Random, i: int) -> Change:
    kind = dice.choice(["email", "email", "phone_number", "external_id"])
    value = {"email": f"p{i}@shop.example", "phone_number": f"+1500555{i:04}"}.get(kind, f"x{i}")
    resource = ProfileResource("profile")
    resource.attributes.properties = msgspec.Raw(msgspec.json.encode({"tier": dice.randrange(3)}))
    return Change(resource, [(kind, value)])


def _changed(dice: random.Random, state: Stored, at: datetime) -> None:
    profile, word = state.profile, Word(at, at)
    what = dice.randrange(5)
    if what == 0:
        consent.subscribe(profile, EMAIL, word)
    elif what == 1:
        consent.unsubscribe(profile, EMAIL, word)
    elif what == 2:
        consent.suppress(profile, at)
    elif what == 3:
        consent.unsuppress(profile, at)
    else:
        profile.email = None if dice.random() < 0.5 else f"new{profile.no}@shop.example"
    profile.updated = at


@pytest.mark.parametrize("seed", range(4))
def test_profiles_agree_with_a_look_at_every_one(tmp_path: Path, seed: int) -> None:
    room, dice = Room(tmp_path), random.Random(seed)
    applied = identity.apply(room.table, room.account_id, [_someone(dice, i) for i in range(40)], NOW - 9 * DAY)
    last = max(one.no for one in applied)
    for step in range(60):
        at = NOW - 8 * DAY + step * timedelta(hours=1)
        living = _living(room, list(range(1, last + 1)))
        action = dice.random()
        if action < 0.8:
            state = dice.choice(living)
            _changed(dice, state, at)
            assert profiles.save(room.table, room.account_id, [state]) == [True]
        elif action < 0.9:
            source, destination = dice.sample(living, 2)
            assert profile_ends.merge(room.table, room.account_id, source, destination, at, trusted=True)
        else:
            assert profile_ends.erase(room.table, room.account_id, dice.choice(living))
        if step % 20 == 0:
            room.drain()
    room.drain()
    used = room.used()
    assert {name: used[name] for name in ("total_profiles", "active_profiles")} == _oracle(room, last)
    assert 0 < used["active_profiles"] < used["total_profiles"] < 40
    assert len(merges.pending(room.table, room.account_id)) > 0


def test_what_is_on_its_way_into_the_lake_counts_once_it_is_there(room: Room) -> None:
    dice = random.Random(1)
    identity.apply(room.table, room.account_id, [_someone(dice, 1)], NOW - 3 * DAY)
    room.drain()
    identity.apply(room.table, room.account_id, [_someone(dice, 2)], NOW - DAY)
    early = room.usage("total_profiles")
    assert (early["usage_used"], early["as_of"]) == (1, "2026-03-14T10:00:00+00:00")
    assert room.usage("events")["as_of"] == "2026-03-15T10:00:00+00:00"
    room.drain()
    late = room.usage("total_profiles")
    assert (late["usage_used"], late["as_of"]) == (2, "2026-03-15T10:00:00+00:00")


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(["UTC", "America/New_York", "Europe/Paris", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago"]),
)
def test_a_period_is_a_month_of_the_accounts_calendar(now: datetime, zone: str) -> None:
    period = period_of(now, ZoneInfo(zone))
    assert period.start <= now < period.end
    local = [at.astimezone(ZoneInfo(zone)) for at in period]
    assert all((at.day, at.hour, at.minute) == (1, 0, 0) for at in local)
    assert (local[1].year * 12 + local[1].month) - (local[0].year * 12 + local[0].month) == 1
    assert period_of(period.end, ZoneInfo(zone)).start == period.end
