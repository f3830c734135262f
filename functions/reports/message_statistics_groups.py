"""What the statistics of messages are grouped by and filtered by (SPEC §22), and rows put into groups.

A name that nobody knows is the empty text. A campaign with several tags stands under each of them, one without any
under the empty one; a message sent to several lists and segments under each that held the person when it was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec

from cdp.attribution.statistics import CONVERTED, USED, Tally
from cdp.errors import Rejected
from cdp.jsonapi.matrix import TEXT, Condition, Field, Filters, one_of
from functions.reports.message_statistics_sql import CHANNELS
from functions.reports.senders import Directory, KnownMessage, Named, Sender, directory

SHOWN: Mapping[str, str] = {"email": "email", "sms": "sms", "push": "push-notification", "whatsapp": "whatsapp"}
MOST_VALUES = 100
_NOBODY = (Named("", ""),)


class Row(msgspec.Struct, frozen=True):
    """Events of one kind and group (`functions.reports.message_statistics_sql`). `channel` is a place in `CHANNELS`;
    `bucket` the interval's first day, or the number of its hour."""

    message: str
    kind: int
    n: int
    uniques: int
    newest: datetime
    flow: str = ""
    units: int | None = None
    credits: int | None = None
    segments: int | None = None
    name: str | None = None
    channel: int | None = None
    variation: str | None = None
    text_message_format: str | None = None
    inbox_provider: str | None = None
    audience: str | None = None
    bucket: date | int | None = None


@dataclass(frozen=True)
class Family:
    """What one family of reports can be grouped by: `always` are required, `default` are taken if nothing is
    asked; `further` may be added."""

    flows: bool
    always: tuple[str, ...]
    default: tuple[str, ...]
    further: tuple[str, ...]

    @property
    def known(self) -> tuple[str, ...]:
        return (*self.default, *self.further)

    @property
    def filters(self) -> Filters:
        """Groups of recipients cannot be filtered."""
        scalar: dict[str, Field] = {
            name: TEXT("equals", "contains-any", "any")
            for name in self.known
            if name not in ("group", "group_name", "tag_id", "tag_name", "send_channel")
        }
        tags = {name: TEXT("contains-any", "contains-all") for name in ("tag_id", "tag_name")}
        channel = one_of(SHOWN.values(), "equals", "contains-any", "any")
        return Filters({**scalar, **tags, "send_channel": channel})


_TAGS = ("tag_id", "tag_name")
_FORMS = ("text_message_format", "variation", "variation_name")
CAMPAIGNS = Family(
    False,
    ("campaign_id", "campaign_message_id"),
    ("campaign_id", "campaign_message_id", "send_channel"),
    ("campaign_message_name", "group", "group_name", *_TAGS, *_FORMS),
)
FLOWS = Family(
    True,
    ("flow_id", "flow_message_id"),
    ("flow_id", "flow_message_id", "send_channel"),
    ("flow_message_name", "flow_name", *_TAGS, *_FORMS),
)


def grouping(family: Family, given: Sequence[str] | None) -> tuple[str, ...]:
    """What to group by, without repeats; `Rejected` if something is unknown, or missing that is required."""
    if not given:
        return family.default
    for number, name in enumerate(given):
        if name not in family.known:
            raise Rejected(f"{name!r} is not one of {', '.join(sorted(family.known))}.", field=f"/group_by/{number}")
    if missing := [name for name in family.always if name not in given]:
        raise Rejected(f"group_by must have {' and '.join(missing)}.", field="/group_by")
    return tuple(dict.fromkeys(given))


def conditions(filters: Filters, text: str | None) -> dict[str, Condition]:
    """The filter's conditions by attribute; each attribute at most once."""
    try:
        found = filters.read(text or "")
    except Rejected as error:
        raise Rejected(error.message, field="/filter") from error
    if len({one.field for one in found}) < len(found):
        raise Rejected("Each attribute may be filtered once.", field="/filter")
    for one in found:
        if isinstance(one.value, tuple) and not 1 <= len(one.value) <= MOST_VALUES:
            raise Rejected(f"A list in a filter has 1 to {MOST_VALUES} values.", field="/filter")
    return {one.field: one for one in found}


@dataclass
class Cells:
    """One group: its tallies by bucket (None without intervals)."""

    groupings: tuple[str, ...]
    by_bucket: dict[object, Tally] = field(default_factory=dict)

    def tally(self, bucket: object) -> Tally:
        return self.by_bucket.setdefault(bucket, Tally())


