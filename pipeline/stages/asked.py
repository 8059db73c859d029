"""Records the result for every context: its length, how many candidates it produced, and why it produced no more.

The synthesize stage writes `work/asked/part-k.parquet` with one row per corpus row. Export reads the lengths, and
writes the contexts without a training row to `work/without_row/part-00000.parquet`. If export dropped candidates of a
context, the reasons there are those of export. Memory: one small record per context.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from pipeline.config.build import SynthesizeRecipe
from pipeline.export.rows import STAGE as EXPORT
from pipeline.io.layout import BuildFolder
from pipeline.io.outputs import part_files
from pipeline.io.parts import read_files_columns, read_part
from pipeline.records import Context, DeadLetter, Name, Rejection, Uri

NO_STRUCTURE = "no_structure"
"""The structural tasks found nothing to ask about."""
NOT_WRITTEN = "not_written_about"
"""No teacher is asked about the context."""
FAILED = "failed"
"""An unexpected error occurred."""


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often a reason occurred."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class AskedContext:
    """The result for one context; a row of `work/asked/`."""

    doc_id: str
    title: Name
    source_uri: Uri
    source_offset: int
    domain: str
    language: str
    num_chars: int
    num_candidates: int
    reasons: tuple[ReasonCount, ...]
    """Why the context produced no more candidates: `NO_STRUCTURE`, `NOT_WRITTEN`, `FAILED`, and rejection reasons."""


@dataclass(frozen=True, slots=True)
class ContextWithoutRow:
    """A context that produced no training row; a row of `work/without_row/`."""

    doc_id: str
    title: Name
    source_uri: Uri
    source_offset: int
    domain: str
    language: str
    num_chars: int
    reason: str
    """The most frequent of `reasons`; `NOT_WRITTEN` only if there are no other reasons."""
    reasons: tuple[ReasonCount, ...]
    """The reasons of the last stage that decided about candidates of the context, the most frequent first."""


class AskedContexts:
    """Collects the results for the contexts of one shard, without the texts."""

    def __init__(self, recipe: SynthesizeRecipe) -> None:
        self._recipe = recipe
        self._contexts: dict[str, AskedContext] = {}
        self._num_candidates: Counter[str] = Counter()
        self._reasons: dict[str, Counter[str]] = {}

    def add(self, row: Context, *, num_candidates: int = 0, reasons: Iterable[str] = ()) -> None:
        """Add results for a corpus row, or for one document in the row."""
        if row.doc_id not in self._contexts:
            self._contexts[row.doc_id] = AskedContext(
                doc_id=row.doc_id,
                title=row.title,
                source_uri=row.source_uri,
                source_offset=row.source_offset,
                domain=row.domain,
                language=row.language,
                num_chars=len(row.text),
                num_candidates=0,
                reasons=(),
            )
            self._reasons[row.doc_id] = Counter()
        self._num_candidates[row.doc_id] += num_candidates
        self._reasons[row.doc_id].update(reasons)

    def records(self) -> Iterator[AskedContext]:
        """Yield one record per corpus row, in the order in which the rows were first added."""
        structural, written = self._recipe.structural, self._recipe.written
        for doc_id, context in self._contexts.items():
            reasons = dict(self._reasons[doc_id])
            if structural.tasks and not reasons and not self._num_candidates[doc_id]:
                reasons[NO_STRUCTURE] = 1
            if not written.tasks or context.language not in written.languages:
                reasons[NOT_WRITTEN] = 1
            yield replace(context, num_candidates=self._num_candidates[doc_id], reasons=_counted(reasons))


def lengths_of_contexts(path: str) -> dict[str, int]:
    """Return the number of characters of every context in one part of `work/asked/`, by `doc_id`."""
    columns = read_files_columns([path], ["doc_id", "num_chars"])
    return dict(zip(columns["doc_id"].to_pylist(), columns["num_chars"].to_pylist(), strict=True))


def contexts_without_row(
    folder: BuildFolder, *, candidates: Mapping[str, str], with_row: Collection[str]
) -> Iterator[ContextWithoutRow]:
    """Yield every context that produced no training row, in the order of `work/asked/`.

    Args:
        folder: the folder of a build whose rows are written.
        candidates: the context's id for each candidate id.
        with_row: the ids of contexts that have a row.
    """
    decided: dict[str, Counter[str]] = {}
    for candidate_id, reason in _dropped(folder):
        doc_id = candidates.get(candidate_id)
        if doc_id is not None and doc_id not in with_row:
            decided.setdefault(doc_id, Counter())[reason] += 1
    for path in part_files(folder, "work/asked"):
        for asked in read_part(path, AskedContext):
            if asked.doc_id in with_row:
                continue
            reasons = _counted(decided[asked.doc_id]) if asked.doc_id in decided else asked.reasons
            yield ContextWithoutRow(
                doc_id=asked.doc_id,
                title=asked.title,
                source_uri=asked.source_uri,
                source_offset=asked.source_offset,
                domain=asked.domain,
                language=asked.language,
                num_chars=asked.num_chars,
                reason=_main_reason(reasons),
                reasons=reasons,
            )


def _dropped(folder: BuildFolder) -> Iterator[tuple[str, str]]:
    """Yield the id of each candidate that export dropped, with the reason."""
    prefix = f"part-{EXPORT}-"
    for path in part_files(folder, "rejected"):
        if prefix in path:
            yield from ((rejection.item_id, rejection.reason) for rejection in read_part(path, Rejection))
    for path in part_files(folder, "dead"):
        if prefix in path:
            yield from ((letter.item_id, FAILED) for letter in read_part(path, DeadLetter))


def _main_reason(reasons: tuple[ReasonCount, ...]) -> str:
    """Return the most frequent reason; `NOT_WRITTEN` only if there are no other reasons."""
    return next((item.reason for item in reasons if item.reason != NOT_WRITTEN), NOT_WRITTEN)


def _counted(reasons: Mapping[str, int]) -> tuple[ReasonCount, ...]:
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return tuple(ReasonCount(reason, count) for reason, count in ordered)
