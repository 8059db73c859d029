import random
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pack.joining import JoinCandidate, JoinGroup, JoinRules, join_documents
from pipeline.pack.nearest import Hashes
from pipeline.records import JoiningKind

SAME, NEAREST, DISTRACTORS = JoiningKind.SAME_SOURCE, JoiningKind.NEAREST, JoiningKind.DISTRACTORS
NUM_BINS = 128


def candidate(
    name: str, *, num_tokens: int = 100, relation: str = "", language: str = "en", imports: tuple[str, ...] = ()
) -> JoinCandidate:
    return JoinCandidate(
        doc_id=f"id-{name}",
        domain="code" if imports else "legal",
        language=language,
        num_tokens=num_tokens,
        source_uri=f"/data/{name}",
        source_offset=0,
        relation=relation,
        imports=imports,
    )


def join(
    candidates: Sequence[JoinCandidate],
    kinds: Sequence[JoiningKind],
    *,
    minhashes: dict[str, Hashes] | None = None,
    max_tokens: int = 500,
    min_tokens: int = 0,
    max_members: int = 8,
    min_similarity: float = 0.1,
) -> list[JoinGroup]:
    return join_documents(
        candidates,
        rules=JoinRules(kinds, max_tokens, min_tokens, max_members, min_similarity),
        minhashes=minhashes or {},
        seed=17,
    )


def names(groups: Sequence[JoinGroup]) -> list[list[str]]:
    return [[doc_id.removeprefix("id-") for doc_id in group.doc_ids] for group in groups]


def like(base: Hashes, similarity: float, seed: int) -> Hashes:
    """A MinHash that agrees with another in a share of its bins."""
    changed = base.copy()
    places = np.random.default_rng(seed).permutation(NUM_BINS)[: round((1 - similarity) * NUM_BINS)]
    changed[places] = np.random.default_rng(seed + 1).integers(0, 2**63, size=len(places), dtype=np.uint64)
    return changed


def random_hash(seed: int) -> Hashes:
    return np.random.default_rng(seed).integers(0, 2**63, size=NUM_BINS, dtype=np.uint64)


CANDIDATES = st.lists(
    st.builds(
        lambda name, tokens, relation, language: candidate(
            f"{name:03}.txt", num_tokens=tokens, relation=relation, language=language
        ),
        st.integers(0, 999),
        st.integers(1, 400),
        st.sampled_from(["", "a", "b", "c"]),
        st.sampled_from(["en", "ko"]),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda one: one.doc_id,
)


@given(candidates=CANDIDATES, order=st.randoms(use_true_random=False), max_members=st.integers(2, 6))
def test_join_documents_puts_each_document_into_one_group_within_limits_whatever_the_order(
    candidates: list[JoinCandidate], order: random.Random, max_members: int
) -> None:
    minhashes = {one.doc_id: random_hash(one.num_tokens % 7) for one in candidates}
    shuffled = candidates[:]
    order.shuffle(shuffled)
    groups = join(candidates, tuple(JoiningKind)[1:], minhashes=minhashes, max_members=max_members, min_tokens=150)
    assert groups == join(
        shuffled, tuple(JoiningKind)[1:], minhashes=minhashes, max_members=max_members, min_tokens=150
    )
    by_id = {one.doc_id: one for one in candidates}
    joined = [doc_id for group in groups for doc_id in group.doc_ids]
    assert len(joined) == len(set(joined))
    for group in groups:
        members = [by_id[doc_id] for doc_id in group.doc_ids]
        assert 2 <= len(members) <= max_members
        assert 150 <= sum(member.num_tokens for member in members) <= 500
        assert len({member.language for member in members}) == 1
        if group.kind is SAME:
            assert len({member.relation for member in members}) == 1


def test_join_documents_of_one_source_stand_in_its_natural_order() -> None:
    pages = [candidate(f"page-{number}.html", relation="manual") for number in (10, 2, 1, 9)]
    groups = join(pages, (SAME,))
    assert names(groups) == [["page-1.html", "page-2.html", "page-9.html", "page-10.html"]]
    assert groups[0].kind is SAME


def test_join_documents_of_one_repository_stand_in_the_order_of_import() -> None:
    files = [
        candidate("shop/api.py", relation="repository", imports=("shop/cart", "flask")),
        candidate("shop/cart.py", relation="repository", imports=("shop/rates",)),
        candidate("shop/rates.py", relation="repository", imports=("decimal",)),
    ]
    assert names(join(files, (SAME,))) == [["shop/rates.py", "shop/cart.py", "shop/api.py"]]


def test_join_documents_prefers_their_source_to_their_likeness() -> None:
    base = random_hash(1)
    candidates = [candidate("a", relation="x"), candidate("b", relation="x"), candidate("c"), candidate("d")]
    minhashes = {one.doc_id: like(base, 0.5, seed) for seed, one in enumerate(candidates)}
    groups = join(candidates, (SAME, NEAREST), minhashes=minhashes)
    assert [(group.kind, name) for group, name in zip(groups, names(groups), strict=True)] == [
        (SAME, ["a", "b"]),
        (NEAREST, ["c", "d"]),
    ]


def test_join_documents_nearest_joins_the_most_alike_first_and_leaves_strangers() -> None:
    base, other = random_hash(1), random_hash(2)
    candidates = [candidate(name, num_tokens=240) for name in "abcde"]
    minhashes = dict(
        zip(
            [one.doc_id for one in candidates],
            [base, other, like(base, 0.6, 3), like(other, 0.4, 4), random_hash(5)],
            strict=True,
        )
    )
    assert names(join(candidates, (NEAREST,), minhashes=minhashes)) == [["a", "c"], ["b", "d"]]


def test_join_documents_without_distractors_leaves_what_has_no_relatives() -> None:
    candidates = [candidate(name) for name in "abcdefg"]
    assert (
        join(candidates, (SAME, NEAREST), minhashes={one.doc_id: random_hash(n) for n, one in enumerate(candidates)})
        == []
    )
    groups = join(candidates, (SAME, DISTRACTORS))
    assert sorted(len(group.doc_ids) for group in groups) == [2, 5]
    assert {group.kind for group in groups} == {DISTRACTORS}


def test_join_documents_that_stay_too_short_together_are_not_joined() -> None:
    candidates = [candidate("a", num_tokens=20, relation="x"), candidate("b", num_tokens=20, relation="x")]
    assert join(candidates, (SAME,), min_tokens=41) == []
    assert names(join(candidates, (SAME,), min_tokens=40)) == [["a", "b"]]
