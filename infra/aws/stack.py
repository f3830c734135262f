"""One stack: storage, messages, one Lambda a room, the HTTP API, alarms. All of it follows from the specs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from aws_cdk import CfnOutput, DefaultStackSynthesizer, Stack, Tags
from constructs import Construct

from cdp.spec import FunctionSpec
from infra.aws.acknowledged import acknowledge
from infra.aws.alarms import Alarms
from infra.aws.api import Api
from infra.aws.assets import Layers, LayerSource
from infra.aws.messaging import Messaging
from infra.aws.storage import Storage
from infra.aws.values import LAKE_PREFIX, fields
from infra.aws.wiring import Clock, Room

ASSETS_BUCKET = "{prefix}-assets-${{AWS::AccountId}}-${{AWS::Region}}"


@dataclass(frozen=True)
class Options:
    """What may differ between deployments.

    `prefix` begins every name, so that several stand side by side. `athena` names rooms whose reports run on
    Athena instead of DuckDB. `keep`: tables and buckets outlive the stack.
    """

    prefix: str = "regulars"
    athena: frozenset[str] = frozenset()
    keep: bool = True
    layers: LayerSource = field(default_factory=LayerSource)


class Regulars(Stack):
    def __init__(self, scope: Construct, rooms: tuple[FunctionSpec, ...], options: Options) -> None:
        prefix = options.prefix
        super().__init__(
            scope,
            prefix,
            description="Regulars: an open customer data platform",
            synthesizer=DefaultStackSynthesizer(
                file_assets_bucket_name=ASSETS_BUCKET.format(prefix=prefix),
                generate_bootstrap_version_rule=False,
            ),
        )
        _check(rooms, options)
        self.storage = Storage(self, "Storage", prefix=prefix, keep=options.keep)
        self.messaging = Messaging(self, "Messaging", rooms, prefix=prefix)
        layers = Layers(self, "Layers", prefix=prefix, source=options.layers)
        self.rooms = [
            Room(
                self,
                spec,
                prefix=prefix,
                storage=self.storage,
                messaging=self.messaging,
                layers=layers,
                athena=spec.name in options.athena,
            )
            for spec in rooms
        ]
        Clock(self, "Clock", rooms, prefix=prefix, messaging=self.messaging)
        self.api = Api(self, "Http", self.rooms, prefix=prefix)
        self.alarms = Alarms(
            self, "Alarms", prefix=prefix, messaging=self.messaging, rooms=self.rooms, api=self.api
        )
        self._outputs()
        Tags.of(self).add("project", "regulars")
        acknowledge(self)

    def _outputs(self) -> None:
        """What an operator and other tools need to reach the platform and the data."""
        found = {
            "Url": self.api.url,
            "ApiId": self.api.api.ref,
            "TableName": self.storage.table.table_name,
            "LakeLocation": f"s3://{self.storage.bucket.bucket_name}/{LAKE_PREFIX}",
            "DatabasePrefix": self.storage.database_prefix,
            "WorkgroupName": self.storage.workgroup_name,
            "BusName": self.messaging.bus_name,
            "AlarmTopic": self.alarms.topic.topic_arn,
        }
        for name, value in found.items():
            CfnOutput(self, name, value=value)


def _check(rooms: tuple[FunctionSpec, ...], options: Options) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,30}", options.prefix):
        raise ValueError(f"a prefix has 2 to 31 small letters, digits and hyphens, not {options.prefix!r}")
    if strangers := options.athena - {spec.name for spec in rooms if "engine" in fields(spec)}:
        raise ValueError(f"no room with a query engine is called {', '.join(sorted(strangers))}")
    defaults = [spec.name for spec in rooms if spec.default_route]
    if len(defaults) > 1:
        raise ValueError(f"only one room can have the default route, not {defaults}")
