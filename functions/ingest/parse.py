"""Payload to checked events, or `Rejected` with the field at fault (SPEC §1.7, §2.1). Pure, and the hot path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import msgspec

from cdp.errors import Rejected
from cdp.jsonapi.errors import from_validation_error
from cdp.model import payloads
from cdp.model.payloads import BulkEventAttributes
from cdp.model.profile import identities

MAX_EVENTS = 1000
MAX_PROPERTIES = 400
MAX_STRING_BYTES = 100_000
MAX_ARRAY = 4000
MAX_DEPTH = 10
MAX_METRIC_NAME = 128
MAX_PROFILE_BYTES = 100_000
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_EARLIEST_BACKFILL = datetime(1970, 1, 1, tzinfo=UTC)  # history may be older than the public API's limit
_YEAR = timedelta(days=365)
# A properties object this small, with so few brackets and commas, keeps every limit: no walk needed.
_SMALL_BYTES = 2 * MAX_ARRAY


@dataclass(frozen=True, slots=True)
class Checked:
    """A request that may be accepted: how many events it has, and the profile ids that it names."""

    events: int
    profile_ids: tuple[tuple[str, str], ...]  # (id, pointer)


def check(shape: str, body: bytes, now: datetime) -> Checked:
    """Check a request body of the given shape (cdp.model.payloads.decode)."""
    try:
        groups = payloads.decode(shape, body)
    except msgspec.DecodeError as error:
        raise from_validation_error(error) from error
    latest = now + _YEAR
    count = 0
    ids: list[tuple[str, str]] = []
    seen: set[tuple[str, str, str | None, str]] = set()
    for profile, events, backfill, profile_at, events_at in groups:
        found = identities(profile, profile_at)
        if found[0][0] == "id":
            ids.append((found[0][1], f"{profile_at}/id"))
        properties = bytes(profile.attributes.properties)
        if properties and properties != b"null":
            _check_object(properties, f"{profile_at}/attributes/properties", MAX_PROFILE_BYTES)
        count += len(events)
        who = found[0][1]
        for position, event in enumerate(events):
            at = events_at if shape == "event" else f"{events_at}/{position}/attributes"
            _check_event(event, at, _EARLIEST_BACKFILL if backfill or event.backfill else _EARLIEST, latest)
            if event.unique_id:
                metric = event.metric.data.attributes
                key = (who, metric.name, metric.service, event.unique_id)
                if key in seen:
                    raise Rejected(f"unique_id {event.unique_id!r} stands in this request twice.", field=f"{at}/unique_id")
                seen.add(key)
    if count > MAX_EVENTS:
        raise Rejected(f"A request holds at most {MAX_EVENTS} events, not {count}.", field="/data/attributes")
    if count == 0:
        raise Rejected("The request holds no event.", field="/data/attributes")
    return Checked(count, tuple(ids))


def _check_event(event: BulkEventAttributes, at: str, earliest: datetime, latest: datetime) -> None:
    name = event.metric.data.attributes.name
    if not 0 < len(name) < MAX_METRIC_NAME or not name.strip():
        raise Rejected(
            f"A metric name has 1 to {MAX_METRIC_NAME - 1} characters.", field=f"{at}/metric/data/attributes/name"
        )
    if event.time is not None:
        moment = parse_time(event.time, f"{at}/time")
        if not earliest <= moment <= latest:
            raise Rejected(f"time must be between {earliest:%Y-%m-%d} and one year from now.", field=f"{at}/time")
    if event.unique_id is not None and len(event.unique_id) > 255:
        raise Rejected("unique_id is longer than 255 characters.", field=f"{at}/unique_id")
    currency = event.value_currency
    if currency is not None and not (len(currency) == 3 and currency.isalpha() and currency.isascii()):
        raise Rejected("value_currency must be an ISO 4217 code like USD.", field=f"{at}/value_currency")
    _check_object(bytes(event.properties), f"{at}/properties", None)


def parse_time(text: str, field: str) -> datetime:
    """An RFC 3339 or ISO 8601 moment or date as aware UTC; naive values are UTC (SPEC §1.2)."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Rejected(f"{text[:40]!r} is not an ISO 8601 date and time.", field=field) from error


def _check_object(raw: bytes, at: str, max_bytes: int | None) -> None:
    if raw[:1] != b"{":
        raise Rejected("This must be an object.", field=at)
    if max_bytes is not None and len(raw) > max_bytes:
        raise Rejected(f"This is larger than {max_bytes} bytes.", field=at)
    small = len(raw) <= _SMALL_BYTES and raw.count(b",") < MAX_PROPERTIES
    if small and raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH:
        return
    properties = msgspec.json.decode(raw)
    if len(properties) > MAX_PROPERTIES:
        raise Rejected(f"There are {len(properties)} properties; {MAX_PROPERTIES} are allowed.", field=at)
    for name, value in properties.items():
        _check_value(value, [name], at, 1)


def _check_value(value: Any, path: list[str], at: str, depth: int) -> None:
    """Walk a value that stands `depth` levels deep; recursion ends at MAX_DEPTH."""
    if isinstance(value, str):
        if len(value) > MAX_STRING_BYTES // 4 and len(value.encode()) > MAX_STRING_BYTES:
            _refuse(f"A string is longer than {MAX_STRING_BYTES} bytes.", path, at)
        return
    if not isinstance(value, dict | list):
        return
    if depth >= MAX_DEPTH:
        _refuse(f"Properties are nested deeper than {MAX_DEPTH} levels.", path, at)
    if isinstance(value, list) and len(value) > MAX_ARRAY:
        _refuse(f"An array has more than {MAX_ARRAY} items.", path, at)
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for name, item in inner:
        _check_value(item, [*path, str(name)], at, depth + 1)


def _refuse(message: str, path: Sequence[str], at: str) -> NoReturn:
    pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in path)
    raise Rejected(message, field=f"{at}/{pointer}")
