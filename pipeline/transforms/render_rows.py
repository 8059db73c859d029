"""`RenderRows`: turns questions about contexts into training rows of one question each, as a step of a Beam pipeline.

`rows_of` is the pure twin. The words around document and question are those of the export stage. That stage also
chooses among all questions of a data set, joins questions to conversations, and counts tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import apache_beam as beam

from pipeline.config.export import ConversationRecipe
from pipeline.export.rows import question_place, row_id, user_message
from pipeline.records import Evidence, Message
from pipeline.transforms.ask_structural import ContextQuestions
from pipeline.transforms.batches import batches_of
from pipeline.transforms.one_input import OneInput
from pipeline.transforms.recipe_sections import check_section
from pipeline.transforms.record_dofn import RecordDoFn, connect


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A training row of one question about one document."""

    messages: tuple[Message, Message]
    """The document with the question, and the answer."""
    id: str
    task: str
    family: str
    domain: str
    language: str
    doc_id: str
    cluster_id: str
    """Rows with the same value belong to the same side of a split; see `Context`."""
    source_uri: str
    licence: str
    evidence: tuple[Evidence, ...]
    """The quotes that prove the answer, with offsets in the document's text."""


@dataclass(frozen=True, slots=True)
class RenderOutcome:
    """The rows about one context."""

    made: tuple[QuestionRow, ...]
    counters: Mapping[str, int]


def rows_of(questions: ContextQuestions, *, first_share: float, seed: int) -> tuple[QuestionRow, ...]:
    """Return one row for each question.

    Args:
        questions: a context with its questions.
        first_share: the share of rows whose question comes before the document, from 0 to 1.
        seed: decides which rows these are.
    """
    context = questions.context
    return tuple(
        QuestionRow(
            messages=(
                Message(
                    role="user",
                    content=user_message(
                        context,
                        question=candidate.question,
                        candidate_id=candidate.candidate_id,
                        language=candidate.language,
                        place=question_place(candidate.candidate_id, first_share=first_share, seed=seed),
                    ),
                ),
                Message(role="assistant", content=candidate.answer),
            ),
            id=row_id([candidate.candidate_id]),
            task=candidate.task,
            family=candidate.family,
            domain=candidate.domain,
            language=candidate.language,
            doc_id=context.doc_id,
            cluster_id=context.cluster_id,
            source_uri=context.source_uri,
            licence=context.licence,
            evidence=candidate.evidence,
        )
        for candidate in questions.candidates
    )


class RenderBatch(RecordDoFn):
    """Renders the questions about contexts."""

    transform: ClassVar[str] = "RenderRows"
    takes: ClassVar[Any] = ContextQuestions
    makes: ClassVar[type] = QuestionRow

    def __init__(self, *, first_share: float, seed: int) -> None:
        """Args: as of `rows_of`."""
        self._first_share = first_share
        self._seed = seed

    def outcomes(self, records: Iterable[ContextQuestions]) -> Iterator[RenderOutcome]:
        """Yield the rows about each context."""
        for questions in records:
            rows = rows_of(questions, first_share=self._first_share, seed=self._seed)
            yield RenderOutcome(rows, {"rows": len(rows)})


class RenderRows(OneInput):
    """Makes a row of each question: the document with the question, and the answer.

    Takes batches of `ContextQuestions`; returns batches of `QuestionRow` as `rows`, the main output.

    Args:
        conversations: `export.conversations` of a recipe. Its `question_first_share` is the share of rows whose
            question comes before the document.
        seed: decides which rows these are.

    Raises:
        InputError: `conversations` is something else.
    """

    def __init__(self, conversations: ConversationRecipe | None = None, *, seed: int = 0) -> None:
        super().__init__()
        conversations = check_section(
            conversations, ConversationRecipe, transform="RenderRows", key="export.conversations"
        )
        self._dofn = RenderBatch(first_share=conversations.question_first_share, seed=seed)

    def expand(self, questions: beam.PCollection) -> Any:  # Any: Beam's outputs
        """Render each batch."""
        return connect(questions, self._dofn, takes=batches_of(ContextQuestions), main="rows")
