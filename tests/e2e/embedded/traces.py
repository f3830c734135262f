"""Looks for texts in everything that a data directory holds: raw bytes of every file, the values of Parquet
columns and the blocks of Avro files without their compression."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

PREFIX = 12  # a manifest's bounds hold no more than 16 characters of a text


def traces(folder: Path, needles: Iterable[str]) -> dict[str, set[str]]:
    """Needle -> files with it. Both the whole text and its beginning count; case does not."""
    wanted = {needle: needle[:PREFIX].lower().encode() for needle in needles}
    found: dict[str, set[str]] = {needle: set() for needle in wanted}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        for content in _contents(path):
            content = content.lower()
            for needle, begin in wanted.items():
                if begin in content:
                    found[needle].add(str(path.relative_to(folder)))
    return found


def _contents(path: Path) -> Iterator[bytes]:
    raw = path.read_bytes()
    yield raw
    if path.suffix == ".parquet":
        yield from _columns(path)
    if raw[:4] == b"Obj\x01":
        yield from _blocks(raw)


def _columns(path: Path) -> Iterator[bytes]:
    """All values of all text columns."""
    for column in pq.ParquetFile(path).read().columns:
        if pa.types.is_string(column.type):
            yield "\n".join(value for value in column.to_pylist() if value is not None).encode()


def _blocks(raw: bytes) -> Iterator[bytes]:
    """The blocks of an Avro container: a header with a map and a sync mark, then (count, size, data, mark)."""
    at, codec = 4, b"null"
    while count := (pair := _long(raw, at))[0]:
        at = pair[1]
        for _ in range(abs(count)):
            key, at = _bytes(raw, at)
            value, at = _bytes(raw, at)
            codec = value if key == b"avro.codec" else codec
    at = pair[1] + 16
    while at < len(raw):
        _, at = _long(raw, at)
        data, at = _bytes(raw, at)
        at += 16
        yield zlib.decompress(data, -15) if codec == b"deflate" else data


def _bytes(raw: bytes, at: int) -> tuple[bytes, int]:
    size, at = _long(raw, at)
    return raw[at : at + size], at + size


def _long(raw: bytes, at: int) -> tuple[int, int]:
    """A zigzag number of variable length, and where it ends."""
    number = shift = 0
    while True:
        byte = raw[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), at
