"""Filters on JSON values (SPEC §4.2): one meaning, as a predicate in Python and as SQL on a JSON text.

A value is decoded JSON in Python and JSON text in SQL; null is as if it were not there. Each filter states its
positive meaning once on either side, false for a missing value; a negated operator is its complement, hence
true for a missing one. `values` says what a value is as text, number and date; `json_text` says the same in SQL.
"""
