"""`ReadDocuments`: reads files of any format that a build reads, as the first step of a Beam pipeline.

`plan_reading` lists the inputs and groups them into shards, which do not depend on the number of workers; the ingest
stage plans with it too. `ReadShard` reads the shards; its pure twin is `transforms.reading.read_records`. Memory of a
worker thread: one batch, of about `BATCH_CHARS` characters or one larger record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from types import MappingProxyType
from typing import Any, ClassVar

import apache_beam as beam
from apache_beam.pvalue import PBegin

from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.documents.datasets.finding import check_columns
from pipeline.documents.discovery import discover
from pipeline.documents.items import Segment
from pipeline.documents.planning import plan_segments, single_shard
from pipeline.documents.skipped_names import SkippedNames
from pipeline.documents.source_settings import row_fields
from pipeline.errors import InputError
from pipeline.transforms.batches import Batch, batches_of
from pipeline.transforms.reading import RawDocument, ReadOutcome, beyond_limit, read_records
from pipeline.transforms.recipe_sections import check_section
from pipeline.transforms.record_dofn import Element, Piles, RecordDoFn, connect
from pipeline.transforms.source_names import mask_items

BATCH_CHARS = 4 * 2**20
"""A batch ends with the record that brings it to this number of characters."""
_BATCH_RECORDS = 1000


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """The segments of each shard, with masked names, and the files that are not read."""

    shards: Sequence[Sequence[Segment]]
    skipped: SkippedNames


def plan_reading(sources: Sequence[InputSource], ingest: IngestRecipe, masked: Sequence[str]) -> ReadingPlan:
    """Return the shards for all inputs. They do not depend on the number of workers.

    Args:
        sources: the inputs.
        ingest: the sizes of shards.
        masked: the kinds of personal data to mask in names.

    Raises:
        InputError: an input does not exist, matches no files or cannot be read, or a data set has no text column.
        MissingExtraError: an input's filesystem needs an extra that is not installed.
    """
    found = discover(sources)
    check_columns(found.items, sources, [row_fields(source) for source in sources])
    items = mask_items(found.items, masked)
    if ingest.max_documents is None:
        return ReadingPlan(
            plan_segments(items, shard_bytes=ingest.shard_bytes, min_shards=ingest.min_shards), found.skipped
        )
    # Only a single shard can count up to a limit.
    for item in items[ingest.max_documents :]:
        for one in beyond_limit(item):
            found.skipped.add(one)
    return ReadingPlan(single_shard(items[: ingest.max_documents]), found.skipped)


class ReadShard(RecordDoFn):
    """Reads the records of segments."""

    transform: ClassVar[str] = "ReadDocuments"
    takes: ClassVar[Any] = Segment
    makes: ClassVar[type] = RawDocument

    def __init__(
        self,
        sources: Sequence[InputSource],
        ingest: IngestRecipe,
        masked: Sequence[str],
        *,
        skipped: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
    ) -> None:
        """Args: as of `read_records`; `skipped` has the numbers of files that are not read by reason, by shard."""
        self._sources = tuple(sources)
        self._ingest = ingest
        self._masked = tuple(masked)
        self._skipped = dict(skipped)

    def outcomes(self, records: Iterable[Segment]) -> Iterator[ReadOutcome]:
        """Yield what became of each record of the segments."""
        yield from read_records(tuple(records), sources=self._sources, ingest=self._ingest, masked=self._masked)

    def process(self, element: Element) -> Iterator[Any]:  # Any: an element, or one with a tag
        """Yield the shard's records in batches of a limited size."""
        batch, segments = element
        piles = Piles(batch, self.transform)
        piles.count({f"skipped/{reason}": number for reason, number in self._skipped.get(batch.shard, {}).items()})
        num_records = num_chars = 0
        for outcome in self.outcomes(self._checked(segments)):
            piles.add(outcome)
            num_records += 1
            num_chars += sum(len(made.extract.text) for made in outcome.made if isinstance(made, RawDocument))
            if num_records == _BATCH_RECORDS or num_chars >= BATCH_CHARS:
                yield from piles.emptied()
                num_records = num_chars = 0
        if num_records or batch == piles.batch:
            yield from piles.emptied()


class ReadDocuments(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """Reads files: text, markup, office, mail, PDF, HWP, tables, chat exports, archives, code, data sets.

    Returns batches of `RawDocument` as `documents`, the main output, which `CleanDocuments` takes; `rejected` has the
    records that are refused with a reason, `dead` those that failed. What is skipped is counted in Beam's metrics.

    The inputs are listed when the transform is constructed, so a wrong path fails at once. Two instances in a pipeline
    need different names if their results are flattened, because the ids of shards would repeat.

    Args:
        sources: files, folders, globs or URLs; an `InputSource` also states a domain, a language or a licence.
        ingest: options for reading; sizes of shards.
        masked: the kinds of personal data that are masked in names; by default all kinds.
        name: the beginning of the shards' ids.

    Raises:
        InputError: an input does not exist, matches no files or cannot be read, a data set has no text column, or
            `ingest` is no section of a recipe.
        MissingExtraError: an input's filesystem needs an extra that is not installed.
    """

    def __init__(
        self,
        sources: str | PathLike[str] | InputSource | Sequence[str | PathLike[str] | InputSource],
        *,
        ingest: IngestRecipe | None = None,
        masked: Sequence[str] | None = None,
        name: str = "",
    ) -> None:
        super().__init__()
        given = (sources,) if isinstance(sources, str | PathLike | InputSource) else tuple(sources)
        if not given:
            raise InputError("ReadDocuments has no inputs.", remedy="Name a file, a folder, a glob or a URL.")
        inputs = [one if isinstance(one, InputSource) else InputSource(path=fspath(one)) for one in given]
        ingest = check_section(ingest, IngestRecipe, transform="ReadDocuments", key="ingest")
        masked = CleanRecipe().personal_data if masked is None else tuple(masked)
        plan = plan_reading(inputs, ingest, masked)
        self._elements = [
            (Batch(shard_name(index, prefix=name)), tuple(segments)) for index, segments in enumerate(plan.shards)
        ]
        self._dofn = ReadShard(inputs, ingest, masked, skipped={shard_name(0, prefix=name): dict(plan.skipped.counts)})

    def expand(self, start: PBegin) -> Any:  # Any: Beam's outputs
        """Distribute the shards over the workers, and read each of them."""
        if not isinstance(start, PBegin):
            raise InputError(
                "ReadDocuments begins a pipeline, and was applied to a collection.",
                remedy="Apply it to the pipeline itself: `pipeline | ReadDocuments(...)`.",
            )
        hint = batches_of(Segment)
        shards = start | beam.Create(self._elements, reshuffle=False).with_output_types(hint) | beam.Reshuffle()
        return connect(shards, self._dofn, takes=hint, main="documents")


def shard_name(index: int, *, prefix: str = "") -> str:
    """Return the id of the shard with this index."""
    return f"{prefix}-{index:05d}" if prefix else f"{index:05d}"
