"""What a browser says of itself: believed for the figures, never for what somebody may see."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.adapters.embedded.table import SqliteTable
from cdp.documents import identity, profiles
from cdp.documents.identity import Applied, Change
from cdp.model.ids import new_short_id
from cdp.model.payloads import ProfileResource
from cdp.model.profile import MAX_ANONYMOUS, identities
from cdp.ports import Table
from tests.unit.trust import trusted_owner

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    return SqliteTable(str(tmp_path_factory.mktemp("documents") / "documents.db"))


class People:
    """An account of its own."""

    def __init__(self, table: Table) -> None:
        self.table, self.account = table, new_short_id()

    def say(self, trusted: bool, **attributes: Any) -> Applied:
        plain = {"type": "profile", "attributes": attributes}
        resource = msgspec.json.decode(msgspec.json.encode(plain), type=ProfileResource)
        change = Change(resource, identities(resource, "/data"), trusted=trusted, nulls_clear=trusted)
        return identity.apply(self.table, self.account, [change], NOW)[0]

    def browser(self, **attributes: Any) -> Applied:
        return self.say(False, **attributes)

    def server(self, **attributes: Any) -> Applied:
        return self.say(True, **attributes)

    def sees(self, value: str, kind: str = "anonymous_id") -> int | None:
        return trusted_owner(self.table, self.account, kind, value)

    def profile(self, no: int) -> Any:
        (stored,) = profiles.get_many(self.table, self.account, [no])
        assert stored is not None
        return stored.profile


@pytest.fixture
def people(table: Table) -> People:
    return People(table)


def test_a_browser_that_names_an_address_is_counted_but_sees_nothing(people: People) -> None:
    anna = people.server(email="anna@shop.example").no
    assert people.browser(email="anna@shop.example", anonymous_id="cookie").no == anna
    assert people.browser(anonymous_id="cookie").no == anna
    assert people.sees("cookie") is None


def test_a_private_key_that_says_the_same_later_vouches_for_it(people: People) -> None:
    people.browser(email="anna@shop.example", anonymous_id="cookie")
    anna = people.server(email="anna@shop.example", anonymous_id="cookie").no
    assert people.sees("cookie") == anna
    people.browser(email="anna@shop.example", anonymous_id="cookie")
    assert people.sees("cookie") == anna  # a browser takes nothing away


def test_a_browser_never_claims_a_kx(people: People) -> None:
    anna = people.server(email="anna@shop.example", _kx="token").no
    assert people.browser(_kx="token").no == anna
    assert people.sees("token", "kx") == anna
    people.browser(email="bert@shop.example", _kx="mine")
    assert people.sees("mine", "kx") is None
    assert profiles.find(people.table, people.account, [("kx", "mine")]) == {}


def test_a_stranger_at_a_known_browser_is_a_new_person(people: People) -> None:
    anna = people.server(email="anna@shop.example", anonymous_id="cookie").no
    bert = people.browser(email="bert@shop.example", anonymous_id="cookie").no
    assert bert != anna
    assert people.profile(anna).email == "anna@shop.example"
    assert people.sees("cookie") == anna


def test_a_browser_replaces_no_identifier(people: People) -> None:
    anna = people.server(email="anna@shop.example", phone_number="+15005550001", anonymous_id="hers").no
    people.browser(email="anna@shop.example", phone_number="+15005550002", anonymous_id="other", first_name=None)
    found = people.profile(anna)
    assert (found.phone_number, found.anonymous_id) == ("+15005550001", "hers")
    assert ("anonymous_id", "other") in found.others
    assert people.sees("hers") == anna
    people.browser(external_id=None, email="anna@shop.example", phone_number=None)
    assert people.profile(anna).phone_number == "+15005550001"


def test_a_visitor_who_names_somebody_new_is_no_longer_vouched_for(people: People) -> None:
    """Else the cookie of whoever types an address first would see all that becomes known of its owner."""
    visitor = people.server(anonymous_id="cookie").no
    assert people.sees("cookie") == visitor
    assert people.browser(anonymous_id="cookie", email="victim@shop.example").no == visitor
    assert people.sees("cookie") is None


def test_the_anonymous_profile_of_a_vouched_visitor(people: People) -> None:
    visitor = people.browser(anonymous_id="cookie").no
    anna = people.server(email="anna@shop.example").no
    assert people.browser(email="anna@shop.example", anonymous_id="cookie").anonymous == visitor
    assert people.sees("cookie") is None
    assert people.server(email="anna@shop.example", anonymous_id="cookie") == Applied(anna, False, False, b"{}", visitor)
    assert people.sees("cookie") == visitor  # until the merge points it to anna


def test_only_so_many_browsers_are_remembered(people: People) -> None:
    for i in range(MAX_ANONYMOUS + 5):
        anna = people.browser(email="anna@shop.example", anonymous_id=f"c{i}").no
    assert len(people.profile(anna).others) == MAX_ANONYMOUS
    found = profiles.find(people.table, people.account, [("anonymous_id", f"c{i}") for i in range(MAX_ANONYMOUS + 5)])
    assert len(found) == MAX_ANONYMOUS + 1  # the first one is the profile's own


SAID = st.tuples(
    st.booleans(),
    st.fixed_dictionaries(
        {},
        optional={
            "email": st.sampled_from(["a@shop.example", "b@shop.example"]),
            "external_id": st.sampled_from(["1", "2"]),
            "anonymous_id": st.sampled_from(["c1", "c2", "c3"]),
            "_kx": st.sampled_from(["k1", "k2"]),
        },
    ).filter(bool),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SAID, max_size=10))
def test_nobody_is_seen_by_what_no_private_key_has_named(table: Table, said: list[tuple[bool, dict[str, str]]]) -> None:
    people = People(table)
    named: dict[tuple[str, str], set[int]] = {}
    for trusted, attributes in said:
        applied = people.say(trusted, **attributes)
        for name, value in attributes.items():
            if trusted:
                owners = {applied.no} if applied.anonymous is None else {applied.no, applied.anonymous}
                named.setdefault((name, value), set()).update(owners)
        for name, values in (("anonymous_id", ("c1", "c2", "c3")), ("_kx", ("k1", "k2"))):
            for value in values:
                seen = people.sees(value, name.removeprefix("_"))
                assert seen is None or seen in named[name, value]
