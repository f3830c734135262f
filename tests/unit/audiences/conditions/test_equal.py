"""SQL, predicate and oracle agree on random definitions over random accounts (SPEC §4.2, ARCHITECTURE §6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from functions.audiences import definition as definitions_
from functions.audiences import evaluation
from functions.audiences.evaluation import Context
from functions.audiences.facts import load
from tests.unit.audiences.conditions import trees
from tests.unit.audiences.conditions.oracle import Oracle
from tests.unit.audiences.conditions.world import ACCOUNT, METRIC_NOS, ZONES, World, make

_WORLDS, _TREES = 5, 200


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, World]:
    return {seed: make(tmp_path_factory.mktemp(f"world{seed}"), seed) for seed in range(_WORLDS)}


@pytest.mark.parametrize("seed", range(_WORLDS))
def test_sql_predicate_and_oracle_agree(worlds: Mapping[int, World], seed: int) -> None:
    world = worlds[seed]

    @settings(
        max_examples=_TREES, deadline=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink], database=None,
    )  # fmt: skip
    @given(tree=trees.definitions, zone=st.sampled_from(ZONES))
    def agree(tree: dict[str, Any], zone: str) -> None:
        compare(world, tree, zone)

    agree()


def compare(world: World, tree: dict[str, Any], zone: str) -> None:
    definition = definitions_.parse(json.dumps(tree).encode(), "/definition")
    context = Context(world.now, ZoneInfo(zone), METRIC_NOS)
    oracle = Oracle(world.now, zone)
    wanted = {no for no, person in world.people.items() if oracle.member(tree, person)}
    numbers = [*world.people, len(world.people) + 1]
    facts = load(world.table, world.engine, ACCOUNT, numbers, [definition], context)
    assert facts.keys() == world.people.keys()
    assert {no for no, one in facts.items() if evaluation.holds(definition, one, context)} == wanted
    found = world.engine.run(ACCOUNT, evaluation.query(definition, context))["profile_no"].to_pylist()
    assert sorted(found) == sorted(wanted)
