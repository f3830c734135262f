"""The grammar reads the queries that bring RFM groups on profiles up to date, too: they are no report."""

from __future__ import annotations

import msgspec

from cdp.documents.rfm import Dimension, Dimensions, Percentiles, Values
from cdp.query.sql import compile
from functions.reports.example import SCOPE
from functions.reports.kinds.rfm_groups import differences, groups
from tests.contract.trino.test_trino import complaints

SETTINGS = {
    "thirds": Dimensions(),
    "values": Dimensions(frequency=Dimension(values=Values(5, 2)), monetary=Dimension(values=Values(100, 10))),
    "percentiles": Dimensions(monetary=Dimension(percentiles=Percentiles(90, 50))),
}


def test_the_sql_of_the_refresh_is_trino() -> None:
    plain = msgspec.structs.replace(SCOPE, metrics=tuple(m for m in SCOPE.metrics if m.name == "Placed Order"))
    texts = {}
    for name, settings in SETTINGS.items():
        for orders, metric_id, scope in (("net", None, SCOPE), ("plain", None, plain), ("custom", "FullPrice", SCOPE)):
            wanted = groups(metric_id, settings, scope.now, scope)
            texts[f"{name} {orders}"] = compile(differences(wanted, 0, 100), "athena").sql
    found = complaints(texts)
    assert found.keys() == texts.keys()
    assert {name: said for name, said in found.items() if said} == {}
