"""Columns and types of every lake table: ONE schema for the catalog, the SQL and the tests.

All times are UTC. `month` (year * 12 + month - 1 of `occurred_at` in UTC) is the identity partition. Rows of
a file are sorted by `sort`, so that a report on one metric reads that metric's bytes only. New columns come last
and are optional: a table that is older than they are gets them when it is next written (cdp/lake/evolution.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Kind = Literal["int32", "int64", "double", "string", "timestamptz"]
DUCKDB_TYPES: Mapping[Kind, str] = {
    "int32": "INTEGER",
    "int64": "BIGINT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "timestamptz": "TIMESTAMPTZ",
}


@dataclass(frozen=True, slots=True)
class Column:
    """`id` is the Iceberg field id: never reused, never changed."""

    id: int
    name: str
    kind: Kind
    doc: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class LakeTable:
    """`key` is the int64 column that tells whether a row is there already; see `Lake.append`. `newest_only`: values of
    the first column of `sort` under which compaction keeps a profile's row of the highest revision alone."""

    name: str
    columns: tuple[Column, ...]
    key: str
    sort: tuple[str, ...]
    many_per_key: bool = False
    newest_only: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)


def month_of(at: datetime) -> int:
    """Partition of an aware instant: months since year 0 (2026-11 -> 24322), in UTC."""
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.year * 12 + utc.month - 1


EVENTS = LakeTable(
    name="events",
    key="event_id",
    sort=("metric_id", "profile_no", "occurred_at", "event_id"),
    columns=(
        Column(1, "metric_id", "int32", "number of the metric within the account", required=True),
        Column(2, "profile_no", "int32", "number of the profile within the account", required=True),
        Column(3, "occurred_at", "timestamptz", "when it happened, by the customer's clock", required=True),
        Column(4, "event_id", "int64", "hash of (account, metric, profile, unique id)", required=True),
        Column(5, "value", "double", "monetary or other value, in `currency`"),
        Column(6, "currency", "string", "ISO 4217 code as sent; null: the account's"),
        Column(7, "unique_id", "string", "the client's id of the event; null: its second"),
        Column(8, "order_id", "string", "order key of a purchase, refund or cancellation (SPEC §5)"),
        Column(9, "product_id", "string", "ProductID, product_id or SKU"),
        Column(10, "channel", "string", "channel of the message: email, sms, push, whatsapp"),
        Column(11, "message", "string", "$message"),
        Column(12, "campaign", "string", "Campaign Name"),
        Column(13, "flow", "string", "$flow"),
        Column(14, "properties", "string", "event properties, JSON object", required=True),
        Column(15, "profile_properties", "string", "the profile's properties at that moment, JSON object"),
        Column(16, "received_at", "timestamptz", "when we accepted it", required=True),
        Column(17, "month", "int32", "partition: month of occurred_at", required=True),
        Column(18, "variation", "string", "$variation"),
        Column(19, "machine", "int32", "1: a click by a bot, or an open by a privacy proxy; else null"),
        Column(20, "transactional", "int32", "1: of a transactional message; else null"),
        Column(21, "product_name", "string", "ProductName or Name; empty: none. Null: the row is older than the column"),
        Column(22, "categories", "string", "Categories or Collections as a JSON array; empty and null as in product_name"),
    ),
)

ORDER_ITEMS = LakeTable(
    name="order_items",
    key="event_id",
    many_per_key=True,
    sort=("metric_id", "profile_no", "occurred_at", "event_id", "line"),
    columns=(
        Column(1, "metric_id", "int32", "metric of the order event", required=True),
        Column(2, "profile_no", "int32", "number of the profile within the account", required=True),
        Column(3, "occurred_at", "timestamptz", "when the order happened", required=True),
        Column(4, "event_id", "int64", "the order event", required=True),
        Column(5, "line", "int32", "position in the order, from 0", required=True),
        Column(6, "order_id", "string", "order key (SPEC §5)"),
        Column(7, "product_id", "string", "ProductID, product_id or SKU"),
        Column(8, "product_name", "string", "ProductName"),
        Column(9, "quantity", "double", "units; 1 when not given"),
        Column(10, "item_price", "double", "price of one unit, in the order's currency"),
        Column(11, "categories", "string", "JSON array of strings"),
        Column(12, "received_at", "timestamptz", "when we accepted it", required=True),
        Column(13, "month", "int32", "partition: month of occurred_at", required=True),
    ),
)

PROFILE_HISTORY = LakeTable(
    name="profile_history",
    key="change_id",
    sort=("property", "profile_no", "revision"),
    newest_only=("predictive",),
    columns=(
        Column(1, "property", "string", "an attribute (`email`, `location.city`) or `properties.<name>`", required=True),
        Column(2, "profile_no", "int32", "number of the profile within the account", required=True),
        Column(3, "revision", "int64", "the profile's version that brought the value: orders its changes", required=True),
        Column(4, "changed_at", "timestamptz", "from when on the value holds", required=True),
        Column(5, "value", "string", "the value as JSON; null: from then on there is none"),
        Column(6, "change_id", "int64", "hash of (profile, property, revision)", required=True),
        Column(7, "month", "int32", "partition: month of changed_at", required=True),
    ),
)

SEGMENT_LOG = LakeTable(
    name="segment_log",
    key="log_id",
    sort=("group_id", "profile_no", "logged_at"),
    columns=(
        Column(1, "group_id", "string", "the segment or list", required=True),
        Column(2, "profile_no", "int32", "number of the profile within the account", required=True),
        Column(3, "occurred_at", "timestamptz", "when the profile joined or left", required=True),
        Column(4, "action", "string", "joined or left", required=True),
        Column(5, "logged_at", "timestamptz", "orders the changes; later than occurred_at after a merge", required=True),
        Column(6, "log_id", "int64", "hash of (group, profile, action, logged_at)", required=True),
        Column(7, "month", "int32", "partition: month of logged_at", required=True),
    ),
)

OBJECT_RECORDS = LakeTable(
    name="object_records",
    key="change_id",
    sort=("object_type_id", "profile_no", "record_id", "revision"),
    columns=(
        Column(1, "object_type_id", "string", "type of the custom object", required=True),
        Column(2, "profile_no", "int32", "number of the profile that it belongs to; 0: of nobody", required=True),
        Column(3, "record_id", "string", "the record's id within its type", required=True),
        Column(4, "revision", "int64", "the record's version: orders its changes", required=True),
        Column(5, "changed_at", "timestamptz", "from when on the record is so", required=True),
        Column(6, "properties", "string", "JSON object; null: the record is deleted"),
        Column(7, "change_id", "int64", "hash of (type, record, revision)", required=True),
        Column(8, "month", "int32", "partition: month of changed_at", required=True),
    ),
)

TABLES = (EVENTS, ORDER_ITEMS, PROFILE_HISTORY, SEGMENT_LOG, OBJECT_RECORDS)
