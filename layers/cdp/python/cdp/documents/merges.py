"""What became of profiles that are no more: merged into another, or erased (SPEC §2.2).

Three items tell of it. The *successor* stands under the old number for good: acknowledged events that name the
old profile go to the new one, or nowhere if the person was erased. The *move* is there until no row of the
lake bears the old number (room `rewrite`). The *epoch* changes after every merge and erasure: a writer that
read it before it looked a profile up, and again after it wrote rows, knows whether it must look once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

ERASED = 0  # no profile has this number
_DEPTH = 64


def puts(account_id: str, no: int, successor: int) -> list[Put]:
    """The writes that go into the transaction which removes the profile."""
    body = str(successor).encode()
    return [Put(Item(_successor(account_id, no), body)), Put(Item(_move(account_id, no), body))]


def announce(table: Table, account_id: str) -> None:
    """To be called after that transaction and before the lake is rewritten."""
    table.write([[Put(Item(_epoch(account_id), b"{}"))]])


def epoch(table: Table, account_id: str) -> int:
    item = table.get([_epoch(account_id)])[0]
    return 0 if item is None else item.version


def successors(table: Table, account_id: str, numbers: Iterable[int]) -> dict[int, int]:
    """For those of the profiles that are no more: who they are now, or `ERASED`."""
    found: dict[int, int] = {}
    asked = {no: no for no in numbers}  # where each has got to -> ...
    for _ in range(_DEPTH):
        if not asked:
            return found
        items = table.get([_successor(account_id, at) for at in asked.values()])
        following = {}
        for (no, _), item in zip(asked.items(), items, strict=True):
            if item is not None:
                found[no] = following[no] = int(item.body)
        asked = {no: at for no, at in following.items() if at != ERASED}
    return found


def move_again(table: Table, account_id: str, numbers: Iterable[int]) -> bool:
    """Rows with these numbers have come into the lake; is one of the profiles no more?"""
    moves = [[Put(Item(_move(account_id, no), str(to).encode()))] for no, to in successors(table, account_id, numbers).items()]
    table.write(moves)
    return bool(moves)


def pending(table: Table, account_id: str, limit: int = 10_000) -> dict[int, tuple[int, int]]:
    """Old number -> (who that is now or `ERASED`, version of the move, for `done`)."""
    moves: list[Item] = []
    query = ItemQuery(_moves(account_id), limit=min(limit, 1000))
    while len(moves) < limit and (page := table.query(query)):
        moves += page
        query = ItemQuery(query.partition, limit=query.limit, after=(page[-1].key.sk, *page[-1].key))
    versions = {int(item.key.sk): item.version for item in moves}
    now = successors(table, account_id, versions)
    return {no: (now[no], version) for no, version in versions.items() if no in now}


def done(table: Table, account_id: str, moved: Mapping[int, int]) -> None:
    """No row bears these old numbers any more (old number -> version of its move)."""
    table.write([[Delete(_move(account_id, no), version)] for no, version in moved.items()])


def _successor(account_id: str, no: int) -> Key:
    return Key(f"{account_id}#successor#{no}", "successor")


def _moves(account_id: str) -> str:
    return f"{account_id}#moves"


def _move(account_id: str, no: int) -> Key:
    return Key(_moves(account_id), f"{no:010d}")


def _epoch(account_id: str) -> Key:
    return Key(f"{account_id}#merges", "epoch")
