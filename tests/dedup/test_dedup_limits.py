"""Deduplication at its limits: the limit itself counts, the next value does not; and who wins where two tie."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import apache_beam as beam
import numpy as np
import pytest
from prose import document, edited

from pipeline.config.build import DedupRecipe, SectionRule
from pipeline.dedup.candidates import NUM_NEIGHBOURS, DocumentRef, Pair, bucket_pairs, copy_pairs, passage_pairs
from pipeline.dedup.clusters import ClusterMember, Edge, Membership, Relation, Role, clusters_of
from pipeline.dedup.passages import SharedPassage, shared_passages, without_passages
from pipeline.dedup.versions import are_versions
from pipeline.identity import content_id, sha256_hex
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_part, read_parts, write_part
from pipeline.records import Document, Rejection, Section
from pipeline.stages.dedup import DropDuplicates
from pipeline.stages.runner import pipeline_options
from pipeline.stages.shards import plan_document_shards

LEASE = document("en", 1, num_sentences=40)
EDITED = edited(LEASE, share=0.05, seed=1)
OTHER = document("en", 2, num_sentences=40)


def record(name: str, text: str, *, sections: tuple[Section, ...] = ()) -> Document:
    return Document(
        content_id(name), text, "manual", "en", name, "unknown", f"{name}.txt", 0, sha256_hex(text.encode()), sections
    )


def deduplicate(root: Path, documents: dict[str, str], **recipe: object) -> tuple[BuildFolder, dict[str, Rejection]]:
    folder = BuildFolder(str(root))
    write_part(folder.document_part("00000"), [record(name, text) for name, text in documents.items()], Document)
    with beam.Pipeline(options=pipeline_options([])) as pipeline:
        _ = pipeline | DropDuplicates(
            shards=plan_document_shards(folder), folder=folder, recipe=DedupRecipe(**recipe), fingerprint="f"
        )
    names = {content_id(name): name for name in documents}
    return folder, {names[rejection.item_id]: rejection for rejection in read_parts(folder.rejected, Rejection)}


def test_documents_as_similar_as_the_threshold_are_duplicates_and_a_hair_less_similar_ones_are_not(
    tmp_path: Path,
) -> None:
    pair = {"lease": LEASE, "edited": EDITED}
    alone = {"excerpt_threshold": 1.0, "sections": SectionRule.IGNORE}
    _, found = deduplicate(tmp_path / "a", pair, threshold=0.3, **alone)
    ((rejection),) = found.values()
    assert rejection.reason == "near_duplicate"
    assert rejection.score is not None
    assert 0.4 < rejection.score < 0.9
    _, at = deduplicate(tmp_path / "b", pair, threshold=rejection.score, **alone)
    assert {(name, one.reason) for name, one in at.items()} == {(name, "near_duplicate") for name, one in found.items()}
    _, above = deduplicate(tmp_path / "c", pair, threshold=math.nextafter(rejection.score, 1), **alone)
    assert above == {}


def test_excerpt_counts_from_its_share_on_and_from_its_length_on(tmp_path: Path) -> None:
    excerpt = edited(LEASE[: len(LEASE) // 3], share=0.02, seed=2)
    documents = {"lease": LEASE, "excerpt": excerpt, "other": OTHER}
    alone = {"threshold": 0.9, "sections": SectionRule.IGNORE}
    _, found = deduplicate(tmp_path / "a", documents, excerpt_threshold=0.5, **alone)
    assert {name: one.reason for name, one in found.items()} == {"excerpt": "excerpt"}
    share = found["excerpt"].score
    assert share is not None
    for name, recipe, is_found in (
        ("at the share", {"excerpt_threshold": share}, True),
        ("above the share", {"excerpt_threshold": math.nextafter(share, 1)}, False),
        ("at the length", {"excerpt_threshold": 0.5, "min_excerpt_chars": len(excerpt)}, True),
        ("above the length", {"excerpt_threshold": 0.5, "min_excerpt_chars": len(excerpt) + 1}, False),
    ):
        _, dropped = deduplicate(tmp_path / name, documents, **recipe, **alone)
        assert set(dropped) == ({"excerpt"} if is_found else set()), name


def test_shared_passage_counts_from_its_length_on(tmp_path: Path) -> None:
    chapter = document("en", 3, num_sentences=30)
    documents = {
        "first": f"{LEASE}\n\n{chapter}",
        "second": f"{OTHER}\n\n{chapter}\n\n{document('en', 4, num_sentences=9)}",
    }
    folder, _ = deduplicate(tmp_path / "a", documents, min_passage_chars=500)
    (passage,) = read_part(folder.shared_passages, SharedPassage)
    size = passage.end - passage.start
    assert size > 500
    for min_chars, num_found in ((size, 1), (size + 1, 0)):
        folder, _ = deduplicate(tmp_path / str(min_chars), documents, min_passage_chars=min_chars)
        path = folder.shared_passages
        assert len(list(read_part(path, SharedPassage)) if files.exists(path) else []) == num_found


def ref(number: int, *, num_chars: int = 100, standing: int = 0, is_earlier: bool = False) -> DocumentRef:
    return DocumentRef(f"{number:04d}", "0/00000", number, num_chars, standing, is_earlier)


def rows(pairs: Iterable[Pair]) -> set[tuple[int, int]]:
    return {(first.row, second.row) for first, second in pairs}


def test_large_bucket_pairs_the_best_two_with_all_and_each_with_its_neighbours_by_length() -> None:
    members = [ref(number, num_chars=10 * ((number * 7) % 20)) for number in range(20)]
    by_length = sorted(members, key=lambda member: member.num_chars)
    neighbours = {
        tuple(sorted((by_length[index].row, by_length[other].row)))
        for index in range(20)
        for other in range(max(0, index - NUM_NEIGHBOURS), index)
    }
    # Number 17 is the longest; 11 has the smallest id of those that are not much shorter.
    best = {tuple(sorted((hub, number))) for hub in (11, 17) for number in range(20) if number != hub}
    assert rows(bucket_pairs(members)) == neighbours | best


def test_documents_of_one_anchor_are_paired_with_the_longest_two() -> None:
    members = [ref(number, num_chars=100 + number % 10) for number in range(20)]
    pairs = rows(passage_pairs(members))
    for hub in (9, 19):
        assert {(min(hub, number), max(hub, number)) for number in range(20) if number != hub} <= pairs
    assert not {(min(8, number), max(8, number)) for number in range(6)} <= pairs


def test_two_documents_of_earlier_builds_are_no_pair_and_one_of_them_stands_for_its_copies() -> None:
    members = [ref(1), ref(2, is_earlier=True), ref(3, is_earlier=True), ref(4)]
    assert (2, 3) not in rows(bucket_pairs(members))
    assert rows(bucket_pairs(members)) == {(1, 2), (1, 3), (1, 4), (2, 4), (3, 4)}
    assert rows(copy_pairs(members)) == {(1, 2), (2, 3), (2, 4)}


def roles(edges: list[Edge]) -> dict[int, tuple[Role, int, float]]:
    found: list[Membership] = clusters_of(edges, dropped_roles=(Role.EXACT, Role.NEAR, Role.EXCERPT))
    return {member.document.row: (member.role, member.survivor.row, member.similarity) for member in found}


@pytest.mark.parametrize(
    ("first", "second", "survivor"),
    [
        (ref(1), ref(2, num_chars=106), 2),
        (ref(1), ref(2, num_chars=105), 1),
        (ref(1, standing=1), ref(2, num_chars=106), 2),
        (ref(1), ref(2, standing=1), 2),
        (ref(1), ref(2), 1),
        (ref(1, num_chars=900, standing=2), ref(2, is_earlier=True), 2),
    ],
)
def test_survivor_is_earlier_then_longer_then_better_described_then_of_the_smaller_id(
    first: DocumentRef, second: DocumentRef, survivor: int
) -> None:
    other = 3 - survivor
    assert roles([Edge(first, second, 0.8, Relation.NEAR)]) == {
        survivor: (Role.SURVIVOR, survivor, 1.0),
        other: (Role.NEAR, survivor, 0.8),
    }


def test_similarity_is_that_to_the_survivor_and_a_document_without_one_stays() -> None:
    survivor, near, far = ref(1, num_chars=200), ref(2), ref(3)
    edges = [Edge(survivor, near, 0.6, Relation.NEAR), Edge(near, far, 0.9, Relation.NEAR)]
    assert roles(edges) == {1: (Role.SURVIVOR, 1, 1.0), 2: (Role.NEAR, 1, 0.6)}
    assert roles([*edges, Edge(survivor, far, 0.5, Relation.NEAR)])[3] == (Role.NEAR, 1, 0.5)


def test_versions_follow_the_best_of_them_with_their_greatest_similarity() -> None:
    best, second, third = ref(3, num_chars=200), ref(1), ref(2)
    edges = [
        Edge(second, best, 0.6, Relation.VERSION),
        Edge(second, third, 0.9, Relation.VERSION),
        Edge(third, best, 0.7, Relation.VERSION),
    ]
    assert roles(edges) == {
        3: (Role.SURVIVOR, 3, 1.0),
        1: (Role.VERSION, 3, 0.9),
        2: (Role.VERSION, 3, 0.9),
    }


def test_excerpt_goes_with_the_container_that_holds_most_of_it_and_with_the_better_of_two_equals() -> None:
    excerpt, short, long = ref(1, num_chars=50), ref(2, num_chars=200), ref(3, num_chars=300)
    assert roles([Edge(excerpt, short, 0.95, Relation.CONTAINED), Edge(excerpt, long, 0.9, Relation.CONTAINED)])[1] == (
        Role.EXCERPT,
        2,
        0.95,
    )
    assert roles([Edge(excerpt, short, 0.9, Relation.CONTAINED), Edge(excerpt, long, 0.9, Relation.CONTAINED)])[1] == (
        Role.EXCERPT,
        3,
        0.9,
    )


def test_excerpt_of_a_version_goes_with_the_version_and_an_earlier_document_with_nobody() -> None:
    best, version, excerpt = ref(1, num_chars=300), ref(2, num_chars=200), ref(3, num_chars=50)
    versions = Edge(best, version, 0.8, Relation.VERSION)
    assert roles([versions, Edge(version, excerpt, 0.9, Relation.CONTAINED)])[3] == (Role.EXCERPT, 2, 0.9)
    earlier = excerpt._replace(is_earlier=True)
    assert set(roles([versions, Edge(version, earlier, 0.9, Relation.CONTAINED)])) == {1, 2}


def found(shared: list[int], *, inserted: int = 0, min_chars: int = 1) -> list[tuple[int, int]]:
    """Passages where the second document shares these of a hundred anchors; the last 50 stand `inserted` further on."""
    first = np.arange(100, dtype=np.uint64)
    starts = np.arange(100) * 100
    second = np.array(shared, dtype=np.uint64)
    second_starts = np.array([value * 100 + (inserted if value >= 50 else 0) for value in shared])
    return [
        (passage.first_start, passage.first_end)
        for passage in shared_passages(first, starts, second, second_starts, first_chars=10_000, min_chars=min_chars)
    ]


def test_shared_passage_has_four_anchors_or_more() -> None:
    assert found([40, 41, 42]) == []
    assert found([40, 41, 42, 43]) == [(4000, 4300)]


def test_shared_passage_goes_on_over_three_anchors_that_are_missing_and_ends_before_four() -> None:
    assert found([*range(40, 45), *range(48, 53)]) == [(4000, 5200)]
    assert found([*range(40, 45), *range(49, 54)]) == [(4000, 4400), (4900, 5300)]


def test_shared_passage_goes_on_over_five_hundred_inserted_or_missing_characters_and_ends_at_the_next() -> None:
    for inserted in (500, -90):
        assert found(list(range(40, 60)), inserted=inserted) == [(4000, 5900)]
    assert found(list(range(40, 60)), inserted=501) == [(4000, 4900), (5000, 5900)]


def test_shared_passage_is_as_long_as_asked_for_from_its_first_anchor_to_its_last() -> None:
    assert found(list(range(40, 60)), min_chars=1900) == [(4000, 5900)]
    assert found(list(range(40, 60)), min_chars=1901) == []


@pytest.mark.parametrize(
    ("start", "end", "reach_start", "reach_end", "is_cut"),
    [
        (100, 150, 100, 195, True),
        (100, 149, 100, 195, False),
        (100, 150, 100, 194, False),
        (150, 200, 105, 200, True),
        (150, 200, 106, 200, False),
    ],
)
def test_section_is_copied_where_half_of_it_is_shared_and_next_to_nothing_beyond_reach(
    start: int, end: int, reach_start: int, reach_end: int, is_cut: bool
) -> None:
    sections = (Section(0, 100, 1, "a"), Section(100, 200, 1, "b"), Section(200, 300, 1, "c"))
    text = "a" * 100 + "b" * 100 + "c" * 100
    passage = SharedPassage("m", start, end, reach_start, reach_end, "o", 0, 0, True)
    left = without_passages(record("m", text, sections=sections), [passage])
    assert left.text == ("a" * 100 + "c" * 100 if is_cut else text)
    assert len(left.sections) == (2 if is_cut else 3)


def test_passages_that_meet_or_overlap_are_cut_once() -> None:
    lines = [f"line {number}\n" for number in range(12)]
    text = "".join(lines)
    passages = [
        SharedPassage("m", text.index(f"line {first}\n") - 1, text.index(f"line {last}\n") + 1, 0, 0, "o", 0, 0, True)
        for first, last in ((2, 5), (4, 7), (7, 9))
    ]
    whole = record("m", text, sections=(Section(0, len(text), 0, ""),))
    left = without_passages(whole, passages)
    assert left.text == "".join(lines[:2] + lines[9:])
    assert left.sections == (Section(0, len(left.text), 0, ""),)


def test_half_of_the_differences_must_be_facts_for_two_texts_to_be_versions() -> None:
    assert are_versions("the rent is 1,200 now\nthe cat sleeps", "the rent is 1,300 now\nthe dog sleeps")
    assert not are_versions(
        "the rent is 1,200 now\nthe cat sleeps\nhe runs home", "the rent is 1,300 now\nthe dog sleeps\nhe walks home"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("due in March of the year", "due in October of the year"),
        ("every monday at noon", "every friday at noon"),
        ("signed by Mr smith today", "signed by Mr jones today"),
        ("the company Acme delivers", "the company Globex delivers"),
        ("임차인 김민수 귀하", "임차인 박서연 귀하"),
        ("임차인 김민수는 지급한다", "임차인 박서연은 지급한다"),
        ("보증금 금오천만원 지급", "보증금 금칠천만원 지급"),
        ("대표이사 홍 귀하", "대표이사 갑 귀하"),
    ],
)
def test_month_weekday_name_and_korean_numeral_are_facts(first: str, second: str) -> None:
    assert are_versions(first, second)
    assert are_versions(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("the tenant pays rent", "the lessor pays rent"),
        ("계약서 임대인 서명", "계약서 임차인 서명"),
        ("the tenant pays", "the tenant Acme pays"),
        ("일반 공급자 목록", "일반 수급인 목록"),
    ],
)
def test_role_and_word_that_stands_on_one_side_only_are_no_facts(first: str, second: str) -> None:
    assert not are_versions(first, second)


def test_number_that_stands_on_one_side_only_is_a_fact() -> None:
    assert are_versions("the tenant pays rent", "the tenant pays 5 rent")


def test_role_of_a_survivor_is_written_under_its_own_title(tmp_path: Path) -> None:
    folder, _ = deduplicate(tmp_path / "a", {"lease": LEASE, "edited": EDITED, "other": OTHER})
    members = list(read_part(folder.clusters, ClusterMember))
    assert len(members) == 2
    survivor = next(member for member in members if member.role == Role.SURVIVOR)
    for member in members:
        assert (member.survivor_title, member.survivor_uri) == (survivor.survivor_title, survivor.survivor_uri)
        assert member.cluster_id == survivor.doc_id
        assert content_id(member.survivor_title) == survivor.doc_id
