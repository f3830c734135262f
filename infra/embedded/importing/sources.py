"""Files as numbered rows, read piece by piece: CSV and other delimited text, NDJSON, Parquet; gzip by its ending."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

import msgspec

Row: TypeAlias = Mapping[str, Any]

FORMATS = ("csv", "ndjson", "parquet")
_BY_ENDING = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv",
    ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "whitespace": " "}
_PARQUET_ROWS = 1000


class Unreadable(Exception):
    """The file as a whole cannot be read as what it claims to be."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that is no row."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """`line` counts from 1 in text files (header included), rows from 1 in Parquet. `done` is 0…1 of the file."""

    line: int
    row: Row | BadRow
    done: float


@dataclass(frozen=True, slots=True)
class Source:
    """`columns` name the fields of a text file without a header; `skip` lines are passed over first."""

    path: Path
    format: str
    delimiter: str = ","
    columns: tuple[str, ...] = ()
    skip: int = 0

    @staticmethod
    def of(
        path: Path,
        format_: str | None = None,
        delimiter: str | None = None,
        columns: Sequence[str] = (),
        skip: int = 0,
    ) -> Source:
        """Fill in what the file's name tells."""
        ending = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
        chosen = format_ or _BY_ENDING.get(ending.lower())
        if chosen not in FORMATS:
            raise Unreadable(f"the format of {path.name} is not known; give --format {', '.join(FORMATS)}")
        if delimiter is None:
            delimiter = "tab" if ending.lower() == ".tsv" else "comma"
        delimiter = _DELIMITERS.get(delimiter, delimiter)
        if len(delimiter) != 1:
            raise Unreadable(
                f"a delimiter is one character or one of {', '.join(_DELIMITERS)}, not {delimiter!r}"
            )
        return Source(path, chosen, delimiter, tuple(columns), skip)

    def names(self) -> list[str]:
        """The columns: of the header, of the schema, or of the first object."""
        if self.format == "parquet":
            import pyarrow.parquet as pq

            return list(pq.ParquetFile(self.path).schema_arrow.names)
        first = next((n.row for n in self.rows() if not isinstance(n.row, BadRow)), None)
        if first is None:
            raise Unreadable(f"{self.path.name} has no rows")
        return list(first)

    def rows(self) -> Iterator[Numbered]:
        """All rows from the first."""
        if self.format == "parquet":
            return self._parquet()
        return self._ndjson() if self.format == "ndjson" else self._delimited()

    def _parquet(self) -> Iterator[Numbered]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            file = pq.ParquetFile(self.path)
        except pa.ArrowInvalid as error:
            raise Unreadable(f"{self.path.name} is no Parquet file: {error}") from error
        total, line = max(1, file.metadata.num_rows), 0
        for batch in file.iter_batches(batch_size=_PARQUET_ROWS):
            for row in batch.to_pylist():
                line += 1
                yield Numbered(line, row, line / total)

    def _ndjson(self) -> Iterator[Numbered]:
        decode = msgspec.json.Decoder(dict[str, Any]).decode
        for line, raw, done in self._lines():
            if not raw.strip():
                continue
            try:
                yield Numbered(line, decode(raw), done)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                yield Numbered(line, BadRow(f"not a JSON object: {error}", _shown(raw)), done)

    def _lines(self) -> Iterator[tuple[int, bytes, float]]:
        with _Opened(self.path) as file:
            for line, raw in enumerate(file.stream, 1):
                if line > self.skip:
                    yield line, raw.removeprefix(b"\xef\xbb\xbf") if line == 1 else raw, file.done()

    def _delimited(self) -> Iterator[Numbered]:
        with _Opened(self.path) as file:
            text = io.TextIOWrapper(
                cast("IO[bytes]", file.stream), encoding="utf-8-sig", errors="replace", newline=""
            )
            for _ in range(self.skip):
                text.readline()
            names, base = list(self.columns), self.skip
            fields: Iterator[list[str]]
            if self.delimiter == " ":
                fields = (line.split() for line in text)
                number: Any = _Counter()
            else:
                fields = number = csv.reader(text, delimiter=self.delimiter)
            while True:
                try:
                    values = next(fields, None)
                except csv.Error as error:
                    yield Numbered(base + _line_of(number), BadRow(f"not readable: {error}", ""), file.done())
                    continue
                if values is None:
                    return
                if isinstance(number, _Counter):
                    number.line_num += 1
                if not values:
                    continue
                if not names:
                    names = [name.strip() for name in values]
                    continue
                yield Numbered(base + _line_of(number), _named(names, values), file.done())


class _Counter:
    line_num = 0


def _line_of(number: Any) -> int:
    line: int = number.line_num
    return line


def _named(names: list[str], values: list[str]) -> Row | BadRow:
    if len(values) != len(names):
        return BadRow(f"{len(values)} fields instead of {len(names)}", ",".join(values)[:200])
    return dict(zip(names, values, strict=True))


def _shown(raw: bytes) -> str:
    return raw[:200].decode(errors="replace").rstrip("\r\n")


class _Opened:
    """A file being read, plain or gzip, that knows how far it is."""

    def __init__(self, path: Path) -> None:
        self._raw = path.open("rb")
        self._size = max(1, path.stat().st_size)
        self.stream: IO[bytes] | gzip.GzipFile = (
            gzip.GzipFile(fileobj=self._raw) if path.suffix == ".gz" else self._raw
        )

    def done(self) -> float:
        return min(1.0, self._raw.tell() / self._size)

    def __enter__(self) -> _Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self._raw.close()
