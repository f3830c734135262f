"""`regulars import` against the running platform, interrupted and repeated."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import httpx
import pyarrow.csv
import pyarrow.parquet

from tests.e2e.embedded.conftest import Shop
from tests.e2e.embedded.waiting import wait_for

COMMAND = [sys.executable, "-m", "infra.embedded.cli", "import"]
ROWS = 30_000


def options(shop: Shop, folder: Path, metric: str) -> list[str]:
    key = shop.account.private_key
    state = ["--state", str(folder / "state"), "--rejects", str(folder / "rejects.ndjson")]
    return ["--url", shop.platform.url, "--key", key, "--metric", metric, *state]


def write(path: Path, rows: int) -> Path:
    """Every row three times: same customer, day and amount."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["customer id", "date", "total"])
        writer.writerows(
            [f"c{n // 3 % 200}", f"2026-02-{1 + n // 3 % 28:02d}", n // 3 // 200 + 0.25] for n in range(rows)
        )
    return path


def count(shop: Shop, metric: str) -> int:
    metric_id = shop.metric_id(metric)
    if metric_id is None:
        return 0
    attributes = {
        "metric_id": metric_id,
        "measurements": ["count"],
        "interval": "month",
        "filter": [
            "greater-or-equal(datetime,2026-01-25T00:00:00)",
            "less-than(datetime,2026-03-25T00:00:00)",
        ],
    }
    document = {"data": {"type": "metric-aggregate", "attributes": attributes}}
    groups = shop.http.post("/api/metric-aggregates", json=document).json()["data"]["attributes"]["data"]
    return int(sum(groups[0]["measurements"]["count"])) if groups else 0


def test_an_interrupted_import_is_completed_by_the_same_command(shop: Shop, tmp_path: Path) -> None:
    file = write(tmp_path / "orders.csv", ROWS)
    command = [*COMMAND, str(file), *options(shop, tmp_path, "Interrupted")]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell's background job would not hear it
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=heard)
    wait_for(lambda: list((tmp_path / "state").glob("*.json")) or process.poll() is not None)
    assert process.poll() is None, "it was too fast to be interrupted; give it more rows"
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "settled before" in done.stdout
    wait_for(lambda: count(shop, "Interrupted") >= ROWS)
    assert count(shop, "Interrupted") == ROWS


def test_the_same_rows_from_another_file_add_nothing(shop: Shop, tmp_path: Path) -> None:
    first = write(tmp_path / "orders.csv", 3000)
    second = tmp_path / "renamed.parquet"
    text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(("customer id", "date", "total"), "string"))
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(first, convert_options=text), second)
    for file in (first, second, first):
        done = subprocess.run(
            [*COMMAND, str(file), *options(shop, tmp_path, "Repeated")], capture_output=True, text=True
        )
        assert "3,000 rows, 3,000 sent, 0 rejected" in done.stdout, done.stderr
    wait_for(lambda: count(shop, "Repeated") >= 3000)
    _settle(shop)
    assert count(shop, "Repeated") == 3000


def _settle(shop: Shop) -> None:
    """Everything that was accepted before this has been recorded after it: the inbox is read in order."""
    marker = f"marker {time.monotonic_ns()}"
    attributes = {
        "properties": {},
        "metric": {"data": {"type": "metric", "attributes": {"name": marker}}},
        "profile": {"data": {"type": "profile", "attributes": {"external_id": "marker"}}},
    }
    shop.http.post("/api/events", json={"data": {"type": "event", "attributes": attributes}})
    wait_for(lambda: shop.metric_id(marker))


def test_refused_rows_are_told_by_line(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(
        "email,date,total\na@example.com,2026-02-01,1\nno-address,2026-02-01,1\nb@example.com,1950-01-01,1\nc@example.com,soon,1\n"
    )
    done = subprocess.run(
        [*COMMAND, str(file), *options(shop, tmp_path, "Refused")], capture_output=True, text=True
    )
    assert done.returncode == 2, done.stderr
    assert "1 sent, 3 rejected" in done.stdout
    rejects = (tmp_path / "rejects.ndjson").read_text()
    assert [f'"line": {n}' in rejects for n in (2, 3, 4, 5)] == [False, True, True, True]


def test_a_wrong_key_ends_it(shop: Shop, tmp_path: Path) -> None:
    file = write(tmp_path / "orders.csv", 3)
    done = subprocess.run(
        [*COMMAND, str(file), "--url", shop.platform.url, "--key", "pk_no", "--metric", "M"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "401" in done.stderr) == (1, True)
    assert httpx.get(f"{shop.platform.url}/health").status_code == 200
