"""Writes docs/reports from the report catalogue: parameters, examples, their answers over the example shop, drawn.

python -m functions.reports.pages            writes the pages
python -m functions.reports.pages --check    exits with 1 and names the pages that are not current
python -m functions.reports.pages --golden   writes tests/unit/reports/golden: SQL for both engines, and the rows
"""

from __future__ import annotations

import inspect
import json
import sys
import tempfile
import typing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from cdp.lake.schema import arrow_schema
from cdp.lake.tables import LakeTable
from cdp.ports import Engine
from cdp.query.duckdb import DuckdbEngine
from cdp.query.sql import compile
from functions.reports.catalogue import REPORTS
from functions.reports.drawing import draw
from functions.reports.endpoints import ENDPOINTS
from functions.reports.example import SCOPE, rows
from functions.reports.report import Example, Report, Result

ROOT = Path(__file__).parents[2]
DOCS, GOLDEN = ROOT / "docs" / "reports", ROOT / "tests" / "unit" / "reports" / "golden"
BY_HAND = ("adding-a-report.md",)
_NOTE = "<!-- Written by `make docs` from functions/reports; change the code, not this page. -->"
_SHOWN_ROWS = 12
AnyReport = Report[Any, Any]


class ExampleLake:
    """A file for each table of the example shop, for every account and month."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for table, listed in rows().items():
            fields = [
                field.with_metadata({"PARQUET:field_id": str(column.id)})
                for field, column in zip(arrow_schema(table), table.columns, strict=True)
            ]
            pq.write_table(pa.Table.from_pylist(listed, pa.schema(fields)), self._file(table))

    def files(self, account_id: str, table: LakeTable, months: tuple[int, int] | None = None) -> list[str]:
        file = self._file(table)
        return [str(file)] if file.exists() else []

    def _file(self, table: LakeTable) -> Path:
        return self._folder / f"{table.name}.parquet"


@contextmanager
def example_engine() -> Iterator[Engine]:
    """An engine over the example log."""
    with tempfile.TemporaryDirectory() as folder:
        engine = DuckdbEngine(ExampleLake(Path(folder)))
        try:
            yield engine
        finally:
            engine.close()


def pages() -> dict[str, str]:
    """File name within docs/reports -> text."""
    found = {"README.md": _index(REPORTS)}
    with example_engine() as engine:
        for report in REPORTS:
            results = [_result(report, example, engine) for example in report.examples]
            found[f"{report.kind}.md"] = _page(report, results)
            found[f"pictures/{report.kind}.svg"] = draw(results[0])
    return found


def _result(report: AnyReport, example: Example[Any], engine: Engine) -> Result:
    rows = report.rows(engine.run("example", report.query(example.params, SCOPE)))
    return report.table(example.params, SCOPE, rows)


def golden(engine: Engine, report: AnyReport, example: Example[Any]) -> dict[str, str]:
    """What is kept of an example: its SQL for both engines and its rows."""
    query = report.query(example.params, SCOPE)
    rows = engine.run("example", query).to_pylist()
    lines = ",\n ".join(json.dumps(row, default=str, sort_keys=True) for row in rows)
    texts = {
        f"{example.name}.{dialect}.sql": compile(query, dialect).sql + "\n"
        for dialect in ("athena", "duckdb")
    }
    return {**texts, f"{example.name}.rows.json": f"[{lines}]\n"}


def goldens() -> dict[Path, str]:
    with example_engine() as engine:
        return {
            GOLDEN / report.kind / name: text
            for report in REPORTS
            for example in report.examples
            for name, text in golden(engine, report, example).items()
        }


def _index(reports: Sequence[AnyReport]) -> str:
    addresses = {one.report.kind: f"`POST /api/{one.resource}s`" for one in ENDPOINTS}
    rows = [(f"[`{r.kind}`]({r.kind}.md)", _summary(r), addresses.get(r.kind, "")) for r in reports]
    return (
        "\n\n".join(
            [
                "# Reports",
                _NOTE,
                "Every kind is one file in `functions/reports/kinds` and one line in `functions/reports/catalogue.py`: "
                "[adding a report](adding-a-report.md). All of them run as `POST /api/custom-report-runs` with the kind "
                "as `report_type`, and give CSV; many have an address of their own. What takes longer than 20 s answers "
                "202 with a job. The answers on these pages come from a small made-up shop "
                "(`functions/reports/example.py`).",
                _table(("Kind", "What it shows", "Address"), rows),
                "",
            ]
        ).rstrip()
        + "\n"
    )


def _page(report: AnyReport, results: Sequence[Result]) -> str:
    """The first example is drawn, too."""
    module = inspect.getmodule(report.query)
    parts = [
        f"# `{report.kind}`",
        _NOTE,
        inspect.getdoc(module) or "",
        "## Parameters",
        *_parameters(report.params),
    ]
    parts += ["## Examples"]
    for example, result in zip(report.examples, results, strict=True):
        title = example.name.replace("_", " ").capitalize()
        definition = json.dumps(_plain(example.params), indent=2)
        parts += [f"### {title}", example.about, f"```json\n{definition}\n```", _rows(result)]
        if result is results[0]:
            parts.append(f"![{title}](pictures/{report.kind}.svg)")
    return "\n\n".join(parts) + "\n"


def _parameters(params: type[msgspec.Struct]) -> Iterator[str]:
    """The struct and those within it, each as a table."""
    todo: list[type[msgspec.Struct]] = [params]
    done: set[type[msgspec.Struct]] = set()
    while todo:
        struct = todo.pop(0)
        if struct in done:
            continue
        done.add(struct)
        if struct is not params:
            yield f"### {struct.__name__}"
        if doc := struct.__dict__.get("__doc__"):
            yield inspect.cleandoc(doc)
        rows = []
        for field in msgspec.structs.fields(struct):
            kind, inner = _kind(field.type)
            todo += inner
            rows.append((f"`{field.encode_name}`", kind, "yes" if field.required else "no", _default(field)))
        yield _table(("Field", "Type", "Required", "Default"), rows)


def _kind(kind: Any) -> tuple[str, list[type[msgspec.Struct]]]:
    """A type in words, and the structs it mentions."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _kind(arguments[0])
    if origin is typing.Literal:
        return ", ".join(f"`{value}`" for value in arguments), []
    if origin is dict:
        return "object", []
    if origin is list:
        text, structs = _kind(arguments[0])
        return f"list of {text}", structs
    if arguments:
        found = [_kind(argument) for argument in arguments if argument is not type(None)]
        return " or ".join(text for text, _ in found), [s for _, structs in found for s in structs]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind.__name__, [kind]
    return {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}.get(
        kind.__name__, kind.__name__
    ), []


