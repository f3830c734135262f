"""The demo's reports as tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from rich.table import Table

_NEVER = "never_purchased"
_COHORT_COLUMNS = 8


class Month(NamedTuple):
    """One month of metric aggregates; `start` is local, RFC 3339."""

    start: str
    orders: float
    revenue: float
    customers: float


def revenue(months: Sequence[Month]) -> Table:
    table = grid("Revenue by month", ("month", "orders", "customers", "revenue", ""))
    largest = max(month.revenue for month in months)
    for month in months:
        bar = "█" * round(24 * month.revenue / largest)
        table.add_row(month.start[:7], whole(month.orders), whole(month.customers), money(month.revenue), bar)
    table.add_section()
    table.add_row("all", whole(sum(m.orders for m in months)), "", money(sum(m.revenue for m in months)), "")
    return table


def rfm_groups(report: Mapping[str, Any], start: str, end: str) -> Table:
    heads = ("group", start, "share", end, "share", "added", "dropped")
    table = grid("RFM: customers by recency, frequency and monetary value", heads)
    for group in report["results"]:
        before, after = group["start"], group["end"]
        shares = (f"{before['share']:.1%}", f"{after['share']:.1%}")
        counts = (whole(before["count"]), shares[0], whole(after["count"]), shares[1])
        table.add_row(group["name"], *counts, f"+{group['added']:,}", f"-{group['dropped']:,}")
    table.add_section()
    totals = [sum(group[at]["count"] for group in report["results"]) for at in ("start", "end")]
    table.add_row("all", whole(totals[0]), "", whole(totals[1]))
    return table


def rfm_medians(report: Mapping[str, Any]) -> Table:
    heads = ("group", "days since purchase", "orders", "revenue")
    table = grid("RFM: the customer in the middle of every group, at the end", heads)
    for group in report["results"]:
        median = group["median"]["end"]
        table.add_row(
            group["name"], whole(median["days_since_purchase"]), whole(median["orders"]), money(median["revenue"])
        )
    return table


def rfm_moves(report: Mapping[str, Any], start: str, end: str) -> Table:
    names = {group["group"]: group["name"] for group in report["results"]}
    moved = {(move["from"], move["to"]): move["count"] for move in report["transitions"]}
    table = grid(f"RFM: from the group on {start} (rows) to that on {end} (columns)", ("", *names.values()))
    origins = [*names, *([_NEVER] if any(origin == _NEVER for origin, _ in moved) else [])]
    for origin in origins:
        row = [whole(moved[origin, to]) if (origin, to) in moved else "·" for to in names]
        table.add_row(names.get(origin, "Never purchased"), *row)
    return table


def cohorts(report: Mapping[str, Any]) -> Table:
    """Cohorts that somebody entered; the cohort's own month is column 0. As many columns as a terminal has room for."""
    heads = ("first order in", "customers", *(str(n) for n in range(_COHORT_COLUMNS)))
    table = grid("Cohorts: customers who ordered again, by months since the first order", heads)
    for row in report["rows"]:
        if row["size"]:
            cells = ["" if cell is None else f"{cell:.0%}" for cell in row["cells"][:_COHORT_COLUMNS]]
            table.add_row(row["start"][:7], whole(row["size"]), *cells)
    return table


def funnel(report: Mapping[str, Any]) -> Table:
    heads = ("order", "customers", "of all", "of those before", "days between (median)")
    table = grid("Funnel: from the first to the fifth order", heads)
    for step in report["results"]:
        waited = step["median_seconds_from_previous"]
        shares = (f"{step['share_of_first']:.1%}", f"{step['share_of_previous'] or 1:.1%}")
        table.add_row(str(step["step"]), whole(step["count"]), *shares, "" if waited is None else f"{waited / 86_400:.0f}")
    return table


def deep_dive(rows: Iterable[Mapping[str, Any]], shown: int = 6) -> Table:
    heads = ("year", "CDs in the order", "orders", "customers", "revenue", "average order")
    table = grid(f"Deep dive: Placed Order by number of CDs (the {shown} most frequent a year)", heads)
    years: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        years.setdefault(row["interval_start"][:4], []).append(row)
    for year, of_year in years.items():
        for row in sorted(of_year, key=lambda row: -row["total"])[:shown]:
            figures = (
                whole(row["total"]),
                whole(row["unique"]),
                money(row["value_sum"]),
                money(row["value_avg"]),
            )
            table.add_row(year, row["Items"] or "", *figures)
        table.add_section()
    return table


def grid(title: str, heads: Iterable[str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for number, head in enumerate(heads):
        table.add_column(head, justify="left" if number == 0 or not head else "right")
    return table


def whole(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def money(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}"
