from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.jsonapi.paths import PathTable

ROUTES = (
    ("GET", "/api/lists", "all"),
    ("POST", "/api/lists", "new"),
    ("GET", "/api/lists/{id}", "one"),
    ("GET", "/api/lists/{id}/profiles", "members"),
    ("GET", "/api/lists/special", "static"),
    ("GET", "/api/lists/special/{x}/deep", "deep"),
)
TABLE: PathTable[str] = PathTable(ROUTES)


@pytest.mark.parametrize(
    ("path", "value", "parameters"),
    [
        ("/api/lists", "all", {}),
        ("/api/lists/", "all", {}),
        ("/api/lists/special", "static", {}),
        ("/api/lists/other", "one", {"id": "other"}),
        ("/api/lists/special/profiles", "members", {"id": "special"}),
        ("/api/lists/special/y/deep/", "deep", {"x": "y"}),
    ],
)
def test_static_segments_come_before_parameters(path: str, value: str, parameters: dict[str, str]) -> None:
    match = TABLE.find(path)
    assert match is not None
    assert match.methods["GET"] == value
    assert match.parameters == parameters


@pytest.mark.parametrize("path", ["/", "/api", "/api/lists//profiles", "/api/lists/a/b", "/API/lists"])
def test_other_paths_are_unknown(path: str) -> None:
    assert TABLE.find(path) is None


def test_methods_of_a_path_are_known_together() -> None:
    match = TABLE.find("/api/lists")
    assert match is not None
    assert set(match.methods) == {"GET", "POST"}


@given(st.text(min_size=1, max_size=30))
def test_any_text_comes_back_from_its_encoded_segment(text: str) -> None:
    encoded = quote(text.encode("utf-8", "replace"), safe="")
    match = TABLE.find(f"/api/lists/{encoded}/profiles")
    assert match is not None
    assert match.parameters["id"] == text.encode("utf-8", "replace").decode()


def test_a_route_cannot_be_claimed_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        PathTable([("GET", "/a/{x}", 1), ("GET", "/a/{x}/", 2)])
    with pytest.raises(ValueError, match="called"):
        PathTable([("GET", "/a/{x}", 1), ("POST", "/a/{y}", 2)])