def _default(field: msgspec.structs.FieldInfo) -> str:
    value = field.default
    if field.default_factory is not msgspec.NODEFAULT:
        value = typing.cast(Any, field.default_factory)()
    if value is msgspec.NODEFAULT or value is None:
        return ""
    return f"`{json.dumps(_plain(value))}`"


def _plain(value: Any) -> Any:
    """JSON of a struct without its defaults."""
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        return {
            field.encode_name: _plain(getattr(value, field.name))
            for field in fields
            if field.required or getattr(value, field.name) != _default_value(field)
        }
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _default_value(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return typing.cast(Any, field.default_factory)()
    return field.default


def _rows(result: Result) -> str:
    shown = [tuple("" if cell is None else str(cell) for cell in row) for row in result.rows[:_SHOWN_ROWS]]
    table = _table(tuple(column.name for column in result.columns), shown)
    more = len(result.rows) - len(shown)
    return table + (f"\n\n… and {more} more rows." if more else "")


def _summary(report: AnyReport) -> str:
    doc = inspect.getdoc(inspect.getmodule(report.query)) or ""
    return " ".join(doc.split("\n\n")[0].split())


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _stale(wanted: Mapping[Path, str]) -> list[str]:
    folder = {path for path in DOCS.rglob("*.*") if path.name not in BY_HAND}
    changed = {path for path, text in wanted.items() if not path.exists() or path.read_text() != text}
    return sorted(path.name for path in changed | (folder - wanted.keys()))


def main(arguments: Sequence[str]) -> int:
    if "--golden" in arguments:
        for path, text in goldens().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return 0
    wanted = {DOCS / name: text for name, text in pages().items()}
    if "--check" in arguments:
        if stale := _stale(wanted):
            print(f"not current, run `make docs`: {', '.join(stale)}", file=sys.stderr)
        return 1 if stale else 0
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
