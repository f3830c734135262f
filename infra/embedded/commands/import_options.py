"""The options of `regulars import`, and what they make together with a mapping file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from infra.embedded.importing.mapping import BadMapping, ColumnMapping
from infra.embedded.importing.sources import Source

STATE = Path("~/.local/state/regulars/imports")

File = Annotated[
    Path, typer.Argument(help="CSV, NDJSON or Parquet; .gz too for text.", exists=True, dir_okay=False)
]
Url = Annotated[str, typer.Option(help="Address of the platform, such as http://127.0.0.1:8080.")]
Key = Annotated[str, typer.Option(help="Private key of the account.", envvar="REGULARS_KEY")]
Metric = Annotated[str | None, typer.Option(help="Metric of all rows, such as 'Placed Order'.")]
Map = Annotated[
    list[str] | None, typer.Option("--map", help="FIELD=COLUMN, such as email=E-Mail; repeat as needed.")
]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="FIELD=VALUE for all rows, such as currency=EUR.")
]
Time = Annotated[str | None, typer.Option(help="Column with the time: short for --map time=COLUMN.")]
Value = Annotated[str | None, typer.Option(help="Column with the amount: short for --map value=COLUMN.")]
Id = Annotated[
    str | None, typer.Option("--id", help="Column that names a row once and for all; else its content does.")
]
MappingFile = Annotated[
    Path | None, typer.Option("--mapping", help="TOML or JSON file with these options.", exists=True)
]
OnlyMapped = Annotated[bool, typer.Option("--only-mapped", help="Leave out columns that are not mapped.")]
Format = Annotated[
    str | None, typer.Option("--format", help="csv, ndjson or parquet, if the name does not tell.")
]
Delimiter = Annotated[str | None, typer.Option(help="A character, or tab, semicolon, pipe, whitespace.")]
Columns = Annotated[
    str | None, typer.Option(help="Names of the columns, comma-separated, if there is no header.")
]
Skip = Annotated[int, typer.Option(help="Lines to pass over first.", min=0)]
TimeFormat = Annotated[
    str | None, typer.Option(help="As of strptime, such as %d.%m.%Y; else ISO 8601 or epoch.")
]
Timezone = Annotated[str | None, typer.Option(help="Zone of times without one; else the account's.")]
Live = Annotated[
    bool, typer.Option("--live", help="Let the events trigger reactions; else they are history.")
]
Rejects = Annotated[Path | None, typer.Option(help="Where rejected rows go; else FILE.rejects.ndjson here.")]
State = Annotated[Path, typer.Option(help="Folder of checkpoints, from which an interrupted import resumes.")]


@dataclass(frozen=True)
class Asked:
    """What the user wants; `stored` is the content of the mapping file, which the command line overrides."""

    file: Path
    columns: Mapping[str, str]
    constants: Mapping[str, str]
    source: Mapping[str, Any]
    rest: Mapping[str, Any]
    stored: Mapping[str, Any] = field(default_factory=dict)

    def make_source(self) -> Source:
        options = {
            name: self.stored[name] for name in ("delimiter", "columns", "skip") if name in self.stored
        }
        if "format" in self.stored:
            options["format_"] = self.stored["format"]
        return Source.of(self.file, **(options | _given(self.source)))

    def zone_name(self) -> str | None:
        """As asked for; None: the account's."""
        name: str | None = self.rest.get("timezone") or self.stored.get("timezone")
        return name

    def make_mapping(self, source: Source, zone: str) -> ColumnMapping:
        try:
            zone_info = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise BadMapping(f"{zone!r} is not a time zone; use an IANA name like Europe/Paris") from error
        rest = {name: self.stored[name] for name in ("time_format", "only_mapped") if name in self.stored}
        rest |= {name: value for name, value in _given(self.rest).items() if name != "timezone"}
        columns = {**self.stored.get("map", {}), **self.columns}
        constants = {**{k: str(v) for k, v in self.stored.get("set", {}).items()}, **self.constants}
        return ColumnMapping.of(source.names(), columns, constants, zone=zone_info, **rest)


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value}


def pairs(option: str, given: Sequence[str] | None) -> dict[str, str]:
    """FIELD=… options as a mapping."""
    found = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise BadMapping(f"{option} wants FIELD=…, not {text!r}")
        found[name] = value
    return found


def mapping_file(path: Path | None) -> dict[str, Any]:
    """Its options; unknown ones are refused."""
    if path is None:
        return {}
    known = {"map", "set", "format", "delimiter", "columns", "skip", "timezone", "time_format", "only_mapped"}
    text = path.read_text()
    stored: dict[str, Any] = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    if unknown := stored.keys() - known:
        raise BadMapping(
            f"{path.name}: unknown {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}"
        )
    return stored


def column_names(text: str | None) -> list[str]:
    return [name.strip() for name in text.split(",")] if text else []
