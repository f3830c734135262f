"""What a preview shows: revenue in the window, and five customers from the most to the least valuable (SPEC §6.3). Pure.

The five stand at 10, 30, 50, 70 and 90 % of the customers by predicted value, so that they show the whole range.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cdp.documents.clv_models import Model
from cdp.model.ids import profile_id
from functions.predict import shown
from functions.predict.attributes import attributes
from functions.predict.forecast import Customers, forecast
from functions.predict.reckoning import Ground
from functions.predict.statistics import day_of

_PLACES = (0.9, 0.7, 0.5, 0.3, 0.1)


def previewed(seen: Ground, model: Model, known: Customers, share: float) -> dict[str, Any]:
    """`share` of all customers are `known`."""
    told = forecast(model.fit, model.mean_value_units, known, day_of(seen.as_of), model.window_days)
    order = np.lexsort((known.numbers, told.revenue))
    chosen = list(dict.fromkeys(int(order[int(place * (order.size - 1))]) for place in _PLACES)) if order.size else []
    some = known.only(np.array(chosen, np.int64))
    values = attributes(model, model.window_days, some, seen.as_of)
    samples = [
        {"profile_id": profile_id(seen.account_id, no), "expected_order_value": shown.two(told.value[at]), **values[no]}
        for at, no in zip(chosen, some.numbers.tolist(), strict=True)
    ]
    return {
        "confidence": model.confidence,
        "reason": model.reason,
        "predicted_revenue": shown.two(float(told.revenue.sum()) / share),
        "samples": samples,
        "holdout": None if model.holdout is None else shown.holdout(model.holdout),
        "model": shown.model(model),
    }
