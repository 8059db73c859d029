"""Packs of the corpus as token ids, for continued pre-training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from packed_build import CorpusDocument, plan, write_corpus
from small_student import small_tokenizer, write_small_build, write_small_model
from tokenizers import AddedToken

from pipeline.errors import InputError
from pipeline.records import Split
from pipeline.train.corpus_rows import corpus_pack_rows

DOCUMENTS = [CorpusDocument(f"document{i}", tuple([20 + 7 * i] * (1 + i % 4))) for i in range(12)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_small_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def build(tmp_path: Path, model: str) -> str:
    folder = write_small_build(tmp_path)
    for unit in range(3):
        write_corpus(folder, DOCUMENTS[unit::3], tokenizer=model, unit_id=f"{unit:05d}")
    return folder


def test_pieces_of_all_packs_concatenate_to_the_documents(build: str, model: str) -> None:
    plan(build, tokenizer=model, edges=(128,))
    packs = corpus_pack_rows(build, Split.TRAIN, tokenizer=model)
    pieces = [piece for pack in range(len(packs)) for piece in packs.read(pack)]
    assert any(piece.offset for piece in pieces)
    texts: dict[str, str] = {}
    for piece in sorted(pieces, key=lambda piece: piece.offset):
        assert piece.ids_T.dtype == np.int32
        assert piece.offset == len(small_tokenizer()(texts.get(piece.doc_id, ""))["input_ids"])
        texts[piece.doc_id] = texts.get(piece.doc_id, "") + small_tokenizer().decode(piece.ids_T)
    assert texts == {document.doc_id: document.text + "<|endoftext|>" for document in DOCUMENTS}


def test_pack_has_the_tokens_and_the_cost_the_plan_says(build: str, model: str) -> None:
    plan(build, tokenizer=model, edges=(512,))
    packs = corpus_pack_rows(build, Split.TRAIN, tokenizer=model)
    assert len(packs) > 1
    for number in range(len(packs)):
        sizes = [piece.ids_T.size for piece in packs.read(number)]
        assert sum(sizes) <= packs.table.capacities_P[number]
        assert sum(size**2 for size in sizes) == packs.table.costs_P[number]


def test_another_tokenizer_or_no_plan_is_refused_with_the_remedy(build: str, model: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Run pipeline build-sft first"):
        corpus_pack_rows(build, Split.TRAIN, tokenizer=model)
    plan(build, tokenizer=model, edges=(512,))
    other = write_small_model(tmp_path / "other")
    tokenizer = small_tokenizer()
    tokenizer.add_tokens([AddedToken("lease")])
    tokenizer.save_pretrained(other)
    with pytest.raises(InputError, match=r"which are not those of .*Build with pack.tokenizer="):
        corpus_pack_rows(build, Split.TRAIN, tokenizer=other)
