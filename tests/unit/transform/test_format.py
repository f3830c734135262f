"""Method Format: each step by itself, and their order."""

from __future__ import annotations

import string
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cdp.transformations.definition import Format, FormatOptions
from cdp.transformations.format import (
    capitalize_words,
    compiled,
    delete_quotes,
    delete_special_characters,
    remove_spaces,
)

# Text in which what the steps care about is frequent.
_PIECES = st.sampled_from([
    " ", "\t", "\n", "\u00a0", "\u2003", "\u3000", "\u200b", "'", '"', "`", "‘", "’", "‚", "“", "”", "„", "«", "»", "‹", "›",
    "o'neill", "ÉCOLE", "e\u0301", "ß", "ŉ", "İ", "ΟΔΟΣ", "ǆ", "ﬁ", "-", "_", "$", "½", "७", "हिन्दी", "日本", "😀", "x1",
])  # fmt: skip
texts = st.lists(_PIECES | st.text(max_size=3), max_size=8).map("".join)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
values = scalars | st.lists(scalars | st.lists(scalars, max_size=2), max_size=4) | st.dictionaries(texts, scalars, max_size=2)
flags = st.booleans()


def white(c: str) -> bool:
    """Unicode's property White_Space, and the four separators that Python counts as well."""
    return unicodedata.category(c) in ("Zs", "Zl", "Zp") or c in "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85"


@given(texts)
def test_remove_spaces(text: str) -> None:
    done = remove_spaces(text)
    assert remove_spaces(done) == done
    assert [c for c in done if not white(c)] == [c for c in text if not white(c)]
    assert not done or not (white(done[0]) or white(done[-1]))
    assert "  " not in done
    assert {c for c in done if white(c)} <= {" "}
    assert len(done.split(" ")) == len(text.split()) or not done


@given(texts)
def test_delete_quotes(text: str) -> None:
    done = delete_quotes(text)
    assert delete_quotes(done) == done
    assert done == "".join(c for c in text if c not in "'\"`‘’‚‛“”„‟«»‹›")


@given(texts)
@example("🇫🇷 café_1½")
def test_delete_special_characters(text: str) -> None:
    done = delete_special_characters(text)
    assert delete_special_characters(done) == done
    assert done == "".join(c for c in text if unicodedata.category(c)[0] in "LNM" or white(c))


@given(texts)
@example("o'neill ÉCOLE ŉ İstanbul ΟΔΟΣ")
def test_capitalize_words(text: str) -> None:
    done = capitalize_words(text)
    assert capitalize_words(done) == done
    assert [c for c in done if white(c)] == [c for c in text if white(c)]
    assert done.casefold() == text.lower().casefold()
    for word in done.split():
        letters = [c for c in word if c.isalpha()]
        assert not letters or letters[0].title()[0] == letters[0] or letters[0] == "ŉ" or not letters[0].title()[0].isupper()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("o'neill", "O'neill"),
        ("ÉCOLE normale", "École Normale"),
        ("JEAN-LUC\tmc donald", "Jean-luc\tMc Donald"),
        ("«bonjour» 3com", "«Bonjour» 3Com"),
        ("ßtraße", "Sstraße"),
        ("ΟΔΟΣ", "Οδος"),
        ("", ""),
    ],
)
def test_words(before: str, after: str) -> None:
    assert capitalize_words(before) == after


@given(values, flags, flags, flags, flags)
@settings(max_examples=60)
def test_types_stay_and_lists_go_value_by_value(value: Any, trim: bool, quotes: bool, special: bool, words: bool) -> None:
    change = compiled(Format("p", FormatOptions(trim, quotes, special, words)))
    done = change(value)
    assert type(done) is type(value)
    if isinstance(value, list):
        assert [repr(one) for one in done] == [repr(one if isinstance(one, list) else change(one)) for one in value]
    elif not isinstance(value, str):
        assert repr(done) == repr(value)


@given(texts)
def test_the_order_of_the_steps(text: str) -> None:
    everything = compiled(Format("p", FormatOptions(True, True, True, True)))
    assert everything(text) == capitalize_words(delete_special_characters(delete_quotes(remove_spaces(text))))


def test_spaces_go_before_special_characters() -> None:
    both = FormatOptions(remove_spaces=True, delete_special_characters=True)
    assert compiled(Format("p", both))(" a - b ") == "a  b"


def test_a_date_comes_last() -> None:
    options = FormatOptions(remove_spaces=True, delete_quotes=True, revise_date="date")
    assert compiled(Format("p", options))(" '3  May 1990' ") == "1990-05-03"
    options = FormatOptions(delete_special_characters=True, revise_date="date")
    assert compiled(Format("p", options))("1990-05-03") == "1990-05-03"
    assert compiled(Format("p", options))(["1990/05/03", 641692800, True, None, "soon"]) == [
        "1990-05-03", "1990-05-03", True, None, "soon",
    ]  # fmt: skip


def test_ascii_punctuation_is_special() -> None:
    assert delete_special_characters(string.punctuation) == ""
