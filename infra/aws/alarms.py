"""Alarms, all to one SNS topic: dead letters, stuck inboxes, failing or throttled functions, 5xx answers."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdp.spec import LogAlarm
from infra.aws.api import Gateway
from infra.aws.messaging import Messaging
from infra.aws.wiring import Room

OLDEST_MESSAGE_S = 15 * 60
_MINUTES_5 = Duration.minutes(5)


class Alarms(Construct):
    def __init__(
        self, scope: Construct, name: str, *, prefix: str, messaging: Messaging, rooms: list[Room], gateway: Gateway
    ) -> None:
        super().__init__(scope, name)
        self._prefix = prefix
        self.topic = sns.Topic(self, "Topic", topic_name=f"{prefix}-alarms", enforce_ssl=True)
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
            )
        )
        self._waiting("undelivered", messaging.undelivered, "A rule or schedule could not reach an inbox")
        for room, inbox in messaging.inboxes.items():
            self._waiting(
                f"{room}-dead", inbox.dead, f"{room} has set messages aside; `regulars jobs` lists them"
            )
            self._stuck(room, inbox.queue)
        for room_ in rooms:
            self._errors(room_)
            for alarm in room_.spec.alarms:
                self._said(room_, alarm)
        self._throttles()
        self._server_errors(gateway)

    def _waiting(self, name: str, queue: sqs.Queue, text: str) -> None:
        metric = queue.metric_approximate_number_of_messages_visible(period=_MINUTES_5, statistic="Maximum")
        self._alarm(name, metric, text, threshold=1)

    def _stuck(self, room: str, queue: sqs.Queue) -> None:
        metric = queue.metric_approximate_age_of_oldest_message(period=_MINUTES_5, statistic="Maximum")
        self._alarm(
            f"{room}-age", metric, f"The inbox of {room} does not keep up", threshold=OLDEST_MESSAGE_S
        )

    def _errors(self, room: Room) -> None:
        name = room.spec.name
        errors = room.function.metric_errors(period=_MINUTES_5, statistic="Sum")
        self._alarm(f"{name}-errors", errors, f"{name} fails: see its log group", threshold=1)

    def _said(self, room: Room, alarm: LogAlarm) -> None:
        if room.log_group is None:
            raise ValueError(f"room {room.spec.name} keeps no log to look into")
        found = logs.MetricFilter(
            self,
            f"{alarm.name}-lines",
            log_group=room.log_group,
            filter_pattern=logs.FilterPattern.literal(f'"{alarm.words}"'),
            metric_namespace=self._prefix,
            metric_name=alarm.name,
        )
        self._alarm(alarm.name, found.metric(period=_MINUTES_5, statistic="Sum"), alarm.text, threshold=1)

    def _throttles(self) -> None:
        """One alarm for all functions, ours or not: the concurrency that they share is the account's."""
        metric = cloudwatch.Metric(
            namespace="AWS/Lambda", metric_name="Throttles", period=_MINUTES_5, statistic="Sum"
        )
        self._alarm("throttles", metric, "A function is throttled: raise the account's concurrency", threshold=1)

    def _server_errors(self, gateway: Gateway) -> None:
        metric = cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name="5xx",
            dimensions_map={"ApiId": gateway.api.ref},
            period=_MINUTES_5,
            statistic="Sum",
        )
        self._alarm("http-5xx", metric, "The HTTP API answers with server errors", threshold=5)

    def _alarm(self, name: str, metric: cloudwatch.Metric, text: str, *, threshold: float) -> None:
        cloudwatch.CfnAlarm(
            self,
            name,
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=text,
            alarm_actions=[self.topic.topic_arn],
            namespace=metric.namespace,
            metric_name=metric.metric_name,
            dimensions=[
                cloudwatch.CfnAlarm.DimensionProperty(name=key, value=value)
                for key, value in (metric.dimensions or {}).items()
            ],
            statistic=metric.statistic,
            period=int(_MINUTES_5.to_seconds()),
            evaluation_periods=1,
            threshold=threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
        )
