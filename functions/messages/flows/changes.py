"""Changes of a flow's definition: an action put in, replaced or taken out; a status for all. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from cdp.documents.flows import Action, Definition, Status
from cdp.errors import Rejected, conflict, not_found
from functions.messages.flows.actions import ACTION, EXPERIMENTS, KINDS, SPLITS, WITH_STATUS
from functions.messages.flows.definition import (
    MAX_ACTIONS,
    SPLIT,
    Json,
    Numbers,
    check_order,
    complete,
    ends,
    link,
    message_names,
    senders,
    stored,
)
from functions.messages.shapes import FLAG, INTEGER, OBJECT, TEXT, checked, many, one_of, shape

_NEXT = shape(next=TEXT)
_BRANCH = shape({"branch_id": TEXT}, links=_NEXT, order=INTEGER, is_else=FLAG, branch_filter=OBJECT, name=TEXT)
_ANCHOR = shape(
    {"type": one_of(*KINDS)},
    id=TEXT,
    links=shape(next=TEXT, next_if_true=TEXT, next_if_false=TEXT),
    data=shape(branches=many(_BRANCH), name=TEXT),
)


class Anchor(NamedTuple):
    """Behind which action a new one goes. `definition` is the caller's: one link in it names the new action."""

    action_id: str
    definition: Json
    at: str


def action_of(definition: Definition, id_: str) -> Action:
    found = next((action for action in definition.actions if action.id == id_), None)
    if found is None:
        raise not_found("flow action", id_)
    return found


def with_status(definition: Definition, status: Status, now: datetime) -> Definition:
    """All actions that can have a status have this one."""

    def changed(action: Action) -> Action:
        if action.type not in WITH_STATUS or action.status == status:
            return action
        made = copy.deepcopy(action.definition)
        made["data"]["status"] = status
        return stored(made, action.created, now)

    return replace(definition, actions=tuple(changed(action) for action in definition.actions))


def replaced(definition: Definition, id_: str, given: Any, now: datetime, at: str) -> Definition:
    """The action as `given`; its type stays, and what is sent keeps its ids."""
    held = action_of(definition, id_)
    action = checked(ACTION, given, at)
    if action["type"] != held.type:
        raise Rejected(f"The action is a {held.type}; its type cannot be changed.", field=f"{at}/type")
    if action.get("id", id_) != id_:
        raise Rejected(f"The id of the action is {id_}.", field=f"{at}/id")
    if action.pop("temporary_id", None) is not None:
        raise Rejected("A stored action has no temporary id.", field=f"{at}/temporary_id")
    action["id"] = id_
    if held.type in WITH_STATUS:
        action.setdefault("data", {}).setdefault("status", held.status)
    numbers = Numbers(id_[:6], definition.next_no)
    others = [one.definition for one in definition.actions if one.id != id_]
    known = {one["id"]: one["data"]["message"]["id"] for one in senders(held.definition)}
    complete(action, numbers, message_names([*others, action]), at, known)
    link(action, {one.id: one.id for one in definition.actions}, at)
    check_order([*others, action], f"{at}/links")
    made = stored(action, held.created, now)
    actions = tuple(made if one.id == id_ else one for one in definition.actions)
    return replace(definition, actions=actions, next_no=numbers.next_no)


def removed(definition: Definition, id_: str, now: datetime) -> Definition:
    """Without the action: what led to it leads to what followed it."""
    held = action_of(definition, id_)
    following = {end.target for end in ends(held.definition) if end.target is not None}
    if len(following) > 1:
        raise conflict("The action leads on to several others: take those out first.")
    target = next(iter(following), None)
    kept = [action for action in definition.actions if action.id != id_]
    entry = target if definition.entry_action_id == id_ else definition.entry_action_id
    return replace(definition, actions=_led(kept, {id_: target}, now), entry_action_id=entry)


