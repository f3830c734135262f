"""A rule in a spec becomes a rule on the bus that feeds the room's inbox."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from cdp.events import EventRecorded
from cdp.spec import OnEvent
from infra.aws.app import make
from infra.aws.stack import Options
from infra.specs import rooms
from tests.unit.infra.conftest import EmptyLayers
from tests.unit.infra.wiring import Trigger, of_type, triggers


def test_a_rule_feeds_the_inbox_of_its_room(tmp_path: Path) -> None:
    specs = tuple(
        replace(spec, rules=(OnEvent(EventRecorded),)) if spec.name == "compact" else spec for spec in rooms()
    )
    make(tmp_path / "assembly", Options(layers=EmptyLayers(root=tmp_path)), specs).synth()
    template = json.loads((tmp_path / "assembly" / "regulars.template.json").read_text())
    assert Trigger("compact", "rule", "EventRecorded") in triggers(template)
    rules = of_type(template, "AWS::Events::Rule").values()
    (rule,) = [rule for rule in rules if "compact" in json.dumps(rule["Targets"]).lower()]
    assert rule["EventPattern"] == {"detail-type": ["EventRecorded"]}
    (target,) = rule["Targets"]
    assert target["InputPath"] == "$.detail"
    assert "DeadLetterConfig" in target
    policies = json.dumps(list(of_type(template, "AWS::SQS::QueuePolicy").values()))
    assert "events.amazonaws.com" in policies
