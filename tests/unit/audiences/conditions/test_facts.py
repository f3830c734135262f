"""Facts are the same however many profiles are asked for, and reach back as far as a time frame does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from functions.audiences.definition import parse
from functions.audiences.evaluation import Context
from functions.audiences.facts import Facts, load
from tests.unit.audiences.conditions.test_definition import (
    ALWAYS,
    AT,
    FUNNEL,
    METRIC,
    REGION,
    changed,
    definition,
)
from tests.unit.audiences.conditions.world import ACCOUNT, METRIC_NOS, METRICS, World, make

WEEK = {"type": "date", "operator": "in-the-last", "unit": "week", "quantity": 1}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder: Path = tmp_path_factory.mktemp("world")
    return make(folder, 3)


def loaded(world: World, numbers: list[int], *conditions: dict[str, Any]) -> dict[int, Facts]:
    definitions = [parse(definition([condition]), AT) for condition in conditions]
    return load(world.table, world.engine, ACCOUNT, numbers, definitions, Context(world.now, ZoneInfo("UTC"), METRIC_NOS))


def about(metric_id: str, timeframe: dict[str, Any]) -> dict[str, Any]:
    return changed(changed(METRIC, "metric_id", metric_id), "timeframe_filter", timeframe)


def test_few_and_many_profiles_have_the_same_facts(world: World) -> None:
    conditions = [about(metric, ALWAYS) for metric in METRICS]
    many = loaded(world, list(world.people), *conditions)
    for person in world.people.values():
        alone = loaded(world, [person.no], *conditions)[person.no]
        for metric in METRICS:
            held = sorted((at, value) for name, at, value, _ in person.events if name == metric and value is not None)
            for facts in (alone, many[person.no]):
                found = facts.events.get(metric, [])
                assert sorted((e.occurred_at, e.value) for e in found if e.value is not None) == held


def test_events_are_read_back_to_the_earliest_time_frame(world: World) -> None:
    since = world.now - timedelta(weeks=1)

    def times(*conditions: dict[str, Any]) -> list[Any]:
        found = loaded(world, list(world.people), *conditions).values()
        return sorted(e.occurred_at for facts in found for e in facts.events.get(METRICS[0], []))

    everything = times(about(METRICS[0], ALWAYS))
    assert everything[0] < since  # or the next lines would prove nothing
    assert times(about(METRICS[0], WEEK)) == [at for at in everything if at >= since]
    assert times(about(METRICS[0], WEEK), about(METRICS[1], ALWAYS)) == everything
    month = times(about(METRICS[0], WEEK), changed(FUNNEL, "steps/0/metric_id", METRICS[0]))
    assert month == [at for at in everything if at >= world.now - timedelta(days=30)]


def test_only_what_is_needed_is_read(world: World) -> None:
    facts = loaded(world, [1], REGION)[1]
    assert (facts.events, facts.memberships, facts.records) == ({}, {}, {})
    assert facts.attributes == world.people[1].attributes


def test_who_is_no_more_has_no_facts(world: World) -> None:
    assert loaded(world, [len(world.people) + 1, 1, 1], about(METRICS[0], ALWAYS)).keys() == {1}
