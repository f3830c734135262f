from __future__ import annotations

import msgspec


class MembershipsChanged(msgspec.Struct, frozen=True, tag="MembershipsChanged", tag_field="type"):
    """Profiles joined or left one list or segment. Published by `lists`, `profiles` and `audiences`.

    At least once, and now and then of a membership that is as it was. `profiles` are numbers; `at` is UTC, RFC 3339.
    """

    account_id: str
    group_id: str
    joined: bool
    profiles: tuple[int, ...]
    at: str
