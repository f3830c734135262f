"""A flow's definition: read, given ids, and what it says of the flow's messages. Pure.

Within a definition actions point to each other. In a new one they have temporary ids, which ours take the place of.
An experiment's variations are actions of their own within it; they and the main action send a message each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from cdp.documents.flows import Action, Definition, Message, Variation
from cdp.errors import Rejected
from functions.messages.flows import conditions
from functions.messages.flows.actions import ACTION, CHANNELS, EXPERIMENTS, WITH_STATUS
from functions.messages.flows.triggers import TRIGGER
from functions.messages.shapes import INTEGER, TEXT, checked, many, one_of, or_null, shape

Json: TypeAlias = dict[str, Any]
MAX_ACTIONS = 200
ALWAYS = "live"  # the status of what has none: delays, splits
SPLIT = "multi-branch-split"
_ENDS = ("next", "next_if_true", "next_if_false")
_SHAPE = shape(
    {
        "triggers": many(TRIGGER, 1),
        "actions": many(ACTION, MAX_ACTIONS),
        "entry_action_id": or_null(TEXT),
    },
    profile_filter=conditions.ENTRY,
    reentry_criteria=shape({"duration": INTEGER, "unit": one_of("day", "hour", "week", "alltime")}),
)


class End(NamedTuple):
    """One place of an action that names the action to follow: `holder[key]`; `at` is its pointer in the action."""

    holder: Json
    key: str
    at: str

    @property
    def target(self) -> str | None:
        found: str | None = self.holder[self.key]
        return found


class Numbers:
    """Gives out the ids of one flow's actions and messages."""

    def __init__(self, flow_id: str, first: int = 1) -> None:
        self._flow_id, self.next_no = flow_id, first

    def __call__(self) -> str:
        self.next_no += 1
        return f"{self._flow_id}{self.next_no - 1:04d}"


def new(given: Any, flow_id: str, now: datetime, at: str) -> Definition:
    """The definition of a new flow."""
    read: Json = checked(_SHAPE, given, at)
    numbers = Numbers(flow_id)
    names: dict[str, str] = {}
    actions: list[Json] = read["actions"]
    for place, action in enumerate(actions):
        names[_temporary(action, names, f"{at}/actions/{place}")] = action["id"] = numbers()
    taken = message_names(actions)
    for place, action in enumerate(actions):
        complete(action, numbers, taken, f"{at}/actions/{place}")
        link(action, names, f"{at}/actions/{place}")
    entry = read["entry_action_id"]
    if entry not in names if actions else entry is not None:
        raise Rejected("The entry must be the temporary id of an action.", field=f"{at}/entry_action_id")
    check_order(actions, f"{at}/actions")
    return Definition(
        triggers=tuple(read["triggers"]),
        profile_filter=read.get("profile_filter"),
        actions=tuple(stored(action, now, now) for action in actions),
        entry_action_id=None if entry is None else names[entry],
        reentry_criteria=read.get("reentry_criteria"),
        next_no=numbers.next_no,
    )


def shown(definition: Definition) -> Json:
    """As the API has it."""
    found: Json = {
        "triggers": definition.triggers,
        "profile_filter": definition.profile_filter,
        "actions": [action.definition for action in definition.actions],
        "entry_action_id": definition.entry_action_id,
    }
    if definition.reentry_criteria is not None:
        found["reentry_criteria"] = definition.reentry_criteria
    return found


def stored(action: Json, created: datetime, updated: datetime) -> Action:
    status = (action.get("data") or {}).get("status") if action["type"] in WITH_STATUS else ALWAYS
    return Action(action["id"], action["type"], status or ALWAYS, created, updated, action)


def complete(
    action: Json, numbers: Numbers, taken: set[str], at: str, held: Mapping[str, str] | None = None
) -> None:
    """Fill in what the caller leaves to us: statuses, names of messages, ids of messages and of nested actions.

    `held` maps the ids of the action and those nested in it to the ids of their messages, where they have some.
    """
    known = held or {}
    for one, where in _nested(action, at):
        if one.get("id") is not None and one["id"] not in known:
            raise Rejected("An id is not allowed here, but a temporary id.", field=f"{where}/id")
        one.pop("temporary_id", None)
        one["id"] = one.get("id") or numbers()
    for one in (action, *(one for one, _ in _nested(action, at))):
        if one["type"] in WITH_STATUS:
            one.setdefault("data", {}).setdefault("status", "draft")
        message = one.get("data", {}).get("message") if one["type"] in CHANNELS else None
        if message is not None:
            message["id"] = known.get(one["id"]) or numbers()
            message["name"] = message.get("name") or _name(CHANNELS[one["type"]], taken)
            taken.add(message["name"])


