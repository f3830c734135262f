"""Bodies of the operations on forms. Pure."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from cdp.errors import Rejected

AT = "/data/attributes"
DEFINITION = f"{AT}/definition"
MAX_NAME = 255
A = TypeVar("A")


class NewForm(msgspec.Struct, frozen=True):
    """A form begins as a draft."""

    name: str
    definition: Any
    ab_test: bool | None = None
    status: Literal["draft"] | None = None


class NewFormData(msgspec.Struct, frozen=True):
    type: Literal["form"]
    attributes: NewForm


class FormChange(msgspec.Struct, frozen=True):
    """What is absent stays."""

    name: str | UnsetType = UNSET
    definition: Any = UNSET


class FormChangeData(msgspec.Struct, frozen=True):
    type: Literal["form"]
    id: str
    attributes: FormChange


class FormIdentifier(msgspec.Struct, frozen=True):
    type: Literal["form"]
    id: str


class OfForm(msgspec.Struct, frozen=True):
    data: FormIdentifier


class JobRelationships(msgspec.Struct, frozen=True):
    form: OfForm


class NewJobData(msgspec.Struct, frozen=True):
    type: Literal["form-publish-job", "form-unpublish-job"]
    relationships: JobRelationships


class Document(msgspec.Struct, Generic[A], frozen=True):
    data: A


new_form = msgspec.json.Decoder(Document[NewFormData])
form_change = msgspec.json.Decoder(Document[FormChangeData])
new_job = msgspec.json.Decoder(Document[NewJobData])


def checked_name(name: str) -> str:
    plain = name.strip()
    if not 1 <= len(plain) <= MAX_NAME:
        raise Rejected(f"A form's name has 1 to {MAX_NAME} characters.", field=f"{AT}/name")
    return plain


def check_id(body_id: str, path_id: str) -> None:
    if body_id != path_id:
        raise Rejected(f"The id in the body is {body_id}, in the path {path_id}.", field="/data/id")
