"""What a definition means, slowly and obviously, over plain data. Shares nothing with what it judges."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import re2
import zipcodes

from tests.unit.audiences.conditions.world import Person

_DIGITS = set("0123456789")
_HOURS = {"hour": 1, "day": 24, "week": 168}
_SECONDS = {"HOURS_1": 3600, "DAYS_1": 86_400, "DAYS_3": 259_200, "WEEKS_1": 604_800, "DAYS_90": 7_776_000, "YEARS_1": 31_536_000}


class Oracle:
    def __init__(self, now: datetime, zone: str) -> None:
        self.now = now
        self.zone = ZoneInfo(zone)

    def member(self, definition: dict[str, Any], person: Person) -> bool:
        return all(
            any(self.condition(one, person) for one in group["conditions"])
            for group in definition["condition_groups"]
        )

    def condition(self, c: dict[str, Any], person: Person) -> bool:
        method = getattr(self, c["type"].replace("-", "_"))
        return bool(method(c, person))

    # ------------------------------------------------------------ conditions

    def profile_property(self, c: dict[str, Any], person: Person) -> bool:
        name = c["property"]
        if name.startswith("properties['"):
            name = "properties." + name[len("properties['") : -2]
        return self.filter(c["filter"], person.attributes.get(name))

    def profile_metric(self, c: dict[str, Any], person: Person) -> bool:
        found = [
            event
            for event in person.events
            if event[0] == c["metric_id"]
            and self.at(c["timeframe_filter"], event[1])
            and self.event(c.get("metric_filters"), event)
        ]
        if c["measurement"] == "count":
            return self.compare(c["measurement_filter"], len(found))
        total = 0
        for _, _, value, _ in found:
            if value is not None and abs(value) < 10**10:
                units = math.floor(abs(value * 10_000) + 0.5)
                total += units if value >= 0 else -units
        return self.compare(c["measurement_filter"], total / 10_000)

    def profile_group_membership(self, c: dict[str, Any], person: Person) -> bool:
        joined = [person.groups[id_] for id_ in c["group_ids"] if id_ in person.groups]
        if "timeframe_filter" in c:
            joined = [at for at in joined if self.at(c["timeframe_filter"], at)]
        return c["is_member"] == (len(joined) > 0)

    def profile_marketing_consent(self, c: dict[str, Any], person: Person) -> bool:
        consent = c["consent"]
        status = consent["consent_status"]
        family = {"email": "email", "sms": "sms", "push": "mobile_push"}[consent["channel"]]
        record = person.attributes.get("subscriptions", {}).get(family, {}).get("marketing", {})
        said = (record.get("consent") or "NEVER_SUBSCRIBED").lower()
        if family == "email":
            able = "email" in person.attributes and not record.get("suppression")
        elif family == "sms":
            able = "phone_number" in person.attributes and said == "subscribed"
        else:
            able = said == "subscribed"
        return (
            able == consent["can_receive_marketing"]
            and status["subscription"] in ("any", said)
            and all(self.recorded(one, record) for one in status.get("filters") or [])
        )

    def profile_permissions(self, c: dict[str, Any], person: Person) -> bool:
        subscriptions = person.attributes.get("subscriptions", {}).get("whatsapp", {})
        record = subscriptions.get(c["channel"].removeprefix("whatsapp_"), {})
        said = (record.get("consent") or "NEVER_SUBSCRIBED").lower()
        phone = "phone_number" in person.attributes
        talks = (subscriptions.get("conversational", {}).get("consent") or "") == "SUBSCRIBED"
        if said == "unsubscribed":
            state = "explicitly_unreachable"
        elif said == "subscribed" and phone:
            state = "explicitly_reachable"
        elif said == "never_subscribed" and phone and talks:
            state = "implicitly_reachable"
        else:
            state = "implicitly_unreachable"
        wanted = c["permission"]["reachable_status"]
        if wanted.startswith("implicitly_or_explicitly_"):
            return state.split("_")[1] == wanted.split("_")[3]
        filters = c["permission"].get("filters") or []
        return state == wanted and all(self.recorded(one, record) for one in filters)

    def recorded(self, c: dict[str, Any], record: dict[str, Any]) -> bool:
        name = c["field"]
        if name in ("method", "subscribe_method"):
            same = (record.get("method") or "").lower() == c["method"]
            return same and ("filter" not in c or self.filter(c["filter"], record.get("method_detail")))
        reasons = {
            "bounce_date": "HARD_BOUNCE",
            "manual_suppression_date": "USER_SUPPRESSED",
            "invalid_email_date": "INVALID_EMAIL",
        }
        if name in reasons:
            stamps = [one["timestamp"] for one in record.get("suppression", []) if one["reason"] == reasons[name]]
            return self.filter(c["filter"], stamps[0] if stamps else None)
        keys = {
            "is_double_opt_in": "double_optin",
            "status_date": "consent_timestamp",
            "effective_date": "consent_timestamp",
            "recorded_date": "last_updated",
            "custom_source": "custom_method_detail",
        }
        return self.filter(c["filter"], record.get(keys[name]))

    def profile_region(self, c: dict[str, Any], person: Person) -> bool:
        country = person.attributes.get("location.country", "").lower()
        europeans = {"de", "germany", "france"}
        americans = {"us", "usa", "united states"}
        inside = country in (europeans if c["region"] == "european_union" else americans)
        return inside == c["in_region"]

    def profile_postal_code_distance(self, c: dict[str, Any], person: Person) -> bool:
        where = postal_code(c["postal_code"])
        a = person.attributes
        point = None
        lat, lon = number(a.get("location.latitude")), number(a.get("location.longitude"))
        if lat is not None and lon is not None and -90 <= lat <= 90 and -180 <= lon <= 180:
            point = lat, lon
        elif a.get("location.country", "us").lower() in ("us", "usa", "united states"):
            code = a.get("location.zip", "")
            if code in ("90210", "10001", "00501", "33109", "94105-1234"):  # of the world's, those that exist
                point = postal_code(code)
        if point is None:
            return False
        km = haversine_km(point, where)
        apart = km if c["unit"] == "kilometers" else km / 1.609344
        wanted = c["filter"]["value"]
        return apart > wanted if c["filter"]["operator"] == "greater-than" else apart < wanted

    def profile_predictive_analytics(self, c: dict[str, Any], person: Person) -> bool:
        held = person.attributes.get("predictive", {})
        if c["dimension"] != "channel_affinity":
            name = c["dimension"].replace("next_purchase", "next_order")
            return self.filter(c["filter"], held.get(name))
        if c["measurement"] == "rank":
            return self.filter(c["filter"], held.get("channel_affinity_ranks", {}).get(c["predicted_channel"]))
        ranked = held.get("ranked_channel_affinity", [])
        return c["predicted_channel"] in ranked and ranked.index(c["predicted_channel"]) + 1 == c["filter"]["value"]

    def profile_has_custom_object(self, c: dict[str, Any], person: Person) -> bool:
        held = [
            record
            for record in person.records.get(c["object_type_id"], [])
            if all(self.filter(one["filter"], record.get(str(one["property_id"]))) for one in c["filters"])
        ]
        return self.compare(c["filter"], len(held))

    def profile_metric_funnel(self, c: dict[str, Any], person: Person) -> bool:
        """Every way through the steps is tried."""
        start, end = self.bounds(c["timeframe_filter"])
        chosen = c.get("completion_window_seconds")
        window = timedelta(seconds=_SECONDS[chosen] if chosen else int((end - start).total_seconds()))
        steps = [
            [
                event[1]
                for event in person.events
                if event[0] == step["metric_id"] and self.event(step.get("metric_filters"), event)
                and event[1] <= self.now
            ]
            for step in c["steps"]
        ]  # fmt: skip
        metrics = [step["metric_id"] for step in c["steps"]]

        def through(count: int) -> bool:
            for times in itertools.product(*steps[:count]):
                if not start <= times[0] <= end or times[-1] - times[0] > window:
                    continue
                pairs = [
                    later > before if metrics[n + 1] in metrics[: n + 1] else later >= before
                    for n, (before, later) in enumerate(itertools.pairwise(times))
                ]
                if all(pairs):
                    return True
            return False

        if c["steps"][-1]["metric_exists"]:
            return through(len(steps))
        return through(len(steps) - 1) and not through(len(steps))

    def event(self, filters: list[dict[str, Any]] | None, event: tuple[str, datetime, float | None, dict[str, Any]]) -> bool:
        for one in filters or []:
            value = event[2] if one["property"] == "$value" else event[3].get(one["property"])
            if one.get("filter") is None:
                if value is None:
                    return False
            elif not self.filter(one["filter"], value):
                return False
        return True

    # ------------------------------------------------------------ filters

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


def length(quantity: int, f: dict[str, Any]) -> timedelta:
    return timedelta(hours=quantity * _HOURS[f["unit"]])


def year_days(first: date, last: date) -> set[tuple[int, int]]:
    found = set()
    for day in itertools.islice(_days(first, last), 1500):
        found.add((day.month, day.day))
        if (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month == 3:
            found.add((2, 29))
    return found


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if value is True or value is False:
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if len(str(abs(value))) <= 15 else None
    if isinstance(value, float):
        whole, dot, rest = repr(value).lstrip("-").partition(".")
        plain = dot and set(whole + rest) <= _DIGITS and len(whole) <= 9 and len(rest) <= 4
        return repr(value) if plain else None
    return None


def number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        mantissa, e, exponent = value.replace("E", "e").partition("e")
        whole, dot, rest = mantissa.removeprefix("-").partition(".")
        digits = exponent[1:] if exponent[:1] in ("+", "-") else exponent
        parts = [whole, *([rest] if dot else []), *([digits] if e else [])]
        if any(not part or not set(part) <= _DIGITS for part in parts) or len(digits) > 3:
            return None
    found = float(value)
    return found if abs(found) <= 1e300 else None


def moment(value: Any) -> datetime | None:
    """Aware or local, to the second."""
    if not isinstance(value, str) or not value.isascii():
        return None
    day, clock = value[:10], value[11:]
    if value[10:11] not in ("", "T", " ") or (len(value) > 10 and not clock):
        return None
    offset = ""
    if clock.endswith("Z"):
        clock, offset = clock[:-1], "+00:00"
    elif clock[-6:-5] in ("+", "-"):
        clock, offset = clock[:-6], clock[-6:]
    clock, dot, fraction = clock.partition(".")
    if dot and not (0 < len(fraction) <= 9 and set(fraction) <= _DIGITS and len(clock) == 8):
        return None
    try:
        pattern = "%Y-%m-%d %H:%M:%S" if len(clock) == 8 else "%Y-%m-%d %H:%M"
        at = datetime.strptime(f"{day} {clock or '00:00'}", pattern)  # noqa: DTZ007 - what it says may be local
    except ValueError:
        return None
    if len(day) != 10 or len(clock) not in (0, 5, 8) or not 1000 <= at.year < 3000:
        return None
    if not offset:
        return at
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if offset[3] != ":" or minutes > 59 or hours * 60 + minutes > 14 * 60:
        return None
    ahead = timedelta(hours=hours, minutes=minutes) * (1 if offset[0] == "+" else -1)
    return (at - ahead).replace(tzinfo=UTC)


def lower(held: str) -> str:
    return "".join("i" if one == "İ" else one.lower() for one in held)


COUNTRIES = {
    "US": {"US"}, "CA": {"CA"}, "GB": {"GB"}, "GG": {"GG"}, "DE": {"DE"}, "RU": {"RU"}, "KZ": {"KZ"},
    "44": {"GB", "GG"}, "+1": {"US", "CA"},
}  # fmt: skip


def country(held: str) -> str | None:
    """Of the numbers in the world, and of texts that are none."""
    for prefix, code in (
        ("+1416", "CA"), ("+1212", "US"), ("+441481", "GG"), ("+4477", "GB"), ("+49", "DE"), ("+77", "KZ"), ("+79", "RU"),
    ):  # fmt: skip
        if held.startswith(prefix):
            return code
    return None


@cache
def postal_code(code: str) -> tuple[float, float]:
    found = zipcodes.matching(code)[0]
    return float(found["lat"]), float(found["long"])


def haversine_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    (lat1, lon1), (lat2, lon2) = ([math.radians(x) for x in point] for point in (a, b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))
