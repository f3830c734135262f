"""The ports: what the rooms ask of the world, as narrow as their callers need.

Every port has an embedded adapter (one machine) and an AWS adapter; both pass tests/contract/ports. All
methods are safe to call from several threads. A resource that is busy, full or out of reach raises
`cdp.errors.Unavailable` and has changed nothing.
"""

from __future__ import annotations

from cdp.ports.documents import INDEXES, Add, Delete, Item, ItemQuery, Key, Operation, Put, Table
from cdp.ports.lake import Appended, Compacted, Engine, Lake, Replaced
from cdp.ports.messages import LONGEST_DELAY_S, Bus, DeadLetter, Delivery, Queue
from cdp.ports.outbound import Forbidden, Outbound, OutboundRequest, OutboundResponse, Unreachable
from cdp.ports.reactions import Mail, Post, Runner
from cdp.ports.services import Limits, Secrets

__all__ = [
    "INDEXES",
    "LONGEST_DELAY_S",
    "Add",
    "Appended",
    "Bus",
    "Compacted",
    "DeadLetter",
    "Delete",
    "Delivery",
    "Engine",
    "Forbidden",
    "Item",
    "ItemQuery",
    "Key",
    "Lake",
    "Limits",
    "Mail",
    "Operation",
    "Outbound",
    "OutboundRequest",
    "OutboundResponse",
    "Post",
    "Put",
    "Queue",
    "Replaced",
    "Runner",
    "Secrets",
    "Table",
    "Unreachable",
]
