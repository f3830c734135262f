"""The code of docs/webhooks.md, run on a delivery; and what the page says of limits and topics."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from cdp.documents import webhooks
from cdp.ports import OutboundRequest
from cdp.webhooks import delivery
from cdp.webhooks.delivery import Recipient
from cdp.webhooks.sign import standard_secret
from functions.webhooks import bodies, sample
from tests.unit.webhooks.conftest import ACCOUNT, SECRET, Room

DOCS = Path(__file__).parents[3] / "docs"
GUIDE = (DOCS / "webhooks.md").read_text()
NODE = Path(sys.executable).with_name("node")
ANOTHER = "another secret, twenty"
SECRETS = [SECRET, ANOTHER, "whsec_" + "c2l4dGVlbiBieXRlcyBvciBtb3Jl", "unicode äöü schlüssel"]
_RUN = """
const [secret, headers, body] = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
console.log(isOurs(secret, headers, Buffer.from(body)));
"""


def code(language: str, name: str) -> str:
    found: list[str] = re.findall(rf"```{language}\n(.+?)```", GUIDE, re.DOTALL)
    (one,) = [block for block in found if name in block]
    return one


def delivered(*secrets: str, at: datetime | None = None) -> OutboundRequest:
    at = at or datetime.now(UTC)
    entry = sample.entry("https://platform.example", ACCOUNT, at)
    recipient = Recipient(ACCOUNT, "01K0", "https://hooks.shop.example/in", secrets)
    return delivery.request(recipient, delivery.delivery_id("01K0", ["1"]), [delivery.encode(entry)], at)


def python(name: str) -> Any:
    names: dict[str, Any] = {}
    exec(code("python", name), names)
    return names[name]


@pytest.mark.parametrize("secret", SECRETS)
def test_klaviyos_signature(secret: str) -> None:
    is_ours, sent = python("is_ours"), delivered(secret)
    assert is_ours(secret, dict(sent.headers), sent.body)
    assert not is_ours(secret + "x", dict(sent.headers), sent.body)
    assert not is_ours(secret, dict(sent.headers), sent.body + b" ")
    old = delivered(secret, at=datetime.now(UTC) - timedelta(minutes=6))
    assert not is_ours(secret, dict(old.headers), old.body)


@pytest.mark.parametrize("secret", SECRETS)
def test_klaviyos_signature_in_javascript(secret: str) -> None:
    sent = delivered(secret)
    for body, expected in ((sent.body, "true"), (sent.body + b" ", "false")):
        headers = {name.lower(): value for name, value in sent.headers}
        given = json.dumps([secret, headers, body.decode()])
        script = code("javascript", "isOurs") + _RUN
        ran = subprocess.run([NODE, "-e", script], input=given, capture_output=True, text=True, timeout=60, check=True)
        assert ran.stdout.strip() == expected, ran.stderr


@pytest.mark.parametrize("secret", SECRETS)
def test_a_standard_webhooks_library(secret: str) -> None:
    entries_of, sent = python("entries_of"), delivered(secret)
    (entry,) = entries_of(secret, dict(sent.headers), sent.body)
    assert entry["topic"] == sample.TOPIC
    with pytest.raises(WebhookVerificationError):
        entries_of(secret.replace("e", "i"), dict(sent.headers), sent.body)
    assert standard_secret(secret).startswith("whsec_")


def test_during_a_rotation_the_library_accepts_both() -> None:
    entries_of, sent = python("entries_of"), delivered(ANOTHER, SECRET)
    for secret in (ANOTHER, SECRET):
        assert entries_of(secret, dict(sent.headers), sent.body)
    assert python("is_ours")(ANOTHER, dict(sent.headers), sent.body)
    assert not python("is_ours")(SECRET, dict(sent.headers), sent.body)


def test_the_bodies_of_the_guide_are_taken(room: Room) -> None:
    room.metric("Placed Order")
    requests = re.findall(r"```json\n(?:POST (\S+)\n)?(\{.+?\})\n```", GUIDE, re.DOTALL)
    given = {path: json.loads(body) for path, body in requests if path}
    assert room.caller("POST", "/api/webhooks", given.pop("/api/webhooks")).status == 201
    (test,) = given.values()
    assert room.caller("POST", "/api/webhook-tests", test).status == 404
    page = (DOCS / "operating" / "webhooks.md").read_text()
    (replay,) = re.findall(r"```json\n(.+?)```", page, re.DOTALL)
    assert room.caller("POST", "/api/webhook-replays", json.loads(replay)).status == 404


def test_the_limits_of_the_guide() -> None:
    least, most = bodies.SECRET_CHARS
    for text in (
        f"{webhooks.MOST} webhooks an account, {bodies.MOST_TOPICS} topics a webhook",
        f"{bodies.MOST_URL} characters of address, {bodies.MOST_DESCRIPTION} of description",
        f"a secret of {least} to {most} characters",
        f"1 to {delivery.MOST_ENTRIES} entries",
        f"within {delivery.TIMEOUT_S:.0f} seconds".replace("5", "five"),
        sample.TOPIC,
    ):
        assert text in GUIDE, text
