"""GET /api/clv-dashboards/default: the card of the current model, with five example profiles (SPEC §6.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cdp.documents import clv, profiles
from cdp.documents.profiles import Stored
from cdp.jsonapi.documents import Json, Resources, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.times import format_instant
from cdp.orders.book import order_book
from cdp.ports import Engine, Table
from cdp.query.money import amount
from cdp.query.records import records
from cdp.query.sql import Query, select
from cdp.resources.profile import predictive
from functions.predict import examples
from functions.predict.clv_settings import ClvSettings, as_of_given
from functions.predict.examples import CLASSES

TYPE, ID = "clv-dashboard", "default"
PATH = f"/api/{TYPE}s/{ID}"
MOST_ORDERS = 100  # the newest ones of each example
_FROM_SETTINGS = (
    "historic_window_days", "predicted_window_days", "last_updated_at", "last_updated_by", "note", "refresh_expected_by",
    "refresh", "refreshed_at", "eligibility", "model", "warnings",
)  # fmt: skip
_SHOWN = (
    "historic_clv", "predicted_clv", "total_clv", "historic_number_of_orders", "predicted_number_of_orders",
    "average_order_value", "average_days_between_orders", "expected_date_of_next_order", "churn_probability",
)  # fmt: skip
_ORDERS = """
SELECT profile_no, occurred_at, units FROM (
  SELECT profile_no, occurred_at, event_id, units,
    row_number() OVER (PARTITION BY profile_no ORDER BY occurred_at DESC, event_id) AS place
  FROM orders
) AS placed
WHERE place <= :most
ORDER BY profile_no, occurred_at DESC, event_id
"""


def churn_risk(probability: float | None) -> Json | None:
    """Low below 0.33, high above 0.66 (SPEC §6.1)."""
    if probability is None:
        return None
    if probability < 0.33:
        return {"level": "low", "colour": "green"}
    return {"level": "high", "colour": "red"} if probability > 0.66 else {"level": "medium", "colour": "yellow"}


@dataclass(frozen=True)
class Dashboard:
    """What the account's settings say of the model stands on the card as well."""

    table: Table
    engine: Engine
    settings: ClvSettings

    def operations(self) -> dict[str, Operation]:
        return {f"GET {PATH}": self.shown}

    def shown(self, request: Request) -> Response:
        card = self.settings.attributes(request)
        chosen = examples.stored(self.table, request.account_id)
        people = self._people(request, examples.NOBODY if chosen is None else chosen.numbers)
        attributes: Json = {
            **{name: card[name] for name in _FROM_SETTINGS},
            "examples_chosen_at": None if chosen is None else format_instant(chosen.as_of),
            "examples": [
                {"rule": one.rule, "profile": found} for one, found in zip(CLASSES, people, strict=True)
            ],
        }
        resources = Resources(request, TYPE, f"{TYPE}s", fields=request.params.fields(TYPE))
        related = [identifier("profile", str(found["id"])) for found in people if found is not None]
        return Response(document=single(request, resources.make(ID, attributes, {"profiles": related})))

    def _people(self, request: Request, numbers: Sequence[int | None]) -> list[Json | None]:
        """Who has been merged away or erased since is not shown."""
        wanted = [no for no in numbers if no is not None]
        found = zip(wanted, profiles.get_many(self.table, request.account_id, wanted), strict=True)
        held = {no: one for no, one in found if one is not None}
        state = clv.STATE.get(self.table, request.account_id)
        as_of = as_of_given(request) or state.asked_as_of or request.now
        orders = self._orders(request.account_id, sorted(held), as_of) if held else {}
        return [
            _person(request.account_id, held[no], orders.get(no, [])) if no in held else None
            for no in (no or 0 for no in numbers)
        ]

    def _orders(self, account_id: str, numbers: list[int], as_of: datetime) -> Mapping[int, list[Json]]:
        """Newest first."""
        book = order_book(self.table, self.engine, account_id, as_of)
        if book.revenue is None:
            return {}
        found: dict[int, list[Json]] = {}
        for row in records(self.engine.run(account_id, newest(book.parts(book.account.now, numbers)))):
            one: Json = {"placed_at": format_instant(row["occurred_at"]), "value": amount(row["units"])}
            found.setdefault(row["profile_no"], []).append(one)
        return found


def newest(parts: Mapping[str, Query]) -> Query:
    kept = {name: part for name, part in parts.items() if name != "refunds"}
    return select(_ORDERS, months=None, most=MOST_ORDERS, **kept)


def _person(account_id: str, stored: Stored, orders: list[Json]) -> Json:
    profile = stored.profile
    told: Mapping[str, Any] = predictive(profile)
    return {
        "id": profile.id(account_id),
        "email": profile.email,
        "first_name": profile.first_name,
        "last_name": profile.last_name,
        **{name: told[name] for name in _SHOWN},
        "churn_risk": churn_risk(told["churn_probability"]),
        "orders": orders,
    }
