"""What a webhook can be told of (SPEC §15): topics, and the metrics behind them. Pure.

A topic is `event:<key of the integration>.<slug of the metric's name>`, or one of the platform's own (`system:…`).
"""

from __future__ import annotations

import re

KLAVIYO = "klaviyo"  # the integration of the metrics that everybody has
MONITOR_ALERT = "system:monitor_alert"
METRICS = (
    "Received Email",
    "Opened Email",
    "Clicked Email",
    "Bounced Email",
    "Dropped Email",
    "Marked Email as Spam",
    "Subscribed to Email Marketing",
    "Unsubscribed from Email Marketing",
    "Manually Suppressed from Email Marketing",
    "Manually Unsuppressed from Email Marketing",
    "Updated Email Preferences",
    "Sent SMS",
    "Received SMS",
    "Clicked SMS",
    "Failed to Deliver SMS",
    "Received Automated Response SMS",
    "Failed to Deliver Automated Response SMS",
    "Subscribed to SMS Marketing",
    "Unsubscribed from SMS Marketing",
    "Received Push",
    "Opened Push",
    "Bounced Push",
    "Subscribed to List",
    "Ready to Review",
    "Submitted Review",
    "Submitted Rating",
)
_NO_WORD = re.compile(r"\W+")


def slug(text: str) -> str:
    """Small letters and digits of any script, joined by underscores; empty if there are none."""
    return _NO_WORD.sub("_", text.casefold()).strip("_")


def topic_of(service: str, metric_name: str, metric_id: str) -> str:
    """The topic of a metric's events; one whose name has no letters is called by its id."""
    return f"event:{slug(service) or service}.{slug(metric_name) or metric_id}"


STATIC = {topic_of(KLAVIYO, name, ""): name for name in METRICS}  # topic → metric, whether there is one yet or not
ALIASES = {f"event:{KLAVIYO}.email_delivered": f"event:{KLAVIYO}.received_email"}


def canonical(topic: str) -> str:
    """The topic's first name."""
    return ALIASES.get(topic, topic)
