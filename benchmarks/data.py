"""Ten million events of a made-up shop, as the lake keeps them after a compaction, with segments and profiles.

A file a month, rows sorted by (metric, profile, time), zstd, row groups of 20,000. Seventeen metrics (`shop`),
half a million profiles of very different zeal over 24 months, and one profile that is a bot; lines of its orders. The
same every time.

python -m benchmarks.data FOLDER [EVENTS]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import order_lines
from benchmarks.shop import BOT as BOT
from benchmarks.shop import MESSAGES, METRICS, PROFILES, VALUED, Array, Month, Part
from cdp.lake.schema import arrow_schema
from cdp.lake.tables import EVENTS, ORDER_ITEMS, PROFILE_HISTORY, SEGMENT_LOG, LakeTable, month_of

EVENT_COUNT = 10_000_000
FIRST = datetime(2024, 7, 1, tzinfo=UTC)
MONTHS = 24
NAMES = tuple(name for name, _ in METRICS.values())
# Segment -> share of all profiles that ever joined; a third of them left again.
SEGMENTS = {"SegVip": 0.05, "SegNew": 0.20, "SegDe": 0.15, "SegAll": 0.90}
FOLDER = Path(".build/bench/shop")
_COUNTRIES = ["DE", "FR", "AT", "US", "GB", "NL"]
_PLANS = ["free", "plus", "pro"]
_ROW_GROUP = 20_000


class GeneratedLake:
    """The reading half of the Lake port over the generated files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def files(self, account_id: str, table: LakeTable, months: tuple[int, int] | None = None) -> list[str]:
        first, last = months or (0, 1 << 30)
        found = [(int(path.stem), path) for path in (self._folder / table.name).glob("*.parquet")]
        return [str(path) for month, path in sorted(found) if first <= month <= last]


