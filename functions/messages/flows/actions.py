"""Shapes of a flow's actions: what it does, step by step. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from functions.messages.flows import conditions, contents
from functions.messages.shapes import (
    FLAG,
    INSTANT,
    INTEGER,
    NUMBER,
    OBJECT,
    TEXT,
    ZONE,
    Check,
    by,
    many,
    one_of,
    or_null,
    shape,
)

STATUSES = ("disabled", "draft", "live", "manual")
CHANNELS: Mapping[str, str] = {
    "send-email": "email",
    "send-sms": "sms",
    "send-mobile-push": "push-notification",
    "send-whatsapp": "whatsapp",
    "send-webhook": "webhook",
    "send-internal-alert": "internal-alert",
}
EXPERIMENTS = ("ab-test", "content-experiment")
WITH_STATUS = frozenset((*CHANNELS, *EXPERIMENTS, "update-profile", "internal-service", "list-update"))
SPLITS = frozenset(("conditional-split", "trigger-split", "action-output-split"))
WEEKDAYS = one_of("friday", "monday", "saturday", "sunday", "thursday", "tuesday", "wednesday")
_STATUS = one_of(*STATUSES)
_LINK = shape(next=TEXT)
_BRANCHES = shape({"next_if_true": or_null(TEXT), "next_if_false": or_null(TEXT)})


def _action(data: Check | None, *, needed: bool = False, links: Check = _LINK) -> Check:
    fields: dict[str, Check] = {"id": TEXT, "temporary_id": TEXT, "links": links}
    if data is None:
        return shape(**fields)
    return shape({"data": data}, **fields) if needed else shape(data=data, **fields)


def _send(message: Check, *, needed: bool = False) -> Check:
    if needed:
        return _action(shape({"message": message}, status=_STATUS))
    return _action(shape(message=message, status=_STATUS))


_SENDING = {
    "send-email": _send(contents.EMAIL),
    "send-sms": _send(contents.SMS),
    "send-mobile-push": _send(contents.PUSH),
    "send-whatsapp": _send(contents.WHATSAPP),
    "send-webhook": _send(contents.WEBHOOK, needed=True),
    "send-internal-alert": _send(contents.ALERT, needed=True),
}


def _experiment(winners: tuple[str, ...], *channels: str, **settings: Check) -> Check:
    sending = by("type", {channel: _SENDING[channel] for channel in channels})
    current = shape(
        {"variations": many(sending, 20)},
        id=TEXT,
        name=TEXT,
        allocations=OBJECT,
        started=INSTANT,
        winner_metric=one_of(*winners),
        **settings,
    )
    data = shape(
        {"main_action": sending},
        status=_STATUS,
        experiment_status=one_of("completed", "draft", "live"),
        current_experiment=current,
    )
    return _action(data, needed=True)


_WINNER_SETTINGS = shape(
    {"enabled": FLAG, "automatic_end_statistical_certainty": FLAG}, automatic_end_date=INSTANT
)
_UNTIL = {"delay_until_time": TEXT, "delay_until_weekdays": many(WEEKDAYS)}
_DELAYING = {
    "back-in-stock-delay": _action(None),
    "time-delay": _action(
        shape(
            {"value": INTEGER},
            unit=one_of("days", "hours", "minutes"),
            secondary_value=INTEGER,
            timezone=ZONE,
            **_UNTIL,
        ),
        needed=True,
    ),
    "countdown-delay": _action(
        shape(unit=one_of("days", "months", "weeks"), value=INTEGER, timezone=ZONE, **_UNTIL), needed=True
    ),
    "target-date": _action(
        shape(timezone=ZONE, target_time=TEXT, target_days=many(WEEKDAYS)), needed=True
    ),
}
_TRIGGERS = one_of("date", "list", "low-inventory", "metric", "price-drop", "scheduled", "segment")
_SUBTYPES = one_of("custom-object", "legacy-custom-object", "profile-property", "profile-trait")
_BRANCH = shape(
    {"branch_id": TEXT},
    order=INTEGER,
    is_else=FLAG,
    branch_filter=conditions.BRANCH,
    links=_LINK,
    name=TEXT,
)
_SPLITTING = {
    "conditional-split": _action(
        shape({"profile_filter": or_null(conditions.PROFILE)}), links=_BRANCHES
    ),
    "trigger-split": _action(
        shape(
            {
                "trigger_filter": or_null(conditions.TRIGGER),
                "trigger_id": TEXT,
                "trigger_type": _TRIGGERS,
            },
            trigger_subtype=_SUBTYPES,
        ),
        links=_BRANCHES,
    ),
    "action-output-split": _action(
        shape({"action_output_filter": or_null(conditions.OUTPUT)}), links=_BRANCHES
    ),
    "multi-branch-split": _action(shape({"branches": many(_BRANCH, 20), "name": TEXT})),
}
_KEY = {"property_key": TEXT}
_OPERATION = by(
    "operator",
    {
        ("create", "update"): by(
            "property_type",
            {
                "string": shape({**_KEY, "property_value": TEXT}),
                "boolean": shape({**_KEY, "property_value": FLAG}),
                "numeric": shape({**_KEY, "property_value": NUMBER}),
                "date": shape({**_KEY, "property_value": TEXT}),
                "list": shape(
                    {**_KEY, "property_value": TEXT}, property_operation=one_of("add", "remove")
                ),
            },
        ),
        "delete": shape(_KEY),
    },
)
_SERVICE = by(
    "service_method_type",
    {
        ("schedule-report", "schedule-report-builder-report"): shape({"report_id": TEXT}),
        "track-event": shape(event_key=TEXT, event_payload=OBJECT, tracking_company_id=TEXT),
        "unknown": shape(),
    },
)
_DOING = {
    "update-profile": _action(shape({"profile_operations": many(_OPERATION)}, status=_STATUS)),
    "internal-service": _action(shape(service_configuration=_SERVICE, status=_STATUS)),
    "code": _action(OBJECT),
    "list-update": _action(
        shape(
            {"name": TEXT, "on_execution": or_null(FLAG), "list_id": or_null(TEXT)}, status=_STATUS
        ),
        needed=True,
    ),
}
_EXPERIMENTS = {
    "ab-test": _experiment(
        ("submission", "unique-clicks", "unique-opens", "unique-placed-orders"),
        "send-email",
        "send-sms",
        automatic_winner_selection_settings=_WINNER_SETTINGS,
    ),
    "content-experiment": _experiment(("click-rate", "open-rate"), "send-mobile-push", "send-whatsapp"),
}
KINDS: Mapping[str, Check] = {**_SENDING, **_DELAYING, **_SPLITTING, **_DOING, **_EXPERIMENTS}
ACTION = by("type", KINDS)
