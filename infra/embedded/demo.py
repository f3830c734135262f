"""`make demo`: the main job on this machine with real purchases, printed as tables.

The CDNOW purchases ship with the Python package `lifetimes`: 69,659 purchases of 23,570 customers of an online
music shop, January 1997 to June 1998 (Fader and Hardie, "Forecasting Repeat Sales at CDNOW", Interfaces 2001).
"""

from __future__ import annotations

import shutil
import signal
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from cdp.settings import load
from infra.embedded import demo_predictions as predictions
from infra.embedded import demo_tables as tables
from infra.embedded.client import Client
from infra.embedded.commands.import_run import run_with_bar, summary
from infra.embedded.importing.checkpoint import Checkpoint
from infra.embedded.importing.mapping import ColumnMapping
from infra.embedded.importing.run import Import, Progress
from infra.embedded.importing.sending import Sender
from infra.embedded.importing.sources import Source
from infra.embedded.process import Account, Platform, free_port

METRIC = "Placed Order"
TIMEZONE, CURRENCY = "America/New_York", "USD"
AS_OF = "1998-07-01T12:00:00+00:00"
FIRST_DAY, LAST_DAY = "1997-01-01", "1998-06-30"
RFM_START, RFM_END = "1998-01-01", "1998-07-01"
PREFERRED_PORT = 8080
VISIBLE_S = 240.0


@dataclass(frozen=True)
class Settings:
    """DEMO_EXIT=1 stops the platform at the end; DEMO_DATA names the data directory (made afresh)."""

    demo_exit: bool = False
    demo_data: str = ".build/demo"


def main() -> int:
    """Run the demo; 0 when everything went well."""
    settings = load(Settings)
    console = Console()
    data = Path(settings.demo_data).resolve()
    if data.exists():
        shutil.rmtree(data)
    console.rule("Regulars: every purchase of a shop, and what it says about its customers")
    with Platform(data, free_port(PREFERRED_PORT), own_group=False) as platform:
        account = platform.create_account("CDNOW", TIMEZONE, CURRENCY)
        console.print(f"The platform runs at {platform.url}; account {account.account_id} was made.\n")
        show(console, platform, account, data)
        where_next(console, platform, account)
        if not settings.demo_exit:
            console.print(f"\n[bold]{platform.url}[/bold] keeps running until Ctrl-C.")
            _until_interrupted()
    return 0


def show(console: Console, platform: Platform, account: Account, data: Path) -> None:
    """Import, then every report."""
    progress = import_purchases(platform.url, account, data)
    console.print(summary(progress, data / "rejects.ndjson"))
    client = Client(platform.url, account.private_key)
    metric_id, waited_s = wait_until_visible(client, progress.sent)
    console.print(
        f"All of them were in the reports {waited_s:.1f} s later: {progress.sent:,} purchases of "
        f"{sum(1 for _ in client.pages('profiles?page[size]=100')):,} customers.\n"
    )
    years = (("1997-01-01", "1998-01-01"), ("1998-01-01", "1998-07-01"))  # one call covers a year at most
    months = [month for first, end in years for month in aggregate(client, metric_id, first, end)]
    console.print(tables.revenue(months))
    rfm = client.post("rfm-reports", "rfm-report", {"start": RFM_START, "end": RFM_END, "as_of": AS_OF})
    console.print(tables.rfm_groups(rfm, RFM_START, RFM_END))
    console.print(tables.rfm_medians(rfm))
    console.print(tables.rfm_moves(rfm, RFM_START, RFM_END))
    event = {"metric_id": metric_id}
    definition = {"cohorting_event": event, "reporting_event": event}
    span = {"start": FIRST_DAY, "end": LAST_DAY, "as_of": AS_OF}
    cohorts = client.post("cohort-reports", "cohort-report", {"definition": definition, **span})
    console.print(tables.cohorts(cohorts))
    steps = {"definition": {"steps": [event] * 5}, "timeframe": {"start": FIRST_DAY, "end": LAST_DAY}}
    funnel = client.post("funnel-reports", "funnel-report", {**steps, "as_of": AS_OF})
    console.print(tables.funnel(funnel))
    console.print(tables.deep_dive(deep_dive(client, metric_id)))
    predictions.show(console, client, data, AS_OF)


