"""The real guests, called directly: fresh instances, and a host that answers what a test says."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from functions.code_runner.runner import guests_folder
from functions.code_runner.sandbox.artefacts import verified
from functions.code_runner.sandbox.instance import Machine

MEMORY = 128 * 2**20
READ_S = 10.0  # for code to be read, on a machine that has other work
CONTEXT = {
    "company_id": "AbC123", "trigger": {"type": "metric", "uid": "Met001"}, "function_id": "Fun001",
    "profile": {"email": "anna@shop.example"},
}  # fmt: skip


@cache
def machine(runtime: str) -> Machine:
    made = Machine(verified(guests_folder(""), runtime))
    made.start()
    return made


def page(status: int = 200, body: object = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """An answer of the host."""
    text = b"" if body is None else json.dumps(body).encode()
    pairs = list({"content-type": "application/json", **(headers or {})}.items())
    return {"status": status, "headers": pairs, "body": base64.b64encode(text).decode(), "url": ""}


@dataclass
class Outside:
    """Answers every request with the same, and remembers what was asked and logged."""

    answer: Mapping[str, Any] = field(default_factory=page)
    asked: list[dict[str, Any]] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)

    def fetch(self, request: str) -> str:
        said = json.loads(request)
        self.asked.append(said)
        return json.dumps({**self.answer, "url": said["url"]} if "status" in self.answer else self.answer)

    def log(self, level: str, text: str) -> None:
        self.lines.append((level, text))

    def sent(self) -> tuple[str, str, dict[str, str], bytes]:
        """Method, address, headers in small letters, body of the one request."""
        (said,) = self.asked
        headers = {name.lower(): value for name, value in said["headers"]}
        return said["method"], said["url"], headers, base64.b64decode(said["body"] or "")


def run(
    runtime: str, code: str, event: object = None, *, outside: Outside | None = None, deadline_s: float = 5.0,
    memory_bytes: int = MEMORY, environment: Mapping[str, str] | None = None,
) -> Any:  # fmt: skip
    """What one call of the code answers: {"status", …}; what it raised while it was loaded is a failure too."""
    with machine(runtime).instance(memory_bytes, outside or Outside()) as instance:
        failure = json.loads(instance.load(code, environment or {}, READ_S))
        if failure is not None:
            return {"status": "failed", "failure": failure}
        return json.loads(instance.call(json.dumps(event), json.dumps(CONTEXT), deadline_s))


def problems(runtime: str, code: str) -> list[tuple[int | None, str]]:
    """Line and message of what is wrong with the code."""
    with machine(runtime).instance(MEMORY, Outside()) as instance:
        return [(problem["line"], problem["message"]) for problem in json.loads(instance.check(code, READ_S))]
