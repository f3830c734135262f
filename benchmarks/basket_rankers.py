"""Rankings of product types for every household that others would use, as scores (n_households, n_types)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from benchmarks.basket_data import Baskets, Int

Scores = npt.NDArray[np.float32]
Ranker: TypeAlias = "Callable[[History], Scores]"
RETURNS_US, SUPPORT = 48 * 3_600_000_000, 5
HALF_LIFE_US = 30 * 86_400_000_000
BM25_K1, BM25_B, BM25_NEIGHBOURS = 1.2, 0.75, 20


@dataclass
class History:
    """What is known before the baskets that are held out; `households` are those that are asked about."""

    baskets: Baskets
    households: Int

    @cached_property
    def counts(self) -> Any:
        """Baskets with each type (n_all_households, n_types)."""
        shape = (int(self.baskets.household.max()) + 1, len(self.baskets.names))
        ones = np.ones(len(self.baskets.at))
        return sparse.csr_matrix((ones, (self.baskets.household, self.baskets.type)), shape=shape)

    @cached_property
    def bought(self) -> Any:
        """1 where a household has bought a type."""
        return (self.counts > 0).astype(np.float64)

    @cached_property
    def people(self) -> npt.NDArray[np.float64]:
        """Households that have bought each type."""
        return np.maximum(np.asarray(self.bought.sum(0)).ravel(), 1)

    @cached_property
    def cosine(self) -> Any:
        """Between types, over households; 0 with themselves."""
        scaled = self.bought @ sparse.diags(1 / np.sqrt(self.people))
        found = (scaled.T @ scaled).tocsr()
        found.setdiag(0)
        return found

    def newest(self) -> Any:
        """1 where a type is in a household's newest basket."""
        last = self.baskets.place == 0
        rows, columns = self.baskets.household[last], self.baskets.type[last]
        return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=self.counts.shape)

    def of_households(self, matrix: Any) -> Scores:
        return np.asarray(matrix[self.households].todense(), dtype=np.float32)


def popularity(history: History) -> Scores:
    """By baskets."""
    total = np.asarray(history.counts.sum(0)).ravel().astype(np.float32)
    return np.tile(total, (len(history.households), 1))


def last_basket_confidence(history: History) -> Scores:
    """SPEC §12.4's formula: the sum over the last order's A of P(B in the next order at least 48 hours later | A)."""
    b = history.baskets
    first = np.flatnonzero(np.diff(b.basket, prepend=-1))
    ends = np.append(first[1:], len(b.basket))
    at, household = b.at[first], b.household[first]
    types = len(b.names)
    seen: list[Int] = []
    for start in np.flatnonzero(np.diff(household, prepend=-1)):
        mine = np.arange(start, np.searchsorted(household, household[start], side="right"))
        following = np.searchsorted(at[mine], at[mine] + RETURNS_US)
        codes = [
            (b.type[first[n] : ends[n], None] * types + b.type[first[mine[to]] : ends[mine[to]]]).ravel()
            for n, to in zip(mine, following, strict=True)
            if to < len(mine)
        ]
        if codes:
            seen.append(np.unique(np.concatenate(codes)))
    pairs, customers = np.unique(np.concatenate(seen), return_counts=True)
    kept = (customers >= SUPPORT) & (pairs // types != pairs % types)
    a, c = pairs[kept] // types, pairs[kept] % types
    share = sparse.csr_matrix((customers[kept] / history.people[a], (a, c)), shape=(types, types))
    return history.of_households(history.newest() @ share)


def decayed_cosine(history: History) -> Scores:
    """Cosine, with what was bought longer ago counting less: half for every 30 days."""
    b = history.baskets
    newest = np.zeros(history.counts.shape[0], np.int64)
    np.maximum.at(newest, b.household, b.at)
    weight = 0.5 ** ((newest[b.household] - b.at) / HALF_LIFE_US)
    return history.of_households(sparse.csr_matrix((weight, (b.household, b.type)), shape=history.counts.shape) @ history.cosine)


def item_knn(history: History) -> Scores:
    """The sum of the cosines with everything bought before."""
    return history.of_households(history.bought @ history.cosine)


def bm25(history: History) -> Scores:
    """Neighbours by BM25: types are the documents, households the words."""
    words = history.counts.T.tocoo()
    types, households = words.shape
    lengths = np.asarray(words.sum(1)).ravel()
    norm = 1 - BM25_B + BM25_B * lengths / lengths.mean()
    rarity = np.log(types) - np.log1p(np.bincount(words.col, minlength=households))
    weight = words.data * (BM25_K1 + 1) / (BM25_K1 * norm[words.row] + words.data) * rarity[words.col]
    weighted = sparse.csr_matrix((weight, (words.row, words.col)), shape=words.shape)
    return history.of_households(history.counts @ _nearest(weighted @ weighted.T, BM25_NEIGHBOURS))


def _nearest(similarity: Any, many: int) -> Any:
    """Of every row the highest values, itself among them."""
    dense = similarity.toarray()
    least = -np.sort(-dense, axis=1)[:, many - 1 : many]
    return sparse.csr_matrix(np.where(dense >= least, dense, 0))


BASELINES: Mapping[str, Ranker] = {
    "popularity": popularity,
    "last basket, confidence": last_basket_confidence,
    "decayed history, cosine": decayed_cosine,
    "item-kNN, cosine": item_knn,
    "BM25": bm25,
}