class Groups:
    """Puts rows into the groups that are asked for, leaving out what the filter does not let through."""

    def __init__(
        self, by: Sequence[str], filters: Mapping[str, Condition], senders: Iterable[Sender], groups: Iterable[Named]
    ) -> None:
        self._by = tuple(by)
        self._filters = filters
        self._directory: Directory = directory(senders)
        self._names = {one.id: one.name for one in groups}

    def gather(self, rows: Sequence[Row]) -> list[Cells]:
        """The groups in the order of what they are grouped by. What is merged is added up, people as well."""
        names: dict[str, str] = {}
        for row in rows:
            names[row.message] = max(names.get(row.message, ""), row.name or "")
        found: dict[tuple[str, ...], Cells] = {}
        for row in rows:
            sender = self._directory.of(row.message, row.flow)
            message = self._directory.message(row.message, names[row.message])
            if not self._passes(sender, message):
                continue
            for key in self._keys(row, sender, message):
                _add(found.setdefault(key, Cells(key)).tally(row.bucket), row)
        return [found[key] for key in sorted(found)]

    def _keys(self, row: Row, sender: Sender, message: KnownMessage) -> Iterator[tuple[str, ...]]:
        """The groups that the row belongs to, each once."""
        if not self._addressed(row, message):
            return
        seen = set()
        for tag in (sender.tags or _NOBODY) if {"tag_id", "tag_name"} & set(self._by) else _NOBODY:
            values = self._values(row, sender, message, tag)
            key = tuple(values[name] for name in self._by)
            if key not in seen:
                seen.add(key)
                yield key

    def _addressed(self, row: Row, message: KnownMessage) -> bool:
        """Was the message sent to the row's list or segment? Of what no audience is known, nobody is left out."""
        if row.audience is None:
            return True
        return row.audience in message.groups if message.groups else row.audience == ""

    def _values(self, row: Row, sender: Sender, message: KnownMessage, tag: Named) -> Mapping[str, str]:
        variation, group = row.variation or "", row.audience or ""
        return {
            "campaign_id": sender.id,
            "campaign_name": sender.name or message.name,
            "campaign_message_id": row.message,
            "campaign_message_name": message.name,
            "flow_id": sender.id,
            "flow_name": sender.name,
            "flow_message_id": row.message,
            "flow_message_name": message.name,
            "send_channel": "" if row.channel is None else SHOWN[CHANNELS[row.channel]],
            "group": group,
            "group_name": self._names.get(group, ""),
            "tag_id": tag.id,
            "tag_name": tag.name,
            "text_message_format": row.text_message_format or "",
            "inbox_provider": row.inbox_provider or "",
            "variation": variation,
            "variation_name": self._directory.variation_names.get(variation, ""),
        }

    def _passes(self, sender: Sender, message: KnownMessage) -> bool:
        held = {
            "campaign_id": [sender.id],
            "flow_id": [sender.id],
            "flow_name": [sender.name],
            "campaign_message_id": [message.id],
            "flow_message_id": [message.id],
            "campaign_message_name": [message.name],
            "flow_message_name": [message.name],
            "tag_id": [tag.id for tag in sender.tags],
            "tag_name": [tag.name for tag in sender.tags],
        }
        return all(meets(one, held[name]) for name, one in self._filters.items() if name in held)


def meets(condition: Condition, held: Sequence[str]) -> bool:
    """Does what is held meet the condition: any of its values, or all of them?"""
    if condition.operator == "contains-all":
        return all(value in held for value in condition.values)
    return any(value in held for value in condition.values)


def variations(filters: Mapping[str, Condition], senders: Iterable[Sender]) -> tuple[str, ...] | None:
    """The ids of variations that the filter lets through; None: all."""
    allowed: set[str] | None = None
    if (one := filters.get("variation")) is not None:
        allowed = {str(value) for value in one.values}
    if (one := filters.get("variation_name")) is not None:
        names = directory(senders).variation_names
        named = {id_ for id_, name in names.items() if name in one.values}
        allowed = named if allowed is None else allowed & named
    return None if allowed is None else tuple(sorted(allowed))


def _add(tally: Tally, row: Row) -> None:
    if row.kind == USED:
        tally.use(row.units or 0, row.credits or 0, row.segments or 0)
    else:
        tally.add(row.kind, row.n, row.uniques, row.units or 0 if row.kind >= CONVERTED else 0)
