"""Which column means what, and a row as an event of the API (SPEC §2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from functools import cached_property
from typing import Any

from infra.embedded.importing.sources import Row

IDENTIFIERS = ("email", "phone_number", "external_id", "anonymous_id")
_PROFILE = (*IDENTIFIERS, "first_name", "last_name", "organization", "locale", "title", "image")
_LOCATION = (
    "address1",
    "address2",
    "city",
    "country",
    "region",
    "zip",
    "timezone",
    "latitude",
    "longitude",
    "ip",
)
_EVENT = ("metric", "time", "value", "currency", "unique_id")
FIELDS = (*_EVENT, "profile.id", *_PROFILE, *_LOCATION)

# Header names that are understood without being told: lower case, letters and digits only.
_KNOWN = {
    "email": ("email", "emailaddress", "customeremail", "useremail"),
    "phone_number": ("phone", "phonenumber", "mobile", "customerphone"),
    "external_id": ("externalid", "customerid", "userid", "clientid", "memberid", "customer"),
    "anonymous_id": ("anonymousid",),
    "first_name": ("firstname", "givenname"),
    "last_name": ("lastname", "surname", "familyname"),
    "metric": ("metric", "metricname", "event", "eventname", "eventtype"),
    "time": ("time", "date", "datetime", "timestamp", "occurredat", "createdat", "orderdate", "purchasedate", "eventtime"),
    "value": ("value", "amount", "total", "revenue", "totalprice", "ordertotal", "ordervalue", "dollarvalue"),
    "currency": ("currency", "valuecurrency", "currencycode"),
    "unique_id": ("uniqueid", "eventid"),
}  # fmt: skip
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?")
_EPOCH = re.compile(r"\d{10}(\.\d+)?|\d{13}")


class BadMapping(ValueError):
    """The mapping names a field or a column that does not exist, or leaves out what every event needs."""


class BadValue(ValueError):
    """A row cannot become an event; the text says why."""


@dataclass(frozen=True, slots=True)
class Event:
    """A row as the API takes it: `profile` and `attributes` without the unique id, unless a column gave one."""

    profile: dict[str, Any]
    attributes: dict[str, Any]
    unique_id: str | None


@dataclass(frozen=True)
class ColumnMapping:
    """`columns`: field -> column. `constants`: field -> value. What is in neither becomes an event property.

    `zone` applies to times without an offset.
    """

    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo = UTC
    time_format: str | None = None
    only_mapped: bool = False

    @staticmethod
    def of(
        names: Iterable[str], columns: Mapping[str, str], constants: Mapping[str, str], **more: Any
    ) -> ColumnMapping:
        """What was asked for, completed from the header's names."""
        names = list(names)
        taken = set(columns.values())
        for name, column in columns.items():
            _check_field(name)
            if column.split(".")[0] not in {n.split(".")[0] for n in names} and column not in names:
                raise BadMapping(f"there is no column {column!r}; the columns are {', '.join(names)}")
        guessed = {}
        for name, known in _KNOWN.items():
            if name in columns or name in constants:
                continue
            found = next((n for k in known for n in names if _plain(n) == k and n not in taken), None)
            if found is not None:
                guessed[name] = found
                taken.add(found)
        for name in constants:
            _check_field(name)
        mapping = ColumnMapping({**columns, **guessed}, dict(constants), **more)
        mapping.require()
        return mapping

    def require(self) -> None:
        """An event needs a metric and somebody it happened to."""
        given = {*self.columns, *self.constants}
        if "metric" not in given:
            raise BadMapping("no metric: give --metric NAME, or --map metric=COLUMN")
        if not given & {*IDENTIFIERS, "profile.id"}:
            raise BadMapping(
                "no customer: give --map email=COLUMN (or external_id, phone_number, anonymous_id)"
            )

    def event(self, row: Row) -> Event:
        """The row as an event; `BadValue` when it cannot be one."""
        given = self._given(row)
        metric = _text(given.get("metric"))
        if not metric:
            raise BadValue("no metric")
        properties: dict[str, Any] = {}
        if not self.only_mapped:
            mapped = self._mapped
            properties = {n: v for n, raw in row.items() if n not in mapped and (v := _free(raw)) is not None}
        for name in self._own("property."):
            if name in given:
                properties[name.removeprefix("property.")] = _free(given[name])
        attributes: dict[str, Any] = {
            "metric": {"data": {"type": "metric", "attributes": {"name": metric}}},
            "properties": properties,
        }
        if "time" in given:
            attributes["time"] = self._time(given["time"]).isoformat()
        if "value" in given:
            attributes["value"] = _number(given["value"])
        if "currency" in given:
            attributes["value_currency"] = _text(given["currency"]).upper()
        return Event(
            self._profile(given), attributes, _text(given["unique_id"]) if "unique_id" in given else None
        )

    @cached_property
    def _mapped(self) -> frozenset[str]:
        """Top-level columns that are used up."""
        return frozenset(column.split(".")[0] for column in self.columns.values())

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return (*self.columns, *self.constants)

    def _own(self, prefix: str) -> list[str]:
        return [name for name in self._names if name.startswith(prefix) and name != "profile.id"]

    def _given(self, row: Row) -> dict[str, Any]:
        """Field -> value, without the empty ones."""
        given: dict[str, Any] = dict(self.constants)
        for name, column in self.columns.items():
            value = row[column] if column in row else _look_up(row, column)
            if value is not None and value != "" and not (isinstance(value, str) and value.isspace()):
                given.setdefault(name, value)
        return given

    def _profile(self, given: Mapping[str, Any]) -> dict[str, Any]:
        attributes: dict[str, Any] = {
            name: _text(given[name]) for name in self._names if name in _PROFILE and name in given
        }
        profile: dict[str, Any] = {"type": "profile", "attributes": attributes}
        if "profile.id" in given:
            profile["id"] = _text(given["profile.id"])
        elif attributes.keys().isdisjoint(IDENTIFIERS):
            raise BadValue("no customer: every identifier is empty")
        if location := {
            name: _text(given[name]) for name in self._names if name in _LOCATION and name in given
        }:
            attributes["location"] = location
        if own := {
            name.removeprefix("profile."): _free(given[name])
            for name in self._own("profile.")
            if name in given
        }:
            attributes["properties"] = own
        return profile

    def _time(self, value: Any) -> datetime:
        at = _parse_time(value, self.time_format)
        return (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC)


