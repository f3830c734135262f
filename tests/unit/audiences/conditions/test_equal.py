"""SQL, predicate and oracle agree on random definitions over random accounts (SPEC §4.2, ARCHITECTURE §6)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from functions.audiences import definition as definitions_
from functions.audiences import evaluation
from functions.audiences.definition import Definition
from functions.audiences.evaluation import Context
from functions.audiences.facts import load
from tests.unit.audiences.conditions import trees
from tests.unit.audiences.conditions.oracle import Oracle
from tests.unit.audiences.conditions.world import ACCOUNT, METRIC_NOS, ZONES, World, make

_WORLDS, _FORESTS = 5, 8  # of `trees.FOREST` trees each: a thousand in all


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, World]:
    return {seed: make(tmp_path_factory.mktemp(f"world{seed}"), seed) for seed in range(_WORLDS)}


@pytest.mark.parametrize("seed", range(_WORLDS))
def test_sql_predicate_and_oracle_agree(worlds: Mapping[int, World], seed: int) -> None:
    @settings(
        max_examples=_FORESTS, deadline=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate], database=None,
    )  # fmt: skip
    @given(forest=trees.forests, zone=st.sampled_from(ZONES))
    def agree(forest: list[dict[str, Any]], zone: str) -> None:
        compare(worlds[seed], forest, zone)

    agree()


def test_funnels_through_dense_events(tmp_path: Path) -> None:
    """Many ways through the same steps: which start is carried along decides."""
    world = make(tmp_path, 2, dense=True)
    steps = [[{"metric_exists": True, "metric_id": metric} for metric in order] for order in ("ABC", "AB", "BCA", "AAB", "ABA")]
    for some in steps:
        for step in some:
            step["metric_id"] = f"Metr{step['metric_id']}"
    forest = []
    for some in [*steps, *([*s[:-1], {**s[-1], "metric_exists": False}] for s in steps)]:
        for window in ("HOURS_1", "DAYS_1"):
            timeframe = {"type": "date", "operator": "between", "unit": "hour", "start": 12, "end": 72}
            funnel = {
                "type": "profile-metric-funnel", "timeframe_filter": timeframe, "steps": some,
                "completion_window_seconds": window,
            }  # fmt: skip
            forest.append({"condition_groups": [{"conditions": [funnel]}]})
    members = [sum(Oracle(world.now, "UTC").member(tree, one) for one in world.people.values()) for tree in forest]
    assert all(0 < count < len(world.people) for count in members[1::2]), members  # within a day, none is trivial
    compare(world, forest, "UTC")


def compare(world: World, forest: Sequence[dict[str, Any]], zone: str) -> None:
    """All trees by one query, the first also by a query of its own."""
    definitions = [definitions_.parse(json.dumps(tree).encode(), "/definition") for tree in forest]
    context = Context(world.now, ZoneInfo(zone), METRIC_NOS)
    oracle = Oracle(world.now, zone)
    wanted = [{no for no, person in world.people.items() if oracle.member(tree, person)} for tree in forest]
    assert _predicted(world, definitions, context) == wanted
    rows = world.engine.run(ACCOUNT, evaluation.matrix(definitions, context)).to_pylist()
    assert len(rows) == len({row["profile_no"] for row in rows})
    for number, (tree, members) in enumerate(zip(forest, wanted, strict=True)):
        assert {row["profile_no"] for row in rows if row[f"s{number}"]} == members, json.dumps(tree)
    alone = world.engine.run(ACCOUNT, evaluation.query(definitions[0], context))["profile_no"].to_pylist()
    assert sorted(alone) == sorted(wanted[0]), json.dumps(forest[0])


def _predicted(world: World, definitions: list[Definition], context: Context) -> list[set[int]]:
    numbers = [*world.people, len(world.people) + 1]  # the last one is no more
    facts = load(world.table, world.engine, ACCOUNT, numbers, definitions, context)
    assert facts.keys() == world.people.keys()
    return [
        {no for no, one in facts.items() if evaluation.holds(definition, one, context)}
        for definition in definitions
    ]
