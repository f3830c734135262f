"""What one row of a consent job does to one profile (SPEC §2.2). Pure, and the same when it is done again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cdp.errors import Rejected
from cdp.model import consent
from cdp.model.consent import ADDRESS, CHANNELS, EMAIL, LIFTED, Channel, Word
from cdp.model.profile import Profile
from functions.profiles.consent_bodies import BROWSER, SUPPRESS, UNSUPPRESS, Wish
from functions.profiles.consent_events import CONFIRMATION, FROM_LIST, SUPPRESSED, TO_LIST, UNSUPPRESSED

_CONFIRMED: tuple[Channel, ...] = (EMAIL, ("sms", "marketing"))


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all rows of a job. `list_name` is None where no list is named. `double`: the list wants
    people to confirm."""

    kind: str
    received_at: datetime
    subscribes: bool = False
    source: str | None = None
    list_id: str | None = None
    list_name: str | None = None
    double: bool = False
    historical: bool = False

    def word(self, at: datetime) -> Word:
        browser = self.kind == BROWSER
        return Word(
            at,
            self.received_at,
            method="FORM" if browser else "API",
            source=self.source,
            list_id=self.list_id,
            double_optin=self.double and self.historical,
            lifts=frozenset({consent.UNSUBSCRIBE}) if browser else LIFTED,
        )

    def properties(self, *, with_list: bool = True) -> dict[str, str]:
        """Of the events."""
        known = {"Method": "Form" if self.kind == BROWSER else "API", "Custom Source": self.source}
        if with_list:
            known |= {"List": self.list_name, "List ID": self.list_id}
        return {name: value for name, value in known.items() if value is not None}


@dataclass(slots=True)
class Effects:
    """`events` are (metric, time, properties)."""

    events: list[tuple[str, datetime, Mapping[str, str]]] = field(default_factory=list)
    joins: bool = False
    leaves: bool = False
    skipped: bool = False


def apply(profile: Profile, wishes: tuple[Wish, ...], terms: Terms, joined_at: datetime | None) -> Effects:
    """Change the profile's consents. `joined_at` is when it joined the job's list; None: it is no member.

    `Rejected` for a channel for which the profile has no address; it has no pointer and changes nothing.
    """
    if terms.kind in (SUPPRESS, UNSUPPRESS):
        return _suppression(profile, terms)
    for family in dict.fromkeys(wish.channel[0] for wish in wishes):
        address = ADDRESS.get(family)
        if address is not None and getattr(profile, address) is None:
            raise Rejected(f"The profile has no {address}.")
    effects = Effects()
    if terms.subscribes:
        _subscribe(profile, wishes, terms, joined_at, effects)
    else:
        _unsubscribe(profile, wishes, terms, joined_at, effects)
    return effects


def _suppression(profile: Profile, terms: Terms) -> Effects:
    at = terms.received_at
    if terms.kind == SUPPRESS:
        done, metric = profile.email is not None and consent.suppress(profile, at), SUPPRESSED
    else:
        done, metric = consent.unsuppress(profile, at), UNSUPPRESSED
    return Effects([(metric, at, terms.properties(with_list=False))] if done else [], skipped=not done)


def _subscribe(
    profile: Profile, wishes: tuple[Wish, ...], terms: Terms, joined_at: datetime | None, effects: Effects
) -> None:
    """Into a list that wants confirmation, consent to marketing waits for it: only what is imported with the
    time of that confirmation counts."""
    waits = terms.double and not terms.historical
    at = max(wish.at for wish in wishes)
    given = False
    for channel, word in _current(profile, wishes, terms):
        if waits and channel in _CONFIRMED:
            effects.events.append((CONFIRMATION, word.at, {**terms.properties(), "Channel": CHANNELS[channel]}))
            continue
        consent.subscribe(profile, channel, word)
        effects.events.append((f"Subscribed to {CHANNELS[channel]}", word.at, terms.properties()))
        given = True
    if given and not waits and terms.list_name is not None:
        effects.joins = True
        if joined_at is None or joined_at == terms.received_at:
            effects.events.append((TO_LIST, at, terms.properties()))


def _unsubscribe(
    profile: Profile, wishes: tuple[Wish, ...], terms: Terms, joined_at: datetime | None, effects: Effects
) -> None:
    """A member of the list leaves it, and e-mail goes on elsewhere; whoever is not in it, or leaves no list,
    ends the channel for good."""
    word = terms.word(terms.received_at)
    of_list = terms.list_id is not None and (
        joined_at is not None or consent.left_list(profile, terms.list_id, word)
    )
    if of_list and terms.list_id is not None:
        effects.leaves = True
        consent.leave_list(profile, terms.list_id, word)
        effects.events.append((FROM_LIST, word.at, terms.properties()))
    for channel, said in _current(profile, wishes, terms):
        if of_list and channel == EMAIL:
            continue
        consent.unsubscribe(profile, channel, said)
        effects.events.append((f"Unsubscribed from {CHANNELS[channel]}", said.at, terms.properties()))


def _current(profile: Profile, wishes: tuple[Wish, ...], terms: Terms) -> Iterator[tuple[Channel, Word]]:
    for wish in wishes:
        word = terms.word(wish.at)
        if consent.is_current(profile, wish.channel, word):
            yield wish.channel, word