def _check_field(name: str) -> None:
    if name not in FIELDS and not name.startswith(("property.", "profile.")):
        raise BadMapping(
            f"there is no field {name!r}; fields are {', '.join(FIELDS)}, property.NAME, profile.NAME"
        )


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def _look_up(row: Row, column: str) -> Any:
    """a.b reaches into nested objects."""
    value: Any = row
    for step in column.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise BadValue(f"{value!r} is not a number")
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise BadValue(f"{value!r} is not a number") from error
    if not -1e15 < number < 1e15:
        raise BadValue(f"{value!r} is not a finite amount")
    return number


def _free(value: Any) -> Any:
    """A property's value: numbers and truth values out of text, nothing for an empty cell."""
    if isinstance(value, str):
        text = value.strip()
        if _NUMBER.fullmatch(text):
            return float(text) if "." in text else int(text)
        return {"true": True, "false": False, "": None}.get(text.lower(), text)
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value


def _parse_time(value: Any, format_: str | None) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    text = str(value).strip()
    try:
        if format_ is not None:
            return datetime.strptime(text, format_)  # noqa: DTZ007  the caller adds the zone
        if _EPOCH.fullmatch(text):
            seconds = float(text)
            return datetime.fromtimestamp(seconds / 1000 if seconds >= 1e11 else seconds, UTC)
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError) as error:
        hint = f"the format {format_}" if format_ else "an ISO 8601 time; give --time-format"
        raise BadValue(f"{text!r} is not {hint}") from error
