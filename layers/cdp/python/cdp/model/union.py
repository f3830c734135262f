"""Two profiles of one person become one (SPEC §2.2). Pure."""

from __future__ import annotations

from datetime import datetime

from cdp.model import consent
from cdp.model.profile import IDENTIFIERS, PLAIN, Profile, limited


def united(destination: Profile, source: Profile, now: datetime) -> Profile:
    """The destination with all that the source adds: its own values win where it has some.

    Identifiers that do not fit beside the destination's become further ones. The account of a person begins
    with the earlier `created` and goes on to the later `last_event_date`.
    """
    first = {kind: getattr(destination, kind) or getattr(source, kind) for kind in IDENTIFIERS}
    spare = [one for one in source.identities() if first[one[0]] != one[1]]
    times = [at for at in (destination.last_event_date, source.last_event_date) if at is not None]
    return Profile(
        destination.no,
        min(destination.created, source.created),
        now,
        **first,
        **{name: _either(getattr(destination, name), getattr(source, name)) for name in PLAIN},
        location={**source.location, **destination.location},
        properties={**source.properties, **destination.properties},
        subscriptions=consent.united(destination.subscriptions, source.subscriptions),
        predictive=destination.predictive,
        last_event_date=max(times, default=None),
        others=limited((*destination.others, *spare)),
    )


def _either(own: str | None, other: str | None) -> str | None:
    return other if own is None else own
