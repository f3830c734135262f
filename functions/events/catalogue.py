"""Metrics by the number that the lake knows them by."""

from __future__ import annotations

import threading

from cdp.documents import metrics
from cdp.documents.metrics import Metric
from cdp.ports import Table


class Catalogue:
    """Remembers metrics; a metric's number, id and name never change. Read again when a number is not known."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: dict[tuple[str, int], Metric] = {}
        self._lock = threading.Lock()

    def by_number(self, account_id: str, metric_no: int) -> Metric:
        """LookupError for a number that was never given."""
        with self._lock:
            if (account_id, metric_no) not in self._known:
                found = metrics.all_metrics(self._table, account_id)
                self._known.update({(account_id, metric.no): metric for metric in found})
            return self._known[account_id, metric_no]

    def numbers(self, account_id: str, ids: tuple[str, ...]) -> tuple[int, ...]:
        """The numbers of those metrics that exist."""
        found = (metrics.get(self._table, account_id, id_) for id_ in ids)
        return tuple(metric.no for metric in found if metric is not None)
