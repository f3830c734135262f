"""How far an import came: every row before `rows` is settled. One small file an import, gone when it is complete."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from infra.embedded.importing.mapping import ColumnMapping
from infra.embedded.importing.sources import Source


@dataclass(slots=True)
class Checkpoint:
    """Valid for one file content, mapping and account; of anything else an import starts at row 0."""

    path: Path
    fingerprint: str
    rows: int = 0

    @staticmethod
    def load(folder: Path, source: Source, mapping: ColumnMapping, account_id: str) -> Checkpoint:
        stat = source.path.stat()
        content = [
            stat.st_size,
            stat.st_mtime_ns,
            source.format,
            source.delimiter,
            source.columns,
            source.skip,
        ]
        meaning = [sorted(mapping.columns.items()), sorted(mapping.constants.items()), str(mapping.zone)]
        more = [mapping.time_format, mapping.only_mapped]
        fingerprint = _digest([content, meaning, more])
        path = folder / f"{source.path.name}-{_digest([str(source.path.resolve()), account_id])}.json"
        try:
            stored = json.loads(path.read_text())
        except (OSError, ValueError):
            stored = {}
        rows = stored.get("rows", 0) if stored.get("fingerprint") == fingerprint else 0
        return Checkpoint(path, fingerprint, rows)

    def save(self, rows: int) -> None:
        """Replace the stored checkpoint atomically."""
        self.rows = rows
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"fingerprint": self.fingerprint, "rows": rows}))
        fresh.replace(self.path)

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)


def _digest(parts: list[object]) -> str:
    return blake2b(json.dumps(parts).encode(), digest_size=8).hexdigest()
