"""From what a spec says to IAM statements: nothing that is not said, no wildcard but below a prefix."""

from __future__ import annotations

from collections.abc import Callable

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from cdp.spec import Access, FunctionSpec, Grant
from infra.aws.messaging import Messaging
from infra.aws.storage import RESULTS_PREFIX, Storage
from infra.aws.values import LAKE_PREFIX, SPILL_PREFIX, Surroundings, fields, function_name

_TABLE_READ = ("BatchGetItem", "ConditionCheckItem", "GetItem", "Query")
_TABLE_WRITE = ("BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem")
_GLUE_READ = ("GetDatabase", "GetDatabases", "GetTable", "GetTables")
_GLUE_WRITE = (
    "CreateDatabase",
    "CreateTable",
    "DeleteDatabase",
    "DeleteTable",
    "UpdateDatabase",
    "UpdateTable",
)
_SECRETS_WRITE = ("CreateSecret", "DeleteSecret", "PutSecretValue", "RestoreSecret", "TagResource")
_QUEUE_REPAIR = ("ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage", "SendMessage")

Statements = list[iam.PolicyStatement]


def statements(
    spec: FunctionSpec, storage: Storage, messaging: Messaging, surroundings: Surroundings, *, athena: bool
) -> Statements:
    """Everything the room's role may do, its log group apart."""
    granted = [s for grant in spec.grants for s in statement(grant, storage, messaging, surroundings)]
    if spec.inbox:
        granted += _own_inbox(spec, storage, messaging)
    if "limits" in fields(spec):
        granted.append(_limits(storage))
    if athena:
        granted += _athena(storage)
    return granted


def statement(grant: Grant, storage: Storage, messaging: Messaging, surroundings: Surroundings) -> Statements:
    """What one grant allows."""
    resource, _, room = grant.resource.partition(":")  # of secrets: the first part of their names
    rules: dict[str, Callable[[], Statements]] = {
        "table": lambda: _table(grant.access, storage),
        "lake": lambda: _lake(grant.access, storage),
        "bus": lambda: [_allow("events", ("PutEvents",), messaging.bus.event_bus_arn), _spilling(storage)],
        "secrets": lambda: _secrets(grant.access, room, storage),
        "limits": lambda: [_limits(storage)],
        "queue": lambda: _queue(grant.access, room, storage, messaging),
        "room": lambda: [_calling(room, messaging)],
        "post": lambda: _mailing(surroundings.mail_from, messaging),
    }
    if resource not in rules:
        raise ValueError(f"no resource {grant.resource!r} to grant; see infra/aws/grants.py")
    return rules[resource]()


def _table(access: Access, storage: Storage) -> Statements:
    actions = _TABLE_READ + (_TABLE_WRITE if access is Access.WRITE else ())
    return [_allow("dynamodb", actions, storage.table.table_arn, f"{storage.table.table_arn}/index/*")]


def _lake(access: Access, storage: Storage) -> Statements:
    write = access is Access.WRITE
    objects = ("GetObject", *(("AbortMultipartUpload", "DeleteObject", "PutObject") if write else ()))
    return [
        _allow("s3", objects, storage.objects(LAKE_PREFIX)),
        _listing(storage, LAKE_PREFIX),
        _allow("glue", _GLUE_READ + (_GLUE_WRITE if write else ()), *storage.glue_arns),
    ]


def _limits(storage: Storage) -> iam.PolicyStatement:
    """Counting is all that a counter is for."""
    return _allow("dynamodb", ("UpdateItem",), storage.limits.table_arn)


def _secrets(access: Access, folder: str, storage: Storage) -> Statements:
    if not folder:
        raise ValueError("say which secrets are granted: secrets:<first part of their names>")
    actions = ("GetSecretValue", *(_SECRETS_WRITE if access is Access.WRITE else ()))
    return [_allow("secretsmanager", actions, storage.secrets_arn(folder))]


def _queue(access: Access, room: str, storage: Storage, messaging: Messaging) -> Statements:
    """SEND: put messages in. READ: its depth. WRITE: look into its dead letters and replay them."""
    if room not in messaging.inboxes:
        raise ValueError(f"no room {room!r} with an inbox to grant")
    inbox = messaging.inboxes[room]
    if access is Access.READ:
        return [_allow("sqs", ("GetQueueAttributes",), inbox.queue.queue_arn, inbox.dead.queue_arn)]
    sending = _allow("sqs", ("SendMessage",), inbox.queue.queue_arn)
    if access is Access.SEND:
        return [sending, _spilling(storage)]
    return [sending, _allow("sqs", _QUEUE_REPAIR, inbox.dead.queue_arn), _spilled(storage)]


def _calling(room: str, messaging: Messaging) -> iam.PolicyStatement:
    stack = Stack.of(messaging)
    arn = f"arn:aws:lambda:{stack.region}:{stack.account}:function:{function_name(messaging.bus_name, room)}"
    return _allow("lambda", ("InvokeFunction",), arn)


def _mailing(sender: str, messaging: Messaging) -> Statements:
    """Send as one address: what is verified with SES is the address itself or its domain."""
    if not sender:
        return []
    stack = Stack.of(messaging)
    root = f"arn:aws:ses:{stack.region}:{stack.account}:identity"
    allowed = _allow("ses", ("SendEmail",), f"{root}/{sender}", f"{root}/{sender.partition('@')[2]}")
    allowed.add_condition("StringEquals", {"ses:FromAddress": sender})
    return [allowed]


def _own_inbox(spec: FunctionSpec, storage: Storage, messaging: Messaging) -> Statements:
    """Read the inbox; set a message aside with its reason; fetch spilled bodies."""
    inbox = messaging.inboxes[spec.name]
    reading = ("ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
    return [
        _allow("sqs", reading, inbox.queue.queue_arn),
        _allow("sqs", ("SendMessage",), inbox.dead.queue_arn),
        _spilled(storage),
    ]


def _spilling(storage: Storage) -> iam.PolicyStatement:
    return _allow("s3", ("PutObject",), storage.objects(SPILL_PREFIX))


def _spilled(storage: Storage) -> iam.PolicyStatement:
    """Fetch a spilled body, and spill it again with the dead letter. The bucket's lifecycle removes it."""
    return _allow("s3", ("GetObject", "PutObject"), storage.objects(SPILL_PREFIX))


def _athena(storage: Storage) -> Statements:
    queries = (
        "GetQueryExecution",
        "GetQueryResults",
        "GetWorkGroup",
        "StartQueryExecution",
        "StopQueryExecution",
    )
    results = ("AbortMultipartUpload", "GetObject", "ListMultipartUploadParts", "PutObject")
    return [
        _allow("athena", queries, storage.workgroup_arn),
        _allow("s3", results, storage.objects(RESULTS_PREFIX)),
        _allow("s3", ("GetBucketLocation",), storage.bucket.bucket_arn),
        _listing(storage, RESULTS_PREFIX),
        _allow("glue", ("GetPartition", "GetPartitions"), *storage.glue_arns),
    ]


def _listing(storage: Storage, prefix: str) -> iam.PolicyStatement:
    """List below the prefix. IfExists: asking for one missing object must give 404, which needs ListBucket too."""
    return iam.PolicyStatement(
        actions=["s3:ListBucket"],
        resources=[storage.bucket.bucket_arn],
        conditions={"StringLikeIfExists": {"s3:prefix": [f"{prefix}/*"]}},
    )


def _allow(service: str, actions: tuple[str, ...], *resources: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=[f"{service}:{action}" for action in actions], resources=list(resources)
    )
