"""Cursors, and pages read through them."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.errors import Rejected
from cdp.jsonapi.cursors import Cursor, read_cursor
from cdp.jsonapi.paging import Slice, read_page
from cdp.jsonapi.params import Params, sort_of

PARTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"])) | st.integers(-(2**63), 2**63 - 1), max_size=3
)
CURSORS = st.builds(Cursor, st.sampled_from(["created", "-id"]), PARTS.map(tuple), st.booleans())


@given(CURSORS)
def test_a_cursor_is_read_back(cursor: Cursor) -> None:
    text = cursor.encode()
    assert quote(text, safe="") == text
    assert read_cursor(text) == cursor


@given(CURSORS, st.integers(0, 2), st.sampled_from(["page[cursor]", "page%5Bcursor%5D"]))
def test_a_cursor_within_an_address_is_found(cursor: Cursor, layers: int, name: str) -> None:
    text = f"http://127.0.0.1:8080/api/profiles?sort=id&{name}={cursor.encode()}&page%5Bsize%5D=3"
    for _ in range(layers):
        text = quote(text, safe="")
    assert read_cursor(text) == cursor


def test_a_cursor_within_an_address_within_an_address_is_found() -> None:
    cursor = Cursor("id", ("a",))
    inner = "https://a.example/api/x?" + urlencode({"page[cursor]": cursor.encode()})
    outer = "https://a.example/api/x?" + urlencode({"page[cursor]": inner})
    assert read_cursor(outer) == cursor


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "%%%",
        "é",
        "e30",
        "bnVsbA",
        "A" * 5000,
        "https://a.example/",
        "%25" * 9,
        "WyJhIiwxLFtdXQ",
        "http://[broken",
        Cursor("id", ("x" * 1025,)).encode(),
    ],
)
def test_what_is_no_cursor_is_400(text: str) -> None:
    with pytest.raises(Rejected) as refused:
        read_cursor(text)
    assert (refused.value.status, refused.value.parameter) == (400, "page[cursor]")


@given(st.text())
def test_any_text_is_a_cursor_or_rejected(text: str) -> None:
    try:
        refusal = None if read_cursor(text) else ""
    except Rejected as refused:
        refusal = refused.parameter
    assert refusal in (None, "page[cursor]")


def test_a_cursor_of_another_order_is_refused() -> None:
    params = Params(urlencode({"page[cursor]": Cursor("id", ("a",)).encode()}))
    assert params.cursor(sort_of("id")) == Cursor("id", ("a",))
    with pytest.raises(Rejected):
        params.cursor(sort_of("-id"))


@given(st.sets(st.integers(0, 99)), st.integers(1, 12), st.booleans())
def test_pages_forward_and_back_meet_every_row_once(rows: set[int], size: int, descending: bool) -> None:
    ordered = sorted(rows)

    def read(part: Slice) -> list[int]:
        if part.after is None:
            kept = ordered
        elif part.descending:
            kept = [row for row in ordered if row < int(part.after[0])]
        else:
            kept = [row for row in ordered if row > int(part.after[0])]
        return (kept[::-1] if part.descending else kept)[: part.limit]

    sort = sort_of("-n" if descending else "n")
    page = read_page(read, lambda row: (row,), sort=sort, size=size, cursor=None)
    assert page.prev is None
    forward = [page]
    while page.next is not None:
        page = read_page(read, lambda row: (row,), sort=sort, size=size, cursor=page.next)
        forward.append(page)
    assert [row for page in forward for row in page.rows] == sorted(rows, reverse=descending)
    back = [page]
    while page.prev is not None:
        page = read_page(read, lambda row: (row,), sort=sort, size=size, cursor=page.prev)
        back.append(page)
    assert [page.rows for page in reversed(back)] == [page.rows for page in forward]
