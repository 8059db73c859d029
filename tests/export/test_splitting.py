"""The split from the first documents of each stratum is the split of all documents, one by one."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.export.selection import split_documents, split_unit
from pipeline.export.splitting import FirstDocuments, num_needed, numbers_to_validate

KINDS = st.tuples(st.sampled_from(["en", "ko"]), st.sampled_from(["legal", "code", "manual"]))


def one_by_one(strata, share, seed):
    """The rule of `split_documents` as a loop over all documents."""
    splits = dict.fromkeys(strata, "train")
    if share <= 0 or len(strata) < 2:
        return splits
    wanted = min(len(strata) - 1, max(1, round(share * len(strata))))
    members = defaultdict(list)
    for doc_id in sorted(strata, key=lambda key: (split_unit(key, seed), key)):
        members[strata[doc_id]].append(doc_id)
    places = {
        doc_id: (rank > 0, (rank + 0.5) / len(own) if rank else 0.0)
        for own in members.values()
        for rank, doc_id in enumerate(own)
    }
    order = sorted(strata, key=lambda key: (places[key], split_unit(key, seed), key))
    left = Counter(strata.values())

    def leaves_its_stratum(kind):
        return left[kind] > 1

    def leaves_language_and_domain(kind):
        languages = sum(number for (language, _), number in left.items() if language == kind[0])
        return languages > 1 and sum(number for (_, domain), number in left.items() if domain == kind[1]) > 1

    for is_free in (leaves_its_stratum, leaves_language_and_domain):
        for doc_id in order:
            if wanted and splits[doc_id] == "train" and is_free(strata[doc_id]):
                splits[doc_id] = "validation"
                left[strata[doc_id]] -= 1
                wanted -= 1
    if "validation" not in splits.values():
        splits[order[0]] = "validation"
    return splits


@given(st.lists(KINDS, max_size=40), st.floats(0, 1), st.integers(0, 3))
def test_split_from_counts_is_the_split_document_by_document(kinds, share, seed):
    strata = {f"doc{number}": kind for number, kind in enumerate(kinds)}
    assert split_documents(strata, validation_share=share, seed=seed) == one_by_one(strata, share, seed)


@given(st.lists(KINDS, min_size=2, max_size=60), st.floats(0, 1), st.integers(1, 7))
def test_numbers_to_validate_need_only_the_first_documents_in_any_batches(kinds, share, batch):
    strata = {f"doc{number}": kind for number, kind in enumerate(kinds)}
    sizes = Counter(kinds)
    needed = num_needed(sizes, share)
    first = {kind: FirstDocuments(most) for kind, most in needed.items()}
    whole = {kind: FirstDocuments(len(kinds)) for kind in sizes}
    names = list(strata)
    for start in range(0, len(names), batch):
        for name in names[start : start + batch]:
            for target in (first, whole):
                target[strata[name]].add(np.array([split_unit(name, 1)]), np.array([name.encode()]))
    numbers = [
        numbers_to_validate(sizes, {kind: own.ordered() for kind, own in kept.items()}, validation_share=share)
        for kept in (first, whole)
    ]
    assert numbers[0] == numbers[1]
    assert all(own.ordered().units_D.size <= needed[kind] for kind, own in first.items())
