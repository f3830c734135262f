"""Documents of events as functions are given them: what Get Event answers, with profile and metric included."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from cdp.documents import metrics
from cdp.documents.metrics import Metric
from cdp.errors import Rejected
from cdp.events import EventRecorded
from cdp.model.profile import Profile
from cdp.ports import Table
from cdp.resources import event
from cdp.resources.event import Address


@dataclass(frozen=True)
class Documents:
    """Of one account, for one batch."""

    table: Table
    account_id: str
    address: Address
    _metrics: dict[str, Metric] = field(default_factory=dict)

    def of(self, message: EventRecorded, person: Profile | None) -> msgspec.Raw:
        document = event.document(
            self.address, self.account_id, event.row_of(message), self._metric(message.metric_id), person
        )
        return msgspec.Raw(msgspec.json.encode(document))

    def _metric(self, id_: str) -> Metric:
        if id_ not in self._metrics:
            found = metrics.get(self.table, self.account_id, id_)
            if found is None:
                raise Rejected(f"there is no metric {id_}")
            self._metrics[id_] = found
        return self._metrics[id_]
