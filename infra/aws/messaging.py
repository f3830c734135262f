"""The bus and the inboxes: one queue with dead letters for every room that has an inbox."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdp.spec import FunctionSpec

KEPT = Duration.days(14)  # SQS keeps no message longer
# A message is hidden for this many handler timeouts: Lambda may retry a batch it could not start at once.
VISIBILITY_TIMEOUTS = 6


class Inbox(Construct):
    """The queue named after a room, and its dead letters."""

    def __init__(self, scope: Construct, spec: FunctionSpec, *, prefix: str) -> None:
        super().__init__(scope, spec.name)
        assert spec.inbox is not None  # noqa: S101 - the caller's duty
        self.dead = _queue(self, "Dead", f"{prefix}-{spec.name}-dead", enforce_ssl=False)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=f"{prefix}-{spec.name}",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=KEPT,
            visibility_timeout=Duration.seconds(VISIBILITY_TIMEOUTS * spec.timeout_s),
            receive_message_wait_time=Duration.seconds(20),
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=spec.inbox.max_attempts, queue=self.dead),
        )

    def locator(self, spill_bucket: str) -> str:
        """As cdp/connect.py wants it."""
        return f"sqs+{self.queue.queue_url}?dead={self.dead.queue_url}&spill={spill_bucket}"


class Messaging(Construct):
    """`undelivered` holds what a rule or a schedule could not put into an inbox."""

    def __init__(self, scope: Construct, name: str, rooms: Iterable[FunctionSpec], *, prefix: str) -> None:
        super().__init__(scope, name)
        self.bus_name = prefix
        self.bus = events.EventBus(self, "Bus", event_bus_name=self.bus_name)
        self.undelivered = _queue(self, "Undelivered", f"{prefix}-undelivered")
        self.inboxes = {spec.name: Inbox(self, spec, prefix=prefix) for spec in rooms if spec.inbox}
        self._require_ssl([inbox.dead for inbox in self.inboxes.values()])

    def _require_ssl(self, queues: list[sqs.Queue]) -> None:
        """One policy for all: a stack has at most 500 resources."""
        refusal = iam.PolicyStatement(
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["sqs:*"],
            resources=[queue.queue_arn for queue in queues],
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        )
        document = iam.PolicyDocument(statements=[refusal])
        sqs.CfnQueuePolicy(
            self, "DeadPolicy", queues=[queue.queue_url for queue in queues], policy_document=document
        )


def _queue(scope: Construct, name: str, queue_name: str, *, enforce_ssl: bool = True) -> sqs.Queue:
    """A queue that only people and repair jobs read. `enforce_ssl`: by a policy of its own."""
    return sqs.Queue(
        scope,
        name,
        queue_name=queue_name,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=enforce_ssl,
        retention_period=KEPT,
    )
