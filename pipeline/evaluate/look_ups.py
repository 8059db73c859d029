"""The questions about held-out documents that one place of one document answers with its own words.

Takes the `Material` of a build; returns `LookUp`s. They come from two sources: the build's validation rows, and all
other questions that the structural tasks find in the held-out documents, of which a build exports only a few. A row
that joins several documents counts as these documents; questions of its rows that name a document by its number are
left out. Used by the tasks that move a proof or cut a document.

Cost: the structural tasks read each held-out document once, which takes about a second per megabyte and document type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.evaluate.answers import is_refusal
from pipeline.evaluate.material import Material
from pipeline.export.rows import noted_text
from pipeline.languages import language_rules
from pipeline.records import Candidate, Context, Evidence, SftExample, TaskFamily
from pipeline.synthesize.members import document_views
from pipeline.synthesize.structural.candidates import QuestionLimits, structural_candidates
from pipeline.synthesize.tasks import task_names

_QUESTIONS_PER_DOCUMENT = 60
_UNLIMITED_TOKENS = 1 << 30
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class LookUp:
    """A question with a short answer that stands in one place of one document."""

    item: str
    """The id of the candidate."""
    question: str
    answer: str
    """Verbatim in the evidence, apart from white space."""
    document: Context
    """The document, or the part of a long document, that is a row of the corpus or of a joined row."""
    entry_id: str
    """The `doc_id` of the row of the corpus."""
    start: int
    end: int
    """The evidence, in characters of the document's text."""
    task: str
    language: str

    @property
    def evidence(self) -> str:
        """The quote that proves the answer."""
        return self.document.text[self.start : self.end]

    @property
    def cluster(self) -> str:
        """The document that resamples draw as one: the whole that a part belongs to."""
        return self.document.parent_id


@lru_cache(maxsize=4)
def look_ups(material: Material, seed: int) -> tuple[LookUp, ...]:
    """Return all look-ups about held-out documents, sorted by id, each evidence once.

    The answer is in the evidence, the question does not hold the answer, and neither names a heading only.

    Args:
        material: the build's documents and rows.
        seed: decides how the structural tasks word their questions; the build's own seed gives the build's wordings.
    """
    found: dict[tuple[str, int, int], LookUp] = {}
    for look_up in (*_of_rows(material), *_of_documents(material, seed)):
        found.setdefault((look_up.document.doc_id, look_up.start, look_up.end), look_up)
    return tuple(sorted(found.values(), key=lambda look_up: look_up.item))


def one_line(text: str) -> str:
    """Return a text with single spaces for white space."""
    return _SPACE.sub(" ", text).strip()


def _of_rows(material: Material) -> Iterator[LookUp]:
    for row in material.rows:
        context = material.context(row.doc_ids[0])
        if len(row.doc_ids) > 1 or context.members:
            continue
        for number, turn in enumerate(row.turns):
            evidence = [quote for quote in row.evidence if quote.turn == number]
            question = _question_of(row, number, context)
            if turn.family != TaskFamily.LOOK_UP or len(evidence) != 1 or not question:
                continue
            if number and turn.task == _FOLLOW_UP:
                continue
            answer = row.messages[2 * number + 1].content
            yield from _checked(
                LookUp(
                    item=turn.candidate_id,
                    question=question,
                    answer=answer,
                    document=context,
                    entry_id=context.doc_id,
                    start=evidence[0].start,
                    end=evidence[0].end,
                    task=turn.task,
                    language=row.language,
                )
            )


_FOLLOW_UP = "follow_up"
"""The task whose questions take up what was asked before."""


def _question_of(row: SftExample, number: int, context: Context) -> str:
    """Return a turn's question, without the document and the words that introduce the first question of a row."""
    content = row.messages[2 * number].content
    if number:
        return content
    before, document, behind = content.partition(noted_text(context))
    asked = (behind or before).strip() if document else ""
    frames = language_rules(row.language).frames
    for frame in (*frames.about_one, *frames.ahead_of_one):
        opening, _, ending = frame.partition("{question}")
        if opening and asked.startswith(opening) and asked.endswith(ending):
            return asked.removeprefix(opening).removesuffix(ending).strip()
    return asked


def _of_documents(material: Material, seed: int) -> Iterator[LookUp]:
    limits = QuestionLimits(
        tasks=frozenset(task_names()),
        max_questions=_QUESTIONS_PER_DOCUMENT,
        count_tokens=_no_tokens,
        max_answer_tokens=_UNLIMITED_TOKENS,
    )
    for entry in material.held_out:
        for view in document_views(material.context(entry.doc_id)):
            candidates, _ = structural_candidates(view.context, limits=limits, seed=seed)
            for candidate in candidates:
                yield from _of_candidate(candidate, view.context, entry.doc_id)


def _no_tokens(texts: Sequence[str]) -> list[int]:
    """Return no tokens for any text: short answers are chosen by other measures."""
    return [0 for _ in texts]


def _of_candidate(candidate: Candidate, document: Context, entry_id: str) -> Iterator[LookUp]:
    if candidate.family != TaskFamily.LOOK_UP or len(candidate.evidence) != 1 or candidate.is_trivial:
        return
    evidence: Evidence = candidate.evidence[0]
    yield from _checked(
        LookUp(
            item=candidate.candidate_id,
            question=candidate.question,
            answer=candidate.answer,
            document=document,
            entry_id=entry_id,
            start=evidence.start,
            end=evidence.end,
            task=candidate.task,
            language=candidate.language,
        )
    )


def _checked(look_up: LookUp) -> Iterator[LookUp]:
    answer = one_line(look_up.answer)
    if answer and answer in one_line(look_up.evidence) and answer not in look_up.question and not is_refusal(answer):
        yield look_up
