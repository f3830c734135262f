"""Two stacks, and all of both follows from the specs: `Regulars` with storage, messages, one Lambda a room and alarms,
and `Routes` with the routes of the HTTP API, because a stack has at most 500 resources (docs/adr/0161)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from aws_cdk import App, CfnOutput, DefaultStackSynthesizer, Fn, Stack, Tags
from constructs import Construct

from cdp.spec import FunctionSpec
from infra.aws.acknowledged import acknowledge
from infra.aws.alarms import Alarms
from infra.aws.api import Api, Gateway
from infra.aws.assets import Layers, LayerSource
from infra.aws.messaging import Messaging
from infra.aws.storage import Storage
from infra.aws.values import LAKE_PREFIX, Surroundings, fields, routes_name
from infra.aws.wiring import Clock, Room

ASSETS_BUCKET = "{prefix}-assets-${{AWS::AccountId}}-${{AWS::Region}}"


@dataclass(frozen=True)
class Options:
    """What may differ between deployments.

    `prefix` begins every name, so that several stand side by side. `athena` names rooms whose reports run on
    Athena instead of DuckDB. `keep`: tables and buckets outlive the stack. `mail_from` is the verified address of SES
    that mail comes from; without it none is sent. `sandboxes`: so many environments may run customers' functions.
    """

    prefix: str = "regulars"
    athena: frozenset[str] = frozenset()
    keep: bool = True
    mail_from: str = ""
    sandboxes: int = 100
    layers: LayerSource = field(default_factory=LayerSource)


class Regulars(Stack):
    def __init__(self, scope: Construct, rooms: tuple[FunctionSpec, ...], options: Options) -> None:
        prefix = options.prefix
        described = "Regulars: an open customer data platform"
        super().__init__(scope, prefix, description=described, synthesizer=_synthesizer(prefix))
        _check(rooms, options)
        self.gateway = Gateway(self, "Http", prefix=prefix)
        surroundings = Surroundings(self.gateway.url, options.mail_from)
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
                surroundings=surroundings,
                athena=spec.name in options.athena,
                sandboxes=options.sandboxes,
            )
            for spec in rooms
        ]
        Clock(self, "Clock", rooms, prefix=prefix, messaging=self.messaging)
        self.alarms = Alarms(
            self, "Alarms", prefix=prefix, messaging=self.messaging, rooms=self.rooms, gateway=self.gateway
        )
        self._outputs()
        Tags.of(self).add("project", "regulars")
        acknowledge(self)

    def _outputs(self) -> None:
        """What an operator and other tools need to reach the platform and the data."""
        found = {
            "Url": self.gateway.url,
            "TableName": self.storage.table.table_name,
            "LakeLocation": f"s3://{self.storage.bucket.bucket_name}/{LAKE_PREFIX}",
            "DatabasePrefix": self.storage.database_prefix,
            "WorkgroupName": self.storage.workgroup_name,
            "BusName": self.messaging.bus_name,
            "AlarmTopic": self.alarms.topic.topic_arn,
        }
        for name, value in found.items():
            CfnOutput(self, name, value=value)
        CfnOutput(self, "ApiId", value=self.gateway.api.ref, export_name=_api_id(self.gateway.prefix))


class Routes(Stack):
    """Which room answers at which path. It knows the other stack's functions by their names: of what it uses only the
    API's id is exported, so rooms can come and go."""

    def __init__(self, scope: App, rooms: tuple[FunctionSpec, ...], options: Options) -> None:
        prefix = options.prefix
        super().__init__(
            scope, routes_name(prefix), description="Regulars: routes of the HTTP API", synthesizer=_synthesizer(prefix)
        )
        self.api = Api(self, "Http", rooms, prefix=prefix, api_id=Fn.import_value(_api_id(prefix)))
        Tags.of(self).add("project", "regulars")


def _api_id(prefix: str) -> str:
    return f"{prefix}-api-id"


def _synthesizer(prefix: str) -> DefaultStackSynthesizer:
    return DefaultStackSynthesizer(
        file_assets_bucket_name=ASSETS_BUCKET.format(prefix=prefix), generate_bootstrap_version_rule=False
    )


def _check(rooms: tuple[FunctionSpec, ...], options: Options) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,30}", options.prefix):
        raise ValueError(f"a prefix has 2 to 31 small letters, digits and hyphens, not {options.prefix!r}")
    if strangers := options.athena - {spec.name for spec in rooms if "engine" in fields(spec)}:
        raise ValueError(f"no room with a query engine is called {', '.join(sorted(strangers))}")
    defaults = [spec.name for spec in rooms if spec.default_route]
    if len(defaults) > 1:
        raise ValueError(f"only one room can have the default route, not {defaults}")
