"""The look-up from the browser: only what a private key has linked is a key, and nothing can be found by trying."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from cdp import connect
from cdp.documents import accounts, identity, memberships, merges, profiles
from cdp.documents.identity import Change
from cdp.documents.plans import Plan, Plans
from cdp.documents.plans import save as save_plan
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.model.payloads import ProfileResource
from cdp.model.profile import identities
from cdp.ports import Item, ItemQuery, Key, Operation, Table
from functions.membership.handler import http
from functions.membership.operations import Membership
from functions.membership.settings import Settings
from functions.membership.spec import SPEC
from functions.membership.visitor import MAX_IDS
from tests.unit.calls import Answer, Caller

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
_resource = msgspec.json.Decoder(ProfileResource)


class Counting:
    """A table that counts the keys it is asked for."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.asked: list[int] = []

    def get(self, keys: Sequence[Key]) -> list[Item | None]:
        self.asked.append(len(keys))
        return self._table.get(keys)

    def write(self, transactions: Sequence[Sequence[Operation]]) -> list[bool]:
        raise AssertionError("a look-up writes nothing")

    def query(self, query: ItemQuery) -> list[Item]:
        raise AssertionError("a look-up reads points only")

    def add(self, key: Key, amount: int, *, expires_at: int | None = None) -> int:
        raise AssertionError("a look-up counts nothing")

    def counts(self, keys: Sequence[Key]) -> list[int]:
        raise AssertionError("a look-up counts nothing")

    def scrub(self) -> None:
        raise AssertionError("a look-up erases nothing")


