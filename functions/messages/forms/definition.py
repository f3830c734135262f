"""A form's definition: read, and what it says of the form's versions. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from cdp.documents.forms import MAX_VERSIONS, FormType, Version, Whole
from cdp.errors import Rejected, conflict
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
DRAFT, LIVE = "draft", "live"
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
    status=one_of(DRAFT, LIVE),
    ab_test=FLAG,
    specialties=many(one_of("BACK_IN_STOCK")),
    channel=one_of("IN_APP", "WEB"),
    message_priority=INTEGER,
)
_SHAPE = shape({"versions": many(_VERSION, MAX_VERSIONS)})


def read(given: Any, at: str, held: Sequence[Json] = ()) -> Json:
    """The definition, checked. `held` are the versions that there are: it may name them by their ids; those that are
    live must stay as they are."""
    found: Json = checked(_SHAPE, given, at)
    if not found["versions"]:
        raise Rejected("A form has at least one version.", field=f"{at}/versions")
    known = {version["id"]: version for version in held}
    for place, version in enumerate(found["versions"]):
        where = f"{at}/versions/{place}"
        version.setdefault("status", DRAFT)
        version.setdefault("type", "popup")
        version["name"] = version.get("name") or f"Version {place + 1}"
        old = known.pop(version["id"], None) if "id" in version else None
        if "id" in version and old is None:
            raise Rejected("The form has no version of this id.", field=f"{where}/id")
        if old is not None and old["status"] == LIVE:
            if version != old:
                raise conflict("A live version cannot be changed.", field=where)
        elif version["status"] == LIVE:
            raise Rejected("A version is a draft until the form is published.", field=f"{where}/status")
    if any(version["status"] == LIVE for version in known.values()):
        raise conflict("A live version cannot be taken out.", field=f"{at}/versions")
    return found


def unnumbered(definition: Json) -> int:
    """How many of its versions have no id yet."""
    return sum("id" not in version for version in definition["versions"])


def number(definition: Json, ids: Iterator[int]) -> None:
    """Give ids to the versions without."""
    for version in definition["versions"]:
        version["id"] = version.get("id") or next(ids)


def published(definition: Json) -> Json:
    """The drafts are live, in the place of what was live before."""
    drafts = any(version["status"] == DRAFT for version in definition["versions"])
    return _with(definition, {DRAFT: LIVE, LIVE: DRAFT} if drafts else {})


def unpublished(definition: Json) -> Json:
    return _with(definition, {LIVE: DRAFT})


def _with(definition: Json, statuses: Mapping[str, str]) -> Json:
    """The definition, its versions with other statuses."""
    changed = [
        {**one, "status": statuses.get(one["status"], one["status"])} for one in definition["versions"]
    ]
    return {**definition, "versions": changed}


def versions(definition: Json, old: Whole | None, now: datetime) -> tuple[Version, ...]:
    """The versions in short; those of the old form keep their time of making, and of change if they have not."""
    known = {one.id: one for one in old.form.versions} if old else {}
    held = {one["id"]: one for one in old.definition["versions"]} if old else {}
    return tuple(
        _version(one, known.get(str(one["id"])), now, one != held.get(one["id"]))
        for one in definition["versions"]
    )


def _version(version: Json, old: Version | None, now: datetime, changed: bool) -> Version:
    return Version(
        id=str(version["id"]),
        form_type=_CALLED[version["type"]],
        name=version["name"],
        status=version["status"],
        created=old.created if old else now,
        updated=now if changed or old is None else old.updated,
    )
