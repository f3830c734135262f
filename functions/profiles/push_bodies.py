"""Bodies of the push token operations. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from cdp.documents.push_tokens import PushToken, token_id
from cdp.errors import Rejected
from cdp.jsonapi.bodies import Body, New
from cdp.model.payloads import ProfileRelation

MAX_TOKEN = 512
_Text = str | None
Enablement = Literal["AUTHORIZED", "DENIED", "NOT_DETERMINED", "PROVISIONAL", "UNAUTHORIZED"]


class Device(msgspec.Struct, omit_defaults=True, gc=False):
    device_id: _Text = None
    klaviyo_sdk: Literal["android", "flutter", "flutter_community", "react_native", "swift"] | None = None
    sdk_version: _Text = None
    device_model: _Text = None
    os_name: Literal["android", "ios", "ipados", "macos", "tvos"] | None = None
    os_version: _Text = None
    manufacturer: _Text = None
    app_name: _Text = None
    app_version: _Text = None
    app_build: _Text = None
    app_id: _Text = None
    environment: Literal["debug", "release"] | None = None


class TokenBody(msgspec.Struct, gc=False):
    token: str
    platform: Literal["android", "ios"]
    vendor: Literal["apns", "fcm"] | None = None
    enablement_status: Enablement | None = None
    background: Literal["AVAILABLE", "DENIED", "RESTRICTED"] | None = None
    device_metadata: Device | None = None


class TokenAttributes(TokenBody, gc=False, kw_only=True):
    profile: ProfileRelation


registration = Body("push-token", New[TokenAttributes])
unregistration = Body("push-token-unregister", New[TokenAttributes])


def check_token(body: TokenBody, pointer: str) -> None:
    if not 0 < len(body.token) <= MAX_TOKEN:
        raise Rejected(f"A push token has 1 to {MAX_TOKEN} characters.", field=pointer)


def document(body: TokenBody, no: int, now: datetime) -> PushToken:
    """The token as it is kept for the profile."""
    metadata: dict[str, Any] = msgspec.to_builtins(body.device_metadata) if body.device_metadata else {}
    return PushToken(
        token_id(body.platform, body.token),
        body.token,
        body.platform,
        body.vendor or ("apns" if body.platform == "ios" else "fcm"),
        no,
        now,
        now,
        body.enablement_status or "AUTHORIZED",
        body.background or "AVAILABLE",
        metadata,
    )
