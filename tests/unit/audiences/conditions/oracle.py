"""What a definition means, slowly and obviously, over plain data. Shares nothing with what it judges."""

from __future__ import annotations

import itertools
import math
from datetime import datetime, timedelta
from typing import Any

from tests.unit.audiences.conditions.oracle_filters import Filters
from tests.unit.audiences.conditions.oracle_values import haversine_km, number, postal_code
from tests.unit.audiences.conditions.world import Person

_SECONDS = {
    "HOURS_1": 3600, "DAYS_1": 86_400, "DAYS_3": 259_200, "WEEKS_1": 604_800, "DAYS_90": 7_776_000, "YEARS_1": 31_536_000,
}  # fmt: skip


class Oracle(Filters):
    def member(self, definition: dict[str, Any], person: Person) -> bool:
        return all(
            any(self.condition(one, person) for one in group["conditions"])
            for group in definition["condition_groups"]
        )

    def condition(self, c: dict[str, Any], person: Person) -> bool:
        method = getattr(self, c["type"].replace("-", "_"))
        return bool(method(c, person))

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
            value = held.get(name)
            if value is None and name in ("historic_clv", "historic_number_of_orders"):
                value = 0  # of somebody without orders
            return self.filter(c["filter"], value)
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
