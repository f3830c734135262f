"""Random segment definitions, over the values of `world`."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.unit.audiences.conditions.random_filters import (
    Json,
    alltime,
    anniversaries,
    any_of,
    boolean,
    dates,
    event_filters,
    filter_of,
    integer,
    is_set,
    numeric,
    property_filters,
    record_filters,
    relative,
    relative_range,
    static,
    static_range,
)
from tests.unit.audiences.conditions.world import GROUPS, METRICS, NAMES, NOWS, TYPES


def _named(name: str) -> str:
    return f"properties['{name}']"


attributes = st.one_of(
    st.sampled_from(["email", "first_name", "phone_number", "created", "location.country", "location.latitude", "external_id"]),
    st.sampled_from([_named(name) for name in NAMES]),
)
profile_property = st.fixed_dictionaries(
    {"type": st.just("profile-property"), "property": attributes, "filter": property_filters}
)
metric_filters = st.lists(
    st.fixed_dictionaries(
        {"property": st.sampled_from([*NAMES, "$value"])}, optional={"filter": st.one_of(event_filters, st.none())}
    ),
    max_size=2,
)
_metrics = st.sampled_from([*METRICS, "Nobody"])
profile_metric = st.fixed_dictionaries(
    {
        "type": st.just("profile-metric"),
        "metric_id": _metrics,
        "measurement": st.sampled_from(["count", "sum"]),
        "measurement_filter": st.one_of(numeric, integer),
        "timeframe_filter": st.one_of(static, static_range, relative, anniversaries, relative_range, alltime),
    },
    optional={"metric_filters": st.one_of(metric_filters, st.none())},
)
_groups = st.lists(st.sampled_from([*GROUPS, "Nobody"]), min_size=1, max_size=2)
member = st.fixed_dictionaries(
    {"type": st.just("profile-group-membership"), "is_member": st.just(True), "group_ids": _groups},
    optional={"timeframe_filter": st.one_of(static, static_range, relative, relative_range)},
)
no_member = st.fixed_dictionaries(
    {"type": st.just("profile-group-membership"), "is_member": st.just(False), "group_ids": _groups}
)
_stops = [
    st.fixed_dictionaries({"field": st.just(f"{name}_date"), "filter": st.one_of(dates, is_set)})
    for name in ("bounce", "manual_suppression", "invalid_email")
]
_status_date = st.fixed_dictionaries({"field": st.just("status_date"), "filter": dates})
_form = st.fixed_dictionaries(
    {"field": st.just("method"), "method": st.just("form")},
    optional={"filter": filter_of("string", ["in"], value=st.lists(st.sampled_from(["F1", "F2", "f1"]), min_size=1))},
)
_api = st.just({"field": "method", "method": "api"})
_page = st.just(
    {"field": "method", "method": "preference_page", "filter": {"type": "string", "operator": "equals", "value": "F1"}}
)
_double = st.fixed_dictionaries({"field": st.just("is_double_opt_in"), "filter": boolean})
_custom = st.fixed_dictionaries(
    {"field": st.just("custom_source"), "filter": filter_of("string", ["equals"], value=st.sampled_from(["till", "x"]))}
)


def _consent(
    channel: str, able: bool, subscription: str, *filters: st.SearchStrategy[Json], needed: bool = False
) -> st.SearchStrategy[Json]:
    listed = st.lists(st.one_of(*filters), max_size=2) if filters else st.none()
    required: dict[str, Any] = {"subscription": st.just(subscription)}
    optional: dict[str, Any] = {} if channel == "sms" and not filters else {"filters": listed}
    status = st.fixed_dictionaries(required | (optional if needed else {}), optional={} if needed else optional)
    consent = {"channel": st.just(channel), "can_receive_marketing": st.just(able), "consent_status": status}
    return st.fixed_dictionaries(
        {"type": st.just("profile-marketing-consent"), "consent": st.fixed_dictionaries(consent)}
    )


consent = st.one_of(
    _consent("email", True, "any"),
    _consent("email", True, "subscribed", _double, _status_date, _custom, _form, _page, _api),
    _consent("email", True, "never_subscribed"),
    _consent("email", False, "any", *_stops),
    _consent("email", False, "unsubscribed", _status_date, _api, *_stops),
    _consent("email", False, "never_subscribed", *_stops, needed=True),
    _consent("email", False, "subscribed", *_stops, needed=True),
    _consent("sms", True, "subscribed", _status_date, _form),
    _consent("sms", False, "any"),
    _consent("sms", False, "unsubscribed", _status_date, _form),
    _consent("sms", False, "never_subscribed"),
    _consent("push", True, "any", _status_date),
    _consent("push", False, "any"),
)
_reached = [
    st.fixed_dictionaries({"field": st.sampled_from(["effective_date", "recorded_date"]), "filter": dates}),
    st.just({"field": "subscribe_method", "method": "api"}),
]
permissions = st.fixed_dictionaries(
    {
        "type": st.just("profile-permissions"),
        "channel": st.sampled_from(["whatsapp_marketing", "whatsapp_transactional"]),
        "permission": st.one_of(
            st.fixed_dictionaries(
                {
                    "reachable_status": st.sampled_from(["explicitly_reachable", "explicitly_unreachable"]),
                    "filters": st.lists(st.one_of(*_reached), max_size=2),
                }
            ),
            st.fixed_dictionaries(
                {
                    "reachable_status": st.sampled_from(
                        [f"implicitly_{or_}{un}reachable" for or_ in ("", "or_explicitly_") for un in ("", "un")]
                    )
                }
            ),
        ),
    }
)
region = st.fixed_dictionaries(
    {
        "type": st.just("profile-region"),
        "region": st.sampled_from(["european_union", "united_states"]),
        "in_region": st.booleans(),
    }
)
distance = st.fixed_dictionaries(
    {
        "type": st.just("profile-postal-code-distance"),
        "country_code": st.just("US"),
        "postal_code": st.sampled_from(["90210", "10001", "94105-0001"]),
        "unit": st.sampled_from(["kilometers", "miles"]),
        "filter": filter_of("numeric", ["greater-than", "less-than"], value=st.sampled_from([5, 30.5, 600, 9000])),
    }
)


def _predicted(dimension: Any, filters: st.SearchStrategy[Json], **more: Any) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {"type": st.just("profile-predictive-analytics"), "dimension": dimension, "filter": filters, **more}
    )


_either = ["equals", "not-equals"]
_channels = st.sampled_from(["email", "push", "sms", "whatsapp"])
predictive = st.one_of(
    _predicted(
        st.sampled_from(["total_clv", "churn_probability", "historic_number_of_orders", "average_days_between_orders"]),
        numeric,
    ),
    _predicted(st.just("expected_date_of_next_purchase"), dates),
    _predicted(
        st.just("predicted_gender"), filter_of("string", _either, value=st.sampled_from(["likely_female", "uncertain"]))
    ),
    _predicted(
        st.just("channel_affinity"), filter_of("numeric", ["equals"], value=st.integers(1, 5)),
        measurement=st.just("priority"), predicted_channel=_channels,
    ),
    _predicted(
        st.just("channel_affinity"), filter_of("string", _either, value=st.sampled_from(["high", "medium", "low"])),
        measurement=st.just("rank"), predicted_channel=_channels,
    ),
)  # fmt: skip
custom_object = st.fixed_dictionaries(
    {
        "type": st.just("profile-has-custom-object"),
        "object_type_id": st.sampled_from(TYPES),
        "object_type_relationship_id": st.just("1"),
        "filter": integer,
        "filters": st.lists(
            st.fixed_dictionaries({"property_id": st.integers(1, 4), "filter": record_filters}), max_size=2
        ),
    }
)
_frames = st.one_of(
    st.sampled_from([n.isoformat() for n in NOWS]).map(
        lambda now: {"type": "date", "operator": "between-static", "start": "2025-12-01T00:00:00Z", "end": now}
        if now > "2025-12-02"
        else {"type": "date", "operator": "between-static", "start": "2023-12-01T00:00:00", "end": "2023-12-31T00:00:00.5"}
    ),
    filter_of("date", ["in-the-last"], unit=st.just("day"), quantity=st.sampled_from([1, 30, 366])),
    filter_of("date", ["between"], unit=st.just("day"), start=st.sampled_from([0, 3]), end=st.sampled_from([10, 360])),
)
_windows = st.sampled_from([None, "HOURS_1", "DAYS_1", "DAYS_3", "WEEKS_1", "DAYS_90", "YEARS_1"])


def _steps(count: int) -> st.SearchStrategy[list[Json]]:
    def step(exists: st.SearchStrategy[bool]) -> st.SearchStrategy[Json]:
        return st.fixed_dictionaries(
            {"metric_exists": exists, "metric_id": st.sampled_from(METRICS)},
            optional={"metric_filters": st.one_of(st.none(), st.just([]), metric_filters)},
        )

    return st.tuples(*[step(st.just(True))] * (count - 1), step(st.booleans())).map(list)


funnel = st.fixed_dictionaries(
    {
        "type": st.just("profile-metric-funnel"),
        "timeframe_filter": _frames,
        "steps": st.integers(2, 4).flatmap(_steps),
    },
    optional={"completion_window_seconds": _windows},
)
EVERY = {
    "profile-property": profile_property,
    "profile-metric": profile_metric,
    "profile-group-membership": st.one_of(member, no_member),
    "profile-marketing-consent": consent,
    "profile-permissions": permissions,
    "profile-postal-code-distance": distance,
    "profile-region": region,
    "profile-predictive-analytics": predictive,
    "profile-has-custom-object": custom_object,
    "profile-metric-funnel": funnel,
}
conditions = any_of(*[profile_property] * 3, *[profile_metric] * 2, *EVERY.values())  # most of what is used
FOREST = 25  # trees that grow from the same conditions
_POOL = 8
_shapes = st.lists(
    st.lists(st.integers(0, _POOL - 1), min_size=1, max_size=3), min_size=1, max_size=3
)  # groups of positions in the pool


def _grown(pool: list[Json], shapes: list[list[list[int]]]) -> list[Json]:
    forest = []
    for shape in shapes:
        groups = [[pool[position] for position in group] for group in shape]
        forest.append({"condition_groups": [{"conditions": some} for some in _one_funnel(groups, pool[0])]})
    return forest


def _one_funnel(groups: list[list[Json]], instead: Json) -> list[list[Json]]:
    """A segment has at most one: the pool's first condition, which is none, stands for the others."""
    seen = 0
    for group in groups:
        for position, one in enumerate(group):
            if one["type"] == "profile-metric-funnel":
                seen += 1
                group[position] = one if seen == 1 else instead
    return groups


_pools = st.tuples(profile_property, *[conditions] * (_POOL - 1)).map(list)
forests = st.builds(_grown, _pools, st.lists(_shapes, min_size=FOREST, max_size=FOREST))
