"""A thousand merges while events of both sides come in and lists are added to, with kill -9 in between."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import httpx

from cdp import connect, events
from cdp.events.scheduled import Scheduled
from cdp.lake.tables import EVENTS, TABLES
from cdp.model.ids import profile_no
from infra.embedded import values
from infra.embedded.process import Platform
from infra.specs import rooms
from tests.e2e.embedded.conftest import Shop, bulk, event, open_shop
from tests.e2e.embedded.waiting import LONGEST_S, wait_for

MERGES = 1000  # two for each three people: the second into the first, the third into the second
KILLS, KILLS_LATER = 2, 2  # while requests come in; while rows move
CLIENTS = 3
EVENTS_EACH, BULK_EVENTS, LIST_ADDS = 4, 50, 20
_TIME = "2026-03-%02dT05:06:07Z"
Send = Callable[[httpx.Client], bool]


@dataclass
class Storm:
    """What clients ask for until it is acknowledged, and what must come of it. `ids`: external id -> API id."""

    shop: Shop
    ids: dict[str, str]
    lists: list[str]
    heir: dict[str, str]
    expected: set[tuple[str, str]] = field(default_factory=set)  # (person in the end, unique id)
    members: dict[str, set[str]] = field(default_factory=dict)
    failures: list[BaseException] = field(default_factory=list)
    repeated: int = 0
    done: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def requests(self) -> deque[Send]:
        made: list[Send] = [self._merge(who) for who, heir in self.heir.items() if who != heir]
        chance = random.Random(7)
        made += [self._record(batch) for batch in _batches(list(self._events()), BULK_EVENTS)]
        people = sorted(self.ids)
        made += [
            self._join(chance.choice(self.lists), chance.sample(people, LIST_ADDS)) for _ in range(len(made) // 8)
        ]
        chance.shuffle(made)
        return deque(made)

    def _events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Everybody has events of his own, named by his external id or his API id, and one that all have."""
        for who, id_ in self.ids.items():
            for n in range(EVENTS_EACH):
                made = event(f"{who}-{n}" if n else "same", who, time=_TIME % (1 + n * 9))
                if n % 2:
                    made["profile"] = {"data": {"type": "profile", "id": id_, "attributes": {}}}
                yield who, made

    def _record(self, batch: list[tuple[str, dict[str, Any]]]) -> Send:
        def send(http: httpx.Client) -> bool:
            answer = http.post("/api/event-bulk-create-jobs", json=bulk([made for _, made in batch]))
            if answer.status_code == 400:  # the id of somebody who is another's part by now: by a name, then
                for who, made in batch:
                    made["profile"] = _named(who)
                return False
            assert answer.status_code in (202, 503), answer.text
            if answer.status_code == 202:
                with self._lock:
                    self.expected |= {(self.heir[who], made["unique_id"]) for who, made in batch}
            return answer.status_code == 202

        return send

    def _merge(self, who: str) -> Send:
        group, n = who.split("-")
        profiles = {"data": [{"type": "profile", "id": self.ids[who]}]}
        document = {
            "type": "profile-merge", "id": self.ids[f"{group}-{int(n) - 1}"], "relationships": {"profiles": profiles},
        }  # fmt: skip

        def send(http: httpx.Client) -> bool:
            answer = http.post("/api/profile-merge", json={"data": document})
            if answer.status_code in (400, 404):  # the destination is another's part by now, or an answer was lost
                document["id"] = self.ids[self.heir[who]]
                return http.get(f"/api/profiles/{self.ids[who]}").status_code == 404
            assert answer.status_code in (201, 503), answer.text
            return answer.status_code == 201

        return send

    def _join(self, list_id: str, people: list[str]) -> Send:
        wanted = list(people)

        def send(http: httpx.Client) -> bool:
            data = [{"type": "profile", "id": self.ids[who]} for who in wanted]
            answer = http.post(f"/api/lists/{list_id}/relationships/profiles", json={"data": data})
            if answer.status_code in (400, 404):  # somebody is another's part by now
                wanted[:] = sorted({self.heir[who] for who in wanted})
                return False
            assert answer.status_code in (204, 503), answer.text
            if answer.status_code == 204:
                with self._lock:
                    self.members.setdefault(list_id, set()).update(self.heir[who] for who in wanted)
            return answer.status_code == 204

        return send

    def work(self, requests: deque[Send]) -> None:
        try:
            self._send_all(requests)
        except BaseException as error:
            self.failures.append(error)

    def _send_all(self, requests: deque[Send]) -> None:
        url, headers = self.shop.platform.url, self.shop.http.headers
        with httpx.Client(base_url=url, headers=headers, timeout=20.0, verify=False) as http:
            while True:
                with self._lock:
                    if not requests:
                        return
                    send = requests.popleft()
                while not _sent(send, http):
                    self.repeated += 1
                    time.sleep(0.05)
                self.done += 1


def _named(who: str) -> dict[str, Any]:
    return {"data": {"type": "profile", "attributes": {"external_id": who}}}


def _sent(send: Send, http: httpx.Client) -> bool:
    try:
        return send(http)
    except httpx.TransportError:
        return False


