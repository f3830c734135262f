"""How an event finds the receipt that it belongs to: tables of the query of message statistics (docs/adr/0109).

Both give `traced`: the table `line` with `got`, when the message was received last at or before the event. An event
that found none has null there or is missing; what is its own send may have any time there.
"""

from __future__ import annotations

from collections.abc import Sequence

from functions.reports.message_statistics import BOUNCED, CONVERTED, FAILED, RECEIVED, USED

OF_SEND = f"kind IN ({BOUNCED}, {FAILED}, {USED}) OR kind >= {CONVERTED}"  # each is its own send
TRACED = f""", traced AS (
  SELECT *, max(CASE WHEN kind = {RECEIVED} THEN newest END) OVER (
    PARTITION BY profile_no, channel, message ORDER BY newest, kind ROWS UNBOUNDED PRECEDING) AS got
  FROM line
)"""


def joined(columns: Sequence[str]) -> str:
    """`TRACED` as DuckDB does it faster (docs/adr/0109): who got a message once, or acts after its last receipt, needs no
    order; only what lies between two receipts goes through the window. Trino would read the events three times. `columns`: further ones of the line."""
    shown = ", ".join(("profile_no", "kind", "channel", "message", "newest", *columns))
    acts = ", ".join(f"a.{name}" for name in shown.split(", "))
    same = "a.profile_no = {0}.profile_no AND a.channel = {0}.channel AND a.message = {0}.message"
    return f""", received AS (
  SELECT profile_no, channel, message, min(newest) AS first, max(newest) AS last FROM line WHERE kind = {RECEIVED}
  GROUP BY profile_no, channel, message
), met AS (
  SELECT {acts}, r.last FROM line AS a JOIN received AS r ON {same.format("r")}
  WHERE a.kind <> {RECEIVED} AND NOT (a.{OF_SEND.replace("OR kind", "OR a.kind")}) AND a.newest >= r.first
), amid AS (
  SELECT {shown}, CAST(NULL AS BIGINT) AS origin FROM met WHERE newest < last
  UNION ALL
  SELECT {acts}, 1 AS origin FROM line AS a
  JOIN (SELECT DISTINCT profile_no, channel, message FROM met WHERE newest < last) AS m ON {same.format("m")}
  WHERE a.kind = {RECEIVED}
), ordered AS (
  SELECT *, max(CASE WHEN origin = 1 THEN newest END) OVER (
    PARTITION BY profile_no, channel, message ORDER BY newest, kind ROWS UNBOUNDED PRECEDING) AS got
  FROM amid
), traced AS (
  SELECT {shown}, newest AS got FROM line WHERE kind = {RECEIVED} OR {OF_SEND}
  UNION ALL
  SELECT {shown}, last AS got FROM met WHERE newest >= last
  UNION ALL
  SELECT {shown}, got FROM ordered WHERE origin IS NULL
)"""
