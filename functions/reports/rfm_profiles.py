"""The RFM group as properties of a profile (SPEC §7.5). Pure.

The first group is no change: until there is one the previous group is "Unknown", and there is no time of it. Somebody
whose last order was cancelled or refunded has no current group any more.
"""

from __future__ import annotations

from datetime import datetime

from cdp.jsonapi.times import format_instant
from cdp.model.profile import Profile
from cdp.model.read_only import GROUP, GROUP_CHANGED, PREVIOUS_GROUP

UNKNOWN = "Unknown"


def regroup(profile: Profile, group: str | None, at: datetime) -> bool:
    """Write the group that was found at `at` (UTC); False if the profile says so already."""
    properties = profile.properties
    current = properties.get(GROUP)
    if current == group:
        return False
    changed = {name: value for name, value in properties.items() if name != GROUP}
    if group is not None:
        changed[GROUP] = group
    if current is not None or PREVIOUS_GROUP in properties:
        changed[GROUP_CHANGED] = format_instant(at)
    changed[PREVIOUS_GROUP] = current or properties.get(PREVIOUS_GROUP, UNKNOWN)
    profile.properties = changed
    return True
