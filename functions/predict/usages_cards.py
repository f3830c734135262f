"""The four cards of what looks at CLV attributes: from an account's documents to rows (SPEC §6.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cdp.documents import campaigns, flows, forms, lists, memberships, segments
from cdp.documents.campaigns import Campaign
from cdp.jsonapi.times import format_instant
from cdp.ports import Table
from functions.predict import usages
from functions.predict.usages import Named, Use

_TYPES: Mapping[str, str] = {
    "email": "email", "sms": "sms", "mobile_push": "push", "push-notification": "push", "whatsapp": "whatsapp",
}  # fmt: skip
_UPCOMING = ("Scheduled", "Sending")
_MANY = 100


@dataclass(frozen=True, slots=True)
class Usage:
    """One row: the object `id`, how it looks at CLV, and what else its card shows. `keys`: for each field by which the
    card can be sorted what its order goes by."""

    id: str
    name: str
    use: Use
    shown: Mapping[str, Any]
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """An account at one moment. `qualified`: segment id -> CLV attributes."""

    table: Table
    account_id: str
    now: datetime
    segments: Mapping[str, segments.Segment]
    qualified: Mapping[str, frozenset[str]]

    def names(self, use: Use) -> list[str]:
        """Of the lists and segments that something is aimed at; those that are gone are left out."""
        others = [id_ for id_ in use.groups if id_ not in self.segments]
        found = lists.get_many(self.table, self.account_id, others)
        called = {one.id: one.name for one in (*found, *self.segments.values()) if one is not None}
        return [called[id_] for id_ in use.groups if id_ in called]


@dataclass(frozen=True, slots=True)
class Card:
    """`type` of its rows, of which `path` is the collection; `of` is the type of the objects that the rows are about,
    `opens` the collection they stand in. `sorts`: the first is the default."""

    type: str
    of: str
    opens: str
    sorts: tuple[str, ...]
    rows: Callable[[Seen], Iterator[Usage]]

    @property
    def path(self) -> str:
        return f"{self.type}s"


def seen(table: Table, account_id: str, now: datetime) -> Seen:
    known = segments.all_of(table, account_id)
    return Seen(table, account_id, now, {one.id: one for one in known}, usages.qualifying(known))


def _segments(seen: Seen) -> Iterator[Usage]:
    for id_, attributes in seen.qualified.items():
        one = seen.segments[id_]
        count = memberships.count(seen.table, seen.account_id, id_)
        through = tuple(group for group in one.group_ids if group in seen.qualified)
        shown = {"profile_count": count, "updated": format_instant(one.updated)}
        keys = {"profile_count": f"{count:012d}", "updated": _moment(one.updated)}
        yield _row(one.id, one.name, Use(usages.ordered(attributes), through), shown, keys)


def _campaigns(seen: Seen) -> Iterator[Usage]:
    for stored in campaigns.CAMPAIGNS.all(seen.table, seen.account_id):
        one = campaigns.settled(stored.thing, seen.now)
        use = usages.use(_aimed(one), seen.qualified) if one.status in _UPCOMING else None
        if use is not None:
            types, at = _types(one.channels), one.send_time
            shown = {
                "audience_names": seen.names(use), "status": one.status, "message_types": types,
                "scheduled_at": None if at is None else format_instant(at),
            }  # fmt: skip
            keys = {"status": one.status, "message_type": ",".join(types), "scheduled_at": _moment(at) if at else ""}
            yield _row(one.id, one.name, use, shown, keys)


def _aimed(campaign: Campaign) -> Named:
    """Those that are left out count as well."""
    included = [id_ for one in campaign.audiences for id_ in one.included]
    excluded = [id_ for one in campaign.audiences for id_ in one.excluded]
    return Named(groups=tuple(dict.fromkeys([*included, *excluded])))


def _flows(seen: Seen) -> Iterator[Usage]:
    for some in _in_parts(flows.all_of(seen.table, seen.account_id)):
        definitions = flows.definitions(seen.table, seen.account_id, [one.id for one in some])
        for one in some:
            found = definitions.get(one.id)
            named = Named() if found is None else usages.in_flow(found.triggers, found.profile_filter)
            use = usages.use(named, seen.qualified)
            if use is not None:
                shown = {
                    "audience_names": seen.names(use), "status": one.status.capitalize(),
                    "message_types": _types(message.channel for message in one.messages),
                    "updated": format_instant(one.updated),
                }  # fmt: skip
                yield _row(one.id, one.name, use, shown, {"updated": _moment(one.updated)})


def _forms(seen: Seen) -> Iterator[Usage]:
    for one in forms.all_of(seen.table, seen.account_id):
        whole = forms.whole(seen.table, seen.account_id, one.id)
        use = None if whole is None else usages.use(usages.in_form(whole.definition), seen.qualified)
        if use is not None:
            type_ = _form_type(one)
            shown = {"audience_names": seen.names(use), "status": one.status.capitalize(), "form_type": type_}
            yield _row(one.id, one.name, use, shown, {"form_type": type_})


def _form_type(form: forms.Form) -> str:
    """Of the version that is shown; of the first one if none is live."""
    live = (one for one in form.versions if one.status == "live")
    return next(live, form.versions[0]).form_type


def _row(id_: str, name: str, use: Use, shown: Mapping[str, Any], keys: Mapping[str, str]) -> Usage:
    return Usage(id_, name, use, shown, {"name": name[:200], **keys})


def _types(channels: Iterable[str]) -> list[str]:
    """Channels that reach a customer, in one order for all."""
    held = {_TYPES[channel] for channel in channels if channel in _TYPES}
    return [name for name in dict.fromkeys(_TYPES.values()) if name in held]


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _in_parts(found: list[flows.Flow]) -> Iterator[list[flows.Flow]]:
    for start in range(0, len(found), _MANY):
        yield found[start : start + _MANY]


CARDS = (
    Card("clv-segment-usage", "segment", "segments", ("name", "profile_count", "updated"), _segments),
    Card(
        "clv-campaign-usage", "campaign", "campaigns", ("name", "status", "message_type", "scheduled_at"), _campaigns
    ),
    Card("clv-flow-usage", "flow", "flows", ("name", "updated"), _flows),
    Card("clv-form-usage", "form", "forms", ("name", "form_type"), _forms),
)
