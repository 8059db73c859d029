"""Groups of documents to compare: versions of one cluster, and documents whose outlines have the same titles."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.nodes import Node, NodeKind
from pipeline.pack.comparing import Comparable, Compared, CompareRules, compare_documents
from pipeline.pack.outline_type import NUM_BINS, outline_type, unpacked_type
from pipeline.records import JoiningKind

LEASE = ("Parties", "Premises", "Rent", "Term", "Repairs", "Notice", "Governing law")
SUPPLY = ("Parties", "Goods", "Delivery", "Inspection", "Warranty", "Liability")


def outline(titles: Sequence[str], kind: NodeKind = NodeKind.PROVISION) -> list[Node]:
    return [Node(kind, n, n + 1, n, label=str(n), value=title) for n, title in enumerate(titles)]


def document(
    name: str, titles: Sequence[str] = (), *, versions: str = "", num_tokens: int = 100, language: str = "en"
) -> Comparable:
    return Comparable(name, "legal", language, num_tokens, f"/in/{name}", 0, versions, outline_type(outline(titles)))


def compare(documents: Sequence[Comparable], **rules: float) -> Compared:
    own = {"versions_share": 1.0, "comparison_share": 1.0, "max_tokens": 1000, "max_members": 4, "min_similarity": 0.5}
    return compare_documents(documents, rules=CompareRules(**{**own, **rules}), seed=17)  # type: ignore[arg-type]


def members(found: Compared, kind: JoiningKind) -> list[list[str]]:
    return [list(group.doc_ids) for group in found.groups if group.kind is kind]


def test_documents_with_the_same_titles_are_compared_and_others_stay_alone() -> None:
    found = compare([document("a", LEASE), document("b", SUPPLY), document("c", LEASE[1:]), document("d", ("Rent",))])
    assert members(found, JoiningKind.COMPARISON) == [["a", "c"]]
    assert members(found, JoiningKind.VERSIONS) == []


def test_versions_are_compared_as_versions_only() -> None:
    own = [document(name, LEASE, versions="k") for name in "abcde"] + [document("x", LEASE), document("y", LEASE)]
    found = compare(own)
    assert members(found, JoiningKind.VERSIONS) == [["a", "b", "c", "d"]], "at most four, and one alone is no group"
    assert members(found, JoiningKind.COMPARISON) == [["x", "y"]]
    assert members(compare(own, versions_share=0.0), JoiningKind.COMPARISON) == [["x", "y"]]


def test_documents_of_different_languages_are_not_compared() -> None:
    assert compare([document("a", LEASE), document("b", LEASE, language="ko")]).groups == ()


def test_titles_differ_in_numbers_and_case_and_are_the_same() -> None:
    one = outline_type(outline([f"{n}. {title.upper()}" for n, title in enumerate(LEASE, start=4)]))
    assert one == outline_type(outline(LEASE))
    assert outline_type(outline(LEASE[:3])) == b"", "too few to tell a type"
    assert outline_type(outline(LEASE, NodeKind.TURN)) == b""


@pytest.mark.parametrize("num_shared", [0, 10, 30, 50])
def test_share_of_equal_bins_estimates_the_share_of_titles(num_shared: int) -> None:
    words = [f"w{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(100)]
    one, other = words[:50], [*words[:num_shared], *words[50 : 100 - num_shared]]
    similarity = num_shared / (100 - num_shared)
    bins = [unpacked_type(outline_type(outline(titles))) for titles in (one, other)]
    assert len(bins[0]) == NUM_BINS
    assert abs(float(np.mean(bins[0] == bins[1])) - similarity) <= 0.2


def test_shares_decide_how_many_possible_groups_are_formed_and_supply_counts_all() -> None:
    own = [document(f"{n}{part}", LEASE, versions=f"k{n}") for n in range(60) for part in "ab"]
    found = compare(own, versions_share=0.5)
    assert found.num_possible == {JoiningKind.VERSIONS: 60, JoiningKind.COMPARISON: 0}
    assert 18 <= len(found.groups) <= 42
    assert compare(own, versions_share=0.0).groups == ()


@given(
    st.lists(
        st.tuples(
            st.sampled_from([LEASE, SUPPLY, LEASE[:5], SUPPLY[2:], ()]),
            st.sampled_from(["", "k1", "k2"]),
            st.integers(50, 700),
            st.sampled_from(["en", "ko"]),
        ),
        max_size=14,
    ),
    st.integers(0, 9),
)
def test_groups_keep_the_limits_and_do_not_depend_on_the_order(
    drawn: list[tuple[tuple[str, ...], str, int, str]], shuffle: int
) -> None:
    own = [
        document(f"d{n:02d}", titles, versions=versions, num_tokens=size, language=language)
        for n, (titles, versions, size, language) in enumerate(drawn)
    ]
    found = compare(own)
    by_id = {one.doc_id: one for one in own}
    in_groups = [doc_id for group in found.groups for doc_id in group.doc_ids]
    assert len(in_groups) == len(set(in_groups)), "a document is in one group at most"
    for group in found.groups:
        joined = [by_id[doc_id] for doc_id in group.doc_ids]
        assert 2 <= len(joined) <= 4
        assert sum(one.num_tokens for one in joined) <= 1000
        assert len({one.language for one in joined}) == 1
        if group.kind is JoiningKind.VERSIONS:
            assert len({one.versions for one in joined}) == 1 and joined[0].versions
        else:
            assert not any(one.versions for one in joined)
    random.Random(shuffle).shuffle(own)
    assert compare(own) == found
