from __future__ import annotations

import pytest

from tests.unit.outbound.servers import Authority


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()
