"""What reports know of campaigns and flows: names, messages, audiences and tags. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec


class Named(msgspec.Struct, frozen=True):
    """A tag, a variation, a list or a segment."""

    id: str
    name: str


class KnownMessage(msgspec.Struct, frozen=True):
    """`groups`: ids of the lists and segments that it was sent to."""

    id: str
    name: str
    variations: tuple[Named, ...] = ()
    groups: tuple[str, ...] = ()


class Sender(msgspec.Struct, frozen=True):
    """A campaign or a flow."""

    id: str
    name: str
    messages: tuple[KnownMessage, ...] = ()
    tags: tuple[Named, ...] = ()


@dataclass(frozen=True)
class Directory:
    """Campaigns or flows by the ids that events carry. What is not known has the empty name."""

    by_id: Mapping[str, Sender]
    by_message: Mapping[str, tuple[Sender, KnownMessage]]
    variation_names: Mapping[str, str]

    def of(self, message_id: str, sender_id: str) -> Sender:
        """The campaign or flow of a message, known by its id or else by the message's."""
        if sender_id:
            return self.by_id.get(sender_id) or Sender(sender_id, "")
        found = self.by_message.get(message_id)
        return found[0] if found else Sender(message_id, "")

    def message(self, message_id: str, seen_name: str) -> KnownMessage:
        """The message; its events' own name for it is the second choice."""
        found = self.by_message.get(message_id)
        if found is None:
            return KnownMessage(message_id, seen_name)
        sender, message = found
        return message if message.name else msgspec.structs.replace(message, name=seen_name or sender.name)


def directory(senders: Iterable[Sender]) -> Directory:
    known = tuple(senders)
    return Directory(
        {sender.id: sender for sender in known},
        {message.id: (sender, message) for sender in known for message in sender.messages},
        {v.id: v.name for sender in known for message in sender.messages for v in message.variations},
    )
