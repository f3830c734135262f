"""From a spec to a deployed room: function, role, log group, triggers."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, RemovalPolicy, Size
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from cdp.events import encode
from cdp.events.scheduled import Scheduled
from cdp.spec import FunctionSpec, Schedule
from infra.aws import assets, grants
from infra.aws.messaging import Inbox, Messaging
from infra.aws.storage import Storage
from infra.aws.values import Surroundings, fields, function_name, values

LOG_RETENTION = logs.RetentionDays.ONE_MONTH
EVENT_AGE_S = 24 * 3600  # how long a rule or a schedule tries to reach an inbox


_NOTHING = iam.PolicyStatement(effect=iam.Effect.DENY, actions=["*"], resources=["*"])


class Room(Construct):
    """One Lambda with exactly what its spec asks for."""

    def __init__(
        self,
        scope: Construct,
        spec: FunctionSpec,
        *,
        prefix: str,
        storage: Storage,
        messaging: Messaging,
        layers: assets.Layers,
        surroundings: Surroundings,
        athena: bool,
        sandboxes: int,
    ) -> None:
        super().__init__(scope, spec.name)
        self.spec = spec
        self.log_group = None if spec.sandbox else self._log_group(prefix)
        granted = grants.statements(spec, storage, messaging, surroundings, athena=athena)
        self.role = self._role([_NOTHING] if spec.sandbox else granted)
        settings = values(spec, storage, messaging, surroundings, athena=athena)
        alone = self._alone(sandboxes) if spec.sandbox else {}
        self.function = self._function(prefix, layers.of(spec, athena=athena), settings, alone)
        if spec.inbox:
            self._read(messaging.inboxes[spec.name])
            self._listen(messaging)

    def _log_group(self, prefix: str) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/{prefix}/{self.spec.name}",
            retention=LOG_RETENTION,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _alone(self, sandboxes: int) -> dict[str, Any]:
        """Customers' code: no two accounts in one environment, a bound to all of them together, no way back in."""
        if self.spec.inbox or self.spec.routes or self.spec.grants:
            raise ValueError(f"room {self.spec.name} is a sandbox: it is called directly, and may do nothing")
        return {
            "tenancy_config": lambda_.TenancyConfig.PER_TENANT,
            "reserved_concurrent_executions": sandboxes,
            "recursive_loop": lambda_.RecursiveLoop.TERMINATE,
        }

    def _function(
        self, prefix: str, layers: list[lambda_.ILayerVersion], settings: dict[str, str], further: dict[str, Any]
    ) -> lambda_.Function:
        spec = self.spec
        return lambda_.Function(
            self,
            "Function",
            function_name=function_name(prefix, spec.name),
            description=spec.description,
            runtime=assets.RUNTIME,
            architecture=assets.ARCHITECTURE,
            handler=spec.handler,
            code=assets.code(spec),
            layers=layers,
            environment={name.upper(): value for name, value in settings.items()},
            memory_size=spec.memory_mb,
            timeout=Duration.seconds(spec.timeout_s),
            # DuckDB spills to /tmp what its memory cannot hold.
            ephemeral_storage_size=Size.mebibytes(2048) if "lake" in fields(spec) else None,
            role=self.role.without_policy_updates(),
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            **further,
        )

    def _role(self, statements: grants.Statements) -> iam.Role:
        """Only what the spec grants, and its own log group."""
        if self.log_group is not None:
            actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
            statements = [iam.PolicyStatement(actions=actions, resources=[self.log_group.log_group_arn]), *statements]
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What the room {self.spec.name} may do",
            inline_policies={"grants": iam.PolicyDocument(statements=statements)},
        )

    def _read(self, inbox: Inbox) -> None:
        """The inbox calls the function; a failed message comes back alone, not with its batch."""
        assert self.spec.inbox is not None  # noqa: S101 - the caller's duty
        window_s = self.spec.inbox.batch_window_s or (1 if self.spec.inbox.batch_size > 10 else 0)
        lambda_.CfnEventSourceMapping(
            self,
            "Inbox",
            event_source_arn=inbox.queue.queue_arn,
            function_name=self.function.function_name,
            batch_size=self.spec.inbox.batch_size,
            maximum_batching_window_in_seconds=window_s,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=lambda_.CfnEventSourceMapping.ScalingConfigProperty(
                maximum_concurrency=max(2, self.spec.inbox.max_concurrency)
            ),
        )

    def _listen(self, messaging: Messaging) -> None:
        """One rule a message class: what is published on the bus reaches the inbox as it was."""
        inbox = messaging.inboxes[self.spec.name]
        rules = [self._rule(rule.message.__name__, inbox, messaging) for rule in self.spec.rules]
        if rules:
            _let_in(inbox, "events.amazonaws.com", [rule.attr_arn for rule in rules])
            _let_in_undelivered(messaging, "events.amazonaws.com", [rule.attr_arn for rule in rules])

    def _rule(self, message: str, inbox: Inbox, messaging: Messaging) -> events.CfnRule:
        return events.CfnRule(
            self,
            f"On{message}",
            description=f"{message} to the inbox of {self.spec.name}",
            event_bus_name=messaging.bus.event_bus_name,
            event_pattern={"detail-type": [message]},
            targets=[
                events.CfnRule.TargetProperty(
                    id="inbox",
                    arn=inbox.queue.queue_arn,
                    input_path="$.detail",
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                        arn=messaging.undelivered.queue_arn
                    ),
                    retry_policy=events.CfnRule.RetryPolicyProperty(
                        maximum_event_age_in_seconds=EVENT_AGE_S, maximum_retry_attempts=185
                    ),
                )
            ],
        )


