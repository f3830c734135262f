"""Dead letters that are thrown away are those that were named."""

from __future__ import annotations

import pytest
import typer

from infra.embedded.commands import fn
from infra.embedded.commands.fn_calls import Api


def test_an_event_without_a_name_drops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its path would be that of all of them."""
    asked = _calls(monkeypatch)
    with pytest.raises(typer.Exit):
        fn.drop("mirror", "http://127.0.0.1:1", "key", ["A1", ""])
    assert asked == []


def test_an_event_is_one_step_of_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _calls(monkeypatch)
    fn.drop("mirror", "http://127.0.0.1:1", "key", ["?", "a/b"])
    assert asked == ["DELETE /api/functions/F1/dead-letters/%3F", "DELETE /api/functions/F1/dead-letters/a%2Fb"]


def _calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the platform would be asked, but for the function's id."""
    asked: list[str] = []
    monkeypatch.setattr(Api, "function", lambda self, named: {"id": "F1"})
    monkeypatch.setattr(Api, "ask", lambda self, method, path: asked.append(f"{method} {path}"))
    return asked