def test_a_merge_storm_leaves_everybody_once(fresh: Platform) -> None:
    fresh.start()
    with open_shop(fresh) as shop:
        heir = {f"g{g}-{n}": f"g{g}-0" for g in range(MERGES // 2) for n in range(3)}
        storm = Storm(shop, _create(shop, list(heir)), [_list(shop, name) for name in ("A", "B")], heir)
        requests = storm.requests()
        total = len(requests)
        clients = [threading.Thread(target=storm.work, args=(requests,), daemon=True) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for kill in range(KILLS):
            wait_for(lambda: storm.failures or storm.done >= total * (kill + 1) // (KILLS + 1))  # noqa: B023  at once
            connect.queue(values.queue(fresh.data, "compact")).send([events.encode(Scheduled("compact"))])
            fresh.kill()
            fresh.start()
        for client in clients:
            client.join(LONGEST_S)
        assert storm.failures == []
        for kill in range(KILLS_LATER):
            wait_for(lambda: _passes(fresh.data) > kill or _idle(fresh.data))  # noqa: B023  called at once
            time.sleep(random.Random(kill).uniform(0.0, 0.8))
            fresh.kill()
            fresh.start()
        assert storm.repeated > 0, "no request was hit by a kill: the test proves nothing"
        wait_for(lambda: _idle(fresh.data) and not _moved(storm, fresh.data))
        _check(storm, fresh.data)


def _check(storm: Storm, data: Path) -> None:
    shop, account = storm.shop, storm.shop.account.account_id
    living = {who: id_ for who, id_ in storm.ids.items() if storm.heir[who] == who}
    found = {p["attributes"]["external_id"]: p["id"] for p in _pages(shop, "/api/profiles")}
    assert found == living
    gone = [id_ for who, id_ in storm.ids.items() if who not in living]
    assert {shop.http.get(f"/api/profiles/{id_}").status_code for id_ in gone[::50]} == {404}
    numbers = {profile_no(account, id_): who for who, id_ in living.items()}
    held = [(numbers[no], unique) for no, unique in _rows(data, account, EVENTS, "profile_no, unique_id")]
    assert Counter(held) == Counter(storm.expected), "every acknowledged event once, with a living profile"
    assert len({id_ for (id_,) in _rows(data, account, EVENTS, "event_id")}) == len(held)
    for table in TABLES:
        assert {no for (no,) in _rows(data, account, table, "DISTINCT profile_no")} <= numbers.keys()
    for list_id in storm.lists:
        inside = [p["id"] for p in _pages(shop, f"/api/lists/{list_id}/relationships/profiles")]
        assert sorted(inside) == sorted(living[who] for who in storm.members[list_id])
        shown = shop.http.get(f"/api/lists/{list_id}", params={"additional-fields[list]": "profile_count"})
        assert shown.json()["data"]["attributes"]["profile_count"] == len(inside)
    assert not [d for room in _inboxes() for d in connect.queue(values.queue(data, room)).dead_letters()]


def _moved(storm: Storm, data: Path) -> bool:
    """Does the lake still bear old numbers?"""
    account = storm.shop.account.account_id
    living = {profile_no(account, storm.ids[who]) for who in storm.heir.values()}
    return any(
        {no for (no,) in _rows(data, account, table, "DISTINCT profile_no")} - living for table in TABLES
    )


def _create(shop: Shop, people: list[str]) -> dict[str, str]:
    """People by a bulk import; external id -> API id."""
    data = [{"type": "profile", "attributes": {"external_id": who, "properties": {who: 1}}} for who in people]
    attributes = {"profiles": {"data": data}}
    job = {"data": {"type": "profile-bulk-import-job", "attributes": attributes}}
    assert shop.http.post("/api/profile-bulk-import-jobs", json=job).status_code == 202
    found: dict[str, str] = {}

    def all_there() -> bool:
        found.update({p["attributes"]["external_id"]: p["id"] for p in _pages(shop, "/api/profiles")})
        return len(found) == len(people)

    wait_for(all_there)
    return found


def _list(shop: Shop, name: str) -> str:
    made = shop.http.post("/api/lists", json={"data": {"type": "list", "attributes": {"name": name}}})
    id_: str = made.json()["data"]["id"]
    return id_


def _pages(shop: Shop, path: str) -> Iterator[dict[str, Any]]:
    url: str | None = f"{path}?page[size]=100"
    while url:
        page = shop.http.get(url).json()
        yield from page["data"]
        url = page["links"]["next"]


def _rows(data: Path, account: str, table: Any, columns: str) -> list[tuple[Any, ...]]:
    """Past our own code, with DuckDB alone; asked again if a file is replaced under our hands."""
    lake = connect.lake(values.locators(data, rooms())["lake"])
    for _ in range(20):
        files = lake.files(account, table)
        try:
            return duckdb.execute(f"SELECT {columns} FROM read_parquet(?)", [files]).fetchall() if files else []
        except duckdb.IOException:
            continue
    raise AssertionError("the files of the table change all the time")


def _passes(data: Path) -> int:
    """How often rows were moved so far, as the log tells."""
    return (data / "up.log").read_text().count("profile(s) moved")


def _idle(data: Path) -> bool:
    """Segments apart: they ask themselves for their next look."""
    return not any(connect.queue(values.queue(data, room)).depth() for room in _inboxes() if room != "audiences")


def _inboxes() -> list[str]:
    return [room.name for room in rooms() if room.inbox]


def _batches(items: list[Any], size: int) -> list[list[Any]]:
    return [items[i : i + size] for i in range(0, len(items), size)]
