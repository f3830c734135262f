"""`Runner`: the sandbox in this process, and the same room behind Lambda's Invoke.

The emulator knows no tenants, without which the sandbox refuses; so Lambda is a server here that hands on what Lambda
hands on: the payload and the tenant of the header, and what the room answers or raises.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest

from cdp import connect
from cdp.adapters.aws import clients
from cdp.adapters.embedded.runner import Tenant
from cdp.code.job import Call, Job, Limits
from cdp.errors import Rejected, Unavailable
from cdp.ports import Runner
from functions.code_runner import handler as room

CODE = "def handler(event, context):\n    while event == 'loop':\n        pass\n    return {'twice': 2 * event}\n"


class Lambda(BaseHTTPRequestHandler):
    """POST /2015-03-31/functions/<name>/invocations. The name says what becomes of it."""

    def do_POST(self) -> None:
        payload = self.rfile.read(int(self.headers["Content-Length"]))
        said, fault = self._invoked(self.path.split("/")[3], json.loads(payload))
        body = json.dumps(said).encode()
        self.send_response(429 if fault == "Throttled" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) + (fault == "Cut")))
        if fault == "Throttled":
            self.send_header("x-amzn-ErrorType", "TooManyRequestsException")
        elif fault == "Unhandled":
            self.send_header("X-Amz-Function-Error", fault)
        self.end_headers()
        self.wfile.write(body)

    def _invoked(self, name: str, event: dict[str, Any]) -> tuple[Any, str]:
        if name == "throttled":
            return {"Type": "User", "message": "Rate Exceeded."}, "Throttled"
        if name == "cut":
            return {}, "Cut"
        if name == "broken":
            return {"errorType": "Runtime.ExitError", "errorMessage": "RequestId: 1 Error: Runtime exited"}, "Unhandled"
        if name == "busy":
            return {"errorType": "Unavailable", "errorMessage": "All engines of the sandbox are busy."}, "Unhandled"
        tenant = self.headers.get("X-Amz-Tenant-Id", "") if name == "code_runner" else ""
        return room.handler(event, Tenant(tenant)), ""

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def functions() -> Iterator[None]:
    """Lambda on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Lambda)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{server.server_port}", "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1",
        }.items():  # fmt: skip
            patch.setenv(name, value)
        clients.functions.cache_clear()
        yield
        clients.functions.cache_clear()
    server.shutdown()
    server.server_close()
    room.app().close()


@pytest.fixture(params=["room:code_runner", "lambda://code_runner"])
def runner(request: pytest.FixtureRequest, functions: None) -> Runner:
    return connect.runner(request.param)


def job(*events: Any, code: str = CODE, **others: Any) -> Job:
    calls = tuple(Call(f"c{n}", msgspec.Raw(msgspec.json.encode(event)), msgspec.Raw(b"{}")) for n, event in enumerate(events))
    return Job("AcCt01", "fn0001", 1, "python", code, {"A": "b"}, calls, **others)


def test_outcomes_come_in_the_order_of_calls(runner: Runner) -> None:
    outcomes = runner.run(job(1, "zwei ✓", None))
    assert [(outcome.id, outcome.status) for outcome in outcomes] == [("c0", "ok"), ("c1", "ok"), ("c2", "failed")]
    assert [msgspec.json.decode(outcome.result) for outcome in outcomes[:2]] == [{"twice": 2}, {"twice": "zwei ✓" * 2}]
    assert outcomes[2].failure is not None
    assert outcomes[2].failure.kind == "TypeError"


def test_a_call_that_is_stopped_leaves_the_rest(runner: Runner) -> None:
    outcomes = runner.run(job("loop", 1, limits=Limits(timeout_s=0.2)))
    assert [outcome.status for outcome in outcomes] == ["timeout", "skipped"]


def test_code_is_looked_at_and_not_called(runner: Runner) -> None:
    assert runner.check(job("loop")) == []
    (problem, *_) = runner.check(job(code="import numpy\ndef handler(event, context):\n    return 1\n"))
    assert (problem.line, "numpy" in problem.message) == (1, True)


def test_a_job_out_of_bounds_is_refused(runner: Runner) -> None:
    with pytest.raises(Rejected) as refused:
        runner.run(job(1, limits=Limits(timeout_s=60)))
    assert (refused.value.status, refused.value.code) == (503, "sandbox_refused")


def test_without_a_tenant_lambda_refuses(functions: None) -> None:
    with pytest.raises(Rejected, match="without a tenant"):
        connect.runner("lambda://untenanted").run(job(1))


@pytest.mark.parametrize("name", ["throttled", "busy", "cut"])
def test_no_room_or_no_whole_answer_is_unavailable(functions: None, name: str) -> None:
    with pytest.raises(Unavailable):
        connect.runner(f"lambda://{name}").run(job(1))


def test_an_environment_that_breaks_down_costs_the_first_call(functions: None) -> None:
    first, second = connect.runner("lambda://broken").run(job(1, 2))
    assert (first.status, second.status) == ("crashed", "skipped")
    with pytest.raises(Unavailable):
        connect.runner("lambda://broken").check(job())
