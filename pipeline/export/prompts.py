"""What the user's side of a row says: the document, where it stands in a longer one, and the question.

In: a corpus row and a question. Out: the message. Used by `export.rows`. Pure; linear in the text.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.identity import stable_hash64
from pipeline.records import Context, Language

_MAX_TITLE_CHARS = 60
_MAX_TITLES = 4


@dataclass(frozen=True, slots=True)
class _Wording:
    about_one: tuple[str, ...]
    """How the question about a document is led in."""
    about_several: tuple[str, ...]
    part: str
    continued: str


_WORDINGS = {
    Language.ENGLISH: _Wording(
        about_one=(
            "{question}",
            "Based on the document above: {question}",
            "A question about this document: {question}",
        ),
        about_several=(
            "{question}",
            "Based on the documents above: {question}",
            "A question about these documents: {question}",
        ),
        part="[Part {part} of {num_parts}]",
        continued="[Part {part} of {num_parts}; continues under: {path}]",
    ),
    Language.KOREAN: _Wording(
        about_one=(
            "{question}",
            "위 문서를 바탕으로 답해 주세요. {question}",
            "이 문서에 관한 질문입니다. {question}",
        ),
        about_several=(
            "{question}",
            "위 문서들을 바탕으로 답해 주세요. {question}",
            "이 문서들에 관한 질문입니다. {question}",
        ),
        part="[전체 {num_parts}부 중 {part}부]",
        continued="[전체 {num_parts}부 중 {part}부. 이어지는 부분: {path}]",
    ),
}


def user_message(context: Context, *, question: str, candidate_id: str) -> str:
    """The document and the question; above a part of a longer document, which part it is and what it continues.

    Args:
        context: whose text is quoted whole, so that offsets into it are offsets from where it starts here.
        question: of the candidate.
        candidate_id: decides how the question is led in.
    """
    wording = _WORDINGS[Language(context.language)]
    frames = wording.about_several if context.members else wording.about_one
    frame = frames[stable_hash64("frame", candidate_id) % len(frames)]
    note = part_note(context)
    return (f"{note}\n\n" if note else "") + f"{context.text}\n\n{frame.format(question=question)}"


def part_note(context: Context) -> str:
    """Which part of a document this is, under the innermost of its open headings; empty for a whole document."""
    if context.num_parts == 1:
        return ""
    wording = _WORDINGS[Language(context.language)]
    path = " > ".join(_shortened(title) for title in context.heading_path[-_MAX_TITLES:])
    template = wording.continued if path else wording.part
    return template.format(part=context.part, num_parts=context.num_parts, path=path)


def _shortened(title: str) -> str:
    return title if len(title) <= _MAX_TITLE_CHARS else title[: _MAX_TITLE_CHARS - 1].rstrip() + "…"
