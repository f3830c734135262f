from __future__ import annotations

from pathlib import Path

from infra.embedded.commands import import_options as options
from infra.embedded.commands.import_options import STATE, Asked
from infra.embedded.commands.options import fail


def import_file(
    file: options.File,
    url: options.Url,
    key: options.Key,
    metric: options.Metric = None,
    map_: options.Map = None,
    set_: options.Set = None,
    time: options.Time = None,
    value: options.Value = None,
    unique_id: options.Id = None,
    mapping: options.MappingFile = None,
    only_mapped: options.OnlyMapped = False,
    format_: options.Format = None,
    delimiter: options.Delimiter = None,
    columns: options.Columns = None,
    skip: options.Skip = 0,
    time_format: options.TimeFormat = None,
    timezone: options.Timezone = None,
    live: options.Live = False,
    rejects: options.Rejects = None,
    state: options.State = STATE,
) -> None:
    """Import rows of a file as events. Repeat the command after an interruption: it goes on; nothing counts twice.

    Ends with 0 when all rows were accepted, 2 when some were rejected, 1 when it could not go on.
    """
    from infra.embedded.commands import import_run

    shortcuts = {"time": time, "value": value, "unique_id": unique_id}
    try:
        asked = Asked(
            file,
            columns=options.pairs("--map", map_)
            | {name: column for name, column in shortcuts.items() if column},
            constants=options.pairs("--set", set_) | ({"metric": metric} if metric else {}),
            source={
                "format_": format_,
                "delimiter": delimiter,
                "skip": skip,
                "columns": options.column_names(columns),
            },
            rest={"timezone": timezone, "time_format": time_format, "only_mapped": only_mapped},
            stored=options.mapping_file(mapping),
        )
    except ValueError as error:
        fail(str(error))
    sender = import_run.Sender(url, key, backfill=not live)
    import_run.run(asked, sender, rejects or Path(f"{file.name}.rejects.ndjson"), state.expanduser())
