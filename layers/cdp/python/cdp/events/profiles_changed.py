from __future__ import annotations

import msgspec


class ProfilesChanged(msgspec.Struct, frozen=True, tag="ProfilesChanged", tag_field="type"):
    """Profiles were made or changed. Published by whoever writes profiles, when somebody listens (documents.listeners).

    At least once, and now and then for a profile that is as it was. Numbers, not ids.
    """

    account_id: str
    created: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
