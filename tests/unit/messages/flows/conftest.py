from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cdp import connect
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.ports import Table
from functions.messages.flows.operations import Flows
from functions.messages.flows.routes import ROUTES
from functions.messages.spec import SPEC
from tests.unit.calls import Answer, Caller

ACCOUNT = "ABC234"
Body = dict[str, Any]


class Room(Caller):
    def create(self, name: str, **definition: Any) -> Answer:
        return self("POST", "/api/flows", new_flow(name, **definition))

    def made(self, name: str = "Welcome", **definition: Any) -> Body:
        made: Body = self.create(name, **definition).data
        return made

    def whole(self, flow_id: str) -> Body:
        """The definition of a flow."""
        answer = self.get(f"/api/flows/{flow_id}", **{"additional-fields[flow]": "definition"})
        found: Body = answer.data["attributes"]["definition"]
        return found


def new_flow(name: str, **definition: Any) -> Body:
    plain: Body = {"triggers": [], "actions": [], "entry_action_id": None}
    return {"data": {"type": "flow", "attributes": {"name": name, "definition": {**plain, **definition}}}}


def email(temporary_id: str, follows: str | None = None, **message: Any) -> Body:
    """A new action that sends an e-mail."""
    return {
        "type": "send-email",
        "temporary_id": temporary_id,
        "links": {"next": follows},
        "data": {"message": {"subject_line": f"About {temporary_id}", **message}},
    }


def delay(name: str, follows: str | None = None, days: int = 1) -> Body:
    return {
        "type": "time-delay",
        "temporary_id": name,
        "links": {"next": follows},
        "data": {"value": days, "unit": "days"},
    }


def split(name: str, yes: str | None, no: str | None) -> Body:
    return {
        "type": "conditional-split",
        "temporary_id": name,
        "links": {"next_if_true": yes, "next_if_false": no},
        "data": {"profile_filter": None},
    }


def experiment(name: str, *variations: str) -> Body:
    sending = [{"type": "send-email", "data": {"message": {"name": one}}} for one in variations]
    return {
        "type": "ab-test",
        "temporary_id": name,
        "data": {"main_action": sending[0], "current_experiment": {"variations": sending[1:]}},
    }


def chain(*actions: Body) -> Mapping[str, Any]:
    """A definition in which each action leads to the next one."""
    for one, following in pairwise(actions):
        one["links"] = {"next": following["temporary_id"]}
    return {"actions": list(actions), "entry_action_id": actions[0]["temporary_id"]}


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return connect.table(f"sqlite://{tmp_path}/documents.db")


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """The part of the room `messages` that is about flows."""
    table = connect.table(f"sqlite://{tmp_path}/documents.db")
    spec = replace(SPEC, routes=ROUTES)
    throttle = Throttle(connect.limits("memory:"), 0)
    return Room(serve(spec, Flows(table).operations(), throttle=throttle), spec, ACCOUNT)