def inserted(
    definition: Definition, flow_id: str, given: Any, anchor: Anchor | None, now: datetime, at: str
) -> tuple[Definition, Action]:
    """With a new action: behind `anchor`, or before the action that it leads to, or as the first one."""
    action = checked(ACTION, given, at)
    if action["type"] in SPLITS | set(EXPERIMENTS):
        raise Rejected(f"A {action['type']} cannot be put into a flow.", field=f"{at}/type")
    if action.get("id") is not None:
        raise Rejected("An id is not allowed here, but a temporary id.", field=f"{at}/id")
    if len(definition.actions) >= MAX_ACTIONS:
        raise Rejected(f"A flow has at most {MAX_ACTIONS} actions.", field=at)
    temporary = action.pop("temporary_id", None)
    if not temporary:
        raise Rejected("A temporary id is needed.", field=f"{at}/temporary_id")
    numbers = Numbers(flow_id, definition.next_no)
    action["id"] = numbers()
    if action["type"] in WITH_STATUS:
        action.setdefault("data", {})["status"] = "draft"
    complete(action, numbers, message_names(one.definition for one in definition.actions), at)
    if anchor is not None:
        actions = _behind(definition.actions, action, temporary, anchor, now, at)
        entry = definition.entry_action_id
    else:
        link(action, {one.id: one.id for one in definition.actions}, at)
        before = {end.target for end in ends(action) if end.target is not None}
        _check_place(definition, before, at)
        actions = _led(definition.actions, dict.fromkeys(before, action["id"]), now)
        entry = action["id"] if definition.entry_action_id in {None, *before} else definition.entry_action_id
    made = stored(action, now, now)
    whole = replace(
        definition, actions=(*actions, made), entry_action_id=entry, next_no=numbers.next_no
    )
    return whole, made


def _check_place(definition: Definition, before: set[str], at: str) -> None:
    """Without an anchor a new action leads to one other, or is the flow's first."""
    if len(before) > 1:
        raise Rejected("A new action goes before one action.", field=f"{at}/links")
    if definition.actions and not before:
        raise Rejected("The flow has actions: say with an anchor or a link where this one goes.", field=f"{at}/links")


def _behind(
    actions: Iterable[Action], action: Json, temporary: str, anchor: Anchor, now: datetime, at: str
) -> tuple[Action, ...]:
    """The actions, of which the anchor leads to the new one, which leads to what the anchor led to."""
    if any(end.target is not None for end in ends(action)):
        raise Rejected("An action that goes behind an anchor has no links.", field=f"{at}/links")
    given = checked(_ANCHOR, anchor.definition, anchor.at)
    made = []
    for one in actions:
        if one.id == anchor.action_id:
            if one.type != given["type"]:
                raise Rejected(f"The anchor is a {one.type}.", field=f"{anchor.at}/type")
            changed = copy.deepcopy(one.definition)
            holder, key = _end(changed, given, temporary, anchor.at)
            _lead_on(action, holder.get(key))
            holder[key] = action["id"]
            one = stored(changed, one.created, now)
        made.append(one)
    return tuple(made)


def _end(anchor: Json, given: Json, temporary: str, at: str) -> tuple[Json, str]:
    """The end of the stored anchor that `given` names by the temporary id of the new action."""
    found: list[tuple[Json, str]] = [
        (anchor.setdefault("links", {}), key)
        for key, target in given.get("links", {}).items()
        if target == temporary
    ]
    branches = {one["branch_id"]: one for one in (anchor.get("data") or {}).get("branches", ())}
    for place, branch in enumerate(given.get("data", {}).get("branches", ())):
        if branch.get("links", {}).get("next") == temporary:
            if branch["branch_id"] not in branches:
                raise Rejected("The anchor has no such branch.", field=f"{at}/data/branches/{place}/branch_id")
            found.append((branches[branch["branch_id"]].setdefault("links", {}), "next"))
    if len(found) != 1:
        raise Rejected("One link of the anchor must be the temporary id of the new action.", field=at)
    if (found[0][1] == "next") == (anchor["type"] in SPLITS):
        raise Rejected(f"A {anchor['type']} has no link {found[0][1]!r}.", field=f"{at}/links/{found[0][1]}")
    return found[0]


def _lead_on(action: Json, target: str | None) -> None:
    """Let the action lead to `target`; of a split, every branch."""
    if target is None:
        return
    if action["type"] == SPLIT:
        for branch in action.get("data", {}).get("branches", ()):
            branch["links"] = {"next": target}
    else:
        action["links"] = {"next": target}


def _led(
    actions: Iterable[Action], instead: Mapping[str, str | None], now: datetime
) -> tuple[Action, ...]:
    """The actions, with other targets where `instead` names one."""
    made = []
    for one in actions:
        if any(end.target in instead for end in ends(one.definition)):
            changed = copy.deepcopy(one.definition)
            for end in ends(changed):
                if end.target is not None and end.target in instead:
                    end.holder[end.key] = instead[end.target]
            one = stored(changed, one.created, now)
        made.append(one)
    return tuple(made)
