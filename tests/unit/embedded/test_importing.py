from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.embedded.importing.checkpoint import Checkpoint
from infra.embedded.importing.identity import Identities
from infra.embedded.importing.mapping import BadMapping, BadValue, ColumnMapping, Event
from infra.embedded.importing.run import Import, Progress
from infra.embedded.importing.sending import OutOfReach, Refused, Sender
from infra.embedded.importing.sources import BadRow, Source, Unreadable

ROWS = [
    {"Email": "a@x.org", "Date": "2026-01-02", "Amount": "12.50", "Size": "7"},
    {"Email": "b@x.org", "Date": "2026-01-03", "Amount": "3", "Size": "XL"},
    {"Email": "a@x.org", "Date": "2026-01-02", "Amount": "12.50", "Size": "7"},
]
BERLIN = ZoneInfo("Europe/Berlin")


def write_csv(path: Path, rows: list[dict[str, str]] = ROWS, delimiter: str = ",") -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def as_csv(folder: Path) -> Source:
    return Source.of(write_csv(folder / "rows.csv"))


def as_gzip(folder: Path) -> Source:
    path = folder / "rows.csv.gz"
    path.write_bytes(gzip.compress(write_csv(folder / "plain.csv").read_bytes()))
    return Source.of(path)


def as_semicolons(folder: Path) -> Source:
    return Source.of(write_csv(folder / "rows.txt", delimiter=";"), delimiter="semicolon")


def as_whitespace(folder: Path) -> Source:
    path = folder / "rows.txt"
    path.write_text("a comment\n" + "".join("  " + "  ".join(row.values()) + "\n" for row in ROWS))
    return Source.of(path, delimiter="whitespace", columns=list(ROWS[0]), skip=1)


def as_ndjson(folder: Path) -> Source:
    path = folder / "rows.ndjson"
    path.write_text("".join(json.dumps(row) + "\n\n" for row in ROWS))
    return Source.of(path)


def as_parquet(folder: Path) -> Source:
    path = folder / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS), path)
    return Source.of(path)


FORMATS = (as_csv, as_gzip, as_semicolons, as_whitespace, as_ndjson, as_parquet)


@pytest.mark.parametrize("make", FORMATS)
def test_every_format_gives_the_same_rows(tmp_path: Path, make: Callable[[Path], Source]) -> None:
    source = make(tmp_path)
    assert source.names() == list(ROWS[0])
    assert [numbered.row for numbered in source.rows()] == ROWS
    assert [numbered.done for numbered in source.rows()][-1] > 0.99


