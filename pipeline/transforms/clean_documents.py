"""`CleanDocuments`: turns raw records into cleaned documents, as a step of a Beam pipeline.

`clean_record` is the pure twin. The ingest stage runs `CleanBatch` too, with the lines that a source repeats, which a
survey finds in a first pass over a sample; a pipeline of your own has no survey, so it keeps such lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, ClassVar

import apache_beam as beam

from pipeline.clean.datatrove_rules import make_blocks
from pipeline.clean.document import clean_document, document_id
from pipeline.config.build import CleanRecipe
from pipeline.errors import PipelineError
from pipeline.records import DeadLetter, Document, Rejection
from pipeline.transforms.batches import batches_of
from pipeline.transforms.one_input import OneInput
from pipeline.transforms.reading import RawDocument, dead_letter
from pipeline.transforms.recipe_sections import check_section
from pipeline.transforms.record_dofn import RecordDoFn, connect

_NO_LINES: Set[int] = frozenset()


@dataclass(frozen=True, slots=True)
class CleanOutcome:
    """What became of one raw record."""

    raw: RawDocument
    result: Document | Rejection | DeadLetter
    counters: Mapping[str, int] = field(default_factory=dict)
    """See `clean.document.Cleaned`."""
    boilerplate: Sequence[str] = ()
    """The lines that were removed as boilerplate, not masked."""

    @property
    def made(self) -> tuple[Document | Rejection | DeadLetter]:
        """The one result."""
        return (self.result,)


def clean_record(raw: RawDocument, *, recipe: CleanRecipe, repeated: Set[int] = _NO_LINES) -> CleanOutcome:
    """Return the document made of a record, a rejection, or a dead letter if an unexpected error was raised.

    Args:
        raw: the record.
        recipe: what to mask and what to reject.
        repeated: the hashes of the lines that many documents of the source have; see `clean.repeated_lines`.
    """
    try:
        cleaned = clean_document(raw.extract, key=raw.key, source=raw.source, recipe=recipe, repeated=repeated)
    except PipelineError:
        raise
    except Exception as error:  # noqa: BLE001  # an unexpected error costs one document, not the stage
        return CleanOutcome(raw, lost_document(error, raw, recipe.personal_data))
    return CleanOutcome(raw, cleaned.outcome, cleaned.counters, cleaned.boilerplate)


def lost_document(error: Exception, raw: RawDocument, masked: Sequence[str]) -> DeadLetter:
    """Return the dead letter of a record that failed after it was read.

    Args:
        error: the error.
        raw: the record.
        masked: the kinds of personal data to mask in the texts of the error.
    """
    extract = raw.extract
    return dead_letter(
        error,
        item_id=document_id(extract, key=raw.key),
        uri=extract.uri,
        offset=extract.offset,
        segment=raw.segment,
        masked=masked,
    )


class CleanBatch(RecordDoFn):
    """Cleans records."""

    transform: ClassVar[str] = "CleanDocuments"
    takes: ClassVar[Any] = RawDocument
    makes: ClassVar[type] = Document

    def __init__(self, recipe: CleanRecipe, *, repeated_in: Callable[[RawDocument], Set[int]] | None = None) -> None:
        """Args: `repeated_in` returns the hashes of the lines that the source of a record repeats."""
        self._recipe = recipe
        self._repeated_in = repeated_in

    def setup(self) -> None:
        """Make the recipe's blocks of datatrove in this worker; they are not pickled."""
        make_blocks(self._recipe.datatrove)

    def outcomes(self, records: Iterable[RawDocument]) -> Iterator[CleanOutcome]:
        """Yield what became of each record."""
        for raw in records:
            repeated = self._repeated_in(raw) if self._repeated_in else _NO_LINES
            yield clean_record(raw, recipe=self._recipe, repeated=repeated)


class CleanDocuments(OneInput):
    """Normalises, checks, masks and outlines raw records.

    Takes batches of `RawDocument`. Returns batches of `Document` as `documents`, the main output; `rejected` has the
    records that a rule drops, `dead` those that failed. The lines that many documents of a source repeat stay, because
    finding them takes a pass over all documents.

    Args:
        recipe: what to mask and what to reject: `clean` of a recipe.

    Raises:
        InputError: `recipe` is something else.
    """

    def __init__(self, recipe: CleanRecipe | None = None) -> None:
        super().__init__()
        self._recipe = check_section(recipe, CleanRecipe, transform="CleanDocuments", key="clean")

    def expand(self, raw: beam.PCollection) -> Any:  # Any: Beam's outputs
        """Clean each batch."""
        return connect(raw, CleanBatch(self._recipe), takes=batches_of(RawDocument), main="documents")
