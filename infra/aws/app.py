"""The CDK app: `python -m infra.aws.app` writes the cloud assembly to cdk.out.

Context (`cdk.json`, or CDK_CONTEXT_JSON): `prefix`, `athena` (rooms, comma separated), `keep` ("false": tables
and buckets are deleted with the stack), `python` (of the layers; only the emulator needs another one), `mail_from`
(address that mail comes from, verified with SES), `sandboxes` (how many environments may run customers' functions).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from cdp.spec import FunctionSpec
from infra.aws import layers
from infra.aws.assets import LayerSource
from infra.aws.layers import ROOT
from infra.aws.stack import Options, Regulars, Routes
from infra.specs import rooms


def make(
    output: Path, options: Options | None = None, specs: tuple[FunctionSpec, ...] | None = None
) -> App:
    """The app with its two stacks (of all rooms unless `specs` says which), ready to be synthesised."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = App(
        outdir=str(output),
        context=context | {"aws:cdk:disable-asset-staging": True},
        analytics_reporting=False,
    )
    chosen, wanted = specs or rooms(), options or _options(app)
    Routes(app, chosen, wanted).add_stack_dependency(Regulars(app, chosen, wanted))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def _options(app: App) -> Options:
    def context(name: str, default: str) -> Any:
        return app.node.try_get_context(name) or default

    return Options(
        prefix=context("prefix", Options.prefix),
        athena=frozenset(filter(None, context("athena", "").split(","))),
        keep=context("keep", "true") != "false",
        mail_from=context("mail_from", Options.mail_from),
        sandboxes=int(context("sandboxes", str(Options.sandboxes))),
        layers=LayerSource(context("python", layers.RUNTIME)),
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description="Write the cloud assembly")
    arguments.add_argument("--output", type=Path, default=ROOT / "cdk.out")
    make(arguments.parse_args().output).synth()


if __name__ == "__main__":
    main()
