"""Which version of a function is live, as pure changes of its document (docs/adr/0155).

A publication makes a version live and remembers the one before; a rollback goes back to what is remembered last.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from cdp.documents.code_functions import MOST_LIVED, Function
from cdp.documents.function_versions import Publication
from cdp.errors import conflict
from cdp.jsonapi.bodies import ATTRIBUTES
from cdp.model.ids import new_ulid

Change = tuple[Function, Publication]


def published(one: Function, version: int, now: datetime, key_id: str) -> Change:
    """The version is live. One that is live already stays so, and nothing is remembered."""
    lived = (one.live, *one.lived)[:MOST_LIVED] if one.live not in (0, version) else one.lived
    return _live(one, version, lived, now), _told(one, "publish", version, now, key_id)


def rolled_back(one: Function, version: int | None, now: datetime, key_id: str) -> Change:
    """The version that was live before is live again, or the given one; what was live after it is forgotten."""
    if version is None:
        if not one.lived:
            raise conflict("There is no version to go back to: none was live before.")
        version = one.lived[0]
    if version == one.live:
        raise conflict(f"Version {version} is live.", field=f"{ATTRIBUTES}/version")
    lived = one.lived[one.lived.index(version) + 1 :] if version in one.lived else one.lived
    return _live(one, version, lived, now), _told(one, "rollback", version, now, key_id)


def stopped(one: Function, now: datetime, key_id: str) -> Change:
    """No version is live; a rollback would go back to the one that was."""
    lived = (one.live, *one.lived)[:MOST_LIVED] if one.live else one.lived
    return _live(one, 0, lived, now), _told(one, "stop", None, now, key_id)


def _live(one: Function, version: int, lived: tuple[int, ...], now: datetime) -> Function:
    """Of what is remembered, the first is never what is live: going back would lead nowhere."""
    first = next((i for i, number in enumerate(lived) if number != version), len(lived))
    return replace(one, live=version, lived=lived[first:], updated=max(now, one.updated))


def _told(
    one: Function, action: Literal["publish", "rollback", "stop"], version: int | None, now: datetime, key_id: str
) -> Publication:
    return Publication(new_ulid(now), now, key_id, action, version, one.live or None)
