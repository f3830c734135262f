"""What an account decides about attribution (SPEC §21)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Model = Literal["last_touch", "linear"]
Hours = Annotated[int, Meta(ge=1, le=2160)]


class Windows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long after its receipt a message may be credited for an interaction of this kind, in hours, both ends
    included. null: interactions of this kind are not looked at."""

    email_click: Hours | None = 120
    email_open: Hours | None = 120
    sms_click: Hours | None = 120
    sms_open: Hours | None = 24
    sms_delivery: Hours | None = 12
    push_open: Hours | None = 24
    whatsapp_click: Hours | None = 120
    whatsapp_open: Hours | None = 12
    active_on_site: Hours | None = 24

    @property
    def longest(self) -> timedelta:
        """Nothing received earlier than this before a conversion can be credited."""
        return timedelta(hours=self._most)

    @property
    def stretch(self) -> int:
        """Hours of the stretches that time is cut into (cdp/attribution/touches.py)."""
        return max(1, self._most)

    @property
    def _most(self) -> int:
        given: list[int | None] = [getattr(self, name) for name in self.__struct_fields__]
        return max((hours for hours in given if hours is not None), default=0)


class AttributionSettings(msgspec.Struct, frozen=True):
    """`include_…`: do clicks by bots, transactional messages and opens by mail privacy proxies count?"""

    model: Model = "last_touch"
    windows: Windows = Windows()
    include_bot_clicks: bool = False
    include_transactional: bool = True
    include_mpp_opens: bool = True
