"""Customers' functions on AWS: the sandbox's Lambda, one execution environment an account."""

from __future__ import annotations

from typing import Any

import msgspec

from cdp.adapters.aws.clients import faults, functions
from cdp.code.accepted import accepted
from cdp.code.job import Answer, Failure, Job, Outcome, Problem
from cdp.errors import Unavailable

_WHAT = "the sandbox"


class _Error(msgspec.Struct):
    """What Lambda hands back of an invocation that failed."""

    errorType: str = ""
    errorMessage: str = ""


class LambdaRunner:
    """`Runner` of cdp/ports. An account's jobs meet no other account's in the same environment: `TenantId`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def run(self, job: Job) -> list[Outcome]:
        answer = self._answer(job)
        return _ended(job, answer) if isinstance(answer, _Error) else list(answer.outcomes)

    def check(self, job: Job) -> list[Problem]:
        answer = self._answer(msgspec.structs.replace(job, calls=()))
        if isinstance(answer, _Error):
            raise Unavailable(f"{_WHAT}: {answer.errorType}: {answer.errorMessage}")
        return list(answer.problems)

    def _answer(self, job: Job) -> Answer | _Error:
        with faults(_WHAT):
            invoked: Any = functions().invoke(
                FunctionName=self._name, Payload=msgspec.json.encode(job), TenantId=job.account_id
            )
            said: bytes = invoked["Payload"].read()
        if "FunctionError" not in invoked:
            return accepted(msgspec.json.decode(said, type=Answer))
        error = msgspec.json.decode(said, type=_Error)
        if error.errorType == Unavailable.__name__:
            raise Unavailable(f"{_WHAT}: {error.errorMessage}")
        return error


def _ended(job: Job, error: _Error) -> list[Outcome]:
    """The environment itself broke down: that costs the first call an attempt, or such a job would come for ever."""
    failure = Failure("Crashed", f"The sandbox broke down: {error.errorType or error.errorMessage}"[:500])
    first = [Outcome(call.id, "crashed", 0.0, failure=failure) for call in job.calls[:1]]
    return first + [Outcome(call.id, "skipped", 0.0) for call in job.calls[1:]]
