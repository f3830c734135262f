"""What a message holds per channel, as revisions before 2026-10-15 define it. Pure.

Later revisions keep the same under `details` of a variation, where the channels are free in what they name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Raw

from cdp.documents.campaigns import EMAIL
from cdp.errors import Rejected
from cdp.jsonapi.errors import decode

CHANNELS = ("email", "sms", "mobile_push", "whatsapp")


class _Closed(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    pass


class EmailContent(_Closed):
    subject: str | None = None
    preview_text: str | None = None
    from_email: str | None = None
    from_label: str | None = None
    reply_to_email: str | None = None
    cc_email: str | None = None
    bcc_email: str | None = None


class Email(_Closed, tag_field="channel", tag="email"):
    label: str | None = None
    content: EmailContent | None = None


class SmsContent(_Closed):
    body: str | None = None
    media_url: str | None = None


class RenderOptions(_Closed):
    shorten_links: bool | None = None
    add_org_prefix: bool | None = None
    add_info_link: bool | None = None
    add_opt_out_language: bool | None = None


class Sms(_Closed, tag_field="channel", tag="sms"):
    label: str | None = None
    content: SmsContent | None = None
    render_options: RenderOptions | None = None


class ActionButton(_Closed):
    label: str
    action_type: str
    position: int | None = None
    url: str | None = None


class PushContent(_Closed):
    title: str | None = None
    body: str | None = None
    dynamic_image: str | None = None
    action_buttons: tuple[ActionButton, ...] | None = None


class OpenApp(_Closed, tag_field="type", tag="open_app"):
    pass


class DeepLink(_Closed, tag_field="type", tag="deep_link"):
    ios_deep_link: str | None = None
    android_deep_link: str | None = None


class OpenWebUrl(_Closed, tag_field="type", tag="open_web_url"):
    web_url: str | None = None


class IncrementOne(_Closed, tag_field="badge_config", tag="increment_one"):
    pass


class SetCount(_Closed, tag_field="badge_config", tag="set_count"):
    value: str


class SetProperty(_Closed, tag_field="badge_config", tag="set_property"):
    set_from_property: str


class Badge(_Closed):
    display: bool
    badge_options: IncrementOne | SetCount | SetProperty | None = None


class PushOptions(_Closed):
    on_open: OpenApp | DeepLink | OpenWebUrl | None = None
    badge: Badge | None = None
    play_sound: bool | None = None


class Push(_Closed, tag_field="channel", tag="mobile_push"):
    label: str | None = None
    notification_type: Literal["standard", "silent"] = "standard"
    content: PushContent | None = None
    kv_pairs: dict[str, Any] | None = None
    options: PushOptions | None = None


_definition: msgspec.json.Decoder[Email | Sms | Push] = msgspec.json.Decoder(Email | Sms | Push)
_CONTENT: Mapping[str, type[msgspec.Struct]] = {"email": EmailContent, "sms": SmsContent, "mobile_push": PushContent}
_FURTHER: Mapping[str, tuple[str, ...]] = {"sms": ("render_options",), "mobile_push": ("kv_pairs", "options")}


def read_definition(raw: Raw, at: str) -> dict[str, Any]:
    """The definition of a message, checked; what was not given is not in it."""
    checked = decode(_definition, raw, at)
    given: dict[str, Any] = msgspec.json.decode(raw)
    if isinstance(checked, Push):
        given["notification_type"] = checked.notification_type
        for name in ("content", "options"):
            if checked.notification_type == "silent" and given.get(name) is not None:
                raise Rejected(f"A silent push has no {name}.", field=f"{at}/{name}")
        if checked.notification_type == "standard" and checked.content is None:
            raise Rejected("A push needs content.", field=f"{at}/content")
    return given


def details_of(definition: Mapping[str, Any]) -> dict[str, Any]:
    """What of a definition is the variation's: all but the label, which is the message's name."""
    return {name: value for name, value in definition.items() if name != "label" and value is not None}


def merged(old: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Details with a new definition; of the content, what is not given stays."""
    new = {**old, **details_of(given)}
    if isinstance(old.get("content"), dict) and isinstance(given.get("content"), dict):
        new["content"] = {**old["content"], **given["content"]}
    return new


def definition_of(details: Mapping[str, Any], label: str) -> dict[str, Any]:
    """The definition as it is shown: of what later revisions wrote, the part that the channel knows."""
    channel = details.get("channel") or EMAIL
    shown: dict[str, Any] = {"channel": channel}
    if channel == EMAIL:
        shown["label"] = label
    silent = details.get("notification_type") == "silent"
    if channel == "mobile_push":
        shown["notification_type"] = "silent" if silent else "standard"
    if not silent:
        shown["content"] = _content(channel, details.get("content"))
    for name in _FURTHER.get(channel, ()):
        if isinstance(details.get(name), dict) and not (silent and name == "options"):
            shown[name] = details[name]
    return shown


def _content(channel: str, given: object) -> dict[str, Any]:
    content = given if isinstance(given, dict) else {}
    if channel not in _CONTENT:
        return content
    names = _CONTENT[channel].__struct_fields__
    texts = {name: content[name] if isinstance(content.get(name), str) else None for name in names}
    if channel == "mobile_push":
        buttons = content.get("action_buttons")
        texts["action_buttons"] = buttons if isinstance(buttons, list) else []
    return texts


def check_details(details: Mapping[str, Any], at: str) -> None:
    """Of a variation's details only the channel is looked at."""
    channel = details.get("channel")
    if channel is not None and channel not in CHANNELS:
        raise Rejected(f"The channel is one of {', '.join(CHANNELS)}.", field=f"{at}/channel")
