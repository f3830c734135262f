"""Customers' functions on one machine: the sandbox's room in this process, called by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any

import msgspec

from cdp.code.accepted import accepted
from cdp.code.job import Answer, Job, Outcome, Problem


@dataclass(frozen=True)
class Tenant:
    """What the sandbox is told of whose code it runs, as Lambda's context has it."""

    tenant_id: str


class RoomRunner:
    """`Runner` of cdp/ports: hands jobs to `functions.<room>.handler`."""

    def __init__(self, room: str) -> None:
        self._room = room

    def run(self, job: Job) -> list[Outcome]:
        return list(self._answer(job).outcomes)

    def check(self, job: Job) -> list[Problem]:
        return list(self._answer(msgspec.structs.replace(job, calls=())).problems)

    @cached_property
    def _handler(self) -> Callable[[bytes, object], dict[str, Any]]:
        handler: Callable[[bytes, object], dict[str, Any]] = import_module(f"functions.{self._room}.handler").handler
        return handler

    def _answer(self, job: Job) -> Answer:
        said = self._handler(msgspec.json.encode(job), Tenant(job.account_id))
        return accepted(msgspec.json.decode(msgspec.json.encode(said), type=Answer))
