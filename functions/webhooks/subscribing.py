"""Which topics an account has, and what has to be listened to for them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from cdp.documents.listeners import named
from cdp.documents.metrics import Metric
from cdp.errors import Rejected
from cdp.webhooks.topics import ALIASES, MONITOR_ALERT, STATIC
from functions.webhooks.bodies import TOPICS
from functions.webhooks.fan_out_topics import first_names


class Chosen(NamedTuple):
    """Topics, each once, in the order in which they were given; the keys of documents.listeners behind them."""

    topics: tuple[str, ...]
    listens: tuple[str, ...]


def known(metrics: Iterable[Metric]) -> Mapping[str, frozenset[str]]:
    """Topic → what to listen to. Metrics whose names differ only in what a topic does not show share one."""
    found: dict[str, set[str]] = {topic: {named(name)} for topic, name in STATIC.items()}
    for metric in metrics:
        for topic in first_names(metric):
            found.setdefault(topic, set()).add(metric.id)
    found |= {alias: found[topic] for alias, topic in ALIASES.items()}
    found[MONITOR_ALERT] = set()  # comes over the bus without anybody listening
    return {topic: frozenset(keys) for topic, keys in found.items()}


def choose(given: Sequence[str], from_: Mapping[str, frozenset[str]]) -> Chosen:
    for at, topic in enumerate(given):
        if topic not in from_:
            raise Rejected(f"There is no topic {topic[:200]!r}; GET /api/webhook-topics lists them.", field=f"{TOPICS}/{at}/id")
    return Chosen(tuple(dict.fromkeys(given)), tuple(sorted({key for topic in given for key in from_[topic]})))
