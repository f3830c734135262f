"""Customer lifetime value, orders, churn and the next order's date (SPEC §6.1, §6.4-§6.5)."""

from __future__ import annotations

from cdp.documents import clv, clv_models
from functions.predict import forecast, statistics
from functions.predict.attributes import ATTRIBUTES, attributes, keep_expected_date
from functions.predict.source import Asked, Property, Values


def values(asked: Asked) -> Values:
    """By the model in force; without one what was is served alone. People without orders have no values."""
    if asked.book.revenue is None:
        return {}
    state = clv.STATE.get(asked.table, asked.account_id)
    model = clv_models.get(asked.table, asked.account_id, state.model_id) if state.model_id else None
    window_days = clv.SETTINGS.get(asked.table, asked.account_id).predicted_window_days
    numbers = asked.numbers if isinstance(asked.numbers, range) else list(asked.numbers)
    query = statistics.standing(asked.book, asked.book.account.now, numbers)
    found = forecast.customers(asked.engine.run(asked.account_id, query))
    return attributes(model, window_days, found, asked.as_of)


PROPERTY = Property("clv", ATTRIBUTES, values, keep_expected_date)
