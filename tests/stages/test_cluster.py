"""The steps of finding clusters, each by itself: which pairs become what at the limits, and what is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from apache_beam.pvalue import TaggedOutput

from pipeline.config.build import DedupRecipe, SectionRule
from pipeline.dedup.banding import Banding
from pipeline.dedup.candidates import DocumentRef, Pair
from pipeline.dedup.clusters import ClusterMember, Edge, Membership, Relation, Role, roles_to_drop
from pipeline.dedup.passages import SharedPassage
from pipeline.dedup.shared_keys import KeyBlock, PairBlock, key_blocks, num_ranges, pair_blocks
from pipeline.dedup.signature import Signature, packed, packed_ascending
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardReport, read_shard_reports
from pipeline.io.parts import read_part, write_part
from pipeline.records import Document
from pipeline.stages.cluster_files import WriteClusters
from pipeline.stages.signature_parts import SignatureParts
from pipeline.transforms.find_clusters import FindClusters, _JoinCopies, _pairs_of_range, _ReadKeys, _Verify

FOLDER = "0/00000"


def ref(doc_id: str, row: int, *, num_chars: int = 1000, part: str = FOLDER, is_earlier: bool = False) -> DocumentRef:
    return DocumentRef(doc_id, part, row, num_chars, 2, is_earlier)


def signature(doc_id: str, shingles: Iterable[int], **changes: object) -> Signature:
    values: dict[str, object] = {
        "doc_id": doc_id,
        "title": f"The {doc_id}",
        "domain": "manual",
        "source_uri": f"/in/{doc_id}.txt",
        "source_offset": 0,
        "excerpt": "",
        "num_chars": 1000,
        "standing": 2,
        "exact_hash": doc_id,
        "minhash": b"",
        "shingles": packed_ascending(np.array(sorted(shingles), np.uint32)),
        "sampling_bits": 0,
        "anchors": b"",
        "anchor_starts": b"",
        "anchor_bits": 5,
    }
    return Signature(**{**values, **changes})  # type: ignore[arg-type]


def parts_of(root: Path, *signatures: Signature) -> SignatureParts:
    folder = BuildFolder(str(root))
    write_part(folder.signature_part("00000"), signatures, Signature)
    documents = [
        Document(own.doc_id, f"Of {own.doc_id}.", own.domain, "en", own.doc_id, "MIT", "u", 0, "s", ())
        for own in signatures
    ]
    write_part(folder.document_part("00000"), documents, Document)
    return SignatureParts(folder, ())


def voted(pair: Pair, votes: int) -> tuple[object, ...]:
    ((_, block),) = pair_blocks({pair: votes})
    return tuple(block)


def write_lengths(parts: SignatureParts, documents: Iterable[DocumentRef]) -> None:
    """Write the lengths of documents to their signatures, from which they are read."""
    lengths: dict[str, dict[int, int]] = {}
    for document in documents:
        lengths.setdefault(document.part, {})[document.row] = document.num_chars
    for part, of_part in lengths.items():
        path = parts.signature_part(part)
        rows = enumerate(list(read_part(path, Signature)))
        write_part(path, [replace(own, num_chars=of_part.get(row, own.num_chars)) for row, own in rows], Signature)


def verified(
    parts: SignatureParts, recipe: DedupRecipe, *pairs: tuple[DocumentRef, DocumentRef], votes: int = 2
) -> tuple[list[Edge], list[SharedPassage], dict[int, int]]:
    """Edges, passages, and how many pairs of each tenth of similarity were compared."""
    edges: list[Edge] = []
    passages: list[SharedPassage] = []
    checked: dict[int, int] = {}
    write_lengths(parts, {document for pair in pairs for document in pair})
    for found in _Verify(parts, recipe).process((pairs[0][0].part, [voted(pair, votes) for pair in pairs])):
        if not isinstance(found, TaggedOutput):
            edges.append(found)
        elif found.tag == "passages":
            part, passage = found.value
            assert part == FOLDER
            passages.append(passage)
        else:
            assert found.tag == "checked"
            checked = dict(found.value)
    return edges, passages, checked


# 60 of 100 shingles are shared: each document holds 80, so 0.6 of all and 0.75 of each.
FIRST, SECOND = range(1, 81), range(21, 101)


@pytest.mark.parametrize(
    ("settings", "relation", "similarity"),
    [
        ({"threshold": 0.6}, Relation.NEAR, 0.6),
        ({"threshold": 0.61, "excerpt_threshold": 0.75}, Relation.CONTAINED, 0.75),
        ({"threshold": 0.61, "excerpt_threshold": 0.751}, None, 0.0),
        ({"threshold": 0.61, "excerpt_threshold": 0.75, "min_excerpt_chars": 900}, Relation.CONTAINED, 0.75),
        ({"threshold": 0.61, "excerpt_threshold": 0.75, "min_excerpt_chars": 901}, None, 0.0),
        ({"threshold": 0.6, "min_excerpt_chars": 5000}, Relation.NEAR, 0.6),
    ],
)
def test_pair_is_near_contained_or_nothing_at_the_recipes_limits(
    tmp_path: Path, settings: dict[str, float], relation: Relation | None, similarity: float
) -> None:
    parts = parts_of(tmp_path, signature("a", FIRST), signature("b", SECOND))
    pair = (ref("a", 0, num_chars=1000), ref("b", 1, num_chars=900))
    edges, passages, checked = verified(parts, DedupRecipe.model_validate(settings), pair)
    expected = [Edge(*pair, similarity=similarity, relation=relation)] if relation else []
    assert (edges, passages, checked) == (expected, [], {6: 1})


def test_excerpt_is_the_shorter_one_whichever_comes_first(tmp_path: Path) -> None:
    """The long one holds nine tenths of the short one and is itself in it to less than a tenth."""
    small = signature("small", [*range(11, 101), *range(2001, 2011)])
    parts = parts_of(tmp_path, signature("long", range(1, 1001)), small)
    long, short = ref("long", 0, num_chars=9000), ref("small", 1, num_chars=900)
    for pair in ((long, short), (short, long)):
        edges, _, checked = verified(parts, DedupRecipe(), pair)
        assert edges == [Edge(*pair, similarity=0.9, relation=Relation.CONTAINED)]
        assert checked == {0: 1}
    # Told by characters, not by shingles: a short text of many shingles is the excerpt of none.
    pair = (ref("long", 0, num_chars=800), ref("small", 1, num_chars=9000))
    assert verified(parts, DedupRecipe(), pair)[0] == []


def test_pair_with_one_anchor_in_common_is_not_compared_and_votes_add_up(tmp_path: Path) -> None:
    parts = parts_of(tmp_path, signature("a", FIRST), signature("b", SECOND))
    pair = (ref("a", 0), ref("b", 1))
    assert verified(parts, DedupRecipe(), pair, votes=1) == ([], [], {})
    assert verified(parts, DedupRecipe(), pair, pair, votes=1)[2] == {6: 1}


def test_similarities_are_counted_in_tenths(tmp_path: Path) -> None:
    same = [signature(name, range(1, 11)) for name in "ab"]
    half = signature("c", range(1, 6))
    other = signature("d", range(50, 60))
    parts = parts_of(tmp_path, *same, half, other)
    refs = [ref(name, row) for row, name in enumerate("abcd")]
    pairs = [(refs[0], refs[1]), (refs[0], refs[2]), (refs[1], refs[2]), (refs[0], refs[3])]
    assert verified(parts, DedupRecipe(), *pairs)[2] == {10: 1, 5: 2, 0: 1}


@pytest.mark.parametrize(
    ("domains", "kept", "relation"),
    [
        (("legal", "legal"), ("legal",), Relation.VERSION),
        (("legal", "manual"), ("legal",), Relation.NEAR),
        (("legal", "manual"), ("legal", "manual"), Relation.VERSION),
        (("legal", "legal"), (), Relation.NEAR),
    ],
)
def test_versions_are_told_by_their_texts_in_the_domains_that_keep_them(
    tmp_path: Path, domains: tuple[str, str], kept: tuple[str, ...], relation: Relation
) -> None:
    text = "The rent is 4,800 pounds a year and is due on 3 May 2021 at the harbour office. " * 6
    signatures = [signature(name, FIRST, domain=domain) for name, domain in zip("ab", domains, strict=True)]
    parts = parts_of(tmp_path, *signatures)
    texts = [text, text.replace("4,800", "5,150")]
    documents = [
        Document(name, own, domain, "en", name, "MIT", "u", 0, "s", ())
        for name, own, domain in zip("ab", texts, domains, strict=True)
    ]
    write_part(parts.folder.document_part("00000"), documents, Document)
    pair = (ref("a", 0), ref("b", 1))
    edges, _, _ = verified(parts, DedupRecipe.model_validate({"versions_kept": kept}), pair)
    assert edges == [Edge(*pair, similarity=1.0, relation=relation)]


def anchored(doc_id: str, anchors: Iterable[int], shift: int, shingle: int) -> Signature:
    hashes = np.array(list(anchors), np.uint64)
    starts = np.arange(hashes.size, dtype=np.uint32) * 300 + shift
    return signature(doc_id, [shingle], anchors=packed(hashes), anchor_starts=packed_ascending(starts))


@pytest.mark.parametrize("rule", list(SectionRule))
def test_shared_passage_is_a_row_of_the_shorter_document_or_of_the_one_that_is_new(
    tmp_path: Path, rule: SectionRule
) -> None:
    own = anchored("a", [1, 2, 3, 4, 5, 6, 7, 90, 91], shift=10, shingle=1)
    other = anchored("b", [80, 81, 82, 1, 2, 3, 4, 5, 6, 7], shift=20, shingle=2)
    earlier = parts_of(tmp_path / "earlier", own).folder
    parts = SignatureParts(parts_of(tmp_path, own, other).folder, (earlier,))
    recipe = DedupRecipe(sections=rule, min_passage_chars=1800)
    of_a = SharedPassage("a", 10, 1810, 0, 2110, "b", 920, 2720, is_cut=rule is SectionRule.CUT)
    of_b = SharedPassage("b", 920, 2720, 620, 5000, "a", 10, 1810, is_cut=rule is SectionRule.CUT)
    shorter, longer = {"num_chars": 4000}, {"num_chars": 5000}
    cases = [
        ((ref("a", 0, **shorter), ref("b", 1, **longer)), of_a),
        ((ref("a", 0, **longer), ref("b", 1, **shorter)), replace(of_b, reach_end=4000)),
        ((ref("a", 0, num_chars=5000), ref("b", 1, num_chars=5000)), of_a),
        (
            (ref("a@1", 0, part="1/00000", is_earlier=True, **shorter), ref("b", 1, **longer)),
            replace(of_b, kept_id="a@1"),
        ),
    ]
    for pair, expected in cases:
        assert verified(parts, recipe, pair)[1] == ([] if rule is SectionRule.IGNORE else [expected])
        assert verified(parts, recipe, pair[::-1])[1] == ([] if rule is SectionRule.IGNORE else [expected])
    assert verified(parts, recipe.model_copy(update={"min_passage_chars": 1801}), cases[0][0])[1] == []


def test_copies_are_edges_to_the_first_which_alone_is_searched_for(tmp_path: Path) -> None:
    new, copy, third = ref("b", 0), ref("a", 1), ref("c", 2)
    found = list(_JoinCopies().process(("hash", [new, copy, third])))
    edges = [item.value for item in found if isinstance(item, TaggedOutput)]
    assert edges == [
        Edge(copy, new, similarity=1.0, relation=Relation.COPY),
        Edge(copy, third, similarity=1.0, relation=Relation.COPY),
    ]
    assert found[-1] == (FOLDER, copy)
    earlier = [ref("x", 0, part="1/00000", is_earlier=True), ref("z", 1, part="2/00000", is_earlier=True)]
    found = list(_JoinCopies().process(("hash", [*earlier, new])))
    edges = [item.value for item in found if isinstance(item, TaggedOutput)]
    assert edges == [Edge(new, earlier[0], similarity=1.0, relation=Relation.COPY)], "no edge between earlier ones"
    assert found[-1] == ("1/00000", earlier[0])


def test_pairs_of_a_band_are_worth_comparing_and_those_of_an_anchor_have_a_vote_for_each() -> None:
    one, two = ref("a", 0), ref("b", 1, part="0/00001")
    blocks = [_block(two, 1, 5, 7), _block(one, 7, 1, 6)]
    assert pairs_of("band", *blocks) == {FOLDER: {(one, two): 2}}
    assert pairs_of("anchor", *blocks) == {FOLDER: {(one, two): 2}}
    assert pairs_of("anchor", _block(one, 1, 2), _block(two, 2)) == {FOLDER: {(one, two): 1}}
    assert pairs_of("band", _block(one, 1, 2), _block(two, 2)) == {FOLDER: {(one, two): 2}}
    for kind in ("band", "anchor"):
        assert pairs_of(kind, _block(one, 1, 2), _block(two, 3)) == {}


def test_pairs_of_a_first_part_are_one_element_of_a_range() -> None:
    here = [ref(f"a{number}", number) for number in range(3)]
    there = ref("b", 1, part="0/00001")
    blocks = [_block(own, number) for number, own in enumerate(here)] + [_block(there, 0, 1, 2)]
    assert pairs_of("anchor", *blocks) == {FOLDER: {(own, there): 1 for own in here}}


def pairs_of(kind: str, *blocks: tuple[object, ...]) -> dict[str, dict[Pair, int]]:
    """The votes of each pair of a range, by the part of the first document."""
    found = list(_pairs_of_range(((kind, 0), blocks)))
    assert len({part for part, _ in found}) == len(found)
    names = {(document.part, document.row): document for block in blocks for document in KeyBlock(*block).documents}
    votes = {}
    for part, element in found:
        block = PairBlock(*element)
        firsts, of_parts, seconds = (np.frombuffer(column, "<u4").tolist() for column in block[1:4])
        votes[part] = {
            (names[part, first], names[block.parts[number], second]): num_votes
            for first, number, second, num_votes in zip(firsts, of_parts, seconds, block.votes, strict=True)
        }
    return votes


def test_keys_of_a_document_are_its_bands_and_its_anchors(tmp_path: Path) -> None:
    anchors = packed(np.array([7, 2**63 + 1], np.uint64))
    parts = parts_of(
        tmp_path,
        signature("none", [1]),
        signature("a", [1], minhash=packed(np.arange(8, dtype=np.uint64)), anchors=anchors),
    )
    keys_of = _ReadKeys(parts, Banding(4, 2), 3).process((FOLDER, [ref("none", 0), ref("a", 1)]))
    found = [(key, KeyBlock(*element)) for key, element in keys_of]
    assert all(block.documents == (ref("a", 1),) for _, block in found)
    keys = {
        kind: [key for (own, _), block in found if own == kind for key in keys_in(block)] for kind in ("band", "anchor")
    }
    assert len(set(keys["band"])) == 4
    assert sorted(keys["anchor"]) == [1, 7], "the lowest 48 bits"
    assert {number for (kind, number), _ in found if kind == "anchor"} == {7 % 3, (2**63 + 1) % 3}


def keys_in(block: KeyBlock) -> list[int]:
    return [int.from_bytes(block.keys[start : start + 6], "little") for start in range(0, len(block.keys), 6)]


def _block(document: DocumentRef, *keys: int) -> tuple[object, ...]:
    ((_, block),) = key_blocks([(document, np.array(keys, np.uint64))], num_ranges=1)
    return tuple(block)


def test_clusters_file_has_every_new_member_and_passages_of_documents_that_are_kept(tmp_path: Path) -> None:
    names = ["a", "b", "c", "d"]
    parts = parts_of(tmp_path, *(signature(name, [1]) for name in names))
    earlier_folder = BuildFolder(str(tmp_path / "earlier"))
    write_part(earlier_folder.signature_part("00003"), [signature("old", [1])], Signature)
    parts = SignatureParts(parts.folder, (earlier_folder,))
    a, b, c, d = (ref(name, row) for row, name in enumerate(names))
    old = ref("old@1", 0, part="1/00003", is_earlier=True)
    memberships = [
        Membership(d, old, Role.NEAR, False, 0.7),
        Membership(old, old, Role.SURVIVOR, True, 1.0),
        Membership(b, a, Role.EXACT, False, 1.0),
        Membership(c, a, Role.VERSION, True, 0.8),
        Membership(a, a, Role.SURVIVOR, True, 0.9),
    ]
    kept = SharedPassage("c", 5, 9, 0, 10, "a", 1, 5, False)
    passages = [
        replace(kept, doc_id="b"),
        kept,
        replace(kept, start=1),
        replace(kept, kept_id="d"),
        kept,
        replace(kept, doc_id="a", kept_id="old@1"),
    ]
    checked = [Counter({10: 1, 0: 2}), Counter({0: 3, 7: 1})]
    writer = WriteClusters(parts, "f")
    placed = [(FOLDER, passage) for passage in passages]
    assert list(writer.process(Banding(42, 3), memberships, placed, checked)) == [parts.folder.clusters]
    assert list(read_part(parts.folder.clusters, ClusterMember)) == [
        ClusterMember("a", "a", "survivor", True, 0.9, "The a", "/in/a.txt"),
        ClusterMember("b", "a", "exact", False, 1.0, "The a", "/in/a.txt"),
        ClusterMember("c", "a", "version", True, 0.8, "The a", "/in/a.txt"),
        ClusterMember("d", "old", "near", False, 0.7, "The old", "/in/old.txt"),
    ]
    assert list(read_part(parts.folder.shared_passages, SharedPassage)) == [
        replace(kept, doc_id="a", kept_id="old@1"),
        replace(kept, start=1),
        kept,
    ], "each once, in order, and none of a document that was dropped or whose keeper was"
    report = read_shard_reports(parts.folder, "cluster", "f")["00000"]
    assert replace(report, parts=()) == ShardReport(
        stage="cluster",
        shard_id="00000",
        fingerprint="f",
        num_in=4,
        num_kept=4,
        num_rejected=0,
        num_dead=0,
        counters={
            "bands": 42,
            "clusters": 2,
            "members/exact": 1,
            "members/near": 1,
            "members/survivor": 1,
            "members/version": 1,
            "pairs_checked": 7,
            "pairs_of_similarity/0.0": 5,
            "pairs_of_similarity/0.7": 1,
            "pairs_of_similarity/1.0": 1,
            "rows": 3,
            "shared_passages": 3,
        },
    )
    assert [part.path for part in report.parts] == [
        "work/clusters/part-00000.parquet",
        "work/clusters/passages-00000.parquet",
    ]
    list(writer.process(Banding(42, 3), [], [], []))
    assert not Path(parts.folder.clusters).exists()
    assert not Path(parts.folder.shared_passages).exists()


def test_references_of_an_earlier_build_are_of_what_it_kept_and_bear_its_number(tmp_path: Path) -> None:
    earlier = BuildFolder(str(tmp_path / "earlier"))
    write_part(
        earlier.signature_part("00002"), [signature(name, [1], num_chars=7) for name in ("x", "y", "z")], Signature
    )
    members = [
        ClusterMember("x", "y", "near", False, 0.9, "", ""),
        ClusterMember("y", "y", "survivor", True, 1.0, "", ""),
    ]
    write_part(earlier.clusters, members, ClusterMember)
    parts = SignatureParts(BuildFolder(str(tmp_path)), (BuildFolder(str(tmp_path / "none")), earlier))
    assert parts.earlier() == ["2/00002"]
    assert list(parts.references("2/00002")) == [
        ("y", DocumentRef("y@2", "2/00002", 1, 7, 2, is_earlier=True)),
        ("z", DocumentRef("z@2", "2/00002", 2, 7, 2, is_earlier=True)),
    ]
    assert parts.plain_id(DocumentRef("y@2", "2/00002", 1, 7, 2, is_earlier=True)) == "y"
    assert parts.plain_id(DocumentRef("y@2", "0/00002", 1, 7, 2, is_earlier=False)) == "y@2"
    assert not parts.has_texts("2/00002")
    write_part(earlier.document_part("00002"), [Document("x", "t", "legal", "en", "", "", "", 0, "", ())], Document)
    assert parts.has_texts("2/00002")
    write_part(BuildFolder(str(tmp_path)).signature_part("00000"), [signature("x", [1])], Signature)
    assert list(parts.references("0/00000")) == [("x", DocumentRef("x", "0/00000", 0, 1000, 2, is_earlier=False))]


@pytest.mark.parametrize(
    ("excerpts", "roles"),
    [("drop", (Role.EXACT, Role.NEAR, Role.EXCERPT)), ("mark", (Role.EXACT, Role.NEAR))],
)
def test_excerpts_are_dropped_where_the_recipe_says_so(excerpts: str, roles: tuple[Role, ...]) -> None:
    assert roles_to_drop(DedupRecipe.model_validate({"excerpts": excerpts})) == roles


def test_earlier_documents_count_for_the_number_of_ranges(tmp_path: Path) -> None:
    search = FindClusters(parts_of(tmp_path, signature("a", [1])), DedupRecipe(), num_documents=1, num_earlier=100_000)
    assert search.num_ranges == num_ranges(100_001) > num_ranges(1)
