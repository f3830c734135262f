"""What is uploaded: the code of each room and the layers."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdp.spec import FunctionSpec
from infra.aws import layers
from infra.aws.layers import ROOT
from infra.aws.values import fields

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.X86_64
GUESTS = "guests"  # the layer of a sandbox: what `make guests` compiled
_NOT_CODE = ("guest", "__pycache__", "*.pyc", "*.egg-info", ".mypy_cache")


def stage(room: str, into: Path = ROOT / ".build/code") -> Path:
    """The room alone, importable as functions.<room>: its asset's root."""
    root = into / room
    shutil.rmtree(root, ignore_errors=True)
    ignored = shutil.ignore_patterns(*_NOT_CODE)
    shutil.copytree(ROOT / "functions" / room, root / "functions" / room, ignore=ignored)
    shutil.copy(ROOT / "functions/__init__.py", root / "functions/__init__.py")
    return root


def code(spec: FunctionSpec) -> lambda_.Code:
    return lambda_.Code.from_asset(str(stage(spec.name)))


@dataclass(frozen=True)
class LayerSource:
    """Where the third-party layers lie. `python` is the one that they were built for."""

    python: str = layers.RUNTIME

    def folder(self, name: str) -> Path:
        return layers.GUESTS if name == GUESTS else layers.folder(name, self.python)

    def fingerprint(self, name: str) -> str:
        if name == GUESTS:
            return hashlib.sha256((layers.GUESTS / "manifest.json").read_bytes()).hexdigest()[:32]
        return layers.fingerprint(name, self.python)


class Layers(Construct):
    """Layer versions, made when a room asks for them."""

    def __init__(self, scope: Construct, name: str, *, prefix: str, source: LayerSource) -> None:
        super().__init__(scope, name)
        self._prefix = prefix
        self._source = source
        self._made: dict[str, lambda_.LayerVersion] = {}
        shared = lambda_.Code.from_asset(str(ROOT / "layers/cdp"), exclude=["pyproject.toml", *_NOT_CODE])
        self._cdp = self._layer("cdp", "Our shared package", shared)

    def of(self, spec: FunctionSpec, *, athena: bool) -> list[lambda_.ILayerVersion]:
        wanted = [*names(spec, athena=athena), *([GUESTS] if spec.sandbox else [])]
        return [self._cdp, *(self._further(name) for name in wanted)]

    def _further(self, name: str) -> lambda_.LayerVersion:
        if name not in self._made:
            bundle = lambda_.Code.from_asset(
                str(self._source.folder(name)),
                asset_hash=self._source.fingerprint(name),
                asset_hash_type=AssetHashType.CUSTOM,
            )
            what = "Compiled guests of the sandbox" if name == GUESTS else f"Third-party packages: {name}"
            self._made[name] = self._layer(name, what, bundle)
        return self._made[name]

    def _layer(self, name: str, description: str, bundle: lambda_.Code) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            name,
            code=bundle,
            description=description,
            layer_version_name=f"{self._prefix}-{name}",
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        )


def names(spec: FunctionSpec, *, athena: bool) -> list[str]:
    """Third-party layers of a room: those of its spec, and the drivers of its lake and its query engine."""
    known = layers.recipe().names
    if unknown := [name for name in spec.layers if name not in known]:
        raise ValueError(f"room {spec.name}: no layer {unknown}; see {layers.DEFINITION.relative_to(ROOT)}")
    wanted = set(spec.layers)
    if fields(spec) & {"engine", "lake"}:
        wanted = wanted - {"duckdb"} | {"lake", "athena" if athena else "duckdb"}
    return [name for name in known if name in wanted]
