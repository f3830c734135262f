from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

from infra.aws.assets import stage
from infra.aws.deploy import Target, zip_folder


def zipped(folder: Path) -> bytes:
    archive = io.BytesIO()
    zip_folder(folder, archive)
    return archive.getvalue()


def test_equal_content_gives_an_equal_archive(tmp_path: Path) -> None:
    first, second = stage("authorize", tmp_path / "a"), stage("authorize", tmp_path / "b")
    for number, path in enumerate(sorted(second.rglob("*.py"))):
        os.utime(path, (number, number))
    assert zipped(first) == zipped(second)


def test_the_archive_holds_the_room_and_nothing_that_python_leaves_behind(tmp_path: Path) -> None:
    root = stage("authorize", tmp_path)
    (root / "functions/authorize/__pycache__").mkdir()
    (root / "functions/authorize/__pycache__/handler.pyc").write_bytes(b"")
    with zipfile.ZipFile(io.BytesIO(zipped(root))) as archive:
        names = archive.namelist()
    assert "functions/__init__.py" in names
    assert "functions/authorize/handler.py" in names
    assert not [name for name in names if "__pycache__" in name]


def test_placeholders_are_filled() -> None:
    at = Target("123456789012", "eu-west-3", {})
    assert at.fill("x-${AWS::AccountId}-${AWS::Region}") == "x-123456789012-eu-west-3"
