"""`AskStructural`: asks questions with exact answers about the structure of documents, as a step of a Beam pipeline.

The pure twin is `transforms.asking`, which the synthesize stage runs too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import apache_beam as beam

from pipeline.config.build import StructuralRecipe
from pipeline.errors import PipelineError
from pipeline.io.dead_letters import dead_letter_of
from pipeline.io.models import resolve_model
from pipeline.pack.contexts import whole_context
from pipeline.records import Candidate, Context, DeadLetter, Document, Rejection
from pipeline.synthesize.structural.candidates import STAGE
from pipeline.transforms.asking import StructuralAsker
from pipeline.transforms.batches import batches_of
from pipeline.transforms.changed_text import misfit_letter
from pipeline.transforms.one_input import OneInput
from pipeline.transforms.recipe_sections import check_section
from pipeline.transforms.record_dofn import RecordDoFn, connect


@dataclass(frozen=True, slots=True)
class ContextQuestions:
    """A context, and the questions about it with their answers and evidence."""

    context: Context
    candidates: tuple[Candidate, ...]
    """At least one, in document order."""


@dataclass(frozen=True, slots=True)
class AskOutcome:
    """What was asked about one context."""

    made: tuple[ContextQuestions | Rejection | DeadLetter, ...]
    """The context with its questions, if it has any, and what was rejected; or a dead letter."""
    counters: Mapping[str, int]
    """The number of questions by task; `no_questions` for a context without any."""


class AskBatch(RecordDoFn):
    """Asks about documents or contexts. The text of a whole document is its context."""

    transform: ClassVar[str] = "AskStructural"
    takes: ClassVar[Any] = Document | Context
    makes: ClassVar[type] = ContextQuestions

    def __init__(self, asker: StructuralAsker) -> None:
        self._asker = asker

    def outcomes(self, records: Iterable[Document | Context]) -> Iterator[AskOutcome]:
        """Yield the questions about each context."""
        for record in records:
            if (misfit := misfit_letter(record, stage=STAGE)) is not None:
                yield AskOutcome((misfit,), {})
                continue
            try:
                yield self._ask(record if isinstance(record, Context) else whole_context(record))
            except PipelineError:
                raise
            except Exception as error:  # noqa: BLE001  # an unexpected error costs one document, not the job
                letter = dead_letter_of(
                    error,
                    stage=STAGE,
                    item_id=record.doc_id,
                    source_uri=record.source_uri,
                    source_offset=record.source_offset,
                )
                yield AskOutcome((letter,), {})

    def _ask(self, row: Context) -> AskOutcome:
        candidates, rejections = self._asker.about_all(row)
        if not candidates:
            return AskOutcome(tuple(rejections), {"no_questions": 1})
        counters = Counter(f"questions/{candidate.task}" for candidate in candidates)
        return AskOutcome((ContextQuestions(row, tuple(candidates)), *rejections), counters)


class AskStructural(OneInput):
    """Asks structural questions: look-ups, references, lists, sums, comparisons. Each answer is quoted or computed.

    Takes batches of `Document` or `Context`. Returns batches of `ContextQuestions` as `questions`, the main output;
    `rejected` has what is not asked, with the reason, and `dead` the documents that failed, among them those whose text
    was changed without `with_text`.

    Args:
        recipe: the tasks, and how many questions to ask: `synthesize.structural` of a recipe.
        tokenizer: the model whose tokenizer measures `max_answer_tokens`; if empty, answers may have any length.
        seed: decides which questions are chosen if there are more than asked for, and how they are worded.

    Raises:
        InputError: `recipe` is something else, or the tokenizer's folder does not exist.
    """

    def __init__(self, recipe: StructuralRecipe | None = None, *, tokenizer: str = "", seed: int = 0) -> None:
        super().__init__()
        recipe = check_section(recipe, StructuralRecipe, transform="AskStructural", key="synthesize.structural")
        if tokenizer:
            resolve_model(tokenizer)
        self._dofn = AskBatch(StructuralAsker(recipe, tokenizer, seed))

    def expand(self, documents: beam.PCollection) -> Any:  # Any: Beam's outputs
        """Ask about each batch."""
        return connect(documents, self._dofn, takes=batches_of(Document | Context), main="questions")
