"""Identity resolution against a slow, obvious oracle (SPEC §2.2)."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdp.adapters.embedded.table import SqliteTable
from cdp.documents import identity, profiles
from cdp.documents.identity import Change
from cdp.errors import Rejected
from cdp.model.ids import new_short_id, profile_id
from cdp.model.payloads import ProfileResource
from cdp.model.profile import identities
from cdp.ports import Table

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ORDER = ("external_id", "email", "phone_number", "_kx", "anonymous_id")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    return SqliteTable(str(tmp_path_factory.mktemp("documents") / "documents.db"))


def change(event_at: datetime | None = None, id_: str | None = None, **attributes: Any) -> Change:
    plain = {"type": "profile", "attributes": attributes} | ({"id": id_} if id_ else {})
    resource = msgspec.json.decode(msgspec.json.encode(plain), type=ProfileResource)
    return Change(resource, identities(resource, "/data"), event_at)


class Oracle:
    """One dictionary per person, searched from front to back."""

    def __init__(self) -> None:
        self.people: list[dict[str, str]] = []

    def apply(self, payload: dict[str, str]) -> int:
        found = None
        for kind in ORDER:
            if found is None and kind in payload:
                found = next((i for i, p in enumerate(self.people) if p.get(kind) == payload[kind]), None)
        if found is None:
            self.people.append({})
            found = len(self.people) - 1
        for kind, value in payload.items():
            if all(p.get(kind) != value for p in self.people):
                self.people[found][kind] = value
        return found


Payloads = st.lists(
    st.dictionaries(st.sampled_from(ORDER), st.sampled_from("123"), min_size=1).map(
        lambda given: {
            kind: {"email": f"p{v}@example.com", "phone_number": f"+1500555000{v}"}.get(kind, v)
            for kind, v in given.items()
        }
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(Payloads)
def test_one_by_one_equals_the_oracle(table: Table, payloads: list[dict[str, str]]) -> None:
    account, oracle = new_short_id(), Oracle()
    numbers: dict[int, int] = {}
    for payload in payloads:
        person = oracle.apply(payload)
        (applied,) = identity.apply(table, account, [change(**payload)], NOW)
        assert numbers.setdefault(person, applied.no) == applied.no
    assert len(set(numbers.values())) == len(oracle.people)
    for person, no in numbers.items():
        (stored,) = profiles.get_many(table, account, [no])
        assert stored is not None
        assert {"_kx" if kind == "kx" else kind: v for kind, v in stored.claimed} == oracle.people[person]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=10))
def test_a_batch_equals_one_by_one_for_single_identifiers(table: Table, names: list[str]) -> None:
    account = new_short_id()
    applied = identity.apply(table, account, [change(external_id=name) for name in names], NOW)
    people = dict(zip(names, (one.no for one in applied), strict=True))
    assert [people[name] for name in names] == [one.no for one in applied]
    assert len(set(people.values())) == len(set(names))
    again = identity.apply(table, account, [change(external_id=name) for name in names], NOW)
    assert [one.no for one in again] == [one.no for one in applied]
    assert not any(one.created for one in again)


def test_a_repeated_delivery_changes_nothing(table: Table) -> None:
    account = new_short_id()
    meta = {"patch_properties": {"append": {"seen": ["a", "b"]}, "unset": "old"}}
    payload = change(external_id="x", properties={"old": 1, "kept": 2}, meta=meta)
    for _ in range(3):
        (applied,) = identity.apply(table, account, [payload], NOW)
    assert msgspec.json.decode(applied.snapshot) == {"kept": 2, "seen": ["a", "b"]}


def test_the_snapshot_is_that_of_the_moment_and_names_nobody(table: Table) -> None:
    account = new_short_id()
    changes = [
        change(email="Ada@Example.com ", first_name="Ada", properties={"plan": "free"}, location={"city": "Turin"}),
        change(email="ada@example.com", properties={"plan": "paid"}),
    ]
    first, second = identity.apply(table, account, changes, NOW)
    assert first.no == second.no
    assert msgspec.json.decode(first.snapshot) == {"plan": "free", "$city": "Turin"}
    assert msgspec.json.decode(second.snapshot) == {"plan": "paid", "$city": "Turin"}


def test_last_event_date_only_moves_forward(table: Table) -> None:
    account = new_short_id()
    later, earlier = datetime(2026, 2, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    identity.apply(table, account, [change(later, external_id="x")], NOW)
    (applied,) = identity.apply(table, account, [change(earlier, external_id="x")], NOW)
    (stored,) = profiles.get_many(table, account, [applied.no])
    assert stored is not None
    assert stored.profile.last_event_date == later


def test_an_unknown_id_is_refused(table: Table) -> None:
    account = new_short_id()
    with pytest.raises(Rejected, match="does not exist"):
        identity.apply(table, account, [change(id_=profile_id(account, 99))], NOW)


def test_an_id_of_another_account_is_unknown(table: Table) -> None:
    here, there = new_short_id(), new_short_id()
    (applied,) = identity.apply(table, here, [change(external_id="x")], NOW)
    name = profile_id(here, applied.no)
    assert profiles.get(table, here, name) is not None
    assert profiles.get(table, there, name) is None


def test_many_at_once_make_each_person_once(tmp_path: Path) -> None:
    account = new_short_id()
    numbers: list[list[int]] = []

    def work() -> None:
        own = SqliteTable(str(tmp_path / "documents.db"))
        changes = [change(external_id=f"x{n}", email=f"x{n}@example.com") for n in range(20)]
        numbers.append([one.no for one in identity.apply(own, account, changes, NOW)])

    threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == 4
    assert all(found == numbers[0] for found in numbers)