def test_lines_that_are_no_rows_are_told_with_their_number(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('a,b\n1,2\n1\n"x\ny",4\n1,2,3\n')
    found = [(numbered.line, numbered.row) for numbered in Source.of(path).rows()]
    assert [line for line, row in found if isinstance(row, BadRow)] == [3, 6]
    assert [row for _, row in found if not isinstance(row, BadRow)] == [
        {"a": "1", "b": "2"},
        {"a": "x\ny", "b": "4"},
    ]
    path = tmp_path / "rows.ndjson"
    path.write_text('{"a":1}\n[1]\n{"a":\n')
    bad = [(n.line, n.row.reason) for n in Source.of(path).rows() if isinstance(n.row, BadRow)]
    assert [line for line, _ in bad] == [2, 3]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").write_bytes(b"no parquet")
    with pytest.raises(Unreadable, match="no Parquet"):
        list(Source.of(tmp_path / "rows.parquet").rows())
    with pytest.raises(Unreadable, match="--format"):
        Source.of(tmp_path / "rows.dat")
    with pytest.raises(Unreadable, match="delimiter"):
        Source.of(tmp_path / "rows.csv", delimiter="::")


def mapping(**more: Any) -> ColumnMapping:
    return ColumnMapping.of(list(ROWS[0]), {}, {"metric": "Placed Order"}, **({"zone": BERLIN} | more))


def test_header_names_are_understood() -> None:
    event = mapping().event(ROWS[0])
    assert event.profile == {"type": "profile", "attributes": {"email": "a@x.org"}}
    assert event.attributes == {
        "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
        "properties": {"Size": 7},
        "time": "2026-01-01T23:00:00+00:00",
        "value": 12.5,
    }
    assert event.unique_id is None


def test_columns_can_be_put_anywhere() -> None:
    asked = {
        "external_id": "who.id", "metric": "what", "unique_id": "n", "property.Colour": "c", "profile.plan": "plan",
        "city": "town", "currency": "cur",
    }  # fmt: skip
    row = {
        "who": {"id": 7.0},
        "what": "Viewed",
        "n": 12,
        "c": "red",
        "plan": "gold",
        "town": "Köln",
        "cur": "eur",
        "rest": None,
    }
    event = ColumnMapping.of(list(row), asked, {}, only_mapped=True).event(row)
    assert event.unique_id == "12"
    assert event.profile["attributes"] == {
        "external_id": "7",
        "location": {"city": "Köln"},
        "properties": {"plan": "gold"},
    }
    assert event.attributes["properties"] == {"Colour": "red"}
    assert event.attributes["value_currency"] == "EUR"


@pytest.mark.parametrize(
    ("text", "format_", "expected"),
    [
        ("19970101", None, datetime(1996, 12, 31, 23, tzinfo=UTC)),
        ("2026-07-01 10:00", None, datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("2026-07-01T10:00:00-05:00", None, datetime(2026, 7, 1, 15, tzinfo=UTC)),
        ("1767225600", None, datetime(2026, 1, 1, tzinfo=UTC)),
        ("1767225600000", None, datetime(2026, 1, 1, tzinfo=UTC)),
        ("31.12.2025", "%d.%m.%Y", datetime(2025, 12, 30, 23, tzinfo=UTC)),
        (datetime(2026, 1, 1, tzinfo=UTC), None, datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_times(text: Any, format_: str | None, expected: datetime) -> None:
    event = mapping(time_format=format_).event({**ROWS[0], "Date": text})
    assert datetime.fromisoformat(event.attributes["time"]) == expected


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Email": " "}, "no customer"),
        ({"Date": "yesterday"}, "not an ISO 8601"),
        ({"Amount": "12,50"}, "not a number"),
        ({"Amount": "nan"}, "finite"),
    ],
)
def test_rows_that_cannot_be_events(change: dict[str, str], reason: str) -> None:
    with pytest.raises(BadValue, match=reason):
        mapping().event({**ROWS[0], **change})


@pytest.mark.parametrize(
    ("columns", "constants", "reason"),
    [
        ({}, {}, "no metric"),
        ({"email": "Nope"}, {"metric": "M"}, "no column"),
        ({"e_mail": "Email"}, {"metric": "M"}, "no field"),
    ],
)
def test_wrong_mappings(columns: dict[str, str], constants: dict[str, str], reason: str) -> None:
    with pytest.raises(BadMapping, match=reason):
        ColumnMapping.of(list(ROWS[0]), columns, constants)


def ids_of(rows: list[dict[str, str]]) -> list[str]:
    identities, columns = Identities(), mapping()
    return [identities.of(columns.event(row)) for row in rows]


def test_equal_rows_get_different_ids_that_stay() -> None:
    first, second, third = ids_of(ROWS)
    assert len({first, second, third}) == 3
    assert third == f"{first}-2"
    assert ids_of([dict(reversed(row.items())) for row in ROWS]) == [first, second, third]


@given(st.lists(st.sampled_from([ROWS[0], ROWS[1]]), max_size=12), st.data())
def test_ids_depend_on_the_multitude_of_rows_alone(rows: list[dict[str, str]], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(rows))
    assert sorted(ids_of(rows)) == sorted(ids_of(shuffled))


class Api:
    """The bulk operation as far as the importer needs it: keeps what it accepts, refuses what it is told to."""

    def __init__(self) -> None:
        self.accepted: dict[str, Any] = {}
        self.requests = 0
        self.fails: list[httpx.Response | Exception] = []
        self.bad_values: set[float] = set()
        self.mute = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if self.fails:
            failure = self.fails.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return failure
        items = json.loads(request.content)["data"]["attributes"]["events-bulk-create"]["data"]
        for i, item in enumerate(items):
            for j, event in enumerate(item["attributes"]["events"]["data"]):
                if event["attributes"].get("value") in self.bad_values:
                    pointer = f"/data/attributes/events-bulk-create/data/{i}/attributes/events/data/{j}/attributes/value"
                    error: dict[str, Any] = {"detail": "bad value"} | (
                        {} if self.mute else {"source": {"pointer": pointer}}
                    )
                    return httpx.Response(400, json={"errors": [error]})
        for item in items:
            for event in item["attributes"]["events"]["data"]:
                self.accepted[event["attributes"]["unique_id"]] = event["attributes"]
        return httpx.Response(202)


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def sender(api: Api) -> Iterator[Sender]:
    made = Sender("http://127.0.0.1:9", "pk_test", patience_s=5.0, transport=httpx.MockTransport(api))
    yield made
    made.close()


def many(folder: Path, count: int) -> Source:
    rows = [
        {"Email": f"c{n % 50}@x.org", "Date": "2026-01-02", "Amount": str(n), "Size": ""}
        for n in range(count)
    ]
    return Source.of(write_csv(folder / "many.csv", rows))


def importing(folder: Path, source: Source, sender: Sender) -> Import:
    columns = ColumnMapping.of(source.names(), {}, {"metric": "Placed Order"}, zone=UTC)
    checkpoint = Checkpoint.load(folder / "state", source, columns, "AbCdEf")
    return Import(source, columns, sender, checkpoint, folder / "rejects.ndjson")


def test_every_row_arrives_once(tmp_path: Path, api: Api, sender: Sender) -> None:
    progress = importing(tmp_path, many(tmp_path, 3500), sender).run()
    assert (progress.rows, progress.sent, progress.rejected) == (3500, 3500, 0)
    assert len(api.accepted) == 3500
    assert api.requests == 4
    assert importing(tmp_path, many(tmp_path, 3500), sender).run().sent == 3500
    assert len(api.accepted) == 3500, "a repeated import adds nothing"
    assert not (tmp_path / "rejects.ndjson").exists()


def test_faults_that_pass_are_waited_out(tmp_path: Path, api: Api, sender: Sender) -> None:
    api.fails = [
        httpx.Response(429, headers={"retry-after": "0"}),
        httpx.Response(503, headers={"retry-after": "0"}),
        httpx.ConnectError("refused"),
    ]
    assert importing(tmp_path, many(tmp_path, 10), sender).run().sent == 10
    assert api.requests == 4


@pytest.mark.parametrize("mute", [False, True])
def test_refused_rows_are_singled_out(tmp_path: Path, api: Api, sender: Sender, mute: bool) -> None:
    """With the pointer of the answer, and by halves when it has none."""
    api.bad_values, api.mute = {3.0, 77.0, 1500.0}, mute
    progress = importing(tmp_path, many(tmp_path, 2000), sender).run()
    assert (progress.sent, progress.rejected) == (1997, 3)
    rejects = [json.loads(line) for line in (tmp_path / "rejects.ndjson").read_text().splitlines()]
    assert rejects == [{"line": n + 2, "reason": "bad value"} for n in (3, 77, 1500)]
    assert len(api.accepted) == 1997


def test_bad_rows_are_rejected_and_others_go_on(tmp_path: Path, api: Api, sender: Sender) -> None:
    path = write_csv(tmp_path / "rows.csv", [*ROWS, {**ROWS[0], "Date": "soon"}])
    progress = importing(tmp_path, Source.of(path), sender).run()
    assert (progress.sent, progress.rejected) == (3, 1)
    assert json.loads((tmp_path / "rejects.ndjson").read_text())["line"] == 5


def test_an_interrupted_import_goes_on(tmp_path: Path, api: Api, sender: Sender) -> None:
    class Interrupted(Exception):
        pass

    def interrupt(progress: Progress) -> None:
        if progress.rows >= 4000:
            raise Interrupted

    source = many(tmp_path, 12_000)
    first = importing(tmp_path, source, sender)
    first.tell = interrupt
    with pytest.raises(Interrupted):
        first.run()
    api.requests = 0
    again = Sender("http://127.0.0.1:9", "pk_test", transport=httpx.MockTransport(api))
    progress = importing(tmp_path, source, again).run()
    again.close()
    assert (progress.skipped, progress.rows) == (4000, 12_000)
    assert api.requests == 8
    assert len(api.accepted) == 12_000


def test_a_changed_file_starts_anew(tmp_path: Path, api: Api, sender: Sender) -> None:
    job = importing(tmp_path, many(tmp_path, 2000), sender)
    job.checkpoint.save(1000)
    assert importing(tmp_path, many(tmp_path, 2001), sender).checkpoint.rows == 0


def test_wrong_keys_end_the_import(tmp_path: Path, api: Api, sender: Sender) -> None:
    api.fails = [httpx.Response(401, json={"errors": [{"detail": "Incorrect authentication credentials."}]})]
    with pytest.raises(Refused, match="401: Incorrect"):
        importing(tmp_path, many(tmp_path, 10), sender).run()


def test_patience_ends(tmp_path: Path, api: Api) -> None:
    api.fails = [httpx.ConnectError("refused")] * 100
    impatient = Sender("http://127.0.0.1:9", "pk_test", patience_s=0.0, transport=httpx.MockTransport(api))
    with pytest.raises(OutOfReach, match="refused"):
        importing(tmp_path, many(tmp_path, 10), impatient).run()
    impatient.close()


def test_ids_given_twice_in_a_request_are_sent_once(tmp_path: Path, api: Api, sender: Sender) -> None:
    path = write_csv(tmp_path / "rows.csv", [{**row, "event_id": "same"} for row in ROWS])
    progress = importing(tmp_path, Source.of(path), sender).run()
    assert (progress.sent, progress.repeated) == (2, 1)


def test_an_event_is_its_content() -> None:
    event = mapping().event(ROWS[0])
    assert Identities().of(Event(event.profile, event.attributes, "given")) == "given"
