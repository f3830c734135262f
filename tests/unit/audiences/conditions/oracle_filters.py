"""What filters mean, slowly and obviously. Shares nothing with what it judges."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import re2

from tests.unit.audiences.conditions.oracle_values import (
    COUNTRIES,
    country,
    length,
    lower,
    moment,
    number,
    text,
    year_days,
)


class Filters:
    def __init__(self, now: datetime, zone: str) -> None:
        self.now = now
        self.zone = ZoneInfo(zone)

    def compare(self, f: dict[str, Any], n: float) -> bool:
        v = float(f["value"])
        return {
            "equals": n == v,
            "not-equals": n != v,
            "greater-than": n > v,
            "greater-than-or-equal": n >= v,
            "less-than": n < v,
            "less-than-or-equal": n <= v,
        }[f["operator"]]

    def filter(self, f: dict[str, Any], value: Any) -> bool:
        operator = f["operator"]
        opposite = {"not-set": "is-set", "nregex": "regex", "not-in": "in", "phone-country-code-not-in": "phone-country-code-in"}
        if operator in opposite:
            return not self.filter({**f, "operator": opposite[operator]}, value)
        if operator.startswith("not-"):
            return not self.filter({**f, "operator": operator.removeprefix("not-")}, value)
        if value is None:
            return False
        return bool(getattr(self, f"{f['type']}_filter")(f, value))

    def existence_filter(self, f: dict[str, Any], value: Any) -> bool:
        return True

    def string_filter(self, f: dict[str, Any], value: Any) -> bool:
        held, wanted = text(value), f["value"]
        if held is None:
            return False
        match f["operator"]:
            case "equals":
                return held == (wanted or "")
            case "in":
                return held in wanted
            case "regex":
                return re2.search(wanted, held) is not None
            case "phone-country-code-in":
                return any(country(held) in COUNTRIES[one.upper()] for one in wanted)
        held, wanted = lower(held), lower(wanted or "")
        if f["operator"] == "contains":
            return any(held[i : i + len(wanted)] == wanted for i in range(len(held) + 1))
        if f["operator"] == "starts-with":
            return held[: len(wanted)] == wanted
        return len(held) >= len(wanted) and held[len(held) - len(wanted) :] == wanted

    def numeric_filter(self, f: dict[str, Any], value: Any) -> bool:
        n = number(value)
        if n is None:
            return False
        if f["operator"] == "between":
            return float(f["start"]) <= n <= float(f["end"])
        return self.compare(f, n)

    def boolean_filter(self, f: dict[str, Any], value: Any) -> bool:
        if isinstance(value, str):
            return value.lower() == str(f["value"]).lower()
        return value is f["value"]

    def list_filter(self, f: dict[str, Any], value: Any) -> bool:
        if not isinstance(value, list):
            return False
        held = [text(one) for one in value]
        match f["operator"]:
            case "contains":
                return str(f["value"]) in held
            case "contains-any":
                return any(one in held for one in f["value"])
            case "contains-all":
                return all(one in held for one in f["value"])
            case "contains-substring":
                return any(one is not None and lower(f["value"] or "") in lower(one) for one in held)
        return self.compare({**f, "operator": f["operator"].removeprefix("length-")}, len(value))

    def date_filter(self, f: dict[str, Any], value: Any) -> bool:
        written = moment(value)
        if written is None:
            return False
        if written.tzinfo is not None:
            return self.at(f, written)
        if f["operator"] in ("anniversary", "anniversary-month", "anniversary-last", "anniversary-next", "calendar-month"):
            return self.on(f, written.date())
        low, high, strict = self.interval(f)
        after = low is None or (written > self.local(low) if strict else written >= self.local(low))
        before = high is None or (written < self.local(high) if strict else written <= self.local(high))
        return after and before

    def at(self, f: dict[str, Any], instant: datetime) -> bool:
        """Of an instant."""
        if f["operator"] == "alltime":
            return True
        if f["operator"] in ("anniversary", "anniversary-month", "anniversary-last", "anniversary-next", "calendar-month"):
            return self.on(f, instant.astimezone(self.zone).date())
        low, high, strict = self.interval(f)
        after = low is None or (instant > low if strict else instant >= low)
        before = high is None or (instant < high if strict else instant <= high)
        return after and before

    def interval(self, f: dict[str, Any]) -> tuple[datetime | None, datetime | None, bool]:
        match f["operator"]:
            case "after":
                return self.given(f["date"]), None, True
            case "before":
                return None, self.given(f["date"]), True
            case "at-least":
                return None, self.now - length(f["quantity"], f), False
        low, high = self.bounds(f)
        return low, high, False

    def bounds(self, f: dict[str, Any]) -> tuple[datetime, datetime]:
        match f["operator"]:
            case "between-static":
                return self.given(f["start"]), self.given(f["end"])
            case "in-the-last":
                return self.now - length(f["quantity"], f), self.now
            case "in-the-next":
                return self.now, self.now + length(f["quantity"], f)
        ago = [self.now - length(f[name], f) for name in ("start", "end")]
        return min(ago), max(ago)

    def on(self, f: dict[str, Any], day: date) -> bool:
        today = self.now.astimezone(self.zone).date()
        match f["operator"]:
            case "calendar-month":
                return day.month == f["value"]
            case "anniversary-month":
                return day.month == today.month
            case "anniversary":
                return (day.month, day.day) in year_days(today, today)
        span = length(f["quantity"], f)
        low, high = (self.now - span, self.now) if f["operator"] == "anniversary-last" else (self.now, self.now + span)
        days = year_days(low.astimezone(self.zone).date(), high.astimezone(self.zone).date())
        return (day.month, day.day) in days

    def given(self, written: str) -> datetime:
        at = datetime.fromisoformat(written)
        return at if at.tzinfo is not None else at.replace(tzinfo=self.zone)

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone).replace(tzinfo=None)
