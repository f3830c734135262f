"""The lake on a local disk: Iceberg tables with a SQLite catalog."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cdp.lake.iceberg import IcebergLake

if TYPE_CHECKING:
    import duckdb
    from pyiceberg.catalog import Catalog

_MEMORY_LIMIT = "1GB"


def local_lake(path: str) -> IcebergLake:
    """A lake under the folder `path`, made on first use."""
    folder = Path(path).absolute()

    def catalog() -> Catalog:
        from pyiceberg.catalog.sql import SqlCatalog
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        folder.mkdir(parents=True, exist_ok=True)
        catalog = SqlCatalog("local", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")
        engine: Engine = catalog.engine

        @event.listens_for(engine, "connect")
        def durable(connection: object, _record: object) -> None:
            connection.execute("PRAGMA synchronous=FULL")  # type: ignore[attr-defined]
            connection.execute("PRAGMA busy_timeout=10000")  # type: ignore[attr-defined]

        return catalog

    def connect() -> duckdb.DuckDBPyConnection:
        import duckdb

        spill = folder / ".spill"
        return duckdb.connect(
            config={
                "threads": 2,
                "memory_limit": _MEMORY_LIMIT,
                "temp_directory": str(spill),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "preserve_insertion_order": True,
            }
        )

    return IcebergLake(catalog, connect, passing=_passing_faults)


def _passing_faults() -> tuple[type[Exception], ...]:
    from sqlalchemy.exc import IntegrityError, OperationalError

    return (OperationalError, IntegrityError, OSError)  # IntegrityError: a neighbour made the same thing
