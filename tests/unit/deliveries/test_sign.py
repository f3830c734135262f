"""Signatures, by other people's verifiers and by examples from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from cdp.webhooks import delivery, sign
from cdp.webhooks.delivery import Recipient

BODY = '{"data":[],"name":"Ünïcode"}'.encode()
SECRETS = ("plain secret of words", "ümläute in the secret", "whsec_" + base64.b64encode(b"twenty-four bytes secret").decode())


def _headers(*secrets: str, body: bytes = BODY) -> dict[str, str]:
    return dict(sign.headers(secrets, "hook", "msg_1", datetime.now(UTC), body))


@pytest.mark.parametrize("secret", [*SECRETS, SECRETS[2].rstrip("="), "whsec_but no base 64!", "whsec_"])
def test_the_library_of_standard_webhooks_accepts_it(secret: str) -> None:
    assert Webhook(sign.standard_secret(secret)).verify(BODY, _headers(secret)) == {"data": [], "name": "Ünïcode"}


@pytest.mark.parametrize("secret", [SECRETS[2], SECRETS[2].rstrip("=")])
def test_a_secret_in_their_form_is_theirs_as_it_stands(secret: str) -> None:
    Webhook(secret).verify(BODY, _headers(secret))


def test_other_secrets_and_other_bodies_are_refused() -> None:
    headers = _headers(SECRETS[0])
    with pytest.raises(WebhookVerificationError):
        Webhook(sign.standard_secret(SECRETS[1])).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(sign.standard_secret(SECRETS[0])).verify(BODY + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(sign.standard_secret(SECRETS[0])).verify(BODY, {**headers, "webhook-id": "msg_2"})


def test_during_a_rotation_both_secrets_verify_and_klaviyos_is_the_newest() -> None:
    headers = _headers(SECRETS[1], SECRETS[0])
    for secret in SECRETS[:2]:
        Webhook(sign.standard_secret(secret)).verify(BODY, headers)
    assert headers["Klaviyo-Signature"] == sign.klaviyo(SECRETS[1], headers["Klaviyo-Timestamp"], BODY)


def test_klaviyos_signature_by_the_definition_of_hmac() -> None:
    """RFC 2104 written out, and the timestamp's form as the public description shows it."""
    timestamp = "Tue, 14 Apr 2026 03:50:12 GMT"
    key = SECRETS[0].encode().ljust(64, b"\x00")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in key) + BODY + timestamp.encode()).digest()
    expected = hashlib.sha256(bytes(b ^ 0x5C for b in key) + inner).hexdigest()
    assert sign.klaviyo(SECRETS[0], timestamp, BODY) == expected
    made = dict(sign.headers(SECRETS[:1], "hook", "msg_1", datetime(2026, 4, 14, 3, 50, 12, 999, tzinfo=UTC), BODY))
    assert (made["Klaviyo-Timestamp"], made["Klaviyo-Signature"]) == (timestamp, expected)
    assert made["webhook-timestamp"] == "1776138612"


def test_the_delivery_is_named_by_what_it_carries() -> None:
    assert delivery.delivery_id("hook", ["a", "b"]) == delivery.delivery_id("hook", ["a", "b"])
    names = {delivery.delivery_id(*one) for one in (("hook", ["a", "b"]), ("hook", ["ab"]), ("hook2", ["a", "b"]))}
    assert len(names) == 3


def test_the_envelope() -> None:
    recipient = Recipient("ABC234", "hook", "https://shop.example/in", (SECRETS[0],))
    sent = delivery.request(recipient, "msg_1", [b'{"a":1}', b'{"b":2}'], datetime(2026, 4, 14, 3, 50, 12, tzinfo=UTC))
    assert sent.body == (
        b'{"data":[{"a":1},{"b":2}],"meta":{"timestamp":"2026-04-14T03:50:12+00:00","klaviyo_webhook_id":"hook",'
        b'"klaviyo_account_id":"ABC234","version":"2026-10-15"}}'
    )
    assert (sent.method, sent.url, sent.timeout_s, sent.redirects) == ("POST", "https://shop.example/in", 5.0, 0)
    assert delivery.body(recipient, [], datetime(2026, 1, 1, tzinfo=UTC)).startswith(b'{"data":[],"meta":')
