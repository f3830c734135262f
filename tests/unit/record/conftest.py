from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cdp.adapters.embedded.lake import local_lake
from cdp.adapters.embedded.queue import SqliteBus, SqliteQueue
from cdp.adapters.embedded.table import SqliteTable
from functions.record.recorder import Recorder

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Recorder:
    folder: Path = tmp_path_factory.mktemp("platform")
    queues = f"{folder}/queues.db"
    bus = SqliteBus(queues)
    bus.set_rules({"EventRecorded": ["listener"], "ProfilesChanged": ["listener"]})
    return Recorder(
        SqliteTable(f"{folder}/documents.db"), local_lake(f"{folder}/lake"), bus, SqliteQueue(queues, "compact"),
        SqliteQueue(queues, "profiles"), SqliteQueue(queues, "rewrite"),
        clock=lambda: NOW,
    )  # fmt: skip


@pytest.fixture(scope="module")
def listener(recorder: Recorder) -> SqliteQueue:
    """The inbox that EventRecorded is routed to."""
    assert isinstance(recorder.compact_queue, SqliteQueue)
    return SqliteQueue(recorder.compact_queue._db.path, "listener")
