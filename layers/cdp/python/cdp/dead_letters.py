"""Dead letters that name a person who is to be erased."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from cdp.ports import Queue

_MOST = 10_000


def forget(queue: Queue, account_id: str, identities: Iterable[tuple[str, str]]) -> int:
    """Remove the account's dead letters that name one of these (kind, value), whole: how many. Case does not count."""
    names = "|".join(f'"{re.escape(kind)}"\\s*:\\s*{re.escape(json.dumps(value, ensure_ascii=False))}' for kind, value in identities)
    if not names:
        return 0
    person = re.compile(names, re.IGNORECASE)
    account = re.compile(f'"account_id"\\s*:\\s*"{re.escape(account_id)}"')
    letters = [one.id for one in queue.dead_letters(_MOST) if account.search(one.body) and person.search(one.body)]
    return queue.drop(letters) if letters else 0
