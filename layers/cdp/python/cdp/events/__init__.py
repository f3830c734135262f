"""Messages between rooms: what travels on the bus and in inboxes. One class a file.

The publisher owns a message, the consumer owns the rule. On the wire a message is JSON with its class name
under "type"; its fields have no surprise: plain values, times as RFC 3339 strings.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from cdp.errors import Rejected
from cdp.events.alert_changed import AlertChanged
from cdp.events.catalog_job_accepted import CatalogJobAccepted
from cdp.events.catalog_links_due import CatalogLinksDue
from cdp.events.compaction_due import CompactionDue
from cdp.events.consent_accepted import ConsentAccepted
from cdp.events.custom_report_due import CustomReportDue
from cdp.events.deliveries_due import DeliveriesDue
from cdp.events.erasure_accepted import ErasureAccepted
from cdp.events.event_recorded import EventRecorded
from cdp.events.events_accepted import EventsAccepted
from cdp.events.fit_done import FitDone
from cdp.events.fit_due import FitDue
from cdp.events.function_due import FunctionDue
from cdp.events.list_deleted import ListDeleted
from cdp.events.memberships_changed import MembershipsChanged
from cdp.events.merge_accepted import MergeAccepted
from cdp.events.monitors_due import MonitorsDue
from cdp.events.prediction_due import PredictionDue
from cdp.events.profiles_accepted import ProfilesAccepted
from cdp.events.profiles_changed import ProfilesChanged
from cdp.events.records_accepted import RecordsAccepted
from cdp.events.report_due import ReportDue
from cdp.events.rewrite_due import RewriteDue
from cdp.events.rfm_due import RfmDue
from cdp.events.scheduled import Scheduled
from cdp.events.segment_due import SegmentDue
from cdp.events.transformation_due import TransformationDue

__all__ = [
    "EVENTS",
    "AlertChanged",
    "CatalogJobAccepted",
    "CatalogLinksDue",
    "CompactionDue",
    "ConsentAccepted",
    "CustomReportDue",
    "DeliveriesDue",
    "ErasureAccepted",
    "EventRecorded",
    "EventsAccepted",
    "FitDone",
    "FitDue",
    "FunctionDue",
    "ListDeleted",
    "MembershipsChanged",
    "MergeAccepted",
    "Message",
    "MonitorsDue",
    "PredictionDue",
    "ProfilesAccepted",
    "ProfilesChanged",
    "RecordsAccepted",
    "ReportDue",
    "RewriteDue",
    "RfmDue",
    "Scheduled",
    "SegmentDue",
    "TransformationDue",
    "decode",
    "encode",
]  # fmt: skip

EVENTS = (
    AlertChanged,
    CatalogJobAccepted,
    CatalogLinksDue,
    CompactionDue,
    ConsentAccepted,
    CustomReportDue,
    DeliveriesDue,
    ErasureAccepted,
    EventRecorded,
    EventsAccepted,
    FitDone,
    FitDue,
    FunctionDue,
    ListDeleted,
    MembershipsChanged,
    MergeAccepted,
    MonitorsDue,
    PredictionDue,
    ProfilesAccepted,
    ProfilesChanged,
    RecordsAccepted,
    ReportDue,
    RewriteDue,
    RfmDue,
    Scheduled,
    SegmentDue,
    TransformationDue,
)

Message: TypeAlias = (
    AlertChanged
    | CatalogJobAccepted
    | CatalogLinksDue
    | CompactionDue
    | ConsentAccepted
    | CustomReportDue
    | DeliveriesDue
    | ErasureAccepted
    | EventRecorded
    | EventsAccepted
    | FitDone
    | FitDue
    | FunctionDue
    | ListDeleted
    | MembershipsChanged
    | MergeAccepted
    | MonitorsDue
    | PredictionDue
    | ProfilesAccepted
    | ProfilesChanged
    | RecordsAccepted
    | ReportDue
    | RewriteDue
    | RfmDue
    | Scheduled
    | SegmentDue
    | TransformationDue
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def encode(message: Message) -> str:
    """The message as it travels."""
    return _encoder.encode(message).decode()


def decode(text: str) -> Message:
    """Read a message; one that is not of a known class or shape is `Rejected` (it becomes a dead letter)."""
    try:
        return _decoder.decode(text)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise Rejected(f"not a message of ours: {error}") from error
