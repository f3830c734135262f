"""Bodies in the shape of revision 2026-10-15 and later (SPEC §1.8). Pure."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from cdp.jsonapi.bodies import Body, Changed, Identifier, New, ToOne
from functions.messages.campaigns.bodies import Given

AT = "/data/attributes"
DEFINITION = f"{AT}/definition"
Throttling = Literal["none", "throttle-for-campaigns", "throttle-for-campaigns-and-flows", "throttle-for-flows"]
Text = str | UnsetType | None
Flag = bool | UnsetType | None
Number = int | UnsetType | None


class SendSettings(Given):
    send_timezone: Text = UNSET
    send_strategy: Text = UNSET
    send_passed_rltz_immediately: Flag = UNSET
    exit_condition_enabled: Flag = UNSET
    exit_condition_conversion_metric_id: Text = UNSET


class CampaignDefinition(Given):
    name: str | None = None
    builder: Literal["canvas", "wizard"] | UnsetType | None = UNSET
    archived: bool | None = None
    color: Text = UNSET
    description: Text = UNSET
    send_settings: SendSettings | None = None


class AudienceDefinition(Given):
    name: Text = UNSET
    included: list[str] | None = None
    excluded: list[str] | None = None
    priority: Number = UNSET


class VariationDefinition(Given):
    name: Text = UNSET
    details: dict[str, Any] | None = None


class TrackingOptions(Given):
    is_add_utm: Flag = UNSET
    is_tracking_clicks: Flag = UNSET
    is_tracking_opens: Flag = UNSET


class SendOptions(Given):
    send_time: Text = UNSET
    send_times: dict[str, Any] | UnsetType | None = UNSET
    send_strategy: (
        Literal[
            "static",
            "local_timezone",
            "throttled",
            "send_time_optimization",
            "personalized_send_time_optimization",
            "ab_send_time_test",
            "content_variation",
            "content_variation_local_timezone",
            "variation_per_second_throttled",
        ]
        | UnsetType
        | None
    ) = UNSET
    recipient_percentage: Number = UNSET
    throttling_type: Throttling | None = None
    throttle_unit: Literal["hour", "minute"] | UnsetType | None = UNSET
    is_ignoring_unsubscribes: Flag = UNSET


class AbTest(Given):
    winner_metric: Literal["clicks_unique", "opens_unique", "placed_orders_unique"] | None = None
    winner_percentage: int | None = None
    winner_wait_hours: int | None = None


class MessageDefinition(Given):
    name: Text = UNSET
    status: Literal["cancelled", "draft", "scheduled", "sending", "sent"] | None = None
    tracking_options: TrackingOptions | None = None
    send_options: SendOptions | None = None
    ab_test: AbTest | UnsetType | None = UNSET


class InlineVariation(msgspec.Struct, gc=False):
    definition: VariationDefinition


class InlineAudience(msgspec.Struct, gc=False):
    temporary_id: str
    name: str | None = None
    included: list[str] | None = None
    excluded: list[str] | None = None


class InlineMessage(msgspec.Struct, gc=False):
    audience_temporary_id: str
    name: str | None = None
    is_add_utm: bool | None = None
    throttling_type: Literal["FOR_CAMPAIGNS", "FOR_CAMPAIGNS_AND_FLOWS", "FOR_FLOWS", "NONE"] | None = None
    variations: list[InlineVariation] | None = None
    id: str | None = None


class NewCampaign(msgspec.Struct, gc=False):
    definition: CampaignDefinition
    messages: list[InlineMessage] | None = None
    audiences: list[InlineAudience] | None = None


class _Tags(msgspec.Struct, gc=False):
    data: list[Identifier[Literal["tag"]]] | None = None


class _CampaignRelations(msgspec.Struct, gc=False):
    tags: _Tags | None = None


class NewCampaignData(New[NewCampaign], frozen=True, kw_only=True):
    """The ids of the campaign and its messages may be stated."""

    relationships: _CampaignRelations | None = None

    @property
    def tags(self) -> list[str]:
        tags = self.relationships.tags if self.relationships else None
        return [one.id for one in tags.data or []] if tags else []


class _ChangedCampaign(msgspec.Struct, gc=False):
    definition: CampaignDefinition


class _Audience(msgspec.Struct, gc=False):
    definition: AudienceDefinition = msgspec.field(default_factory=AudienceDefinition)


class _OfCampaign(msgspec.Struct, gc=False):
    campaign: ToOne[Literal["campaign"]]


class NewAudienceData(New[_Audience], frozen=True, kw_only=True):
    relationships: _OfCampaign


class _Message(msgspec.Struct, gc=False):
    definition: MessageDefinition = msgspec.field(default_factory=MessageDefinition)
    variations: list[InlineVariation] | None = None


class OfAudience(msgspec.Struct, gc=False, rename={"campaign_audience": "campaign-audience"}):
    campaign_audience: ToOne[Literal["campaign-audience"]]
    campaign: ToOne[Literal["campaign"]] | None = None


class NewMessageData(New[_Message], frozen=True, kw_only=True):
    relationships: OfAudience


class _Variation(msgspec.Struct, gc=False):
    definition: VariationDefinition


class _OfMessage(msgspec.Struct, gc=False, rename={"campaign_message": "campaign-message"}):
    campaign_message: ToOne[Literal["campaign-message"]]


class NewVariationData(New[_Variation], frozen=True, kw_only=True):
    relationships: _OfMessage


class _Named(msgspec.Struct, gc=False):
    name: str | None = None


class MessageClone(Changed[_Named], frozen=True, kw_only=True):
    relationships: OfAudience


class _MaybeOfCampaign(msgspec.Struct, gc=False):
    campaign: ToOne[Literal["campaign"]] | None = None


class AudienceClone(Changed[_Named], frozen=True, kw_only=True):
    relationships: _MaybeOfCampaign | None = None


class ThrottledOptions(msgspec.Struct, gc=False):
    throttling_percentage: int
    throttle_unit: Literal["hour", "minute"] | None = None


class TimezoneOptions(msgspec.Struct, gc=False):
    send_past_timezones_tomorrow: bool | None = None


class MessageSchedule(msgspec.Struct, gc=False, kw_only=True):
    strategy: Literal["local_timezone", "smart_send_time", "static", "throttled"]
    send_time: str | None = None
    send_date: str | None = None
    throttled_options: ThrottledOptions | None = None
    timezone_options: TimezoneOptions | None = None


class InlineSchedule(MessageSchedule, gc=False, kw_only=True):
    message_id: str


class _CampaignSchedule(msgspec.Struct, gc=False):
    message_schedules: list[InlineSchedule]


class CampaignScheduleData(New[_CampaignSchedule], frozen=True, kw_only=True):
    relationships: _OfCampaign


class MessageScheduleData(New[MessageSchedule], frozen=True, kw_only=True):
    relationships: _OfMessage


new_campaign = Body("campaign", NewCampaignData)
changed_campaign = Body("campaign", Changed[_ChangedCampaign])
new_audience = Body("campaign-audience", NewAudienceData)
changed_audience = Body("campaign-audience", Changed[_Audience])
new_message = Body("campaign-message", NewMessageData)
changed_message = Body("campaign-message", Changed[_Message])
new_variation = Body("campaign-variation", NewVariationData)
changed_variation = Body("campaign-variation", Changed[_Variation])
audience_clone = Body(("campaign-audience-clone", "campaign-audience"), AudienceClone)
message_clone = Body("campaign-message", MessageClone)
campaign_schedule = Body("campaign-schedule", CampaignScheduleData)
message_schedule = Body("campaign-message-schedule", MessageScheduleData)
