"""Entry point of the room: a job in, an answer out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from cdp import connect
from cdp.code.job import Job
from cdp.entry import Once
from cdp.settings import inherited
from functions.code_runner.children import bare
from functions.code_runner.egress import Ways
from functions.code_runner.runner import Options, Runner, guests_folder
from functions.code_runner.settings import Settings


def runner(s: Settings) -> Runner:
    options = Options(
        guests=guests_folder(s.guests), kernel_layers=s.kernel_layers, most_children=s.children, job_s=s.job_s,
        environment=bare(inherited()),
    )  # fmt: skip
    return Runner(options, Ways(connect.outbound(allow_loopback=s.allow_loopback), connect.outbound(allow_loopback=True)))


app = Once(Settings, runner)


def handler(event: Mapping[str, Any] | bytes, context: object) -> dict[str, Any]:
    """A job of cdp/code/job.py, as JSON or as what JSON becomes. `context.tenant_id` says whose."""
    job = msgspec.json.decode(event if isinstance(event, bytes) else msgspec.json.encode(event), type=Job)
    answer = app().answer(job, getattr(context, "tenant_id", None))
    return msgspec.json.decode(msgspec.json.encode(answer), type=dict[str, Any])
