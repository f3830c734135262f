"""The secret behind an account's exchange ids."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from cdp.ports import Secrets

KEPT_S = 300
ABSENT_S = 5  # how long "there is none" is believed


class ExchangeSecrets:
    """One secret an account, made when its first exchange id is; remembered for some minutes."""

    def __init__(self, store: Secrets, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._known: dict[str, tuple[str | None, float]] = {}

    def get(self, account_id: str) -> str | None:
        """None: no exchange id was ever made."""
        known = self._known.get(account_id)
        if known is None or known[1] < self._clock():
            return self._remember(account_id, self._store.get(_name(account_id)))
        return known[0]

    def make(self, account_id: str) -> str:
        secret = self.get(account_id)
        if secret is None:
            secret = self._store.get_or_put(_name(account_id), secrets.token_urlsafe(32))
            self._remember(account_id, secret)
        return secret

    def _remember(self, account_id: str, secret: str | None) -> str | None:
        self._known[account_id] = (secret, self._clock() + (ABSENT_S if secret is None else KEPT_S))
        return secret


def _name(account_id: str) -> str:
    return f"exchange/{account_id}"
