"""The rooms `predict` and `fit` beside `record` and `audiences`, on one shop whose messages all arrive."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import msgspec

from cdp import connect, events
from cdp.adapters.embedded.queue import SqliteBus
from cdp.clv.fits import Fit, PurchaseFit, SpendFit
from cdp.documents import accounts, clv, profiles
from cdp.entry import utc_now
from cdp.events import EventsAccepted, FitDone, FitDue, Message, Scheduled
from cdp.events.fit_due import Sample
from cdp.inbox import Received, consume
from functions.audiences.spec import SPEC as AUDIENCES
from functions.fit.child import attempt
from functions.fit.tasks import FitPurchases, FitSpend
from functions.predict.handler import http
from functions.predict.properties import PROPERTIES
from functions.predict.settings import Settings
from functions.predict.source import Property
from functions.predict.spec import SPEC
from functions.predict.working import Work, worker
from tests.unit.audiences.conftest import Shop, open_shop, record
from tests.unit.calls import Answer, Caller

FIT = Fit(PurchaseFit("MBG/NBD", 0.53, 43.0, 0.8, 1.6, -1.0), SpendFit(6.25, 3.74, 15.4, -1.0))
NOW = datetime.now(UTC).replace(microsecond=0)
SAMPLE = Path(str(distribution("lifetimes").locate_file("lifetimes/datasets/CDNOW_sample.txt")))
CALIBRATED, OBSERVED = datetime(1997, 9, 30, tzinfo=UTC), datetime(1998, 6, 30, tzinfo=UTC)
Row = dict[str, Any]


def order(key: str, at: datetime | float, value: float = 100, metric: str = "Placed Order") -> Row:
    """`at`: when, or how many days ago."""
    when = at if isinstance(at, datetime) else NOW - timedelta(days=at)
    return {
        "metric": metric, "time": when.isoformat(), "value": value, "unique_id": f"{metric}{key}",
        "properties": {"OrderId": key},
    }  # fmt: skip


@dataclass
class Predictions:
    """`fits`: is the room `fit` there? `clock` and `properties` are those of `predict`'s inbox."""

    shop: Shop
    settings: Settings
    call: Caller
    fits: bool = True
    clock: Callable[[], datetime] = utc_now
    properties: Sequence[Property] = PROPERTIES

    def inbox(self, event: Mapping[str, Any]) -> dict[str, Any]:
        return consume(connect.queue(self.settings.predict_queue), self.work.process, event)

    @cached_property
    def work(self) -> Work:
        held = self.settings
        return worker(
            connect.table(held.table), connect.lake(held.lake), connect.engine(held.engine, held.lake),
            connect.bus(held.bus), connect.queue(held.predict_queue), connect.queue(held.fit_queue),
            connect.queue(held.audiences_queue), lambda: self.clock(), self.properties,
        )  # fmt: skip

    @property
    def account(self) -> str:
        return self.shop.account

    def store(self, orders: Mapping[str, Sequence[Row]]) -> None:
        """Orders of many people (external id -> orders), recorded together."""
        items = [_item(who, rows[start : start + 400]) for who, rows in orders.items() for start in range(0, len(rows), 400)]
        for start in range(0, len(items), 500):
            body = {"data": {"type": "event-bulk-create-job", "attributes": {
                "events-bulk-create": {"data": items[start : start + 500]}}}}  # fmt: skip
            raw = msgspec.Raw(json.dumps(body).encode())
            message = EventsAccepted(self.account, NOW.isoformat(), "bulk", raw)
            self.shop.recorder.process([Received(message, 1)])

    def deliver(self, *messages: Message, attempt: int = 1) -> None:
        """As the inbox would, in one batch."""
        records = [record(str(n), "none", events.encode(one), attempt) for n, one in enumerate(messages)]
        assert self.inbox({"Records": records}) == {"batchItemFailures": []}

    def turn(self) -> int:
        """Work off the inboxes of `predict` and `fit`; how many messages that was."""
        done = 0
        while found := self._predict() + (self._fit() if self.fits else 0):
            done += found
        assert connect.queue(self.settings.predict_queue).dead_letters() == []
        return done

    def _predict(self) -> int:
        queue = connect.queue(self.settings.predict_queue)
        deliveries = queue.receive(100, visibility_s=60)
        records = [record(one.id, one.receipt, one.body, one.attempt) for one in deliveries]
        if records:
            assert self.inbox({"Records": records}) == {"batchItemFailures": []}
        queue.ack(deliveries)
        return len(deliveries)

    def _fit(self) -> int:
        """What the room `fit` does, without a process of its own for each message."""
        asked = self.asked_to_fit()
        for one in asked:
            fits = {name: _fitted(sample) for name, sample in one.samples.items()}
            connect.queue(self.settings.predict_queue).send([events.encode(FitDone(one.account_id, one.training, fits))])
        return len(asked)

    def asked_to_fit(self) -> list[FitDue]:
        """What waits for the room `fit`."""
        queue = connect.queue(self.settings.fit_queue)
        deliveries = queue.receive(10, visibility_s=60)
        queue.ack(deliveries)
        found = [events.decode(one.body) for one in deliveries]
        return [one for one in found if isinstance(one, FitDue)]

    def train(self, fit: Fit = FIT, tested: Fit | None = None) -> None:
        """Answer in the place of the room `fit`, which takes its time, until nothing is asked any more."""
        self.turn()
        while asked := self.asked_to_fit():
            for one in asked:
                fits = {name: tested if tested is not None and name == "holdout" else fit for name in one.samples}
                self.deliver(FitDone(one.account_id, one.training, fits))
            self.turn()

    def run(self, as_of: datetime | None = None) -> None:
        """What `regulars jobs run predict` does."""
        at = datetime.now(UTC) if as_of is None else as_of
        self.deliver(Scheduled("predict", at.isoformat(), self.account))
        self.turn()

    def hour(self) -> int:
        """What the room's schedule does, and what follows."""
        self.deliver(Scheduled("predict", account_id=self.account))
        return self.turn()

    def change(self, **attributes: Any) -> Answer:
        body = {"data": {"type": "clv-settings", "id": "default", "attributes": attributes}}
        return self.call("PATCH", "/api/clv-settings/default", body)

    def shown(self, **query: str) -> Row:
        found: Row = self.call.get("/api/clv-settings/default", **query).data["attributes"]
        return found

    def preview(self, **attributes: Any) -> Row:
        """As a caller sees it who comes back for the answer."""
        body = {"data": {"type": "clv-setting-preview", "attributes": attributes}}
        made = self.call("POST", "/api/clv-setting-previews", body)
        assert made.status == 202
        self.turn()
        found: Row = self.call.get(f"/api/clv-setting-previews/{made.data['id']}").data["attributes"]
        return found

    def predicted(self) -> dict[str, Row]:
        """What is stored of everybody, by external id."""
        numbers = range(1, profiles.last_number(self.shop.table, self.account) + 1)
        found = profiles.get_many(self.shop.table, self.account, numbers)
        return {str(one.profile.external_id): one.profile.predictive for one in found if one is not None}

    def state(self) -> clv.State:
        return clv.STATE.get(self.shop.table, self.account)


