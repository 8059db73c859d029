"""`PackContexts`: turns documents into contexts of the recipe's lengths, as a step of a Beam pipeline.

The pure twin is `transforms.packing`. Nothing is grouped, so no text is shuffled, and a batch stays a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import apache_beam as beam
from apache_beam.pvalue import AsDict, PCollection

from pipeline.config.pack import PackRecipe
from pipeline.dedup.clusters import ClusterMember
from pipeline.errors import InputError
from pipeline.io.models import resolve_model
from pipeline.records import Context, Document
from pipeline.transforms.batches import Batch, batches_of
from pipeline.transforms.one_input import OneInput
from pipeline.transforms.packing import PackOutcome, pack_documents
from pipeline.transforms.recipe_sections import check_section
from pipeline.transforms.record_dofn import Element, RecordDoFn, connect

_NO_CLUSTERS: Mapping[str, str] = MappingProxyType({})


class PackBatch(RecordDoFn):
    """Packs the documents of a batch."""

    transform: ClassVar[str] = "PackContexts"
    takes: ClassVar[Any] = Document
    makes: ClassVar[type] = Context

    def __init__(self, recipe: PackRecipe, *, seed: int) -> None:
        self._recipe = recipe
        self._seed = seed

    def outcomes(
        self, records: Iterable[Document], clusters: Mapping[str, str] = _NO_CLUSTERS
    ) -> Iterator[PackOutcome]:
        """Yield what became of each document, and of documents that are joined."""
        yield from pack_documents(tuple(records), self._recipe, seed=self._seed, clusters=clusters)

    def process(self, element: Element, clusters: Mapping[str, str] = _NO_CLUSTERS) -> Iterator[Any]:
        """Yield the batch of contexts, and tagged batches of what was lost; see `RecordDoFn.process`."""
        batch, documents = element
        yield from self._piled(batch, self.outcomes(self._checked(documents), clusters))


class PackContexts(OneInput):
    """Splits long documents, joins short ones with relatives in their batch, and finds the bucket of each row.

    Takes batches of `Document`; returns batches of `Context` as `contexts`, the main output, with the counts of tokens
    that `AskTeacher` and a trainer's buckets need. `rejected` has documents that fit no bucket, or are shorter than
    `min_tokens` and have no relatives; `dead` those that failed, among them those whose text was changed without
    `with_text`.

    A batch is packed by itself. So short documents find relatives only in their own batch, which is a part of one shard
    of up to 1,000 documents: files of one folder, rows of one file. Three decisions of the pack stage need all
    documents and are not made here: contexts of versions and of documents to compare (`pack.compare`), limits and
    repeats (`pack.mix`), and joining across batches.

    Args:
        recipe: the tokenizer, the buckets, splitting and joining: `pack` of a recipe, without `mix`.
        members: the output `members` of `FindDuplicates`. The contexts of versions and of kept excerpts then have the
            `cluster_id` of their survivor, by which a split keeps them on one side, and neither is joined with others.
            A side input: each worker has the ids of all versions and kept excerpts in memory, about 200 bytes each.
        seed: decides which documents are joined at random.

    Raises:
        InputError: `recipe` is something else or has rules for the mix, `members` is not one collection, or the
            tokenizer's folder does not exist.
    """

    def __init__(
        self, recipe: PackRecipe | None = None, *, members: beam.PCollection | None = None, seed: int = 0
    ) -> None:
        super().__init__()
        recipe = check_section(recipe, PackRecipe, transform="PackContexts", key="pack")
        if recipe.mix:
            raise InputError(
                f"PackContexts packs each batch by itself and cannot keep the {len(recipe.mix)} rules of pack.mix.",
                remedy="Leave out pack.mix, or pack with `pipeline build-sft`.",
            )
        if members is not None and not isinstance(members, PCollection):
            raise InputError(
                f"PackContexts takes `members` as a collection, and was given {type(members).__name__}.",
                remedy="Give the output `members` of FindDuplicates: `PackContexts(members=found.members)`.",
            )
        resolve_model(recipe.tokenizer)
        self._members = members
        self._dofn = PackBatch(recipe, seed=seed)

    def expand(self, documents: beam.PCollection) -> Any:  # Any: Beam's outputs
        """Pack each batch."""
        side_inputs: tuple[Any, ...] = ()
        if self._members is not None:
            clusters = beam.ParDo(_Clusters()).with_input_types(batches_of(ClusterMember))
            side_inputs = (AsDict(self._members | "clusters" >> clusters.with_output_types(tuple[str, str])),)
        return connect(documents, self._dofn, takes=batches_of(Document), main="contexts", side_inputs=side_inputs)


class _Clusters(beam.DoFn):  # type: ignore[misc]
    """Batch of members → pairs of the id of a kept document and its cluster's, for clusters that keep several."""

    def process(self, element: tuple[Batch, tuple[ClusterMember, ...]]) -> Iterator[tuple[str, str]]:
        for member in element[1]:
            if member.is_kept and member.doc_id != member.cluster_id:
                yield member.doc_id, member.cluster_id
                yield member.cluster_id, member.cluster_id
