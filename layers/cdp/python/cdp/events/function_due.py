from __future__ import annotations

import msgspec


class Trigger(msgspec.Struct, frozen=True):
    """One event that a function is to be called with. `event` is the Get Event document, with its profile."""

    event_id: str
    event: msgspec.Raw
    hops: int = 0


class FunctionDue(msgspec.Struct, frozen=True, tag="FunctionDue", tag_field="type"):
    """Calls of a customer's function are due; sent by `code` to `executions`, and by `executions` to itself for those to
    be tried again. The live version is the one that runs. `attempt` counts from 1; `not_before` (RFC 3339, UTC) puts off.
    Without triggers (of no function) it wakes those of the account's that wait for a slot."""

    account_id: str
    function_id: str
    triggers: tuple[Trigger, ...]
    attempt: int = 1
    not_before: str | None = None
