"""Functions on disk, as `regulars fn` reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.embedded.commands import fn_sources
from infra.embedded.commands.fn_sources import BadSource


def test_a_folder_with_its_settings(tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    folder.mkdir()
    (folder / "notes.txt").write_text("anything")
    (folder / "index.js").write_text("export default () => 1")
    source = fn_sources.read(folder)
    assert (source.name, source.runtime, source.metric) == ("mirror", "javascript", None)
    assert source.attributes() == {"runtime": "javascript", "code": "export default () => 1"}
    (folder / "main.py").write_text("# ü")
    with pytest.raises(BadSource, match=r"index\.js, main\.py"):
        fn_sources.read(folder)
    (folder / "function.toml").write_text('name = "M"\ncode = "main.py"\nmetric = "Placed Order"\ntimeout_s = 2\nmemory_mb = 256\n')
    source = fn_sources.read(folder)
    assert (source.name, source.metric) == ("M", "Placed Order")
    assert source.attributes() == {"runtime": "python", "code": "# ü", "timeout_s": 2, "memory_mb": 256}


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        ("", "must have one file of code"),
        ("nam = 'x'", "unknown nam"),
        ("name = ", r"function\.toml"),
        ("code = 'lost.py'", r"lost\.py"),
        ("code = 'notes.txt'", "which runtime"),
    ],
)
def test_what_is_wrong_with_a_folder_is_said(tmp_path: Path, toml: str, reason: str) -> None:
    for name, content in (("function.toml", toml), ("a.py", "x"), ("b.py", "x"), ("notes.txt", "x")):
        (tmp_path / name).write_text(content)
    with pytest.raises(BadSource, match=reason):
        fn_sources.read(tmp_path)


def test_a_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "hello.mjs"
    file.write_text("x")
    assert (fn_sources.read(file).name, fn_sources.read(file).runtime) == ("hello", "javascript")
    other = tmp_path / "hello.rb"
    other.write_bytes(b"\xff")
    with pytest.raises(BadSource, match="which runtime"):
        fn_sources.read(other)
    (tmp_path / "raw.py").write_bytes(b"\xff")
    with pytest.raises(BadSource, match="cannot be read"):
        fn_sources.read(tmp_path / "raw.py")


def test_pairs_of_the_environment(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# a comment\n\nA=1\nexport B = 'two words'\nC=\"x=y\"\nD=\nGONE\n")
    assert fn_sources.pairs([], file) == {"A": "1", "B": "two words", "C": "x=y", "D": "", "GONE": None}
    assert fn_sources.pairs(["A=2", "E", "F=a=b"], file)["A"] == "2"
    assert fn_sources.pairs(["E", "F=a=b", "G= 'as it is' "], None) == {"E": None, "F": "a=b", "G": " 'as it is' "}


def test_json_is_read_or_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": [1]}')
    assert fn_sources.document(tmp_path / "a.json") == {"a": [1]}
    (tmp_path / "b.json").write_text("{")
    with pytest.raises(BadSource, match=r"b\.json is no JSON"):
        fn_sources.document(tmp_path / "b.json")