class Clock(Construct):
    """The schedules of all rooms: each puts a `Scheduled` message into its room's inbox."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        rooms: tuple[FunctionSpec, ...],
        *,
        prefix: str,
        messaging: Messaging,
    ) -> None:
        super().__init__(scope, name)
        timed = [spec for spec in rooms if spec.schedules]
        if not timed:
            return
        queues = [messaging.inboxes[spec.name].queue.queue_arn for spec in timed]
        sending = iam.PolicyStatement(
            actions=["sqs:SendMessage"], resources=[*queues, messaging.undelivered.queue_arn]
        )
        self._role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"),
            description="Puts scheduled jobs into inboxes",
            inline_policies={"grants": iam.PolicyDocument(statements=[sending])},
        )
        for spec in timed:
            for schedule in spec.schedules:
                self._schedule(spec, schedule, prefix, messaging)

    def _schedule(self, spec: FunctionSpec, schedule: Schedule, prefix: str, messaging: Messaging) -> None:
        scheduler.CfnSchedule(
            self,
            f"{spec.name}-{schedule.name}",
            name=f"{prefix}-{spec.name}-{schedule.name}",
            description=f"{schedule.name} of {spec.name}",
            schedule_expression=expression(schedule),
            schedule_expression_timezone="UTC",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=messaging.inboxes[spec.name].queue.queue_arn,
                role_arn=self._role.role_arn,
                input=encode(Scheduled(job=schedule.name)),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=messaging.undelivered.queue_arn
                ),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=EVENT_AGE_S, maximum_retry_attempts=185
                ),
            ),
        )


def expression(schedule: Schedule) -> str:
    """rate(…) or cron(…), as the Scheduler wants it."""
    if (schedule.rate is None) == (schedule.cron is None):
        raise ValueError(f"schedule {schedule.name} needs either a rate or a cron expression")
    return f"rate({schedule.rate})" if schedule.rate else f"cron({schedule.cron})"


def _let_in(inbox: Inbox, service: str, sources: list[str]) -> None:
    inbox.queue.add_to_resource_policy(_sending(service, inbox.queue.queue_arn, sources))


def _let_in_undelivered(messaging: Messaging, service: str, sources: list[str]) -> None:
    queue = messaging.undelivered
    queue.add_to_resource_policy(_sending(service, queue.queue_arn, sources))


def _sending(service: str, queue_arn: str, sources: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal(service)],
        actions=["sqs:SendMessage"],
        resources=[queue_arn],
        conditions={"ArnEquals": {"aws:SourceArn": sources}},
    )
