"""Bodies of the operations on forms. Pure."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from cdp.jsonapi.bodies import Body, Changed, New, Resource, ToOne

AT = "/data/attributes"
DEFINITION = f"{AT}/definition"


class NewForm(msgspec.Struct, frozen=True):
    """A form begins as a draft."""

    name: str
    definition: Any
    ab_test: bool | None = None
    status: Literal["draft"] | None = None


class FormChange(msgspec.Struct, frozen=True):
    """What is absent stays."""

    name: str | UnsetType = UNSET
    definition: Any = UNSET


class JobRelationships(msgspec.Struct, frozen=True):
    form: ToOne[Literal["form"]]


class NewJob(Resource, frozen=True, kw_only=True):
    relationships: JobRelationships


new_form = Body("form", New[NewForm])
form_change = Body("form", Changed[FormChange])
new_job = {kind: Body(kind, NewJob) for kind in ("form-publish-job", "form-unpublish-job")}
