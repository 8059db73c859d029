"""Decides how many documents of each stratum go to validation, from counts and the order within each stratum.

A *stratum* is a language and a domain. Within one, documents go to validation in the order of a random number, so the
split is a number for each stratum. Only the first documents of each stratum are needed to find these numbers, about as
many as validation gets. Used by `selection` for documents in memory, and by `stages.selection_split` for ranges.
Memory: 50 bytes for each of these first documents.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Stratum = tuple[str, str]
"""Language and domain."""


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """Documents of one stratum, the first ones first."""

    units_D: npt.NDArray[np.float64]
    """The random number of each document; ascending."""
    ids_D: npt.NDArray[np.bytes_]
    """Ids in UTF-8, ascending among equal numbers."""


class FirstDocuments:
    """Keeps the documents of one stratum that come first, up to a number."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._units_D = np.zeros(0)
        self._ids_D = np.zeros(0, dtype="S1")

    def add(self, units_D: npt.NDArray[np.float64], ids_D: npt.NDArray[np.bytes_]) -> None:
        """Add documents in any order."""
        self._units_D = np.concatenate([self._units_D, units_D])
        self._ids_D = np.concatenate([self._ids_D, ids_D])
        if self._units_D.size > 2 * self._most:
            self._sort()

    def ordered(self) -> Ordered:
        """Return the first documents of all that were added."""
        self._sort()
        return Ordered(self._units_D, self._ids_D)

    def _sort(self) -> None:
        order = np.lexsort((self._ids_D, self._units_D))[: self._most]
        self._units_D, self._ids_D = self._units_D[order], self._ids_D[order]


def num_to_validate(num_documents: int, validation_share: float) -> int:
    """Return the maximum number of documents for validation, which is the number nearest to the share."""
    if validation_share <= 0 or num_documents < 2:
        return 0
    return min(num_documents - 1, max(1, round(validation_share * num_documents)))


def num_needed(num_in_stratum: Mapping[Stratum, int], validation_share: float) -> dict[Stratum, int]:
    """Return how many documents of each stratum `numbers_to_validate` needs."""
    total = sum(num_in_stratum.values())
    wanted = num_to_validate(total, validation_share)
    # Every stratum may be ahead of its share by one document, and one document of each may be passed over.
    share = (wanted + 3 * len(num_in_stratum)) / max(1, total)
    return {stratum: min(number, math.ceil(share * number) + 2) for stratum, number in num_in_stratum.items()}


def numbers_to_validate(
    num_in_stratum: Mapping[Stratum, int], first: Mapping[Stratum, Ordered], *, validation_share: float
) -> dict[Stratum, int]:
    """Return how many of the first documents of each stratum go to validation; see `selection.split_documents`.

    Args:
        num_in_stratum: the number of documents in each stratum, at least 1.
        first: at least the first `num_needed` documents of each stratum.
        validation_share: share of the documents for validation, from 0 to 1.
    """
    wanted = num_to_validate(sum(num_in_stratum.values()), validation_share)
    numbers = dict.fromkeys(num_in_stratum, 0)
    if not wanted:
        return numbers
    names = sorted(num_in_stratum)
    counts_S = np.array([num_in_stratum[name] for name in names])
    stratum_N = np.repeat(np.arange(len(names)), [first[name].units_D.size for name in names])
    rank_N = np.concatenate([np.arange(first[name].units_D.size) for name in names])
    # One document of each stratum comes first; the others come in proportion to the sizes of the strata.
    place_N = np.where(rank_N > 0, (rank_N + 0.5) / counts_S[stratum_N], 0.0)
    units_N = np.concatenate([first[name].units_D for name in names])
    ids_N = np.concatenate([first[name].ids_D for name in names])
    order_N = np.lexsort((ids_N, units_N, place_N, rank_N > 0))
    is_last_N = rank_N == counts_S[stratum_N] - 1
    leaving_N = order_N[~is_last_N[order_N]][:wanted]
    numbers_S = np.bincount(stratum_N[leaving_N], minlength=len(names))
    if wanted > leaving_N.size:
        last = [names[at] for at in stratum_N[order_N[is_last_N[order_N]]].tolist()]
        for name in _leaving_last(last, wanted - leaving_N.size):
            numbers_S[names.index(name)] += 1
    if not numbers_S.any():
        numbers_S[stratum_N[order_N[0]]] = 1
    return dict(zip(names, numbers_S.tolist(), strict=True))


def _leaving_last(strata: list[Stratum], wanted: int) -> Iterator[Stratum]:
    """Yield strata whose last document leaves the train split, because others of its language and domain are there."""
    in_train = set(strata)
    for stratum in strata:
        language, domain = stratum
        same_language = sum(other == language for other, _ in in_train)
        same_domain = sum(other == domain for _, other in in_train)
        if wanted and same_language > 1 and same_domain > 1:
            in_train.remove(stratum)
            wanted -= 1
            yield stratum