def generate(folder: Path, events: int = EVENT_COUNT) -> None:
    """Write the files that are not there yet."""
    for number in range(MONTHS):
        _write(
            folder, EVENTS, month_of(FIRST) + number, lambda m, n=number: month_table(m, events // MONTHS, n)
        )
        _write(folder, ORDER_ITEMS, month_of(FIRST) + number, lambda m: _order_items(folder, m))
    _write(folder, SEGMENT_LOG, month_of(FIRST), _memberships)
    _write(folder, PROFILE_HISTORY, month_of(FIRST), _histories)


def _write(folder: Path, table: LakeTable, month: int, rows) -> None:  # type: ignore[no-untyped-def]
    path = folder / table.name / f"{month}.parquet"
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    found = rows(month)
    with pq.ParquetWriter(part, found.schema, compression="zstd", compression_level=1) as writer:
        writer.write_table(found, row_group_size=_ROW_GROUP)
    part.rename(path)


def schema_of(table: LakeTable) -> pa.Schema:
    return pa.schema(
        field.with_metadata({"PARQUET:field_id": str(column.id)})
        for field, column in zip(arrow_schema(table), table.columns, strict=True)
    )


def month_table(month: int, n: int, seed: int) -> pa.Table:
    """The events of a month, sorted as the lake sorts them."""
    chance = np.random.default_rng(seed)
    first, end = (
        int(datetime(m // 12, m % 12 + 1, 1, tzinfo=UTC).timestamp()) * 1_000_000 for m in (month, month + 1)
    )
    parts = list(Month(chance, n, first, end).parts())
    metric = np.concatenate([np.full(len(part), part.metric, np.int32) for part in parts])
    names = ("profile", "at", "product", "message", "order", "money")
    held = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    event = chance.integers(-(2**63), 2**63, len(metric))
    order = np.lexsort((event, held["at"], held["profile"], metric))
    whole = Part(0, *(held[name][order] for name in names))
    return _table(EVENTS, dict(_columns(chance, metric[order], whole, event[order], month)), len(metric))


def _table(table: LakeTable, columns: dict[str, pa.Array], n: int) -> pa.Table:
    schema = schema_of(table)
    return pa.table([columns.get(field.name, pa.nulls(n, field.type)) for field in schema], schema=schema)


def _columns(
    chance: np.random.Generator, metric: Array, rows: Part, event: Array, month: int
) -> Iterator[tuple[str, pa.Array]]:
    n = len(metric)
    ids = pa.array(event)
    ordered = np.isin(metric, [1, 2, 3, 10])
    product = pa.array(rows.product).cast(pa.string())
    country = pa.array(_COUNTRIES).take(pa.array(rows.profile % 6))
    yield "metric_id", pa.array(metric)
    yield "profile_no", pa.array(rows.profile.astype(np.int32))
    yield "occurred_at", _instants(rows.at)
    yield "event_id", ids
    yield "value", pa.array(rows.money, mask=~np.isin(metric, VALUED))
    yield "unique_id", pc.cast(ids, pa.string())
    yield (
        "order_id",
        pc.if_else(pa.array(ordered), pa.array(rows.order + month * 10_000_000).cast(pa.string()), None),
    )
    yield "product_id", pc.if_else(pa.array(rows.product > 0), product, None)
    yield from _message_columns(chance, metric, rows.message, month)
    yield "properties", _properties(rows.product, product, country)
    yield (
        "profile_properties",
        pc.binary_join_element_wise('{"$country":"', country, '","plan":"plus"}', ""),
    )
    yield "received_at", _instants(rows.at + 1_500_000)
    yield "month", pa.array(np.full(n, month, np.int32))
    yield "product_name", pc.if_else(pa.array(rows.product > 0), pc.binary_join_element_wise("Product ", product, ""), "")
    yield "categories", pc.if_else(
        pa.array(rows.product > 0),
        pc.binary_join_element_wise('["Category ', pa.array(rows.product % 40).cast(pa.string()), '"]', ""),
        "",
    )


def _message_columns(
    chance: np.random.Generator, metric: Array, message: Array, month: int
) -> Iterator[tuple[str, pa.Array]]:
    """Two thirds of the messages belong to this month's campaigns, the others to twenty flows; every other
    campaign has two variations."""
    sent, campaign = message > 0, (message > 0) & (message <= MESSAGES * 2 // 3)
    text = pa.array(message).cast(pa.string())
    here = pc.binary_join_element_wise(str(month), text, "-")
    yield (
        "channel",
        pc.if_else(pa.array(sent), pc.if_else(pa.array(np.isin(metric, [11, 14])), "sms", "email"), None),
    )
    yield "message", pc.if_else(
        pa.array(sent), pc.if_else(pa.array(campaign), pc.binary_join_element_wise("C", here, ""), pc.binary_join_element_wise("F", text, "")), None
    )  # fmt: skip
    yield "campaign", pc.if_else(pa.array(campaign), pc.binary_join_element_wise("Campaign ", here, ""), None)
    yield "flow", pc.if_else(pa.array(sent & ~campaign), pc.binary_join_element_wise("Flow", text, ""), None)
    tested = campaign & (message % 2 == 0)
    yield (
        "variation",
        pc.if_else(pa.array(tested), pc.if_else(pa.array(chance.random(len(message)) < 0.5), "A", "B"), None),
    )
    machine = (metric == 5) & (chance.random(len(metric)) < 0.2) | (metric == 6) & (
        chance.random(len(metric)) < 0.02
    )
    yield "machine", pa.array(np.ones(len(metric), np.int32), mask=~machine)


def _properties(number: Array, product: pa.Array, country: pa.Array) -> pa.Array:
    category = pa.array(number % 40).cast(pa.string())
    sold = pc.binary_join_element_wise(
        '{"ProductID":"', product, '","ProductName":"Product ', product, '","Categories":["Category ', category,
        '"],"Country":"', country, '"}', "",
    )  # fmt: skip
    other = pc.binary_join_element_wise('{"form_id":"Form', category, '","Country":"', country, '"}', "")
    return pc.if_else(pa.array(number > 0), sold, other)


def _instants(at: Array) -> pa.Array:
    return pa.array(at, pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))


def _order_items(folder: Path, month: int) -> pa.Table:
    columns = order_lines.lines(folder / EVENTS.name / f"{month}.parquet", month)
    return _table(ORDER_ITEMS, columns, len(columns["line"]))


def _memberships(month: int) -> pa.Table:
    """Who joined a segment, and a third of them left it again; all within the 24 months."""
    chance = np.random.default_rng(1)
    first, span = int(FIRST.timestamp()) * 1_000_000, MONTHS * 30 * 86_400_000_000
    group, profile, at, action = [], [], [], []
    for name, share in sorted(SEGMENTS.items()):
        member = np.flatnonzero(chance.random(PROFILES) < share) + 1
        left = member[chance.random(len(member)) < 1 / 3]
        joined_at = first + chance.integers(0, span // 2, PROFILES + 1)
        group.append(np.full(len(member) + len(left), name))
        profile += [member, left]
        at += [joined_at[member], joined_at[left] + chance.integers(1, span // 2, len(left))]
        action += [np.full(len(member), "joined"), np.full(len(left), "left")]
    groups, profiles, ats, actions = (np.concatenate(one) for one in (group, profile, at, action))
    n = len(groups)
    order = np.lexsort((ats, profiles, groups))
    when = _instants(ats[order])
    columns = {
        "group_id": pa.array(groups[order]), "profile_no": pa.array(profiles[order].astype(np.int32)),
        "occurred_at": when, "action": pa.array(actions[order]), "logged_at": when,
        "log_id": pa.array(np.arange(n)), "month": pa.array(np.full(n, month, np.int32)),
    }  # fmt: skip
    return _table(SEGMENT_LOG, columns, n)


def _histories(month: int) -> pa.Table:
    """Everybody's `created` (JSON text of the instant), and a plan that some change once."""
    chance = np.random.default_rng(2)
    first, span = int(FIRST.timestamp()) * 1_000_000, MONTHS * 30 * 86_400_000_000
    number = np.arange(1, PROFILES + 1)
    made = first + chance.integers(0, span // 2, PROFILES)
    made -= made % 1_000_000
    changed = number[chance.random(PROFILES) < 0.3]
    profile = np.concatenate([number, number, changed])
    at = np.concatenate([made, made, made[changed - 1] + chance.integers(1, span // 2, len(changed))])
    written = pc.strftime(
        pa.array(made, pa.timestamp("us")).cast(pa.timestamp("s")), format="%Y-%m-%dT%H:%M:%S+00:00"
    )
    plan = pa.array(_PLANS).take(pa.array(chance.integers(0, 3, len(number) + len(changed))))
    value = pc.binary_join_element_wise('"', pa.concat_arrays([written, plan]), '"', "")
    names = np.where(np.arange(len(profile)) < PROFILES, "created", "properties.plan")
    revision = np.where(np.arange(len(profile)) < 2 * PROFILES, 1, 2)
    columns = {
        "property": pa.array(names), "profile_no": pa.array(profile.astype(np.int32)),
        "revision": pa.array(revision), "changed_at": _instants(at), "value": value,
        "change_id": pa.array(np.arange(len(profile))), "month": pa.array(np.full(len(profile), month, np.int32)),
    }  # fmt: skip
    rows = _table(PROFILE_HISTORY, columns, len(profile))
    return rows.sort_by([(name, "ascending") for name in PROFILE_HISTORY.sort])


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else EVENT_COUNT)
