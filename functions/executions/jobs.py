"""From the events that are due to a job for the sandbox: as many calls as fit in time and size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from cdp.code import calls
from cdp.code.job import MOST_CALLS, Job, Limits, Platform
from cdp.documents.code_functions import Function
from cdp.events.function_due import Trigger

JOB_S = 50.0  # a job is to take no longer, or others wait for its slot
JOB_BYTES = 5_000_000  # a Lambda function is called with 6 MB at most
_CALL_BYTES = 16_384  # of a call beside its event and profile: more than enough
_LEAST_S = 0.5  # is reckoned for any call


def most_calls(timeout_s: float, longest_s: float | None) -> int:
    """How many calls of a function a job is to hold, given the longest one lately."""
    expected = timeout_s if longest_s is None else min(timeout_s, max(_LEAST_S, 4 * longest_s))
    return max(1, min(MOST_CALLS, int(JOB_S / expected)))


def chunk(triggers: Sequence[Trigger], most: int, room: int) -> int:
    """How many of the first triggers make a job with `room` bytes for them; at least one."""
    used = 0
    for number, trigger in enumerate(triggers[:most]):
        used += 2 * len(bytes(trigger.event)) + _CALL_BYTES  # its profile stands in the context once more
        if used > room:
            return max(1, number)
    return min(most, len(triggers))


def room(code: str, environment: Mapping[str, str]) -> int:
    """Bytes that a job has for events beside its code."""
    return JOB_BYTES - len(msgspec.json.encode(code)) - len(msgspec.json.encode(environment))


def job(
    account_id: str,
    function: Function,
    code: str,
    environment: dict[str, str],
    triggers: Sequence[Trigger],
    attempt: int,
    platform: Platform,
) -> Job:
    """Calls are named by their place."""
    return Job(
        account_id=account_id,
        function_id=function.id,
        version=function.live,
        runtime=function.runtime,
        code=code,
        environment=environment,
        calls=tuple(
            calls.call(str(no), account_id, function.id, function.live, trigger, attempt)
            for no, trigger in enumerate(triggers)
        ),
        limits=Limits(timeout_s=function.timeout_s, memory_mb=function.memory_mb),
        platform=platform,
    )
