"""Lengths at their limit: what is exactly as long as its bucket, group, cap or pack fits, one token more does not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from word_tokenizer import SPACE_AFTER, WordTokenizer

from pipeline.config.finetune import StepOrder
from pipeline.config.pack import MixRule, Overflow
from pipeline.identity import seeded_random
from pipeline.pack.balance import balanced_ranks, epoch_steps
from pipeline.pack.boundaries import PARAGRAPH_RANK, SENTENCE_RANK, Boundary
from pipeline.pack.contexts import bucket_for
from pipeline.pack.encoding import Unplaced, encode_document, heading_path
from pipeline.pack.joining import JoinCandidate, JoinRules, join_documents
from pipeline.pack.mixing import CAPPED, MixItem, mix_items
from pipeline.pack.nearest import similar_pairs
from pipeline.pack.packing import mixes_classes, pack_pieces
from pipeline.pack.pieces import Pieces, part_starts
from pipeline.pack.split import EncodedText, Part, Unsplittable, split_text
from pipeline.records import Document, Dropped, JoiningKind, Section


@pytest.mark.parametrize(
    ("num_tokens", "room_tokens", "bucket"),
    [
        (1024, 0, 1024),
        (1025, 0, 2048),
        (512, 512, 1024),
        (513, 512, 2048),
        (2048, 0, 2048),
        (2049, 0, 4096),
        (4096, 0, 4096),
        (4097, 0, 8192),
        (3584, 512, 4096),
        (3585, 512, 8192),
        (0, 0, 1024),
    ],
)
def test_row_as_long_as_a_bucket_is_in_it(num_tokens: int, room_tokens: int, bucket: int) -> None:
    assert bucket_for(num_tokens, buckets=(1024, 2048), room_tokens=room_tokens) == bucket


def words(num_words: int, *, per_section: int) -> Document:
    """Lines of one section each, a token a word."""
    lines, sections, length = [], [], 0
    for start in range(0, num_words, per_section):
        line = " ".join(f"w{number}" for number in range(start, min(start + per_section, num_words))) + "\n\n"
        sections.append(Section(length, length + len(line), 1, f"s{start}"))
        lines.append(line)
        length += len(line)
    return Document("d", "".join(lines), "legal", "en", "", "", "d.txt", 0, "", tuple(sections))


def encode(source: Document, *, max_tokens: int, overflow: Overflow) -> list[Part] | Unplaced:
    tokenizer = WordTokenizer(SPACE_AFTER)
    return encode_document(
        source, max_tokens=max_tokens, overflow=overflow, encode=tokenizer.encode, decode=tokenizer.decode
    )


@pytest.mark.parametrize("overflow", list(Overflow))
def test_document_of_as_many_tokens_as_the_top_bucket_holds_stays_whole(overflow: Overflow) -> None:
    source = words(60, per_section=20)
    parts = encode(source, max_tokens=60, overflow=overflow)
    assert isinstance(parts, list)
    assert [(part.num_tokens, part.start, part.end) for part in parts] == [(60, 0, len(source.text))]
    assert parts[0].section_token_starts.tolist() == [0, 20, 40]


def test_document_of_one_token_more_is_split_kept_whole_or_dropped_by_the_rule() -> None:
    source = words(61, per_section=20)
    parts = encode(source, max_tokens=60, overflow=Overflow.SPLIT_AT_SECTION)
    assert isinstance(parts, list)
    assert [part.num_tokens for part in parts] == [40, 21]
    whole = encode(source, max_tokens=60, overflow=Overflow.NEXT_BUCKET)
    assert isinstance(whole, list)
    assert [part.num_tokens for part in whole] == [61]
    assert encode(source, max_tokens=60, overflow=Overflow.DROP) == Unplaced(
        Dropped("too_long", "61 tokens; the top bucket holds 60.", 61.0), 61
    )


def test_piece_with_no_place_to_cut_is_named_with_its_place_and_length() -> None:
    source = words(61, per_section=61)
    found = encode(source, max_tokens=60, overflow=Overflow.SPLIT_AT_SECTION)
    assert found == Unplaced(
        Dropped(
            "unsplittable",
            "The piece at character 0 has 61 tokens and no place to cut it; the top bucket holds 60.",
            61.0,
        ),
        61,
    )


def test_heading_path_is_of_the_sections_open_above_a_place() -> None:
    sections = (
        Section(0, 100, 1, "A"),
        Section(10, 40, 2, "A.1"),
        Section(20, 40, 3, "A.1.a"),
        Section(40, 100, 2, "A.2"),
        Section(50, 60, 2, ""),
        Section(100, 120, 1, "B"),
    )
    assert [heading_path(sections, start=start) for start in (0, 1, 10, 25, 40, 45, 55, 100, 110)] == [
        (),
        ("A",),
        ("A",),
        ("A", "A.1", "A.1.a"),
        ("A",),
        ("A", "A.2"),
        ("A",),
        (),
        ("B",),
    ]


def split(sizes: Sequence[int], ranks: Sequence[int], max_tokens: int) -> list[int] | Unsplittable:
    """Tokens of the parts of a text of pieces of some sizes; `ranks` are those of the cuts between them."""
    text = "a " * sum(sizes)
    tokenizer = WordTokenizer(SPACE_AFTER)
    offsets = np.cumsum(sizes)[:-1].tolist()
    places = [Boundary(2 * offset, rank) for offset, rank in zip(offsets, ranks, strict=True)]
    ids, _ = tokenizer.encode(text, [])
    token_at = {0: 0, **{place.offset: place.offset // 2 for place in places}}
    parts = split_text(
        EncodedText(text, ids, token_at, section_starts=[0]),
        boundaries=places,
        max_tokens=max_tokens,
        encode=tokenizer.encode,
        decode=tokenizer.decode,
    )
    return [part.num_tokens for part in parts] if isinstance(parts, list) else parts


@pytest.mark.parametrize(
    ("sizes", "ranks", "max_tokens", "parts"),
    [
        # A piece as long as a part is one; a longer one is cut inside, or cannot be.
        ([10, 10], [1], 10, [10, 10]),
        ([11, 9], [1], 10, Unsplittable(0, 11)),
        ([9, 11], [1], 10, Unsplittable(18, 11)),
        ([5, 5, 10], [SENTENCE_RANK, 1], 10, [10, 10]),
        ([5, 6, 9], [SENTENCE_RANK, 1], 10, [5, 6, 9]),
        # The best-ranked cut, then the one nearest to equal parts, then the first.
        ([5, 5, 5, 5], [1, 2, 1], 12, [5, 10, 5]),
        ([4, 4, 4, 4], [2, 2, 1], 12, [12, 4]),
        ([4, 4, 4, 4], [2, 1, 2], 12, [8, 8]),
        ([6, 2, 2, 6], [1, 1, 1], 12, [8, 8]),
        ([6, 4, 6], [1, 1], 12, [6, 10]),
        # No part is smaller than half of an equal one where that can be had: here 4 of 8, and 3 is too few.
        ([3, 5, 8], [1, 2], 12, [8, 8]),
        ([4, 4, 8], [1, 2], 12, [4, 12]),
        # Nor is what is left over: a better cut that leaves 2 of 10 is no choice.
        ([4, 4, 2], [2, 1], 8, [4, 6]),
        # Sentences are cut only inside a paragraph that is too long.
        ([6, 6, 6], [SENTENCE_RANK, PARAGRAPH_RANK], 12, [12, 6]),
    ],
)
def test_text_is_cut_at_the_best_boundary_that_leaves_parts_of_a_size(
    sizes: list[int], ranks: list[int], max_tokens: int, parts: object
) -> None:
    assert split(sizes, ranks, max_tokens) == parts


@pytest.mark.parametrize(
    ("num_tokens", "sections", "starts", "hard_cuts"),
    [
        (10, [], [0], 0),
        (11, [], [0, 10], 1),
        (20, [], [0, 10], 1),
        (21, [], [0, 10, 20], 2),
        (20, [0, 10], [0, 10], 0),
        (20, [0, 11], [0, 10], 1),
        (20, [0, 9], [0, 9, 19], 1),
        (11, [0, 1], [0, 1], 0),
    ],
)
def test_part_as_long_as_a_pack_is_full_and_ends_at_a_section_that_begins_there(
    num_tokens: int, sections: list[int], starts: list[int], hard_cuts: int
) -> None:
    assert part_starts(num_tokens, section_starts=sections, max_tokens=10) == (starts, hard_cuts)


def pieces(lengths: Sequence[int], classes: Sequence[int] = ()) -> Pieces:
    lengths_N = np.asarray(lengths, dtype=np.int64)
    rows_N = np.arange(lengths_N.size)
    return Pieces(rows_N, np.zeros_like(rows_N), lengths_N, np.asarray(classes or [0] * len(lengths), dtype=np.int64))


@pytest.mark.parametrize(
    ("lengths", "tokens", "capacities"),
    [
        ([10], [10], [10]),
        ([11], [11], [20]),
        ([20], [20], [20]),
        ([10, 10], [10, 10], [10, 10]),
        ([5, 5, 5], [10, 5], [10, 10]),
        ([20, 10, 1], [20, 10, 1], [20, 10, 10]),
        ([11, 9], [20], [20]),
    ],
)
def test_pack_is_filled_to_its_last_token(lengths: list[int], tokens: list[int], capacities: list[int]) -> None:
    packs = pack_pieces(pieces(lengths), edges=(10, 20))
    assert packs.tokens.tolist() == tokens
    assert packs.capacities_P.tolist() == capacities


def test_piece_of_the_longest_edge_fits_and_one_token_more_does_not() -> None:
    with pytest.raises(ValueError, match="row 0 has a piece of 21 tokens, which is not within 1 to 20"):
        pack_pieces(pieces([21]), edges=(10, 20))


def test_packs_of_mixed_classes_are_told_from_others() -> None:
    classes, starts = np.array([0, 0, 1, 1, 2]), np.array([0, 2, 4, 5])
    assert not mixes_classes(classes, starts)
    assert mixes_classes(classes, np.array([0, 3, 4, 5]))
    assert mixes_classes(np.array([0, 1]), np.array([0, 2]))


def short(name: str, *, num_tokens: int = 100, relation: str = "r") -> JoinCandidate:
    return JoinCandidate(name, "legal", "en", num_tokens, f"/data/{name}", 0, relation, ())


def joined(
    candidates: Sequence[JoinCandidate], *, max_tokens: int = 1000, max_members: int = 8, min_tokens: int = 0
) -> list[str]:
    groups = join_documents(
        candidates,
        rules=JoinRules((JoiningKind.SAME_SOURCE,), max_tokens, min_tokens, max_members, min_similarity=0.1),
        minhashes={},
        seed=1,
    )
    return ["".join(group.doc_ids) for group in groups]


def test_group_holds_exactly_its_limit_of_tokens_and_of_members() -> None:
    four = [short(name) for name in "abcd"]
    assert joined(four, max_tokens=400) == ["abcd"]
    assert joined(four, max_tokens=399) == ["abc"]
    assert joined(four, max_tokens=299) == ["ab", "cd"]
    assert joined(four, max_members=4) == ["abcd"]
    assert joined(four, max_members=3) == ["abc"]
    assert joined(four, max_tokens=200, min_tokens=200) == ["ab", "cd"]
    assert joined(four, max_tokens=200, min_tokens=201) == []


def test_documents_of_no_relation_are_of_no_common_source() -> None:
    assert joined([short("a", relation=""), short("b", relation=""), short("c"), short("d")]) == ["cd"]


def of_likeness(num_bins_alike: int) -> np.ndarray:
    first = np.arange(100, 228, dtype=np.uint64)
    second = first.copy()
    second[num_bins_alike:] += np.uint64(1000)
    return np.stack([first, second])


def test_pair_of_the_least_similarity_counts() -> None:
    minhashes = of_likeness(32)
    (pair,) = similar_pairs(minhashes, min_similarity=0.25)
    assert (pair.first, pair.second, pair.similarity) == (0, 1, 0.25)
    assert similar_pairs(minhashes, min_similarity=0.2501) == []


def test_pairs_of_equal_similarity_come_by_their_indices() -> None:
    minhashes = np.repeat(of_likeness(64)[:1], 4, axis=0)
    found = [(pair.first, pair.second) for pair in similar_pairs(minhashes, min_similarity=0.1)]
    assert found == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]


def nearest(*, max_tokens: int, max_members: int = 8) -> list[str]:
    groups = join_documents(
        [short(name, relation="") for name in "abc"],
        rules=JoinRules((JoiningKind.NEAREST,), max_tokens, 0, max_members, min_similarity=1.0),
        minhashes=dict.fromkeys("abc", of_likeness(0)[0]),
        seed=1,
    )
    return ["".join(group.doc_ids) for group in groups]


def test_nearest_documents_fill_a_group_to_its_limit() -> None:
    assert nearest(max_tokens=300) == ["abc"]
    assert nearest(max_tokens=299) == ["ab"]
    assert nearest(max_tokens=300, max_members=2) == ["ab"]


@pytest.mark.parametrize(("max_tokens", "num_taken"), [(300, 3), (299, 2), (200, 2), (100, 1), (99, 0)])
def test_cap_takes_rows_up_to_its_last_token(max_tokens: int, num_taken: int) -> None:
    items = [MixItem(str(number), 1024, "legal", "en", 100) for number in range(3)]
    repeats = mix_items(items, rules=[MixRule(max_tokens=max_tokens, repeat=2)], seed=1)
    assert sorted(repeats.values()) == [CAPPED] * (3 - num_taken) + [2] * num_taken


def test_cap_draws_other_rows_for_another_seed_and_none_by_the_order_of_names() -> None:
    items = [MixItem(f"{number:02d}", 1024, "legal", "en", 100) for number in range(20)]
    taken = [
        {name for name, times in mix_items(items, rules=[MixRule(max_tokens=500)], seed=seed).items() if times}
        for seed in range(4)
    ]
    assert all(len(names) == 5 for names in taken)
    assert len({frozenset(names) for names in taken}) == 4
    assert {f"{number:02d}" for number in range(5)} not in taken


def test_similar_steps_are_of_neighbours_in_cost_and_the_rest_comes_last() -> None:
    costs = list(range(23))
    steps = epoch_steps(costs, packs_per_step=4, step_order=StepOrder.SIMILAR_COST, random=seeded_random(1))
    assert [len(step) for step in steps] == [4, 4, 4, 4, 4, 3]
    spans = sorted((min(step), max(step)) for step in steps[:-1])
    assert all(last < first for (_, last), (first, _) in pairwise(spans))
    lasts = {
        tuple(epoch_steps(costs, packs_per_step=4, step_order=StepOrder.SIMILAR_COST, random=seeded_random(seed))[-1])
        for seed in range(5)
    }
    assert len(lasts) > 1, "the smaller step is a sample, not the cheapest or costliest packs"


def test_shuffled_steps_are_in_no_order_of_number_or_cost() -> None:
    steps = epoch_steps(range(20), packs_per_step=5, step_order=StepOrder.SHUFFLED, random=seeded_random(1))
    order = [pack for step in steps for pack in step]
    assert order != sorted(order)
    assert order != sorted(order, reverse=True)


def test_ranks_of_equal_cost_are_filled_in_turn_and_one_more_goes_to_the_first() -> None:
    assert balanced_ranks([3, 1, 0, 2, 4], costs=[7] * 5, num_ranks=2) == ((3, 0, 4), (1, 2))
    assert balanced_ranks([0, 1, 2], costs=[1, 1, 10], num_ranks=2) == ((2,), (0, 1))
