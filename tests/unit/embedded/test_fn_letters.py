"""Dead letters on the command line: those that were meant, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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


def test_replaying_all_ends_though_they_fail_again(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Two at a time; each comes back at once as a newer letter."""
    letters = [f"2026-01-01T00:00:{at:02d}+00:00" for at in range(5)]

    def send(self: Api, *_: object) -> dict[str, Any]:
        letters[:] = [*letters[2:], *(f"2026-01-02{one[10:]}" for one in letters[:2])]
        return {"attributes": {"replayed": 2, "more": True}}

    def listed(self: Api, path: str, most: int) -> Iterator[dict[str, Any]]:
        at = max(letters) if "sort=-at" in path else min(letters)
        yield {"attributes": {"at": at}}

    monkeypatch.setattr(Api, "function", lambda self, named: {"id": "F1"})
    monkeypatch.setattr(Api, "send", send)
    monkeypatch.setattr(Api, "listed", listed)
    fn.replay("mirror", "http://127.0.0.1:1", "key", None)
    assert capsys.readouterr().out == "6 dead letters replayed\n"


def _calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the platform would be asked, but for the function's id."""
    asked: list[str] = []
    monkeypatch.setattr(Api, "function", lambda self, named: {"id": "F1"})
    monkeypatch.setattr(Api, "ask", lambda self, method, path: asked.append(f"{method} {path}"))
    return asked
