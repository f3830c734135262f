"""What the bodies of all revisions are made of. Pure."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from cdp.errors import Rejected
from cdp.jsonapi.bodies import MAX_NAME, Body, Changed, Identifier, Resource, ToOne

MAX_GROUPS = 500
_ID = re.compile(r"[A-Za-z0-9_-]{1,50}")


class Given(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Part of something typed, in which unknown names are refused (SPEC §1.2)."""


class Named(msgspec.Struct, gc=False):
    """A clone's name; revisions differ in what they call it."""

    name: str | None = None
    new_name: str | None = None


class _AssignedTemplate(msgspec.Struct, gc=False):
    template: ToOne[Literal["template"]]


class _Assign(Resource, frozen=True, kw_only=True):
    id: str
    relationships: _AssignedTemplate


class Action(msgspec.Struct, gc=False):
    action: Literal["cancel", "revert"]


campaign_clone = Body("campaign", Changed[Named])
assign_template = Body("campaign-message", _Assign)
image = msgspec.json.Decoder(ToOne[Literal["image"]])
send_job = Body("campaign-send-job", Identifier[str])
send_job_change = Body("campaign-send-job", Changed[Action])
schedule_change = Body("campaign-message-schedule", Changed[Action])
estimation_job = Body("campaign-recipient-estimation-job", Identifier[str])


def stated_id(id_: str, at: str) -> str:
    """An id that the sender has given already, so that its events and its campaigns belong together."""
    if not _ID.fullmatch(id_):
        raise Rejected("An id has 1 to 50 letters, digits, hyphens or underscores.", field=at)
    return id_


def groups(ids: list[str], at: str) -> tuple[str, ...]:
    """Ids of lists and segments, without repeats. Whether they exist is not asked: those of the past may not."""
    if len(ids) > MAX_GROUPS:
        raise Rejected(f"An audience names at most {MAX_GROUPS} lists and segments.", field=at)
    for n, id_ in enumerate(ids):
        if not 1 <= len(id_) <= MAX_NAME:
            raise Rejected("The id of a list or segment is needed.", field=f"{at}/{n}")
    return tuple(dict.fromkeys(ids))
