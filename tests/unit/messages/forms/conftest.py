from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cdp import connect
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.ports import Table
from functions.messages.forms.operations import Forms
from functions.messages.forms.routes import ROUTES
from functions.messages.spec import SPEC
from tests.unit.calls import Answer, Caller

ACCOUNT = "ABC234"
Body = dict[str, Any]


class Room(Caller):
    def create(self, name: str, *versions: Body, **attributes: Any) -> Answer:
        return self("POST", "/api/forms", new_form(name, *versions, **attributes))

    def made(self, name: str = "Sign up", *versions: Body, **attributes: Any) -> Body:
        made: Body = self.create(name, *(versions or (version(),)), **attributes).data
        return made

    def change(self, id_: str, **attributes: Any) -> Answer:
        body = {"data": {"type": "form", "id": id_, "attributes": attributes}}
        return self("PATCH", f"/api/forms/{id_}", body)

    def publish(self, id_: str, kind: str = "form-publish-job") -> Answer:
        relationships = {"form": {"data": {"type": "form", "id": id_}}}
        return self("POST", f"/api/{kind}s", {"data": {"type": kind, "relationships": relationships}})


def new_form(name: str, *versions: Body, **attributes: Any) -> Body:
    plain: Body = {"name": name, "status": "draft", "ab_test": False}
    definition = {"versions": list(versions)}
    return {"data": {"type": "form", "attributes": {**plain, "definition": definition, **attributes}}}


def version(*blocks: Body, **parts: Any) -> Body:
    """One step with one column of blocks: an e-mail address and a button, unless others are given."""
    plain: tuple[Body, ...] = (
        {"type": "email", "properties": {"label": "E-mail", "required": True}},
        {
            "type": "button",
            "properties": {"label": "Join"},
            "action": {"type": "next_step", "submit": True, "properties": {"list_id": "LiSt01"}},
        },
    )
    return {"steps": [{"columns": [{"rows": [{"blocks": list(blocks or plain)}]}]}], **parts}


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return connect.table(f"sqlite://{tmp_path}/documents.db")


@pytest.fixture
def room(table: Table) -> Room:
    """The part of the room `messages` that is about forms."""
    spec = replace(SPEC, routes=ROUTES)
    throttle = Throttle(connect.limits("memory:"), 0)
    return Room(serve(spec, Forms(table).operations(), throttle=throttle), spec, ACCOUNT)
