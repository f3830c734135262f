"""Rate limits as the SDKs live with them: a 429 says when to come back, and the SDK does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from klaviyo_api import KlaviyoAPI

from tests.contract.clients.conftest import Platform, running

PER_MINUTE = 15


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform with the limits of the public API: accounts once a second, 15 times a minute."""
    with running(tmp_path_factory.mktemp("limited"), RATE_LIMIT_FACTOR="1") as started:
        yield started


def test_the_sdk_waits_and_succeeds(limited: Platform) -> None:
    api = KlaviyoAPI(limited.private_key, test_host=limited.url)
    found = [api.Accounts.get_accounts().data[0].id for _ in range(3)]
    assert found == [limited.account_id] * 3


def test_too_many_requests_are_told_when_to_come_back(limited: Platform) -> None:
    """Three minutes' worth of requests: some are refused, however slow the machine."""
    answers = [limited.call("GET", "/api/accounts") for _ in range(3 * PER_MINUTE)]
    throttled = [document["errors"][0] for status, document in answers if status == 429]
    assert throttled
    assert all(error["code"] == "throttled" for error in throttled)
    assert all(1 <= error["meta"]["retry_after_s"] <= 60 for error in throttled)
