"""A form's definition: read, and what it says of the form's versions. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from cdp.documents.forms import MAX_VERSIONS, FormType, Status, Version
from cdp.errors import Rejected
from functions.messages.forms import styles
from functions.messages.forms.blocks import BLOCK
from functions.messages.forms.showing_rules import RULE
from functions.messages.shapes import (
    FLAG,
    INTEGER,
    TEXT,
    Check,
    by,
    checked,
    later,
    many,
    one_of,
    shape,
)

Json: TypeAlias = dict[str, Any]
_CALLED: Mapping[str, FormType] = {
    "banner": "banner",
    "embed": "embed",
    "flyout": "flyout",
    "full_screen": "full_page",  # a definition has another word than the resource
    "popup": "popup",
}
_COLUMN = shape(
    id=TEXT,
    rows=many(shape({"blocks": many(BLOCK)}, id=TEXT)),
    styles=shape(background_image=styles.BACKGROUND, background_color=TEXT),
)


def _inner() -> Check:
    return _STEP


_STEP = shape({"columns": many(_COLUMN)}, id=TEXT, name=TEXT, steps=many(later(_inner)))
_TEASER = shape(
    {"content": TEXT},
    id=TEXT,
    display_order=one_of("after", "before", "before_and_after"),
    teaser_type=one_of("circle", "corner", "rectangle"),
    location=styles.CORNERS,
    size=one_of("custom", "large", "medium", "small"),
    custom_size=INTEGER,
    styles=styles.TEASER,
    close_button=FLAG,
    device_type=styles.DEVICE,
)
_DYNAMIC_BUTTON = by(
    "type",
    {
        "BACK_IN_STOCK_OPEN": shape(
            {
                "data": shape(
                    label=TEXT,
                    display=one_of("NEXT_TO", "REPLACE"),
                    text_styles=styles.DYNAMIC_TEXT,
                    button_styles=styles.DYNAMIC_BUTTON,
                )
            },
            id=TEXT,
        )
    },
)
_PROPERTIES = shape(
    side_image_settings=shape(
        size=one_of("large", "medium", "small"),
        alignment=one_of("left", "right"),
        device_type=many(styles.DEVICE),
    ),
    click_outside_to_close=many(styles.DEVICE),
    rule_based_trigger_evaluation=one_of("all", "any"),
    record_utm_params_on_submit=FLAG,
    show_close_button=FLAG,
    accessible_name=TEXT,
)
_VERSION = shape(
    {"steps": many(_STEP)},
    id=INTEGER,
    triggers=many(RULE),
    teasers=many(_TEASER),
    dynamic_button=_DYNAMIC_BUTTON,
    name=TEXT,
    styles=styles.VERSION,
    properties=_PROPERTIES,
    type=one_of(*_CALLED),
    location=styles.CORNERS,
    status=one_of("draft", "live"),
    ab_test=FLAG,
    specialties=many(one_of("BACK_IN_STOCK")),
    channel=one_of("IN_APP", "WEB"),
    message_priority=INTEGER,
)
_SHAPE = shape({"versions": many(_VERSION, MAX_VERSIONS)})


def read(given: Any, at: str, known: Sequence[str] = ()) -> Json:
    """The definition, checked. `known` are the ids of the versions that it may name."""
    found: Json = checked(_SHAPE, given, at)
    if not found["versions"]:
        raise Rejected("A form has at least one version.", field=f"{at}/versions")
    seen: set[str] = set()
    for place, version in enumerate(found["versions"]):
        id_ = str(version["id"]) if "id" in version else None
        if id_ is not None and (id_ not in known or id_ in seen):
            raise Rejected("The form has no version of this id.", field=f"{at}/versions/{place}/id")
        if version.get("status", "draft") != "draft":
            raise Rejected(
                "A version is a draft until the form is published.", field=f"{at}/versions/{place}/status"
            )
        seen |= {id_} if id_ else set()
        version["name"] = version.get("name") or f"Version {place + 1}"
    return found


def unnumbered(definition: Json) -> int:
    """How many of its versions have no id yet."""
    return sum("id" not in version for version in definition["versions"])


def number(definition: Json, ids: Iterator[int]) -> None:
    """Give ids to the versions without."""
    for version in definition["versions"]:
        version["id"] = version.get("id") or next(ids)


def with_status(definition: Json, status: Status) -> Json:
    return {**definition, "versions": [{**one, "status": status} for one in definition["versions"]]}


def versions(definition: Json, held: Sequence[Version], now: datetime) -> tuple[Version, ...]:
    """The versions in short; those of `held` keep their time of making."""
    known = {one.id: one for one in held}
    return tuple(_version(one, known.get(str(one["id"])), now) for one in definition["versions"])


def _version(version: Json, held: Version | None, now: datetime) -> Version:
    return Version(
        id=str(version["id"]),
        form_type=_CALLED[version.get("type", "popup")],
        name=version["name"],
        status=version.get("status", "draft"),
        created=held.created if held else now,
        updated=now,
    )
