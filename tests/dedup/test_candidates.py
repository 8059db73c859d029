from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedup.candidates import NUM_HUBS, NUM_NEIGHBOURS, DocumentRef, bucket_pairs, copy_pairs

MEMBERS = st.lists(st.tuples(st.integers(0, 99), st.integers(1, 50)), min_size=2, max_size=40, unique_by=lambda m: m[0])


def refs(members: list[tuple[int, int]]) -> list[DocumentRef]:
    return [
        DocumentRef(doc_id=f"{number:04d}", part="0/00000", row=number, num_chars=length, standing=0, is_earlier=False)
        for number, length in members
    ]


@given(MEMBERS, st.randoms())
def test_bucket_pairs_do_not_depend_on_the_order_of_members(members: list[tuple[int, int]], rng: object) -> None:
    documents = refs(members)
    shuffled = list(documents)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert set(bucket_pairs(shuffled)) == set(bucket_pairs(documents))


@given(MEMBERS)
def test_bucket_pairs_are_linear_and_reach_every_member(members: list[tuple[int, int]]) -> None:
    documents = refs(members)
    pairs = set(bucket_pairs(documents))
    assert len(pairs) <= (NUM_NEIGHBOURS + NUM_HUBS) * len(documents)
    assert {document for pair in pairs for document in pair} == set(documents)
    assert all(first.doc_id < second.doc_id for first, second in pairs)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=NUM_NEIGHBOURS + 1))
def test_bucket_pairs_of_a_small_bucket_are_all_pairs(lengths: list[int]) -> None:
    documents = refs(list(enumerate(lengths)))
    assert set(bucket_pairs(documents)) == set(combinations(documents, 2))


def test_copy_pairs_tie_every_copy_to_the_smallest_id() -> None:
    documents = refs([(3, 10), (1, 12), (2, 11)])
    assert [(first.doc_id, second.doc_id) for first, second in copy_pairs(documents)] == [
        ("0001", "0002"),
        ("0001", "0003"),
    ]
