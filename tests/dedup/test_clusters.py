import random

from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedup.candidates import DocumentRef
from pipeline.dedup.clusters import Edge, Membership, Relation, Role, clusters_of, components

PAIRS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30)).filter(lambda p: p[0] < p[1]), max_size=40, unique=True
)


def ref(number: int, *, num_chars: int = 100, completeness: int = 0) -> DocumentRef:
    return DocumentRef(
        doc_id=f"{number:04d}",
        part="0/00000",
        row=number,
        num_chars=num_chars,
        completeness=completeness,
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
def test_clusters_have_one_survivor_that_no_member_outranks(pairs: list[tuple[int, int]], seed: int) -> None:
    rng = random.Random(seed)
    documents = [ref(n, num_chars=rng.randint(1, 3), completeness=rng.randint(0, 2)) for n in range(31)]
    memberships = clusters([near(documents[a], documents[b]) for a, b in pairs])
    assert {m.document.row for m in memberships} == {end for pair in pairs for end in pair}
    for membership in memberships:
        survivor = membership.survivor
        assert (membership.role is Role.SURVIVOR) == (membership.document == survivor)
        assert survivor.row in reachable(pairs, membership.document.row)
        ours = (membership.document.num_chars, membership.document.completeness)
        theirs = (survivor.num_chars, survivor.completeness)
        assert ours < theirs or (ours == theirs and survivor.doc_id <= membership.document.doc_id)


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
        5: (Role.NEAR, 0.75),
    }


def test_clusters_of_no_edges_are_none() -> None:
    assert clusters([]) == []
