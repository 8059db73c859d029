"""The index finds exactly the n-grams of its items, and leaves out those that many items share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.decontamination.index import IndexBuilder, NGramIndex
from pipeline.decontamination.items import ItemPart, ItemTexts, PartText
from pipeline.decontamination.ngrams import ngrams_by_block, read_text
from pipeline.io.parts import write_part
from pipeline.stages.stored_index import IndexArray, arrays_as_rows, read_arrays

WORDS = st.lists(
    st.sampled_from(["rent", "is", "due", "on", "the", "first", "day", "of", "each", "month", "가", "나", "다"]),
    max_size=40,
)
TEXTS = st.lists(WORDS.map(" ".join), max_size=5)


def index_of(texts: Sequence[str], *, max_item_share: float = 1.0) -> NGramIndex:
    builder = IndexBuilder(max_item_share=max_item_share)
    for number, text in enumerate(texts):
        builder.add(0, ItemTexts(str(number), (PartText(ItemPart.QUESTION, text),)))
    return builder.build().index


def ngrams_of(text: str) -> list[int]:
    return [int(value) for block in ngrams_by_block(read_text(text)) for value in block.hashes]


@given(TEXTS, WORDS.map(" ".join))
def test_index_finds_the_ngrams_that_a_document_shares_with_an_item(texts: list[str], document: str) -> None:
    index = index_of(texts, max_item_share=1.0)
    known = {value for text in texts for value in ngrams_of(text)}
    hits = index.find(read_text(document))
    own = ngrams_of(document)
    assert [int(index.ngrams[number]) for number in hits.ngrams] == [value for value in own if value in known]
    assert index.ngrams.tolist() == sorted(known)


@given(TEXTS, st.data())
def test_index_without_ngrams_is_that_of_the_others(texts: list[str], data: st.DataObject) -> None:
    index = index_of(texts)
    left_out = [number for number in range(len(index.ngrams)) if data.draw(st.booleans())]
    less = index.without(np.array(left_out, dtype=np.uint32))
    kept = [number for number in range(len(index.ngrams)) if number not in left_out]
    assert less.ngrams.tolist() == index.ngrams[kept].tolist()
    assert less.counts.tolist() == index.counts[kept].tolist()
    assert less.counts.sum() == len(less.texts) == len(less.positions)


def test_ngrams_of_an_instruction_that_many_items_share_are_left_out() -> None:
    instruction = "Answer the following question in one short sentence and give the reason for it"
    own = [f"number {n} asks about a thing{n} that no other item of this set says in word{n}" for n in range(20)]
    builder = IndexBuilder(max_item_share=0.03)
    for text in own:
        builder.add(0, ItemTexts("", (PartText(ItemPart.QUESTION, f"{instruction} {text}"),)))
    built = builder.build()
    assert built.num_common > 0
    assert not len(built.index.find(read_text(instruction)).ngrams)
    assert all(len(built.index.find(read_text(text)).ngrams) for text in own)


def test_text_that_many_items_share_is_stored_once_and_kept() -> None:
    context = "the lessee shall keep the premises in good repair and return them clean at the end of the term"
    builder = IndexBuilder(max_item_share=0.03)
    for number in range(20):
        texts = (PartText(ItemPart.CONTEXT, context), PartText(ItemPart.QUESTION, f"what about number {number}"))
        builder.add(0, ItemTexts("", texts))
    built = builder.build()
    assert built.num_common == 0
    assert built.index.counts.tolist() == [1] * len(ngrams_of(context))
    assert built.index.items_of_texts[0] == list(range(20))


def test_arrays_survive_a_file(tmp_path: object) -> None:
    index = index_of(
        ["the rent is due on the first day of each month of the term", "월세는 매월 첫째 날에 임대인의 계좌로 지급한다"]
    )
    path = f"{tmp_path}/index.parquet"
    write_part(path, arrays_as_rows(index.arrays()), IndexArray)
    read = NGramIndex(**read_arrays(path))
    for name, array in index.arrays().items():
        assert read.arrays()[name].tolist() == array.tolist()
        assert read.arrays()[name].dtype == array.dtype
