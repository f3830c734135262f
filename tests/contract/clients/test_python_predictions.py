"""The CDNOW sample through the running platform: predicted as of September 1997, read through the official Python SDK,
and held against what the customers bought until June 1998 (SPEC §6, ARCHITECTURE §7)."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from klaviyo_api import KlaviyoAPI

from tests.contract.clients.conftest import REGULARS, Platform, running, until
from tests.contract.clients.python_sdk import pages
from tests.unit.predict.flow import CALIBRATED, OBSERVED, cdnow

DAYS = 273
MAE, CORRELATION = 0.786, 0.626  # of BG/NBD on this sample
HEURISTIC_MAE, HEURISTIC_CORRELATION = 1.02, 0.584
PREDICTED = {"additional_fields_profile": ["predictive_analytics"]}


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Platform, Path]]:
    """A platform with all purchases of the sample, and its data directory."""
    folder = tmp_path_factory.mktemp("cdnow")
    with running(folder, RATE_LIMIT_FACTOR="0") as platform:
        _choose(platform)
        _import(platform)
        yield platform, folder / "data"


def _choose(platform: Platform) -> None:
    """The window of the hold-out, before there is anything to predict from."""
    attributes = {"clv_eligibility": "relaxed", "predicted_window_days": DAYS}
    body = {"data": {"type": "clv-settings", "id": "default", "attributes": attributes}}
    assert platform.call("PATCH", "/api/clv-settings/default", body)[0] == 200
    until(lambda: _settings(platform)["refresh_expected_by"] is None, "what the change began is over")


def _import(platform: Platform) -> None:
    items, many = [], cdnow()
    for who, rows in many.items():
        data = [
            {"type": "event", "attributes": {
                **{name: value for name, value in row.items() if name != "metric"},
                "metric": {"data": {"type": "metric", "attributes": {"name": row["metric"]}}}}}
            for row in rows
        ]  # fmt: skip
        person = {"type": "profile", "attributes": {"external_id": who}}
        attributes = {"profile": {"data": person}, "events": {"data": data}, "backfill": True}
        items.append({"type": "event-bulk-create", "attributes": attributes})
    for start in range(0, len(items), 200):
        body = {"data": {"type": "event-bulk-create-job", "attributes": {
            "events-bulk-create": {"data": items[start : start + 200]}}}}  # fmt: skip
        status, document = platform.call("POST", "/api/event-bulk-create-jobs", body)
        assert status == 202, document
    until(lambda: _recorded(platform) == sum(map(len, many.values())), "all purchases are there")


def _recorded(platform: Platform) -> int:
    """Purchases that a report counts."""
    found = platform.call("GET", "/api/metrics")[1]["data"]
    metric = next((one["id"] for one in found if one["attributes"]["name"] == "Placed Order"), None)
    if metric is None:
        return 0
    return sum(_count(platform, metric, *span) for span in (("1997-01-01", "1998-01-01"), ("1998-01-01", "1998-07-01")))


def _count(platform: Platform, metric: str, start: str, end: str) -> int:
    span = [f"greater-or-equal(datetime,{start}T00:00:00)", f"less-than(datetime,{end}T00:00:00)"]
    attributes = {"metric_id": metric, "measurements": ["count"], "filter": span, "interval": "month", "timezone": "UTC"}
    body = {"data": {"type": "metric-aggregate", "attributes": attributes}}
    status, document = platform.call("POST", "/api/metric-aggregates", body)
    assert status == 200, document
    rows = document["data"]["attributes"]["data"]
    return int(sum(rows[0]["measurements"]["count"])) if rows else 0


@pytest.fixture(scope="module")
def api(sold: tuple[Platform, Path]) -> KlaviyoAPI:
    return KlaviyoAPI(sold[0].private_key, max_retries=1, test_host=sold[0].url)


@pytest.fixture(scope="module")
def predicted(sold: tuple[Platform, Path]) -> Platform:
    """After `regulars jobs run predict --as-of` the end of September 1997."""
    platform, data = sold
    command = [REGULARS, "jobs", "run", "predict", "--data", str(data), "--as-of", CALIBRATED.isoformat()]
    subprocess.run(command, check=True, capture_output=True)
    return platform


def _settings(platform: Platform) -> dict[str, Any]:
    found: dict[str, Any] = platform.call("GET", "/api/clv-settings/default")[1]["data"]["attributes"]
    return found


@pytest.fixture(scope="module")
def said(predicted: Platform, api: KlaviyoAPI) -> dict[str, Any]:
    """What the API says of everybody, by external id."""
    return {
        one.attributes.external_id: one
        for page in pages(api.Profiles.get_profiles, page_size=100, **PREDICTED)
        for one in page.data
    }


def test_the_model_is_told(predicted: Platform) -> None:
    shown = _settings(predicted)
    model = shown["model"]
    assert (model["as_of"], model["name"]) == ("1997-09-30T00:00:00+00:00", "MBG/NBD")
    assert (model["customers"], model["orders"]) == (2349, 4952)  # eight bought for nothing
    assert model["confidence"] == "Low"
    assert "longer than the history of 272 days" in model["reason"]
    assert shown["historic_window_days"] == 272


def test_holdout_through_profiles(said: dict[str, Any]) -> None:
    """What the API says of every customer, against the days on which they bought in the 39 weeks that followed."""
    bought: Counter[str] = Counter()
    for who, rows in cdnow().items():
        times = {datetime.fromisoformat(row["time"]) for row in rows if row["value"] > 0}
        bought[who] = sum(CALIBRATED < at <= OBSERVED for at in times)
    told = {who: one.attributes.predictive_analytics for who, one in said.items()}
    assert len(told) == 2357
    known = [who for who, one in told.items() if one.predicted_number_of_orders is not None]
    assert len(known) == 2349
    expected = np.array([told[who].predicted_number_of_orders for who in known])
    actual = np.array([bought[who] for who in known])
    assert np.abs(expected - actual).mean() <= MAE
    assert np.corrcoef(expected, actual)[0, 1] >= CORRELATION - 0.0005
    for who in known:
        one = told[who]
        assert one.total_clv == pytest.approx(one.historic_clv + one.predicted_clv, abs=1e-9)
        assert 0 <= one.churn_probability <= 1
        assert one.expected_date_of_next_order is not None
    nobody = next(one for who, one in told.items() if who not in known)
    assert (nobody.historic_clv, nobody.historic_number_of_orders) == (0, 0)
    assert nobody.total_clv is nobody.churn_probability is nobody.expected_date_of_next_order is None


def test_a_profile_and_a_segment(api: KlaviyoAPI, said: dict[str, Any]) -> None:
    best = api.Profiles.get_profiles(filter='equals(external_id,"0001")', **PREDICTED).data[0]
    one = api.Profiles.get_profile(best.id, **PREDICTED).data.attributes.predictive_analytics
    assert one == best.attributes.predictive_analytics
    assert (one.historic_number_of_orders, one.historic_clv, one.average_days_between_orders) == (3, 74.02, 106.5)
    above = {"type": "numeric", "operator": "greater-than", "value": 8}
    condition = {"type": "profile-predictive-analytics", "dimension": "predicted_number_of_orders", "filter": above}
    definition = {"condition_groups": [{"conditions": [condition]}]}
    body = {"data": {"type": "segment", "attributes": {"name": "Best of 1998", "definition": definition}}}
    id_ = api.Segments.create_segment(body).data.id
    until(lambda: not api.Segments.get_segment(id_).data.attributes.is_processing, "the segment is evaluated")
    found = {one.id for page in pages(api.Segments.get_profiles_for_segment, id_, page_size=100) for one in page.data}
    wanted = {
        one.id for one in said.values() if (one.attributes.predictive_analytics.predicted_number_of_orders or 0) > 8
    }
    assert found == wanted != set()


def test_back_test_by_a_preview(predicted: Platform) -> None:
    """The same hold-out in one request, with its label and the rate heuristic beside it."""
    attributes = {"predicted_window_days": DAYS, "as_of": OBSERVED.isoformat(), "holdout_days": DAYS}
    body = {"data": {"type": "clv-setting-preview", "attributes": attributes}}
    status, document = predicted.call("POST", "/api/clv-setting-previews", body)
    assert status in (200, 202), document
    at = f"/api/clv-setting-previews/{document['data']['id']}"

    def finished() -> dict[str, Any] | None:
        found: dict[str, Any] = predicted.call("GET", at)[1]["data"]["attributes"]
        return found if found["status"] == "complete" else None

    preview = until(finished, "the preview is made")
    tested = preview["holdout"]
    assert (tested["days"], tested["customers"], tested["actual_orders"]) == (DAYS, 2349, 1882)
    assert tested["mae"] <= MAE
    assert tested["correlation"] >= CORRELATION
    assert tested["heuristic_mae"] == pytest.approx(HEURISTIC_MAE, abs=0.01)
    assert tested["heuristic_correlation"] == pytest.approx(HEURISTIC_CORRELATION, abs=0.0005)
    assert tested["mae"] < tested["heuristic_mae"]
    label = "High" if tested["wape"] <= 0.15 else "Medium" if tested["wape"] <= 0.30 else "Low"
    assert preview["confidence"] == label
    assert tested["wape"] == pytest.approx(abs(tested["predicted_revenue"] / tested["actual_revenue"] - 1), abs=1e-4)
    assert tested["aggregate_error"] == pytest.approx(tested["predicted_orders"] / 1882 - 1, abs=1e-4)
    assert len(preview["samples"]) == 5

