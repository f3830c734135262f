"""What each setting means on AWS: from a field of a room's Settings to its deployed value.

Locators are those of cdp/connect.py. A field without a value here needs a default in the room's Settings;
otherwise synth fails and names it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdp.spec import FunctionSpec

if TYPE_CHECKING:
    from infra.aws.messaging import Messaging
    from infra.aws.storage import Storage

LAKE_PREFIX = "lake"  # in the bucket
SANDBOX = "code_runner"  # the room that runs customers' functions
SPILL_PREFIX = "claims"  # message bodies that SQS or EventBridge cannot carry: cdp/adapters/aws/spill.py


@dataclass(frozen=True)
class Surroundings:
    """The API's own address; the address that mail comes from ("": there is no mail)."""

    platform_url: str
    mail_from: str


def routes_name(prefix: str) -> str:
    """The name of the stack of routes."""
    return f"{prefix}-routes"


def function_name(prefix: str, room: str) -> str:
    """What a room's Lambda is called."""
    return f"{prefix}-{room}"


def values(
    spec: FunctionSpec, storage: Storage, messaging: Messaging, surroundings: Surroundings, *, athena: bool
) -> dict[str, str]:
    """The room's settings by field name; fields left to their defaults are not in it."""
    known = _values(storage, messaging, surroundings, athena=athena)
    chosen = {name: known[name]() for name in sorted(fields(spec)) if name in known}
    if missing := sorted(required(spec) - chosen.keys()):
        raise LookupError(f"room {spec.name}: no value for {', '.join(missing)}; see infra/aws/values.py")
    return chosen


def _values(
    storage: Storage, messaging: Messaging, surroundings: Surroundings, *, athena: bool
) -> Mapping[str, Callable[[], str]]:
    return {
        "table": lambda: f"dynamodb://{storage.table.table_name}",
        "limits": lambda: f"dynamodb://{storage.limits.table_name}",
        "lake": lambda: f"s3://{storage.bucket.bucket_name}/{LAKE_PREFIX}?database={storage.database_prefix}",
        "engine": lambda: (
            f"athena://{storage.workgroup_name}?database={storage.database_prefix}" if athena else "duckdb:"
        ),
        "bus": lambda: f"eventbridge://{messaging.bus_name}?spill={storage.bucket.bucket_name}",
        "secrets": lambda: f"secretsmanager://{storage.secrets_prefix}",
        "post": lambda: f"ses://{surroundings.mail_from}" if surroundings.mail_from else "none:",
        "runner": lambda: f"lambda://{function_name(messaging.bus_name, SANDBOX)}",
        "guests": lambda: "/opt",  # where layers lie
        "platform_url": lambda: surroundings.platform_url,
    } | {
        f"{room}_queue": lambda inbox=inbox: inbox.locator(storage.bucket.bucket_name)
        for room, inbox in messaging.inboxes.items()
    }  # fmt: skip


def fields(spec: FunctionSpec) -> frozenset[str]:
    """Names of the room's settings."""
    return frozenset(field.name for field in dataclasses.fields(spec.settings))


def required(spec: FunctionSpec) -> frozenset[str]:
    """Names of the settings without a default."""
    return frozenset(
        field.name
        for field in dataclasses.fields(spec.settings)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    )
