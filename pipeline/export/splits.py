"""Which documents go to validation: whole clusters, stratified over language and domain. Pure; used by `selection`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from pipeline.identity import unit_interval
from pipeline.records import Split


def split_documents(strata: Mapping[str, tuple[str, str]], *, validation_share: float, seed: int) -> dict[str, str]:
    """Return a split for every document, stratified over language and domain.

    Validation gets the number of documents nearest to its share; at least one if there are two documents and the share
    is not 0. A document first moves there only if train keeps another of its language and domain. If that is not
    enough, a document also moves if train keeps another of its language and another of its domain. If no document
    meets even that, the first by its hash moves.

    Args:
        strata: language and domain by id of the document, or of the cluster that stays together.
        validation_share: 0 to 1.
        seed: of the recipe.
    """
    splits = dict.fromkeys(strata, Split.TRAIN.value)
    if validation_share <= 0 or len(strata) < 2:
        return splits
    wanted = min(len(strata) - 1, max(1, round(validation_share * len(strata))))
    in_stratum: dict[tuple[str, str], list[str]] = defaultdict(list)
    for doc_id in sorted(strata, key=lambda key: (unit_interval(seed, "split", key), key)):
        in_stratum[strata[doc_id]].append(doc_id)
    ranks = {doc_id: rank for members in in_stratum.values() for rank, doc_id in enumerate(members)}
    order = sorted(strata, key=lambda key: (ranks[key], unit_interval(seed, "split", key), key))
    in_train = Counter(strata.values())
    for is_free in (_leaves_its_stratum, _leaves_its_language_and_domain):
        for doc_id in order:
            if wanted and splits[doc_id] == Split.TRAIN and is_free(strata[doc_id], in_train):
                splits[doc_id] = Split.VALIDATION.value
                in_train[strata[doc_id]] -= 1
                wanted -= 1
    if Split.VALIDATION not in splits.values():
        splits[order[0]] = Split.VALIDATION.value
    return splits


def _leaves_its_stratum(stratum: tuple[str, str], in_train: Counter[tuple[str, str]]) -> bool:
    return in_train[stratum] > 1


def _leaves_its_language_and_domain(stratum: tuple[str, str], in_train: Counter[tuple[str, str]]) -> bool:
    language, domain = stratum
    same_language = sum(count for (other, _), count in in_train.items() if other == language)
    same_domain = sum(count for (_, other), count in in_train.items() if other == domain)
    return same_language > 1 and same_domain > 1
