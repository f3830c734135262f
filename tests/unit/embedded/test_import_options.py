from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from infra.embedded.commands.import_options import Asked, mapping_file, pairs
from infra.embedded.importing.mapping import FIELDS, BadMapping

GUIDE = (Path(__file__).parents[3] / "docs/importing.md").read_text()
HEADER = "E-Mail;Bestelldatum;Summe;Bestellnummer;Gutschein;Shop\n"


def asked(file: Path, stored: dict[str, Any], **more: Any) -> Asked:
    empty: dict[str, Any] = {"columns": {}, "constants": {}, "source": {}, "rest": {}}
    return Asked(file, **(empty | more), stored=stored)


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    file = tmp_path / "orders.csv"
    file.write_text(HEADER + "a@example.com;31.12.2025 23:30;12.50;A-1;WELCOME;Paris\n")
    return file


def test_the_mapping_file_of_the_guide_works(tmp_path: Path, orders: Path) -> None:
    block = re.search(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    assert block is not None
    file = tmp_path / "mapping.toml"
    file.write_text(block.group(1))
    wanted = asked(orders, mapping_file(file))
    source = wanted.make_source()
    zone = wanted.zone_name()
    assert zone == "Europe/Paris"
    (numbered,) = source.rows()
    event = wanted.make_mapping(source, zone).event(numbered.row)  # type: ignore[arg-type]
    assert event.unique_id == "A-1"
    assert event.profile["attributes"] == {"email": "a@example.com"}
    assert event.attributes == {
        "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
        "properties": {"Shop": "Paris", "Coupon": "WELCOME"},
        "time": "2025-12-31T22:30:00+00:00",
        "value": 12.5,
        "value_currency": "EUR",
    }


def test_the_command_line_comes_before_the_file(orders: Path) -> None:
    stored = {
        "delimiter": "comma",
        "timezone": "Asia/Tokyo",
        "set": {"metric": "Old"},
        "only_mapped": True,
        "map": {"email": "x"},
    }
    wanted = asked(
        orders, stored, columns={"email": "E-Mail"}, constants={"metric": "New"}, source={"delimiter": "semicolon"},
        rest={"timezone": "UTC"},
    )  # fmt: skip
    assert wanted.zone_name() == "UTC"
    mapping = wanted.make_mapping(wanted.make_source(), "UTC")
    assert (mapping.columns["email"], mapping.constants, mapping.only_mapped) == (
        "E-Mail",
        {"metric": "New"},
        True,
    )


def test_wrong_options_are_told(tmp_path: Path, orders: Path) -> None:
    with pytest.raises(BadMapping, match="--map wants"):
        pairs("--map", ["email"])
    file = tmp_path / "mapping.json"
    file.write_text('{"maps": {}}')
    with pytest.raises(BadMapping, match="unknown maps"):
        mapping_file(file)
    wanted = asked(orders, {}, constants={"metric": "M"})
    with pytest.raises(BadMapping, match="time zone"):
        wanted.make_mapping(wanted.make_source(), "Mars/Olympus")


def test_the_guide_names_fields_that_exist() -> None:
    table = GUIDE[GUIDE.index("| Field | Is |") : GUIDE.index("Times without an offset")]
    named = {
        name
        for cell in re.findall(r"^\| (.*?) \|", table, re.MULTILINE)
        for name in re.findall(r"`([\w.]+)`", cell)
    }
    assert named - {"profile.NAME", "property.NAME"} <= set(FIELDS)
    assert len(named) > 15
