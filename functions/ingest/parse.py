"""Payload to checked events, or `Rejected` with the field at fault (SPEC §1.7, §2.1). Pure, and the hot path."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from cdp.errors import Rejected
from cdp.jsonapi.errors import from_validation_error
from cdp.model import payloads, read_only
from cdp.model.payloads import BulkEventAttributes
from cdp.model.profile import identities
from cdp.model.properties import MAX_DEPTH, check_object, may_overflow

MAX_EVENTS = 1000
MAX_PROPERTIES = 400
MAX_METRIC_NAME = 128
MAX_PROFILE_BYTES = 100_000
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_EARLIEST_BACKFILL = datetime(1970, 1, 1, tzinfo=UTC)  # history may be older than the public API's limit
_YEAR = timedelta(days=365)
# An object this small cannot hold too many properties (6 bytes each at least); with so few brackets it cannot
# be too deep either: no walk needed.
_SMALL_BYTES = 6 * MAX_PROPERTIES
_BRACE = ord("{")


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
    except RecursionError as error:
        raise Rejected(f"The body is nested deeper than {MAX_DEPTH} levels of properties.", field="/") from error
    latest = now + _YEAR
    wild, kept = may_overflow(body), read_only.may_be_named(body)  # asked once for all: mostly no
    count = 0
    ids: list[tuple[str, str]] = []
    seen: set[tuple[object, ...]] = set()
    for profile, events, backfill, profile_at, events_at in groups:
        who = identities(profile, profile_at)[0]
        if who[0] == "id":
            ids.append((who[1], f"{profile_at}/id"))
        properties = bytes(profile.attributes.properties)
        if properties and properties != b"null":
            at = f"{profile_at}/attributes/properties"
            if len(properties) > MAX_PROFILE_BYTES:
                raise Rejected(f"Profile properties are larger than {MAX_PROFILE_BYTES} bytes.", field=at)
            _check_object(properties, at, wild)
        if kept:
            read_only.check(profile, profile_at)
        count += len(events)
        position = 0
        try:
            for position, event in enumerate(events):  # noqa: B007 - wanted where an event is refused
                _check_event(event, _EARLIEST_BACKFILL if backfill or event.backfill else _EARLIEST, latest, wild)
                if event.unique_id:
                    metric = event.metric.data.attributes
                    key = (who, metric.name, metric.service, event.unique_id)
                    if key in seen:
                        raise Rejected(f"unique_id {event.unique_id!r} stands in this request twice.", field="/unique_id")
                    seen.add(key)
        except Rejected as error:
            at = events_at if shape == "event" else f"{events_at}/{position}/attributes"
            raise Rejected(error.message, field=f"{at}{error.field}") from error
    if count > MAX_EVENTS:
        raise Rejected(f"A request holds at most {MAX_EVENTS} events, not {count}.", field="/data/attributes")
    if count == 0:
        raise Rejected("The request holds no event.", field="/data/attributes")
    return Checked(count, tuple(ids))


def _check_event(event: BulkEventAttributes, earliest: datetime, latest: datetime, wild: bool) -> None:
    """Pointers are relative to the event's attributes."""
    name = event.metric.data.attributes.name
    if not 0 < len(name) < MAX_METRIC_NAME or name.isspace():
        raise Rejected(f"A metric name has 1 to {MAX_METRIC_NAME - 1} characters.", field="/metric/data/attributes/name")
    if event.time is not None and not earliest <= parse_time(event.time, "/time") <= latest:
        raise Rejected(f"time must be between {earliest:%Y-%m-%d} and one year from now.", field="/time")
    if event.unique_id is not None and len(event.unique_id) > 255:
        raise Rejected("unique_id is longer than 255 characters.", field="/unique_id")
    currency = event.value_currency
    if currency is not None and not (len(currency) == 3 and currency.isalpha() and currency.isascii()):
        raise Rejected("value_currency must be an ISO 4217 code like USD.", field="/value_currency")
    _check_object(bytes(event.properties), "/properties", wild)


def parse_time(text: str, field: str) -> datetime:
    """An RFC 3339 or ISO 8601 moment or date as aware UTC; naive values are UTC (SPEC §1.2)."""
    try:
        moment = datetime.fromisoformat(text)
        zone = moment.tzinfo
        if zone is UTC:
            return moment
        return moment.replace(tzinfo=UTC) if zone is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Rejected(f"{text[:40]!r} is not an ISO 8601 date and time.", field=field) from error


def _check_object(raw: bytes, at: str, wild: bool) -> None:
    """`wild`: somewhere in the request a number may be beyond double precision."""
    if raw[0] != _BRACE:
        raise Rejected("This must be an object.", field=at)
    small = len(raw) <= _SMALL_BYTES and raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH
    if small and not (wild and may_overflow(raw)):
        return
    properties = check_object(raw, at)
    if len(properties) > MAX_PROPERTIES:
        raise Rejected(f"There are {len(properties)} properties; {MAX_PROPERTIES} are allowed.", field=at)
