"""Changes of a definition against a list that is changed in the same way."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.documents.flows import Definition
from functions.messages.flows.changes import Anchor, inserted, removed, replaced
from functions.messages.flows.definition import messages, new, senders
from tests.unit.messages.flows.conftest import Body, chain, delay, email

NOW = datetime(2026, 7, 1, tzinfo=UTC)
FLOW = "Abc234"
STEPS = st.lists(
    st.tuples(st.sampled_from(["behind", "before", "remove", "replace"]), st.integers(0, 20), st.booleans()),
    max_size=12,
)


def _action(sends: bool) -> Body:
    return email("t") if sends else delay("t")


def _way(definition: Definition) -> list[str]:
    by_id = {action.id: action.definition for action in definition.actions}
    found, at = [], definition.entry_action_id
    while at is not None:
        found.append(at)
        at = by_id[at].get("links", {}).get("next")
    return found


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 6), STEPS)
def test_any_changes_leave_one_way_through_the_flow(count: int, steps: list[tuple[str, int, bool]]) -> None:
    first = {"triggers": [], **chain(*(email(f"a{n}") for n in range(count)))}
    definition = new(first, FLOW, NOW, "")
    model = _way(definition)
    assert len(model) == count
    used = set(model)
    for step, number, sends in steps:
        before = len(definition.actions)
        if not model:
            definition, made = inserted(definition, FLOW, _action(sends), None, NOW, "")
            model = [made.id]
        else:
            place = number % len(model)
            id_ = model[place]
            kind = next(action.type for action in definition.actions if action.id == id_)
            if step == "remove":
                definition = removed(definition, id_, NOW)
                del model[place]
            elif step == "replace":
                follows = model[place + 1] if place + 1 < len(model) else None
                one = _action(kind == "send-email") | {"temporary_id": None, "links": {"next": follows}}
                definition = replaced(definition, id_, one, NOW, "")
            elif step == "behind":
                anchor = Anchor(id_, {"type": kind, "links": {"next": "t"}}, "")
                definition, made = inserted(definition, FLOW, _action(sends), anchor, NOW, "")
                model.insert(place + 1, made.id)
            else:
                one = _action(sends) | {"links": {"next": id_}}
                definition, made = inserted(definition, FLOW, one, None, NOW, "")
                model.insert(place, made.id)
        assert _way(definition) == model
        assert {action.id for action in definition.actions} == set(model)
        assert len(set(model) - used) == (len(definition.actions) > before), "an id is given once"
        used |= set(model)
    sent = [one["data"]["message"] for action in definition.actions for one in senders(action.definition)]
    assert [message.id for message in messages(definition.actions)] == [one["id"] for one in sent]
    assert len({one["id"] for one in sent} | set(model)) == len(sent) + len(model)
    assert len({one["name"] for one in sent}) == len(sent)
