"""What an account's predictions are reckoned from: its order book, its settings, and whether there is enough."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from cdp.documents import clv
from cdp.documents.clv import Overview, Settings
from cdp.orders.book import OrderBook, order_book
from cdp.ports import Engine, Table
from functions.predict import statistics

_MOMENT = timedelta(microseconds=1)  # the lake's resolution


@dataclass(frozen=True, slots=True)
class Ground:
    """An account seen as of a time."""

    account_id: str
    as_of: datetime
    book: OrderBook
    settings: Settings
    engine: Engine

    @property
    def cut(self) -> datetime:
        """Just after `as_of`: queries leave out what happened then or later."""
        return self.as_of + _MOMENT

    @property
    def basis(self) -> str:
        """A name for what models are made from: it changes with the window, the eligibility, the mapped metrics and how
        money is converted."""
        money = (self.book.account.currency, sorted(self.book.account.rates.items()))
        return _named((self.settings.predicted_window_days, self.settings.eligibility, self.mapped, money))

    @property
    def mapped(self) -> str:
        """A name for the mapped metrics."""
        return _named((self.book.revenue, self.book.cancelled, self.book.refunded))

    @property
    def metric_ids(self) -> tuple[str, ...]:
        """Whose events change the book."""
        counted = (self.book.revenue, self.book.cancelled, self.book.refunded)
        return tuple(sorted({group.metric.id for one in counted if one is not None for group in one.groups}))

    def overview(self) -> Overview:
        if self.book.revenue is None:
            return Overview(mapped=False)
        row = self.engine.run(self.account_id, statistics.overview(self.book, self.cut)).to_pylist()[0]
        return Overview(**{name: value for name, value in row.items() if value is not None})


def ground(table: Table, engine: Engine, account_id: str, as_of: datetime) -> Ground:
    book = order_book(table, engine, account_id, as_of)
    return Ground(account_id, as_of, book, clv.SETTINGS.get(table, account_id), engine)


def _named(what: object) -> str:
    return blake2b(repr(what).encode(), digest_size=8).hexdigest()
