"""The demo's predictions: a model is trained on the purchases, tested on those it did not see, and asked."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from cdp.settings import inherited
from infra.embedded.client import Client
from infra.embedded.demo_tables import grid, money, whole

_BAR = 40
SEGMENTED_S = 120.0
AUDIENCES = (
    ("Reward programme: worth 500 and more in the next year", (("predicted_clv", "greater-than-or-equal", 500),)),
    ("VIP: 1,000 and more in all", (("total_clv", "greater-than-or-equal", 1000),)),
    ("Win back by a lower price: good customers, probably gone",
     (("churn_probability", "greater-than", 0.66), ("historic_clv", "greater-than", 200))),
    ("Bundle or subscription: five orders and more to come", (("predicted_number_of_orders", "greater-than-or-equal", 5),)),
    ("Limited-time discount: bought once or twice, may go either way",
     (("churn_probability", "greater-than", 0.33), ("churn_probability", "less-than", 0.66), ("historic_number_of_orders", "less-than", 3))),
)  # fmt: skip


def show(console: Console, client: Client, data: Path, as_of: str) -> None:
    """Train and score as of a time, then everything that the API says of it."""
    train(data, as_of)
    model = newest(client)
    console.print(figures(model))
    if (tested := model["holdout"]) is not None:
        console.print(by_week(tested))
        console.print(calibration(tested))
    console.print(worth(model))
    console.print(examples(client.get("clv-dashboards/default")["data"]["attributes"]["examples"]))
    console.print(audiences(client))


def train(data: Path, as_of: str) -> None:
    """`regulars jobs run predict`, as an operator does it."""
    command = [sys.executable, "-m", "infra.embedded.cli", "jobs", "run", "predict", "--data", str(data), "--as-of", as_of]
    subprocess.run(command, check=True, capture_output=True, env=inherited())


def newest(client: Client) -> Mapping[str, Any]:
    """Attributes of the model trained last."""
    found: Mapping[str, Any] = client.get("clv-models")["data"][0]["attributes"]
    return found


def figures(model: Mapping[str, Any]) -> Table:
    purchases, tested = model["parameters"]["purchases"], model["holdout"]
    table = grid("Customer lifetime value: the model", ("", "", ""))
    names = ("r", "alpha", "a", "b")
    table.add_row(str(model["name"]), ", ".join(f"{name} {purchases[name]:.4f}" for name in names), "alpha in days")
    if (spend := model["parameters"]["spend"]) is not None:
        table.add_row("Gamma-Gamma", ", ".join(f"{name} {spend[name]:.4f}" for name in ("p", "q", "v")), model["currency"])
    table.add_row("customers, orders", f"{whole(model['customers'])}, {whole(model['orders'])}", "")
    if tested is not None:
        table.add_section()
        table.add_row("hold-out", f"the last {tested['days']} days, {whole(tested['customers'])} customers", "")
        orders = (tested["predicted_orders"], tested["actual_orders"])
        table.add_row("orders predicted, actual", ", ".join(map(whole, orders)), f"{tested['aggregate_error']:+.1%}")
        revenue = (tested["predicted_revenue"], tested["actual_revenue"])
        table.add_row("revenue predicted, actual", ", ".join(map(money, revenue)), f"off by {tested['wape']:.1%}")
        off = f"{tested['mae']:.3f}, correlation {tested['correlation']:.3f}"
        usual = f"{tested['heuristic_mae']:.3f}, {tested['heuristic_correlation']:.3f} by each customer's rate"
        table.add_row("mean error a customer", off, usual)
    table.add_section()
    table.add_row("confidence", str(model["confidence"]), str(model["reason"]))
    return table


def by_week(tested: Mapping[str, Any]) -> Table:
    """Bars of what came, with a mark where the model expected them to end."""
    table = grid("Orders by week of the hold-out: what came (█), what was expected (┃)", ("day", "expected", "came", ""))
    parts: Sequence[Mapping[str, Any]] = tested["stretches"]
    largest, day = max(max(p["predicted_orders"], p["actual_orders"]) for p in parts) or 1, 0
    for part in parts:
        day += part["days"]
        expected, came = part["predicted_orders"], part["actual_orders"]
        table.add_row(str(day), whole(expected), whole(came), _bar(came / largest, expected / largest))
    return table


def calibration(tested: Mapping[str, Any]) -> Table:
    heads = ("tenth by prediction", "customers", "orders expected", "orders made")
    table = grid("Calibration: orders a customer in the hold-out", heads)
    for number, part in enumerate(tested["deciles"], 1):
        means = (f"{part['predicted_mean']:.2f}", f"{part['actual_mean']:.2f}")
        table.add_row(str(number), whole(part["customers"]), *means)
    return table


def worth(model: Mapping[str, Any]) -> Table:
    days, currency = model["predicted_window_days"], model["currency"]
    table = grid(f"Predicted CLV of the next {days} days, {currency}", ("at least", "below", "customers", ""))
    largest = max((part["customers"] for part in model["distribution"]), default=1)
    for part in model["distribution"]:
        row = (whole(part["at_least"]), whole(part["below"]), whole(part["customers"]))
        table.add_row(*row, "█" * round(_BAR * part["customers"] / largest))
    return table


def examples(chosen: Sequence[Mapping[str, Any]]) -> Table:
    heads = ("orders", "historic CLV", "predicted CLV", "total CLV", "orders to come", "churn risk", "next order expected")
    table = grid("Five customers", ("chosen for", *heads))
    for one in chosen:
        if (found := one["profile"]) is None:
            table.add_row(one["rule"], "nobody")
            continue
        amounts = (money(found[name]) for name in ("historic_clv", "predicted_clv", "total_clv"))
        told = (f"{found['predicted_number_of_orders']:.2f}", f"{found['churn_probability']:.0%} {found['churn_risk']['level']}")
        day = (found["expected_date_of_next_order"] or "")[:10]
        table.add_row(one["rule"], whole(found["historic_number_of_orders"]), *amounts, *told, day)
    return table


def audiences(client: Client) -> Table:
    """A segment for each thing to do, and how many are in it."""
    table = grid("Segments by predictions", ("what for", "customers"))
    made = [(name, client.create("segments", "segment", _segment(name, conditions))["id"]) for name, conditions in AUDIENCES]
    for name, id_ in made:
        table.add_row(name, whole(_members(client, id_)))
    return table


def _segment(name: str, conditions: Sequence[tuple[str, str, float]]) -> dict[str, Any]:
    groups = [
        {"conditions": [{
            "type": "profile-predictive-analytics", "dimension": dimension,
            "filter": {"type": "numeric", "operator": operator, "value": value},
        }]}
        for dimension, operator, value in conditions
    ]  # fmt: skip
    return {"name": name, "definition": {"condition_groups": groups}}


def _members(client: Client, id_: str) -> int:
    """Once the segment has been worked out."""
    until = time.monotonic() + SEGMENTED_S
    while time.monotonic() < until:
        found = client.get(f"segments/{id_}?additional-fields[segment]=profile_count")["data"]["attributes"]
        if not found["is_processing"]:
            count: int = found["profile_count"]
            return count
        time.sleep(0.2)
    raise TimeoutError(f"the segment was not worked out within {SEGMENTED_S:.0f} s")


def _bar(share: float, mark: float) -> str:
    cells = ["█" if n < round(_BAR * share) else " " for n in range(_BAR + 1)]
    cells[min(_BAR, round(_BAR * mark))] = "┃"
    return "".join(cells).rstrip()
