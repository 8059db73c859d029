import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedup.candidates import DocumentRef
from pipeline.dedup.clusters import Edge, Membership, Relation, Role, clusters_of, components
from pipeline.dedup.standing import Standing, packed_standing

PAIRS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30)).filter(lambda p: p[0] < p[1]), max_size=40, unique=True
)


def ref(number: int, *, num_chars: int = 100, standing: int = 0) -> DocumentRef:
    return DocumentRef(
        doc_id=f"{number:04d}",
        part="0/00000",
        row=number,
        num_chars=num_chars,
        standing=standing,
        is_earlier=False,
    )


def clusters(edges: list[Edge]) -> list[Membership]:
    return clusters_of(edges, dropped_roles=(Role.EXACT, Role.NEAR, Role.EXCERPT))


def near(first: DocumentRef, second: DocumentRef, similarity: float = 0.8) -> Edge:
    return Edge(first=first, second=second, similarity=similarity, relation=Relation.NEAR)


def copy(first: DocumentRef, second: DocumentRef) -> Edge:
    return Edge(first=first, second=second, similarity=1.0, relation=Relation.COPY)


def reachable(pairs: list[tuple[int, int]], start: int) -> set[int]:
    seen, frontier = {start}, [start]
    while frontier:
        node = frontier.pop()
        for first, second in pairs:
            for one, other in ((first, second), (second, first)):
                if one == node and other not in seen:
                    seen.add(other)
                    frontier.append(other)
    return seen


@given(PAIRS)
def test_components_join_exactly_what_is_reachable(pairs: list[tuple[int, int]]) -> None:
    labels = components(31, pairs)
    for node in range(31):
        assert {other for other in range(31) if labels[other] == labels[node]} == reachable(pairs, node)


@given(PAIRS.filter(bool), st.integers(0, 99))
def test_each_dropped_document_has_a_verified_pair_with_its_survivor_and_no_two_kept_ones_have_one(
    pairs: list[tuple[int, int]], seed: int
) -> None:
    rng = random.Random(seed)
    documents = [ref(n, num_chars=rng.choice((50, 90, 100)), standing=rng.randint(0, 2)) for n in range(31)]
    similarities = {pair: round(rng.uniform(0.5, 1), 3) for pair in pairs}
    memberships = clusters([near(documents[a], documents[b], similarities[a, b]) for a, b in pairs])
    dropped = {m.document.row for m in memberships if not m.is_kept}
    assert dropped
    for membership in memberships:
        own, survivor = membership.document.row, membership.survivor.row
        assert (membership.role is Role.SURVIVOR) == (own == survivor)
        if own != survivor:
            assert membership.similarity == similarities[min(own, survivor), max(own, survivor)]
            assert survivor not in dropped
    assert all(dropped & {a, b} for a, b in pairs)


@given(PAIRS.filter(bool), st.randoms())
def test_clusters_do_not_depend_on_the_order_of_edges(pairs: list[tuple[int, int]], rng: random.Random) -> None:
    edges = [near(ref(a, num_chars=a % 4), ref(b, num_chars=b % 4), 0.7 + a / 1000 + b / 100_000) for a, b in pairs]
    shuffled = list(edges)
    rng.shuffle(shuffled)
    assert clusters(shuffled) == clusters(edges)


def test_clusters_name_copies_and_near_duplicates_of_the_survivor() -> None:
    survivor, twin, variant, variant_twin, distant = (ref(1, num_chars=109), ref(2), ref(3), ref(4), ref(5))
    memberships = clusters(
        [
            copy(survivor, twin),
            near(survivor, variant, 0.9),
            copy(variant, variant_twin),
            near(variant, distant, 0.75),
        ]
    )
    found = {m.document.row: (m.role, m.similarity) for m in memberships}
    assert found == {
        1: (Role.SURVIVOR, 1.0),
        2: (Role.EXACT, 1.0),
        3: (Role.NEAR, 0.9),
        4: (Role.NEAR, 0.9),
    }


def test_both_ends_of_a_chain_are_kept_and_its_middle_goes_to_the_better_end() -> None:
    best, middle, other = ref(1, num_chars=300), ref(2, num_chars=250), ref(3, num_chars=200)
    found = {m.document.row: (m.role, m.survivor.row, m.similarity) for m in clusters([near(best, middle, 0.7)])}
    assert found == {1: (Role.SURVIVOR, 1, 1.0), 2: (Role.NEAR, 1, 0.7)}
    chain = clusters([near(best, middle, 0.7), near(middle, other, 0.86)])
    assert {m.document.row: (m.role, m.survivor.row, m.similarity) for m in chain} == found