def link(action: Json, names: Mapping[str, str], at: str) -> None:
    """Put our ids in the place of those that `names` knows; any other is refused."""
    for end in ends(action):
        if end.target is not None:
            if end.target not in names:
                raise Rejected(f"No action has the id {end.target!r}.", field=f"{at}{end.at}")
            end.holder[end.key] = names[end.target]


def ends(action: Json) -> Iterator[End]:
    """Every place of the action that names another one."""
    links = action.get("links") or {}
    yield from (End(links, key, f"/links/{key}") for key in _ENDS if key in links)
    branches = action["data"]["branches"] if action["type"] == SPLIT and "data" in action else ()
    for place, branch in enumerate(branches):
        if "next" in (branch.get("links") or {}):
            yield End(branch["links"], "next", f"/data/branches/{place}/links/next")
    for one, where in _nested(action, ""):
        yield from (End(end.holder, end.key, where + end.at) for end in ends(one))


def check_order(actions: Iterable[Json], at: str) -> None:
    """No action may lead back to itself."""
    follows = {one["id"]: [end.target for end in ends(one) if end.target] for one in actions}
    waiting = dict.fromkeys(follows, 0)
    for targets in follows.values():
        for target in targets:
            waiting[target] += 1
    ready = [id_ for id_, count in waiting.items() if not count]
    while ready:
        for target in follows.pop(ready.pop()):
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    if follows:
        raise Rejected(f"The action {sorted(follows)[0]} leads back to itself.", field=at)


def senders(action: Json) -> list[Json]:
    """The action itself, or an experiment's main action and variations, as far as they send a message."""
    found = (action, *(one for one, _ in _nested(action, "")))
    return [one for one in found if one["type"] in CHANNELS and one.get("data", {}).get("message") is not None]


def messages(actions: Iterable[Action]) -> tuple[Message, ...]:
    """The flow's messages in short. Those of an experiment's variations stand under its main action's."""
    return tuple(found for action in actions if (found := _message(action)) is not None)


def _message(action: Action) -> Message | None:
    sending = senders(action.definition)
    if not sending:
        return None
    main, *variations = [one["data"]["message"] for one in sending]
    tried = tuple(Variation(one["id"], one["name"]) for one in variations)
    return Message(
        id=main["id"],
        action_id=action.id,
        name=main["name"],
        channel=CHANNELS[sending[0]["type"]],
        template_id=main.get("template_id"),
        created=action.created,
        updated=action.updated,
        variations=tried,
    )


def _temporary(action: Json, names: Mapping[str, str], at: str) -> str:
    """The temporary id of a new action, which it loses."""
    if action.get("id") is not None:
        raise Rejected("An id is not allowed here, but a temporary id.", field=f"{at}/id")
    name: str | None = action.pop("temporary_id", None)
    if not name:
        raise Rejected("A temporary id is needed.", field=f"{at}/temporary_id")
    if name in names:
        raise Rejected(f"The temporary id {name!r} is taken.", field=f"{at}/temporary_id")
    return name


def _nested(action: Json, at: str) -> Iterator[tuple[Json, str]]:
    """The actions within an experiment with their pointers, the main one first."""
    if action["type"] in EXPERIMENTS:
        data = action["data"]
        yield data["main_action"], f"{at}/data/main_action"
        for place, one in enumerate((data.get("current_experiment") or {}).get("variations", ())):
            yield one, f"{at}/data/current_experiment/variations/{place}"


def message_names(actions: Iterable[Json]) -> set[str]:
    """Names that messages have."""
    return {
        one["data"]["message"]["name"]
        for action in actions
        for one in senders(action)
        if "name" in one["data"]["message"]
    }


def _name(channel: str, taken: set[str]) -> str:
    """What a message is called that has no name."""
    word = channel.replace("-", " ").capitalize() if channel != "sms" else "SMS"
    return next(name for n in range(1, len(taken) + 2) if (name := f"{word} #{n}") not in taken)
