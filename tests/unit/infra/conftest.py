from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.aws.app import make
from infra.aws.assets import LayerSource
from infra.aws.stack import Options

Resources = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class EmptyLayers(LayerSource):
    """Stands in for layers that need not be built to look at the wiring."""

    root: Path = Path()

    def folder(self, name: str) -> Path:
        (self.root / name).mkdir(exist_ok=True)
        return self.root / name

    def fingerprint(self, name: str) -> str:
        return name.encode().hex().ljust(32, "0")


def synthesise(root: Path, **options: Any) -> dict[str, Any]:
    """The templates of both stacks in one, and how many resources each has."""
    layers = EmptyLayers(root=root)
    make(root / "assembly", Options(layers=layers, **options)).synth()
    prefix = options.get("prefix", Options.prefix)
    whole: dict[str, Any] = {"Resources": {}, "Sizes": []}
    for stack in (prefix, f"{prefix}-routes"):
        template = json.loads((root / "assembly" / f"{stack}.template.json").read_text())
        assert not whole["Resources"].keys() & template["Resources"].keys()
        whole["Resources"] |= template["Resources"]
        whole["Sizes"].append(len(template["Resources"]))
    return whole


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return synthesise(tmp_path_factory.mktemp("synth"), athena=frozenset({"reports"}))