def test_a_near_duplicate_of_a_dropped_excerpt_is_kept_unless_the_container_has_it_too() -> None:
    container, excerpt, variant = ref(1, num_chars=900), ref(2, num_chars=200), ref(3, num_chars=190)
    edges = [Edge(container, excerpt, 0.9, Relation.CONTAINED), near(excerpt, variant, 0.6)]
    assert {m.document.row: m.role for m in clusters(edges)} == {1: Role.SURVIVOR, 2: Role.EXCERPT}
    both = clusters([*edges, Edge(container, variant, 0.81, Relation.CONTAINED)])
    assert {m.document.row: (m.role, m.similarity) for m in both}[3] == (Role.EXCERPT, 0.81)


def test_clusters_of_no_edges_are_none() -> None:
    assert clusters([]) == []


ROLES = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12), st.sampled_from(list(Relation))).filter(lambda e: e[0] < e[1]),
    min_size=1,
    max_size=25,
    unique_by=lambda e: e[:2],
)


@given(ROLES, st.randoms())
def test_every_related_document_is_in_one_cluster_whose_survivor_is_kept(
    pairs: list[tuple[int, int, Relation]], rng: random.Random
) -> None:
    documents = [ref(number, num_chars=100 + rng.randint(0, 3)) for number in range(13)]
    edges = [Edge(documents[a], documents[b], 0.9, relation) for a, b, relation in pairs]
    members = {member.document: member for member in clusters(edges)}
    related = {end for edge in edges for end in (edge.first, edge.second)}
    assert set(members) <= related
    survivors = {member.survivor for member in members.values() if member.survivor != member.document}
    assert survivors == {member.document for member in members.values() if member.role is Role.SURVIVOR} | {
        survivor for survivor in survivors if members[survivor].role is Role.VERSION
    }
    for member in members.values():
        assert member.is_kept == (member.role in (Role.SURVIVOR, Role.VERSION))
        assert (member.role is Role.SURVIVOR) == (member.survivor == member.document)
        assert members[member.survivor].is_kept
    shuffled = list(edges)
    rng.shuffle(shuffled)
    assert {member.document: member for member in clusters(shuffled)} == members


def test_a_version_reached_through_a_near_duplicate_is_kept() -> None:
    survivor, near_copy, version = ref(1, num_chars=120), ref(2), ref(3)
    edges = [
        near(survivor, near_copy),
        near(near_copy, version),
        Edge(survivor, version, 0.8, Relation.VERSION),
    ]
    assert {m.document.row: (m.role, m.is_kept) for m in clusters(edges)} == {
        1: (Role.SURVIVOR, True),
        2: (Role.NEAR, False),
        3: (Role.VERSION, True),
    }


def test_an_excerpt_goes_with_a_kept_container_only() -> None:
    survivor, container, excerpt, smaller = (
        ref(n, num_chars=size) for n, size in ((1, 900), (2, 800), (3, 90), (4, 50))
    )
    edges = [
        near(survivor, container),
        Edge(container, excerpt, 0.95, Relation.CONTAINED),
        Edge(excerpt, smaller, 0.99, Relation.CONTAINED),
    ]
    found = {m.document.row: (m.role, m.survivor.row) for m in clusters(edges)}
    assert found == {1: (Role.SURVIVOR, 1), 2: (Role.NEAR, 1), 3: (Role.SURVIVOR, 3), 4: (Role.EXCERPT, 3)}
    more = clusters([*edges, Edge(survivor, excerpt, 0.85, Relation.CONTAINED)])
    found = {m.document.row: (m.role, m.survivor.row) for m in more}
    assert found == {1: (Role.SURVIVOR, 1), 2: (Role.NEAR, 1), 3: (Role.EXCERPT, 1)}
    kept = clusters_of(edges, dropped_roles=(Role.EXACT, Role.NEAR))
    assert [m.is_kept for m in kept] == [True, False, True, True]


def test_a_document_of_an_earlier_build_survives_a_longer_one() -> None:
    longer, earlier = ref(1, num_chars=900), ref(2)._replace(is_earlier=True)
    found = {m.document.row: (m.role, m.survivor.row) for m in clusters([near(longer, earlier)])}
    assert found == {1: (Role.NEAR, 2), 2: (Role.SURVIVOR, 2)}


def test_a_near_duplicate_that_is_a_version_of_a_third_document_is_dropped() -> None:
    for size in (50, 110, 300):  # the third is shorter than both, between them, or leads their cluster
        for order in (1, -1):
            survivor, near_copy, third = (
                ref(number, num_chars=chars) for number, chars in zip((1, 2, 3)[::order], (120, 100, size), strict=True)
            )
            first, second = sorted((near_copy, third), key=lambda document: document.doc_id)
            edges = [near(*sorted((survivor, near_copy))), Edge(first, second, 0.8, Relation.VERSION)]
            found = {m.document: m for m in clusters(edges)}
            assert {document: m.is_kept for document, m in found.items()} == {
                survivor: True,
                near_copy: False,
                third: True,
            }
            assert (found[near_copy].role, found[near_copy].similarity) == (Role.NEAR, 0.8)
            assert found[near_copy].survivor == survivor
            leader, other = (third, survivor) if size > 120 else (survivor, third)
            assert (found[leader].role, found[other].role) == (Role.SURVIVOR, Role.VERSION)