class Shop:
    """An account with two groups; Ann is in LIST01, Ben in none."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.table = connect.table(settings.table)
        account, _ = accounts.create(self.table, name="Shop", timezone="UTC", currency="EUR")
        self.account_id = account.id
        self.caller = Caller(http(settings), SPEC, self.account_id)
        self.ann, self.ben = self.write(email="ann@shop.example"), self.write(email="ben@shop.example")
        memberships.join(self.table, self.account_id, "LIST01", [self.ann], NOW)

    def write(self, *, trusted: bool = True, **attributes: str) -> int:
        """What a private key (or a browser) says of a profile; its number."""
        sent = {"type": "profile", "attributes": attributes}
        resource = _resource.decode(msgspec.json.encode(sent))
        change = Change(resource, identities(resource, "/data"), trusted=trusted)
        (applied,) = identity.apply(self.table, self.account_id, [change], NOW)
        return applied.no

    def exchange_id(self, no: int) -> str:
        """As the room `profiles` makes it."""
        (state,) = profiles.get_many(self.table, self.account_id, [no])
        assert state is not None
        if state.profile.kx is None:
            state.profile.kx = f"random-{no}"
            assert profiles.save(self.table, self.account_id, [state]) == [True]
        return state.profile.kx

    def ask(self, ids: str = "LIST01,SEGM01", **keys: str) -> Answer:
        return self.caller.get("/client/group-memberships", company_id=self.account_id, ids=ids, **keys)

    def groups(self, ids: str = "LIST01,SEGM01", **keys: str) -> list[str]:
        answer = self.ask(ids, **keys)
        assert answer.headers["cache-control"] == "private, max-age=60"
        assert all(set(one) == {"type", "id"} for one in answer.data)
        assert {one["type"] for one in answer.data} <= {"group-membership"}
        return [one["id"] for one in answer.data]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(f"sqlite://{tmp_path}/documents.db", "memory:", 0)


@pytest.fixture
def shop(settings: Settings) -> Shop:
    return Shop(settings)


def test_an_exchange_id_opens_the_groups_of_its_profile(shop: Shop) -> None:
    token = shop.exchange_id(shop.ann)
    assert shop.groups(exchange_id=token) == ["LIST01"]
    memberships.join(shop.table, shop.account_id, "SEGM01", [shop.ann], NOW)
    assert shop.groups("SEGM01,LIST01,OTHER1", exchange_id=token) == ["SEGM01", "LIST01"]
    memberships.leave(shop.table, shop.account_id, "LIST01", [shop.ann], NOW)
    assert shop.groups(exchange_id=token) == ["SEGM01"]
    assert shop.groups(exchange_id=shop.exchange_id(shop.ben)) == []


def test_an_anonymous_id_counts_when_a_private_key_has_linked_it(shop: Shop) -> None:
    shop.write(email="ann@shop.example", anonymous_id="cookie", trusted=False)
    assert shop.groups(anonymous_id="cookie") == []
    shop.write(email="ann@shop.example", anonymous_id="cookie")
    assert shop.groups(anonymous_id="cookie") == ["LIST01"]


def test_a_kx_of_the_shops_own_counts_too(shop: Shop) -> None:
    shop.write(email="ann@shop.example", _kx="own-1")
    assert shop.groups(exchange_id="own-1") == ["LIST01"]
    assert shop.groups(anonymous_id="own-1") == []


def test_the_exchange_id_counts_before_the_cookie(shop: Shop) -> None:
    shop.write(email="ann@shop.example", anonymous_id="cookie")
    assert shop.groups(anonymous_id="cookie", exchange_id=shop.exchange_id(shop.ben)) == []
    assert shop.groups(anonymous_id="cookie", exchange_id="stale") == ["LIST01"]


def test_a_merged_profile_answers_for_its_successor_and_an_erased_one_not_at_all(shop: Shop) -> None:
    token = shop.exchange_id(shop.ben)
    shop.table.write([merges.puts(shop.account_id, shop.ben, shop.ann)])
    assert shop.groups(exchange_id=token) == ["LIST01"]
    shop.table.write([merges.puts(shop.account_id, shop.ann, merges.ERASED)])
    assert shop.groups(exchange_id=token) == []


@pytest.mark.parametrize("count", [MAX_IDS, MAX_IDS + 1])
def test_more_than_50_ids_are_as_good_as_none(shop: Shop, count: int) -> None:
    ids = ",".join(["LIST01", *(f"OTHER{n}" for n in range(count - 1))])
    assert shop.groups(ids, exchange_id=shop.exchange_id(shop.ann)) == (["LIST01"] if count == MAX_IDS else [])


@pytest.mark.parametrize("ids", ["", ",", "x" * 5000, "list01", "LIST01#", "É"])
def test_ids_of_nothing_are_in_no_answer(shop: Shop, ids: str) -> None:
    assert shop.groups(ids, exchange_id=shop.exchange_id(shop.ann)) == []


def test_groups_of_another_account_are_not_seen(shop: Shop) -> None:
    token = shop.exchange_id(shop.ann)
    other = Shop(shop.settings)
    assert other.groups(exchange_id=token) == []
    other.write(email="ann@shop.example", anonymous_id="cookie")
    assert shop.groups(anonymous_id="cookie") == []


@pytest.mark.parametrize(
    "keys",
    [
        {"email": "ann@shop.example"},
        {"phone_number": "+15005550006"},
        {"external_id": "1"},
        {"id": "1"},
        {"profile_id": "1"},
        {"exchange_id": "ann@shop.example"},
        {"anonymous_id": "ann@shop.example"},
        {"anonymous_id": "nobody@shop.example"},
        {"exchange_id": "+15005550006"},
        {"anonymous_id": " 1 500-555 0006"},
    ],
)
def test_addresses_and_other_identifiers_are_refused(shop: Shop, keys: dict[str, str]) -> None:
    answer = shop.ask(**keys)
    assert (answer.status, answer.error["source"]) == (400, {"parameter": next(iter(keys))})


@pytest.mark.parametrize("company", ["", "NOBODY"])
def test_an_unknown_company_is_refused(shop: Shop, company: str) -> None:
    answer = shop.caller.get("/client/group-memberships", company_id=company, ids="LIST01")
    assert (answer.status, answer.error["source"]) == (400, {"parameter": "company_id"})


def test_unknown_unlinked_and_groupless_visitors_look_the_same(shop: Shop) -> None:
    """The same answer for the same reads, whoever asks: there is nothing to probe."""
    shop.write(email="ann@shop.example", anonymous_id="typed-by-somebody", trusted=False)
    shop.write(email="ben@shop.example", anonymous_id="in-no-group", _kx="in-no-group")
    visitors = [
        {},
        {"anonymous_id": "unknown"},
        {"anonymous_id": "typed-by-somebody"},
        {"anonymous_id": "in-no-group"},
        {"exchange_id": "unknown"},
        {"exchange_id": "in-no-group"},
        {"exchange_id": "x" * 1000},
        {"exchange_id": shop.exchange_id(shop.ben), "anonymous_id": "unknown"},
    ]
    counting = Counting(shop.table)
    plans, exists = Plans(shop.table), accounts.Existing(shop.table)
    room = Membership(counting, plans)
    throttle = Throttle(connect.limits("memory:"), factor=0)
    handler = serve(SPEC, room.operations(), throttle=throttle, account_exists=exists, plan=plans.check)
    caller = Caller(handler, SPEC, shop.account_id)
    seen = []
    for keys in visitors:
        counting.asked.clear()
        answer = caller.get("/client/group-memberships", company_id=shop.account_id, ids="LIST01,SEGM01", **keys)
        headers = {name: value for name, value in answer.headers.items() if name != "ratelimit-reset"}  # a clock
        seen.append((answer.status, answer.document, headers, tuple(counting.asked)))
    assert len(seen) == len(visitors)
    assert all(one == seen[0] for one in seen), seen
    assert seen[0][1] == {"data": []}
    assert seen[0][3] == (2, 1, 2)


def test_the_script_is_served_to_every_page_of_the_shop(shop: Shop) -> None:
    event = {
        "routeKey": "GET /client/regulars.js",
        "rawPath": "/client/regulars.js",
        "rawQueryString": f"company_id={shop.account_id}",
        "headers": {},
        "requestContext": {},
    }
    answer = http(shop.settings)(event)
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert "max-age" in answer["headers"]["cache-control"]
    assert "getGroupMembership" in answer["body"]
    assert len(answer["body"]) < 6000


def test_the_room_needs_neither_lake_nor_engine() -> None:
    code = "import functions.membership.handler, sys; print({'pyarrow', 'duckdb', 'numpy', 'pyiceberg'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_without_the_add_on_the_answer_is_empty(settings: Settings) -> None:
    shop = Shop(settings)
    token = shop.exchange_id(shop.ann)
    save_plan(shop.table, shop.account_id, Plan(("marketing_analytics",)))
    shop.caller = Caller(http(settings), SPEC, shop.account_id)
    assert shop.groups(exchange_id=token) == []
