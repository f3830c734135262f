"""Shapes of when a form is shown, and to whom. Pure."""

from __future__ import annotations

import re
from typing import Any

from cdp.errors import Rejected
from functions.messages.forms.styles import DEVICE
from functions.messages.shapes import INTEGER, NUMBER, TEXT, Check, by, many, one_of, shape

_PLACE = re.compile(r"[A-Z]{2}|con_(?:AF|AS|EU|EUP|NA|OC|SA)")
_COMPARED = one_of("equals", "greater_than", "less_than")


def _place(value: Any, at: str) -> Any:
    if not isinstance(value, str) or not _PLACE.fullmatch(value):
        raise Rejected("Expected the two letters of a country, or a continent such as 'con_EU'.", field=at)
    return value


def _rule(needed: Check | None = None, **properties: Check) -> Check:
    """A rule with these properties; `needed`: properties that must be there."""
    if needed is not None:
        return shape({"properties": needed}, id=TEXT)
    return shape(id=TEXT, properties=shape(**properties))


_VALUE = {"comparison": _COMPARED, "value": NUMBER}
_COUNT = {"comparison": _COMPARED, "value": INTEGER}
_PRODUCT = {"type": one_of("brand", "categories", "id", "name"), "value": TEXT}
_FILTERS = many(shape({"property": TEXT, "value": TEXT}))
RULE = by(
    "type",
    {
        "after_close_or_submit_timeout": _rule(timeout_days=INTEGER),
        "cart_content": _rule(value=shape(**_VALUE), items=shape(**_COUNT), product=shape(**_PRODUCT)),
        "cart_item_count": _rule(**_COUNT),
        "cart_product": _rule(**_PRODUCT),
        "cart_value": _rule(**_VALUE),
        "channel": _rule(shape({"channel": one_of("email", "sms")})),
        "delay": _rule(seconds=INTEGER),
        "device": _rule(device=DEVICE),
        ("custom_javascript", "exit_intent", "identified_profiles"): _rule(),
        ("previously_submitted", "unidentified_profiles"): _rule(),
        "lists_and_segments": _rule(shape(allow_list=many(TEXT), deny_list=many(TEXT))),
        "location": _rule(shape(allow_list=many(_place), deny_list=many(_place))),
        "page_visits": _rule(pages=INTEGER),
        "profile_event_tracked": _rule(shape(metric=TEXT, property_filters=_FILTERS)),
        "scroll_percentage": _rule(percentage=INTEGER),
        "url_patterns": _rule(allow_list=many(TEXT), deny_list=many(TEXT)),
        "back_in_stock": _rule(tag_allowlist=many(TEXT), tag_blocklist=many(TEXT)),
    },
)
