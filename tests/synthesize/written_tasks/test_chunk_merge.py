from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from merged_documents import document_of
from synthesis_documents import CONTRACT_KO, LEASE

from pipeline.synthesize.written.chunk_merge import chunk_prompts, chunks_of, merge_prompt


@given(st.integers(30, 400))
def test_chunks_are_in_order_and_leave_out_little(chunk_tokens: int) -> None:
    document = document_of(LEASE)
    chunks = chunks_of(document, chunk_tokens=chunk_tokens)
    assert all(one.end <= other.start for one, other in pairwise(chunks))
    assert all(span.end - span.start <= 4 * chunk_tokens + 4 for span in chunks)
    assert sum(span.end - span.start for span in chunks) > len(LEASE) / 3


def test_chunk_prompts_show_only_their_chunk() -> None:
    document = document_of(LEASE)
    prompts = [prompt.messages[-1].content for prompt in chunk_prompts(document, chunk_tokens=100)]
    assert len(prompts) > 1
    assert sum("GBP 4,800" in prompt for prompt in prompts) == 1


def test_merge_prompt_shows_all_summaries_in_order_and_no_document() -> None:
    document = document_of(CONTRACT_KO, language="ko")
    content = merge_prompt(document, ("첫째 요약입니다.", "둘째 요약입니다.")).messages[-1].content
    assert content.index("첫째 요약") < content.index("둘째 요약")
    assert "12,500,000원" not in content