def _fitted(sample: Sample) -> Fit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        purchases, spend = attempt(FitPurchases(sample.purchases)), attempt(FitSpend(sample.spend))
    return Fit(purchases.purchases, spend.spend, purchases.failed, spend.failed)


def _item(who: str, rows: Sequence[Row]) -> Row:
    data = [
        {
            "type": "event",
            "attributes": {
                **{name: value for name, value in row.items() if name != "metric"},
                "metric": {"data": {"type": "metric", "attributes": {"name": row["metric"]}}},
            },
        }
        for row in rows
    ]
    person = {"type": "profile", "attributes": {"external_id": who}}
    return {"type": "event-bulk-create", "attributes": {"profile": {"data": person}, "events": {"data": data}}}


def open_predictions(folder: Path) -> Predictions:
    """A shop of its own, whose callers never wait for a preview."""
    shop = open_shop(folder)
    rules: dict[str, list[str]] = {rule.message.__name__: ["audiences"] for rule in AUDIENCES.rules}
    for rule in SPEC.rules:
        rules[rule.message.__name__] = [*rules.get(rule.message.__name__, []), "predict"]
    SqliteBus(f"{folder}/queues.db").set_rules(rules)
    return _beside(shop)


def another(held: Predictions, *properties: Property) -> Predictions:
    """Another account on the same platform; with these properties alone if any are given."""
    account, _ = accounts.create(held.shop.table, name="Shop", timezone="Europe/Paris", currency="EUR")
    made = _beside(replace(held.shop, caller=replace(held.shop.caller, account_id=account.id)))
    made.properties = properties or PROPERTIES
    return made


def _beside(shop: Shop) -> Predictions:
    held = shop.settings
    settings = Settings(
        table=held.table, lake=held.lake, engine="duckdb:", limits="memory:", bus=held.bus,
        predict_queue=held.audiences_queue.replace("audiences", "predict"),
        fit_queue=held.audiences_queue.replace("audiences", "fit"),
        audiences_queue=held.audiences_queue, rate_limit_factor=0, answer_within_s=0,
    )  # fmt: skip
    return Predictions(shop, settings, Caller(http(settings), SPEC, shop.account))


def cdnow() -> dict[str, list[Row]]:
    """The CDNOW sample: 2,357 customers, 6,919 purchases; a day's purchases at its midnight, UTC."""
    found: dict[str, list[Row]] = {}
    for line, text in enumerate(SAMPLE.read_text().splitlines()):
        _, customer, day, _, value = text.split()
        at = datetime.strptime(f"{day}+0000", "%Y%m%d%z")
        found.setdefault(customer, []).append(order(f"{line}", at, float(value)))
    return found
