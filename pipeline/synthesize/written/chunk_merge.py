"""Writes the prompts of a summary by chunk and merge, the baseline that `document_summary` is compared with.

    chunks = chunk_prompts(document, chunk_tokens=2048)
    merged = merge_prompt(document, summaries)      # one summary of each chunk

The document is cut by length alone, and no request sees more than its chunk: recursive summarisation of books (arXiv
2109.10862), the baseline of BooookScore (arXiv 2310.00785). Unlike `document_summary`, the prompts share no prefix, and
a chunk may begin in the middle of a section. Nothing of it becomes a row; evaluation and preview show it beside one.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.synthesize.prompts.chat import summary_schema, task_prompt
from pipeline.synthesize.segments import text_pieces
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.teachers.protocol import ChatPrompt
from pipeline.synthesize.written.document import WrittenDocument


def chunks_of(document: WrittenDocument, *, chunk_tokens: int) -> list[Span]:
    """Return consecutive chunks of a document of at most so many tokens, cut between paragraphs or sentences."""
    context = document.context
    max_chars = max(1, round(chunk_tokens * len(context.text) / max(1, context.num_tokens)))
    return text_pieces(context.text, max_chars=max_chars)


def chunk_prompts(document: WrittenDocument, *, chunk_tokens: int) -> list[ChatPrompt]:
    """Return the prompts that ask for a summary of each chunk."""
    return [
        _prompt(document, document.text(span), task="summary")
        for span in chunks_of(document, chunk_tokens=chunk_tokens)
    ]


def merge_prompt(document: WrittenDocument, summaries: Sequence[str]) -> ChatPrompt:
    """Return the prompt that asks for one summary of the summaries of all chunks, in their order."""
    return _prompt(document, "\n\n".join(summaries), task="document_summary")


def _prompt(document: WrittenDocument, text: str, *, task: str) -> ChatPrompt:
    return task_prompt(
        document=text,
        passages=(),
        task=task,
        schema=summary_schema(),
        domain=document.context.domain,
        language=document.context.language,
        register=document.register,
    )
