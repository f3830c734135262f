"""Flows of an account as metadata (SPEC §2.4): what was sent by which action of which flow.

A flow is two items: the flow itself with its messages in short (all that lists and reports want), and its
definition. Index g4 finds the flows that a metric, list or segment triggers. The ids of actions and messages begin
with their flow's, so that the flow of either is known without a look-up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec

from cdp.documents.named import Collection, Index, Stored
from cdp.model.ids import new_short_id
from cdp.ports import Delete, Item, Key, Put, Table

Status = Literal["draft", "manual", "live"]
TriggerType = Literal["Added to List", "Date Based", "Low Inventory", "Metric", "Price Drop", "Unconfigured"]
TriggerKind = Literal["metric", "list", "segment"]
_ATTEMPTS = 5


class Variation(msgspec.Struct, frozen=True):
    """One of the contents that an experiment tries. `id` is that of its message."""

    id: str
    name: str


class Message(msgspec.Struct, frozen=True):
    """What an action sends. `variations`: of an experiment, else none. Times are UTC."""

    id: str
    action_id: str
    name: str
    channel: str
    template_id: str | None
    created: datetime
    updated: datetime
    variations: tuple[Variation, ...] = ()


class Flow(msgspec.Struct, frozen=True):
    """`trigger_id`: of the metric, list or segment (`trigger_kind`) that starts the flow. Times are UTC."""

    id: str
    name: str
    status: Status
    archived: bool
    trigger_type: TriggerType
    created: datetime
    updated: datetime
    messages: tuple[Message, ...] = ()
    trigger_kind: TriggerKind | None = None
    trigger_id: str | None = None


class Action(msgspec.Struct, frozen=True):
    """One step. `definition` is that of the API, complete with ids and links. Times are UTC."""

    id: str
    type: str
    status: str
    created: datetime
    updated: datetime
    definition: dict[str, Any]


class Definition(msgspec.Struct, frozen=True):
    """What a flow does. The parts are those of the API; `next_no` numbers the next action or message."""

    triggers: tuple[dict[str, Any], ...]
    profile_filter: dict[str, Any] | None
    actions: tuple[Action, ...]
    entry_action_id: str | None
    reentry_criteria: dict[str, Any] | None = None
    next_no: int = 1


class Whole(NamedTuple):
    """A flow with its definition; `version` is the table's, for a conditional write."""

    flow: Flow
    definition: Definition
    version: int


def _triggered(account_id: str, flow: Flow) -> Index | None:
    if flow.trigger_kind is None or flow.trigger_id is None:
        return None
    return _trigger(account_id, flow.trigger_kind, flow.trigger_id), flow.id


FLOWS: Collection[Flow] = Collection("flows", Flow, _triggered)
_definition = msgspec.json.Decoder(Definition)


def all_of(table: Table, account_id: str) -> list[Flow]:
    """Every flow of the account, by id."""
    return [stored.thing for stored in FLOWS.all(table, account_id)]


def get(table: Table, account_id: str, id_: str) -> Flow | None:
    stored = FLOWS.get(table, account_id, id_)
    return None if stored is None else stored.thing


def whole(table: Table, account_id: str, id_: str) -> Whole | None:
    """The flow with its definition, both of one moment."""
    for _ in range(_ATTEMPTS):
        stored = FLOWS.get(table, account_id, id_)
        if stored is None:
            return None
        item = table.get([_definition_key(account_id, id_)])[0]
        again = FLOWS.get(table, account_id, id_)
        if item is not None and again is not None and again.version == stored.version:
            return Whole(stored.thing, _definition.decode(item.body), stored.version)
    raise RuntimeError(f"flow {id_} is never at rest")


def definitions(table: Table, account_id: str, ids: Sequence[str]) -> dict[str, Definition]:
    """Of those of the flows that exist."""
    items = table.get([_definition_key(account_id, id_) for id_ in ids])
    found = zip(ids, items, strict=True)
    return {id_: _definition.decode(item.body) for id_, item in found if item is not None}


def triggered_by(table: Table, account_id: str, kind: TriggerKind, id_: str) -> list[Flow]:
    """The flows that this metric, list or segment starts, by id."""
    return [stored.thing for stored in FLOWS.in_own_order(table, _trigger(account_id, kind, id_))]


def flow_id_of(id_: str) -> str:
    """The flow of an action or a message, by its id."""
    return id_[:6]


def new_id(table: Table, account_id: str) -> str:
    """An id that no flow of the account has."""
    for _ in range(_ATTEMPTS):
        if FLOWS.get(table, account_id, id_ := new_short_id()) is None:
            return id_
    raise RuntimeError("no free flow id was found")


def save(table: Table, account_id: str, flow: Flow, definition: Definition, version: int) -> bool:
    """Write a new (version 0) or changed flow; False if somebody else was faster."""
    item = Item(_definition_key(account_id, flow.id), msgspec.json.encode(definition))
    return table.write([[FLOWS.put(account_id, flow, version), Put(item)]])[0]


def remove(table: Table, account_id: str, stored: Stored[Flow]) -> bool:
    """Remove the flow; its tags are for the caller (tags.forget)."""
    key = _definition_key(account_id, stored.thing.id)
    return table.write([[FLOWS.delete(account_id, stored), Delete(key)]])[0]


def names(flow: Flow) -> Mapping[str, str]:
    """Message id -> name, those of variations too."""
    found = {message.id: message.name for message in flow.messages}
    return found | {one.id: one.name for message in flow.messages for one in message.variations}


def _trigger(account_id: str, kind: str, id_: str) -> str:
    return f"{account_id}#flow-trigger#{kind}#{id_}"


def _definition_key(account_id: str, id_: str) -> Key:
    return Key(f"{account_id}#flow-definitions", id_)
