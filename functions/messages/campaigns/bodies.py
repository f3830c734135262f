"""What the bodies of all revisions are made of. Pure."""

from __future__ import annotations

import re
from typing import Generic, Literal, TypeVar

import msgspec

from cdp.errors import Rejected

MAX_NAME = 255
MAX_GROUPS = 500
_ID = re.compile(r"[A-Za-z0-9_-]{1,50}")
T = TypeVar("T")
A = TypeVar("A")


class Given(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Part of something typed, in which unknown names are refused (SPEC §1.2)."""


class Identifier(msgspec.Struct, gc=False):
    type: str
    id: str


class Relation(msgspec.Struct, gc=False):
    data: Identifier


class Document(msgspec.Struct, Generic[A], gc=False):
    data: A


class Data(msgspec.Struct, Generic[T, A], gc=False):
    """A new resource."""

    type: T
    attributes: A


class To(msgspec.Struct, Generic[T, A], gc=False):
    """A change of a resource, or something done with it."""

    type: T
    id: str
    attributes: A


class Named(msgspec.Struct, gc=False):
    """A clone's name; revisions differ in what they call it."""

    name: str | None = None
    new_name: str | None = None


class _Bare(msgspec.Struct, Generic[T], gc=False):
    type: T
    id: str


class _AssignedTemplate(msgspec.Struct, gc=False):
    template: Relation


class _Assign(msgspec.Struct, gc=False):
    type: Literal["campaign-message"]
    id: str
    relationships: _AssignedTemplate


class Action(msgspec.Struct, gc=False):
    action: Literal["cancel", "revert"]


campaign_clone = msgspec.json.Decoder(Document[To[Literal["campaign"], Named]])
assign_template = msgspec.json.Decoder(Document[_Assign])
image = msgspec.json.Decoder(Document[_Bare[Literal["image"]]])
send_job = msgspec.json.Decoder(Document[_Bare[Literal["campaign-send-job"]]])
send_job_change = msgspec.json.Decoder(Document[To[Literal["campaign-send-job"], Action]])
schedule_change = msgspec.json.Decoder(Document[To[Literal["campaign-message-schedule"], Action]])
estimation_job = msgspec.json.Decoder(Document[_Bare[Literal["campaign-recipient-estimation-job"]]])


def checked_name(name: str, at: str) -> str:
    plain = name.strip()
    if not 1 <= len(plain) <= MAX_NAME:
        raise Rejected(f"A campaign's name has 1 to {MAX_NAME} characters.", field=at)
    return plain


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


def check_id(body_id: str, path_id: str) -> None:
    if body_id != path_id:
        raise Rejected(f"The id in the body is {body_id}, in the path {path_id}.", field="/data/id")


def check_type(relation: Relation, type_: str, at: str) -> str:
    """The id of a relationship that must be of one type."""
    if relation.data.type != type_:
        raise Rejected(f"The type must be {type_!r}, not {relation.data.type!r}.", field=f"{at}/data/type")
    return relation.data.id
