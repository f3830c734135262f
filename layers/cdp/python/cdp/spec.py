"""What a room says of itself: its routes, rules, schedules, settings, size and grants.

`functions/<room>/spec.py` holds one `SPEC`. infra/aws turns it into CDK constructs, infra/embedded into a
running process; neither has a list of its own.

Every room has at most one *inbox*: a queue named after it, fed by direct sends (`Grant.SEND` of another
room), by bus rules (`OnEvent`) and by schedules (`Schedule`). Whatever comes out of it is a message of
cdp/events, so a handler sees just two shapes of call: an API Gateway v2 request and a batch of SQS records.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum


class Auth(StrEnum):
    """Who may call a route."""

    PRIVATE = "private"  # Authorization: Klaviyo-API-Key or Bearer
    PUBLIC = "public"  # ?company_id=
    OPEN = "open"  # anyone: health, the API's description


class Limit(Enum):
    """Rate-limit tiers of SPEC §1.6: requests per second (burst), per minute (steady) and, where there is such a
    limit, per day (UTC); before the factor."""

    XS = (1, 15)
    S = (3, 60)
    M = (10, 150)
    L = (75, 750)
    XL = (350, 3500)
    REPORTING = (1, 2, 225)
    INGEST = (3500, 210_000)  # the event endpoints; docs/adr/0007
    NONE = (0, 0)


@dataclass(frozen=True, slots=True)
class HttpRoute:
    """One operation. `path` holds {parameters} as in API Gateway; `key` is its route key."""

    method: str
    path: str
    scopes: tuple[str, ...] = ()
    limit: Limit = Limit.M
    auth: Auth = Auth.PRIVATE
    max_body_bytes: int = 100_000
    extension: bool = False  # ours, not part of the public API (SPEC §1.10)
    feature: str | None = None  # of the plan (documents.plans.OPENED_BY); None: everybody has it

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class OnEvent:
    """A rule: messages of this class (cdp/events) published on the bus reach the room's inbox."""

    message: type


@dataclass(frozen=True, slots=True)
class Schedule:
    """Put a `Scheduled(job=name)` message into the inbox, by `rate` ("1 hour") or `cron` (AWS form, UTC)."""

    name: str
    rate: str | None = None
    cron: str | None = None


@dataclass(frozen=True, slots=True)
class Inbox:
    """How the inbox is read. A message is set aside (dead letter) after `max_attempts`.

    On one machine rooms with the same `process` share a worker; without one, a bulk inbox has its own and the others
    share. `threads` batches are handled at the same time there (the handler must bear it).
    """

    batch_size: int = 10
    batch_window_s: int = 0
    max_attempts: int = 5
    max_concurrency: int = 2  # AWS: concurrent invocations by the event source
    process: str = ""
    threads: int = 1


class Access(StrEnum):
    READ = "read"
    WRITE = "write"  # includes read
    SEND = "send"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a room may do with a resource: "table", "lake", "bus", "limits", "post", "secrets:<first part of their names>",
    "queue:<room>", or "room:<room>" (SEND: call it directly)."""

    resource: str
    access: Access = Access.READ


@dataclass(frozen=True, slots=True)
class LogAlarm:
    """On AWS: an alarm when the room logs a line with these words, because nothing else would tell an operator."""

    name: str
    words: str
    text: str


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One room. `layers` are dependency groups of layers/deps; `authorizer` marks the API's authorizer. A `sandbox` runs
    customers' code: one execution environment an account, a role that denies everything."""

    name: str
    description: str
    settings: type
    routes: tuple[HttpRoute, ...] = ()
    rules: tuple[OnEvent, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    inbox: Inbox | None = None
    grants: tuple[Grant, ...] = ()
    memory_mb: int = 512
    timeout_s: int = 29
    layers: tuple[str, ...] = ()
    authorizer: bool = False
    default_route: bool = False
    sandbox: bool = False
    alarms: tuple[LogAlarm, ...] = ()

    @property
    def handler(self) -> str:
        return f"functions.{self.name}.handler.handler"

    def __post_init__(self) -> None:
        if (self.rules or self.schedules) and self.inbox is None:
            raise ValueError(f"room {self.name}: rules and schedules need an inbox")
