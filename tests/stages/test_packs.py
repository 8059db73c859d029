"""The plan of packs: every row of a build in one place, no held-out document in training, counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from packed_build import CorpusDocument, plan, write_corpus
from small_student import write_small_build, write_small_model

from pipeline.io.layout import BuildFolder
from pipeline.io.packs import read_pack_terms
from pipeline.io.parts import read_part
from pipeline.records import TrainingPack
from pipeline.tokens.tokenizer import tokenizer_fingerprint
from pipeline.train.data.rows import tokenize_rows

# The one validation row is about doc0000; see small_student.sft_row.
DOCUMENTS = (
    CorpusDocument("doc0000", (60, 40)),
    CorpusDocument("version-of-0", (90,), cluster_id="doc0000"),
    CorpusDocument("doc0005", (199,), repeats=3),
    CorpusDocument("long", (150, 120, 30)),
    CorpusDocument("one-section", (620,)),
    CorpusDocument("short", (10,)),
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_small_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def build(tmp_path: Path, model: str) -> str:
    folder = write_small_build(tmp_path, num_train=8, num_validation=1)
    tokenize_rows(folder, tokenizer=model, output=Path(BuildFolder(folder).tokens))
    write_corpus(folder, DOCUMENTS[:3], tokenizer=model, shard_id="00000")
    write_corpus(folder, DOCUMENTS[3:], tokenizer=model, shard_id="00001")
    return folder


def packs_of(build: str, source: str, split: str) -> list[TrainingPack]:
    packs = list(read_part(BuildFolder(build).packs, TrainingPack))
    assert [pack.pack for pack in packs] == list(range(len(packs)))
    return [pack for pack in packs if (pack.source, pack.split) == (source, split)]


def pieces_of(packs: list[TrainingPack]) -> list[tuple[str, int, int]]:
    for pack in packs:
        assert 0 < sum(pack.lengths) <= pack.max_tokens
        assert pack.cost == sum(length**2 for length in pack.lengths)
        assert len(pack.row_ids) == len(pack.offsets) == len(pack.lengths)
    return sorted(piece for pack in packs for piece in zip(pack.row_ids, pack.offsets, pack.lengths, strict=True))


def test_every_conversation_is_in_one_pack_of_its_split(build: str, model: str) -> None:
    counters = plan(build, tokenizer=model, edges=(1024,))
    for split, count in (("train", 8), ("validation", 1)):
        stored = pq.read_table(BuildFolder(build).tokens_part(split, "00000"), columns=["row_id", "num_tokens"])
        expected = [(row["row_id"], 0, row["num_tokens"]) for row in stored.to_pylist()]
        packs = packs_of(build, "sft", split)
        assert pieces_of(packs) == sorted(expected)
        assert len(expected) == count
        assert counters[f"packs/sft/{split}/packs"] == len(packs)
        assert counters[f"packs/sft/{split}/tokens"] == sum(length for _, _, length in expected)
        assert counters[f"packs/sft/{split}/capacity"] == 1024 * len(packs)


def test_conversation_longer_than_a_pack_is_left_out_whole_and_counted(build: str, model: str) -> None:
    lengths = sorted(length for _, _, length in _all_conversations(build, model))
    counters = plan(build, tokenizer=model, edges=(lengths[-1] - 1,))
    longest = [length for length in lengths if length == lengths[-1]]
    kept = pieces_of(packs_of(build, "sft", "train"))
    assert [length for _, _, length in kept].count(lengths[-1]) == 0
    assert len(kept) == 8 - len(longest)
    assert all(offset == 0 for _, offset, _ in kept)
    assert counters["packs/sft/train/dropped_rows"] == len(longest) >= 1
    assert counters["packs/sft/train/dropped_tokens"] == sum(longest)
    assert counters["packs/sft/train/split_rows"] == 0


def _all_conversations(build: str, model: str) -> list[tuple[str, int, int]]:
    plan(build, tokenizer=model, edges=(4096,))
    return pieces_of(packs_of(build, "sft", "train"))


def test_documents_of_a_validation_cluster_are_planned_in_validation_alone(build: str, model: str) -> None:
    plan(build, tokenizer=model, edges=(1024,))
    train = {doc_id for doc_id, _, _ in pieces_of(packs_of(build, "corpus", "train"))}
    validation = {doc_id for doc_id, _, _ in pieces_of(packs_of(build, "corpus", "validation"))}
    assert validation == {"doc0000", "version-of-0"}
    assert train == {"doc0005", "long", "one-section", "short"}


def test_documents_are_cut_at_sections_and_their_parts_concatenate(build: str, model: str) -> None:
    counters = plan(build, tokenizer=model, edges=(200,))
    pieces = pieces_of(packs_of(build, "corpus", "train"))
    # Each document is its bytes and one end-of-text token.
    assert [piece for piece in pieces if piece[0] == "long"] == [("long", 0, 150), ("long", 150, 151)]
    assert [piece for piece in pieces if piece[0] == "one-section"] == [
        ("one-section", 0, 200),
        ("one-section", 200, 200),
        ("one-section", 400, 200),
        ("one-section", 600, 21),
    ]
    assert counters["packs/corpus/train/split_rows"] == 2
    assert counters["packs/corpus/train/cuts_inside_sections"] == 3
    assert counters["packs/corpus/train/dropped_rows"] == 0
    tokens = sum(repeats * (num_bytes + 1) for num_bytes, repeats in ((199, 3), (300, 1), (620, 1), (10, 1)))
    assert counters["packs/corpus/train/tokens"] == tokens
    assert read_pack_terms(BuildFolder(build).packs).end_of_text == "<|endoftext|>"


def test_long_documents_go_to_the_next_edge_where_the_rule_says_so(build: str, model: str) -> None:
    counters = plan(build, tokenizer=model, edges=(200, 400), documents="next_bucket")
    packs = packs_of(build, "corpus", "train")
    assert {pack.max_tokens for pack in packs} == {200, 400}
    assert ("long", 0, 301) in pieces_of(packs)
    assert counters["packs/corpus/train/dropped_rows"] == 1  # one-section
    assert counters["packs/corpus/train/dropped_tokens"] == 621


def test_repeated_documents_are_listed_as_often_and_never_twice_in_a_pack(build: str, model: str) -> None:
    plan(build, tokenizer=model, edges=(1024,))
    packs = packs_of(build, "corpus", "train")
    assert Counter(doc_id for pack in packs for doc_id in pack.row_ids)["doc0005"] == 3
    assert all(len(set(pack.row_ids)) == len(pack.row_ids) for pack in packs)


def test_windows_plan_every_row_as_one_pass_does(build: str, model: str) -> None:
    plan(build, tokenizer=model, edges=(200,))
    whole = {key: pieces_of(packs_of(build, *key)) for key in (("sft", "train"), ("corpus", "train"))}
    plan(build, tokenizer=model, edges=(200,), window_rows=1, max_open_packs=2)
    for key, pieces in whole.items():
        assert pieces_of(packs_of(build, *key)) == pieces
        assert pieces


def test_plan_names_its_tokenizer_and_is_the_same_bytes_again(build: str, model: str) -> None:
    plan(build, tokenizer=model, edges=(200, 400))
    first = Path(BuildFolder(build).packs).read_bytes()
    terms = read_pack_terms(BuildFolder(build).packs)
    assert terms.tokenizer_fingerprint == tokenizer_fingerprint(model)
    assert (terms.conversation_edges, terms.document_edges) == ((200, 400), (200,))
    plan(build, tokenizer=model, edges=(200, 400))
    assert Path(BuildFolder(build).packs).read_bytes() == first