PLAIN = Standing(2, 1, 1, 1, 1, 1, 256, 0, 1, 1, 7, 1, 15, 2, 1)
CHANGES = st.sampled_from(
    [{}, {"status": 0}, {"status": 3}, {"wholeness": 0}, {"originality": 0}, {"completion": 4}, {"version": 512}]
)
MEMBERS = st.lists(st.tuples(CHANGES, st.integers(80, 120)), min_size=13, max_size=13)


def standing_documents(members: list[tuple[dict[str, int], int]], *, first: int = 0) -> list[DocumentRef]:
    return [
        ref(number, num_chars=num_chars, standing=packed_standing(replace(PLAIN, **changes)))
        for number, (changes, num_chars) in enumerate(members, first)
    ]


@given(MEMBERS, ROLES, st.randoms())
def test_survivors_and_reasons_do_not_depend_on_order_or_on_unrelated_documents(
    members: list[tuple[dict[str, int], int]], pairs: list[tuple[int, int, Relation]], rng: random.Random
) -> None:
    documents, strangers = standing_documents(members), standing_documents(members, first=100)
    edges = [Edge(documents[a], documents[b], 0.9, relation) for a, b, relation in pairs]
    expected = clusters(edges)
    others = [near(strangers[a], strangers[b]) for a, b, _ in pairs]
    both = [*edges, *others]
    rng.shuffle(both)
    assert [member for member in clusters(both) if member.document.row < 100] == expected
    assert any(member.document.row >= 100 for member in clusters(both))


@given(MEMBERS, PAIRS.filter(bool))
def test_survivor_of_near_duplicates_has_the_best_standing_and_every_other_a_reason(
    members: list[tuple[dict[str, int], int]], pairs: list[tuple[int, int]]
) -> None:
    documents = standing_documents(members)
    found = clusters([near(documents[a % 13], documents[b % 13]) for a, b in pairs if a % 13 < b % 13])
    for member in found:
        major = [document.standing >> 12 for document in (member.document, member.survivor)]
        assert major[0] <= major[1]
        assert bool(member.decided_by) == (member.document != member.survivor)


def test_much_shorter_document_loses_to_one_with_more_blanks_and_a_little_shorter_one_wins() -> None:
    blanks = ref(1, num_chars=1000, standing=packed_standing(replace(PLAIN, completion=4)))
    for num_chars, survivor in ((860, 2), (840, 1)):
        filled = ref(2, num_chars=num_chars, standing=packed_standing(PLAIN))
        assert {member.survivor.row for member in clusters([near(blanks, filled)])} == {survivor}


def test_reason_is_left_out_if_the_survivor_is_a_container_and_an_earlier_build_is_named() -> None:
    survivor, copied, container = ref(1, num_chars=200), ref(2, num_chars=200), ref(3, num_chars=900)
    edges = [copy(survivor, copied), Edge(survivor, container, 0.9, Relation.CONTAINED)]
    found = {m.document.row: (m.role, m.survivor.row, m.decided_by) for m in clusters(edges)}
    assert found[2] == (Role.EXCERPT, 3, "")
    earlier = ref(4)._replace(is_earlier=True)
    assert [m.decided_by for m in clusters([near(survivor, earlier)])] == ["an earlier build has it", ""]


def test_of_edits_of_one_text_the_text_that_all_others_agree_with_is_kept() -> None:
    text, *edits = (ref(number) for number in (9, 1, 2, 3))
    edges = [near(edit, text, 0.9) for edit in edits]
    edges += [near(edits[a], edits[b], 0.7) for a, b in ((0, 1), (0, 2), (1, 2))]
    found = {m.document.row: m for m in clusters(edges)}
    assert found[9].role is Role.SURVIVOR
    assert {found[edit.row].survivor.row for edit in edits} == {9}
    assert found[1].decided_by == "the other duplicates agree more with it than with this one"


def test_text_with_a_copy_is_kept_over_an_edit_of_it_with_a_smaller_id() -> None:
    found = {m.document.row: m.role for m in clusters([near(ref(1), ref(2), 0.9), copy(ref(2), ref(3))])}
    assert found == {1: Role.NEAR, 2: Role.SURVIVOR, 3: Role.EXACT}
