"""The HTTP API: which room answers at which path.

A collection whose operations are all one room's, and private, is two routes, however many operations it has: a
stack has at most 500 resources and an API 300 routes. The room finds the operation (cdp/jsonapi/routing.py). API
Gateway tells /x from /x/; where /x/ has no route, the default one sends the client to /x (docs/adr/0080).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdp.spec import Auth, FunctionSpec, HttpRoute
from infra.aws.acknowledged import open_route
from infra.aws.values import function_name
from infra.aws.wiring import LOG_RETENTION

# A revoked key works this much longer; a valid one costs one look-up in this time (docs/adr/0022).
AUTHORIZER_TTL_S = 60
_ACCESS_LOG = {
    "requestId": "$context.requestId", "ip": "$context.identity.sourceIp", "time": "$context.requestTime",
    "route": "$context.routeKey", "method": "$context.httpMethod", "status": "$context.status", "bytes": "$context.responseLength",
    "latency_ms": "$context.responseLatency", "account_id": "$context.authorizer.account_id",
    "key_id": "$context.authorizer.key_id", "error": "$context.integrationErrorMessage",
}  # fmt: skip


class Gateway(Construct):
    """The API itself, without a route, and its one stage. Throttling by account is the rooms' own (SPEC §1.6)."""

    def __init__(self, scope: Construct, name: str, *, prefix: str) -> None:
        super().__init__(scope, name)
        self.prefix = prefix
        self.api = apigateway.CfnApi(
            self,
            "Api",
            name=prefix,
            description="Regulars",
            protocol_type="HTTP",
            # For browsers on /client/*. The private routes gain nothing from it: `authorization` is not allowed.
            cors_configuration=apigateway.CfnApi.CorsProperty(
                allow_origins=["*"],
                allow_methods=["GET", "POST"],
                allow_headers=["content-type", "revision"],
                max_age=86400,
            ),
        )
        self.stage = self._stage(prefix)

    @property
    def url(self) -> str:
        return self.api.attr_api_endpoint

    def _stage(self, prefix: str) -> apigateway.CfnStage:
        group = logs.LogGroup(
            self,
            "AccessLogs",
            log_group_name=f"/aws/vendedlogs/{prefix}/http",  # spares the account's one resource policy
            retention=LOG_RETENTION,
            removal_policy=RemovalPolicy.DESTROY,
        )
        return apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api.ref,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=group.log_group_arn, format=Stack.of(self).to_json_string(_ACCESS_LOG)
            ),
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(detailed_metrics_enabled=True),
        )


class Api(Construct):
    """The routes of a gateway, and the permission of each room to be called by it."""

    def __init__(
        self, scope: Construct, name: str, rooms: tuple[FunctionSpec, ...], *, prefix: str, api_id: str
    ) -> None:
        super().__init__(scope, name)
        self._prefix, self._api_id = prefix, api_id
        self._authorizer = self._make_authorizer(next((room for room in rooms if room.authorizer), None))
        targets = {room.name: self._target(room) for room in rooms if _answers(room)}
        for entry in entries(rooms):
            self._route(entry.key, targets[entry.room], entry.auth)

    def _make_authorizer(self, room: FunctionSpec | None) -> apigateway.CfnAuthorizer | None:
        if room is None:
            return None
        region = Stack.of(self).region
        authorizer = apigateway.CfnAuthorizer(
            self,
            "Authorizer",
            api_id=self._api_id,
            name=room.name,
            authorizer_type="REQUEST",
            authorizer_uri=f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{self._arn(room)}/invocations",
            authorizer_payload_format_version="2.0",
            enable_simple_responses=True,
            identity_source=["$request.header.Authorization"],
            authorizer_result_ttl_in_seconds=AUTHORIZER_TTL_S,
        )
        self._permit(room, f"authorizers/{authorizer.ref}")
        return authorizer

    def _target(self, room: FunctionSpec) -> str:
        """The room as what a route leads to."""
        integration = apigateway.CfnIntegration(
            self,
            f"{room.name}-integration",
            api_id=self._api_id,
            integration_type="AWS_PROXY",
            integration_uri=self._arn(room),
            payload_format_version="2.0",
            timeout_in_millis=min(30_000, 1000 * room.timeout_s),
        )
        self._permit(room, "*/*")
        return f"integrations/{integration.ref}"

    def _route(self, key: str, target: str, auth: Auth) -> None:
        private = auth is Auth.PRIVATE
        if private and self._authorizer is None:
            raise LookupError(f"{key} is private, and no room is the authorizer")
        route = apigateway.CfnRoute(
            self,
            f"{key} ({auth.value})".replace("/", "|"),
            api_id=self._api_id,
            route_key=key,
            target=target,
            authorization_type="CUSTOM" if private else "NONE",
            authorizer_id=self._authorizer.ref if private and self._authorizer else None,
        )
        if not private:
            open_route(route, auth)

    def _permit(self, room: FunctionSpec, source: str) -> None:
        """Let the API, and nobody else, invoke the room."""
        stack = Stack.of(self)
        lambda_.CfnPermission(
            self,
            f"{room.name}-{source.split('/')[0].replace('*', 'routes')}",
            action="lambda:InvokeFunction",
            function_name=function_name(self._prefix, room.name),
            principal="apigateway.amazonaws.com",
            source_arn=f"arn:aws:execute-api:{stack.region}:{stack.account}:{self._api_id}/{source}",
        )

    def _arn(self, room: FunctionSpec) -> str:
        stack = Stack.of(self)
        return f"arn:aws:lambda:{stack.region}:{stack.account}:function:{function_name(self._prefix, room.name)}"


class Entry(NamedTuple):
    """A route of the gateway."""

    key: str
    room: str
    auth: Auth


def entries(specs: Iterable[FunctionSpec]) -> Iterator[Entry]:
    """The gateway's routes, each once."""
    collections: dict[str, list[tuple[FunctionSpec, HttpRoute]]] = defaultdict(list)
    for spec in specs:
        for route in spec.routes:
            collections["/".join(route.path.split("/")[:3])].append((spec, route))
        if spec.default_route:
            yield Entry("$default", spec.name, Auth.OPEN)
    for path, routes in collections.items():
        owners = {(spec.name, route.auth) for spec, route in routes}
        if owners == {(routes[0][0].name, Auth.PRIVATE)}:
            below = [f"{path}/{{proxy+}}"] if any(route.path != path for _, route in routes) else []
            yield from (Entry(f"ANY {at}", routes[0][0].name, Auth.PRIVATE) for at in (path, *below))
        else:
            yield from (Entry(route.key, spec.name, route.auth) for spec, route in routes)


def _answers(spec: FunctionSpec) -> bool:
    return bool(spec.routes or spec.default_route)