def purchases() -> Path:
    """The file within the installed package, found without importing it (it loads scipy)."""
    return Path(str(distribution("lifetimes").locate_file("lifetimes/datasets/CDNOW_master.txt")))


def import_purchases(url: str, account: Account, data: Path) -> Progress:
    """What `regulars import` does; the same purchase on the same day may occur twice, and counts twice."""
    source = Source.of(purchases(), delimiter="whitespace")
    asked = {
        "external_id": "customer_id",
        "time": "date",
        "value": "dollar_value",
        "property.Items": "number_of_cds",
    }
    mapping = ColumnMapping.of(source.names(), asked, {"metric": METRIC}, zone=ZoneInfo(TIMEZONE))
    sender = Sender(url, account.private_key)
    checkpoint = Checkpoint.load(data / "imports", source, mapping, account.account_id)
    try:
        return run_with_bar(Import(source, mapping, sender, checkpoint, data / "rejects.ndjson"))
    finally:
        sender.close()


def wait_until_visible(client: Client, expected: int) -> tuple[str, float]:
    """The metric's id and the seconds until a report counts all events."""
    started = time.monotonic()
    while time.monotonic() < started + VISIBLE_S:
        found = [m["id"] for m in client.get("metrics")["data"] if m["attributes"]["name"] == METRIC]
        if found and sum(row["total"] for row in deep_dive(client, found[0])) >= expected:
            return found[0], time.monotonic() - started
        time.sleep(0.5)
    raise TimeoutError(f"not all events were visible after {VISIBLE_S:.0f} s")


def aggregate(client: Client, metric_id: str, first: str, end: str) -> list[tables.Month]:
    """Months of [first, end): orders, revenue, customers, by POST /api/metric-aggregates."""
    attributes = {
        "metric_id": metric_id,
        "measurements": ["count", "sum_value", "unique"],
        "filter": [f"greater-or-equal(datetime,{_midnight(first)})", f"less-than(datetime,{_midnight(end)})"],
        "interval": "month",
        "timezone": TIMEZONE,
        "as_of": AS_OF,
    }
    found = client.post("metric-aggregates", "metric-aggregate", attributes)
    measured = found["data"][0]["measurements"]
    columns = (found["dates"], measured["count"], measured["sum_value"], measured["unique"])
    return [tables.Month(*row) for row in zip(*columns, strict=True)]


def _midnight(day: str) -> str:
    """The beginning of a local day, with its offset."""
    return datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(TIMEZONE)).isoformat()


def deep_dive(client: Client, metric_id: str) -> list[dict[str, Any]]:
    """Years by number of CDs, by POST /api/custom-report-runs: rows as column -> value."""
    definition = {
        "metric_ids": [metric_id],
        "timeframe": {"start": FIRST_DAY, "end": LAST_DAY},
        "interval": "yearly",
        "measurements": ["total", "unique", "value_sum", "value_avg"],
        "group_by": [{"property": "Items", "source": "event"}],
    }
    attributes = {"report_type": "single_metric", "definition": definition, "as_of": AS_OF}
    run = client.post("custom-report-runs", "custom-report-run", attributes)
    names = [column["name"] for column in run["columns"]]
    return [dict(zip(names, row, strict=True)) for row in run["rows"]]


def where_next(console: Console, platform: Platform, account: Account) -> None:
    """What to try on the running platform."""
    console.print("\n[bold]Where to look next[/bold]")
    console.print(f"  {platform.url}/openapi.json describes every operation.")
    console.print("  One customer's purchases, with the key of this demo:", soft_wrap=True)
    console.print(
        f"  curl -H 'Authorization: Klaviyo-API-Key {account.private_key}' '{platform.url}/api/profiles?page[size]=3'",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    console.print(
        f"  The events lie as Parquet files of Iceberg tables in {platform.data}/lake.", soft_wrap=True
    )
    console.print("  README.md shows how to send your own.")


def _until_interrupted() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        signal.pause()
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    sys.exit(main())
