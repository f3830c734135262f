"""Bodies of the operations on webhooks. Pure.

No message names what was given for a secret or an address: both open doors.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from cdp.errors import Rejected
from cdp.jsonapi.bodies import ATTRIBUTES, Body, New, Resource, ToMany, ToOne
from cdp.outbound import policy
from cdp.ports import Forbidden

MOST_TOPICS = 100
MOST_REPLAYED = 1000  # that are named one by one
TOPICS = "/data/relationships/webhook-topics/data"
WEBHOOK_ID = "/data/relationships/webhook/data/id"
SECRET_CHARS = (16, 512)
MOST_DESCRIPTION, MOST_URL = 1000, 2048
_SECRET, _URL = f"{ATTRIBUTES}/secret_key", f"{ATTRIBUTES}/endpoint_url"
_Topics = ToMany[Literal["webhook-topic"]]


class _Given(msgspec.Struct, frozen=True, gc=False):
    name: str
    endpoint_url: str
    secret_key: str
    description: str | None = None


class _Subscribed(msgspec.Struct, frozen=True, gc=False, rename="kebab"):
    webhook_topics: _Topics


class _New(New[_Given], frozen=True, gc=False, kw_only=True):
    relationships: _Subscribed


class Change(msgspec.Struct, frozen=True, gc=False):
    """What is absent stays, and what is null; but a description of null is none."""

    name: str | None = None
    endpoint_url: str | None = None
    secret_key: str | None = None
    enabled: bool | None = None
    description: str | UnsetType | None = UNSET


class _MaySubscribe(msgspec.Struct, frozen=True, gc=False, rename="kebab"):
    webhook_topics: _Topics | None = None


class _Changed(Resource, frozen=True, gc=False, kw_only=True):
    id: str
    attributes: Change = Change()
    relationships: _MaySubscribe = _MaySubscribe()


class _OfWebhook(msgspec.Struct, frozen=True, gc=False):
    webhook: ToOne[Literal["webhook"]]


class _Nothing(msgspec.Struct, frozen=True, gc=False):
    pass


class _Test(New[_Nothing], frozen=True, gc=False, kw_only=True):
    attributes: _Nothing = _Nothing()
    relationships: _OfWebhook


class _Which(msgspec.Struct, frozen=True, gc=False):
    """The dead letters of these ids; None: all of them."""

    dead_letter_ids: Annotated[list[Annotated[str, Meta(min_length=1, max_length=200)]], Meta(min_length=1, max_length=MOST_REPLAYED)] | None = None


class _Replay(New[_Which], frozen=True, gc=False, kw_only=True):
    attributes: _Which = _Which()
    relationships: _OfWebhook


new_webhook = Body("webhook", _New)
webhook_change = Body("webhook", _Changed)
new_test = Body("webhook-test", _Test)
new_replay = Body("webhook-replay", _Replay)


def checked_topics(given: _Topics) -> list[str]:
    """As they were given; that there are such topics is for the caller to see."""
    if not 1 <= len(given.data) <= MOST_TOPICS:
        raise Rejected(f"A webhook has between 1 and {MOST_TOPICS} topics.", field=TOPICS)
    return given.ids


def checked_secret(secret: str) -> str:
    least, most = SECRET_CHARS
    if not least <= len(secret) <= most:
        raise Rejected(f"A secret key has {least} to {most} characters.", field=_SECRET)
    return secret


def checked_description(text: str | None) -> str | None:
    if text is not None and len(text) > MOST_DESCRIPTION:
        raise Rejected(f"A description has at most {MOST_DESCRIPTION} characters.", field=f"{ATTRIBUTES}/description")
    return text


def checked_url(url: str, *, allow_loopback: bool) -> str:
    """An address that the outbound policy lets pass."""
    if len(url) > MOST_URL:
        raise Rejected(f"An endpoint_url has at most {MOST_URL} characters.", field=_URL)
    try:
        policy.target(url, allow_loopback=allow_loopback)
    except Forbidden as error:
        raise Rejected(str(error), field=_URL) from error
    return url
