"""`FindDuplicates`: drops copies, near copies and excerpts among all documents, as a step of a Beam pipeline.

    documents ─ checkpoint ─┬─ sign ─ checkpoint ─ FindClusters ─ decisions by part ─┐
                            └─ handles by part ──────────────────────────────────────┴─ read again, keep or drop

The search is `transforms.find_clusters`, which the dedup stage of a build runs too, and the pure twin of the whole is
`dedup.in_memory`. Only handles, ids, band keys, anchors and decisions are shuffled. Texts and signatures are in the
checkpoint, and are read again by part and row. A part is a batch; its name is the batch's.

Ids of documents may repeat, as when the same file is read twice: inside, the id of a document ends with its place.
Memory of a worker: one batch; the root of every id that has a duplicate; with `sections: cut`, all shared passages.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.pvalue import AsIter, TaggedOutput
from apache_beam.typehints import typehints

from pipeline.config.build import DedupRecipe, SectionRule
from pipeline.config.start import Start
from pipeline.dedup.candidates import DocumentRef
from pipeline.dedup.clusters import ClusterMember, Membership
from pipeline.dedup.decisions import SurvivorName, cluster_member, duplicate_rejection, settled_passages
from pipeline.dedup.passages import SharedPassage, without_passages
from pipeline.dedup.signature import Signature
from pipeline.dedup.signing import sign_in_batches
from pipeline.errors import InputError
from pipeline.io.parts import read_part
from pipeline.records import Document, Rejection, excerpt_of
from pipeline.transforms.batch_files import batch_path
from pipeline.transforms.batches import Batch, batches_of
from pipeline.transforms.checkpoints import SUFFIX, CheckpointRecords, Handle, handles, read_batch
from pipeline.transforms.find_clusters import FindClusters
from pipeline.transforms.one_input import OneInput
from pipeline.transforms.recipe_sections import check_section
from pipeline.transforms.record_dofn import DEAD, REJECTED, Element, Piles
from pipeline.transforms.signed_parts import NamedColumns, read_referenced, reference_rows

_NAME = "FindDuplicates"
_DOCUMENTS, _SIGNATURES = "documents", "signatures"
"""The beginnings of the names of the checkpoint's files."""
_MEMBERS, _PASSAGES, _PART = "members", "passages", "part"
_MARK = "\0"
"""Stands between a document's id and its place. It sorts before all other characters, so ids keep their order."""
_UNREAD = ("outline",)
"""Fields of `Document` that signing does not need."""


class Deduplicated(NamedTuple):
    """The outputs of `FindDuplicates`, as collections of batches with the keys of the given ones."""

    documents: beam.PCollection
    """The documents that are kept."""
    rejected: beam.PCollection
    """The `Rejection` of each document that is dropped."""
    dead: beam.PCollection
    """The documents with a value that their type does not allow."""
    members: beam.PCollection
    """The `ClusterMember` of each document that is related to another one, kept or dropped; it names the cluster, so
    that you can keep related documents on one side of a split."""


class FindDuplicates(OneInput):
    """Finds documents that are copies, near copies, versions or excerpts of others, and drops what the recipe drops.

    Takes batches of `Document`; returns `Deduplicated`. Every batch keeps its key, also if it is empty then. The
    results do not depend on workers, bundles or the order of elements. All documents are compared, so this step ends
    when the last document has been read: use it on inputs that end.

    Args:
        folder: where texts and signatures are stored while the job runs, on a filesystem that all workers can reach.
            You can delete it afterwards.
        recipe: what counts as a duplicate: `dedup` of a recipe, without `against`, since only a build can be compared
            with a build.
        start: `fresh` removes the checkpoint of an earlier run when the transform is constructed; `resume` removes
            nothing, and refuses a folder that has one, because all documents are compared again.

    Raises:
        InputError: `recipe` is something else or names earlier builds; or the folder is not writable, lies in a build,
            or has a checkpoint and `start` is not `fresh`.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        recipe: DedupRecipe | None = None,
        *,
        start: Start | str = Start.RESUME,
    ) -> None:
        super().__init__()
        folder = os.fspath(folder)
        self._recipe = check_section(recipe, DedupRecipe, transform=_NAME, key="dedup")
        if self._recipe.against:
            raise InputError(
                f"FindDuplicates cannot compare with the earlier build {self._recipe.against[0]}.",
                remedy="Leave out dedup.against, or find duplicates with `pipeline build-sft`.",
            )
        self._parts = CheckpointParts(folder)
        self._store = CheckpointRecords(Document, folder, prefix=_DOCUMENTS, start=start)
        self._store_signatures = CheckpointRecords(Signature, folder, prefix=_SIGNATURES, start=start)

    def expand(self, documents: beam.PCollection) -> Deduplicated:
        """Store, sign, find clusters, and give every batch its decisions."""
        stored = documents | "store documents" >> self._store
        sign = beam.ParDo(_Sign(self._recipe)).with_input_types(handles()).with_output_types(batches_of(Signature))
        signed = stored.handles | "sign" >> sign | "store signatures" >> self._store_signatures
        by_name = typehints.KV[str, typehints.Tuple[Batch, Handle]]
        parts = (
            {
                _DOCUMENTS: stored.handles | "name documents" >> beam.Map(_named).with_output_types(by_name),
                _SIGNATURES: signed.handles | "name signatures" >> beam.Map(_named).with_output_types(by_name),
            }
            | "by part" >> beam.CoGroupByKey()
            | "one part" >> beam.Map(_only_part).with_output_types(by_name)
        )
        found = (
            parts
            | "signed parts" >> beam.FlatMap(_signed_name).with_output_types(str)
            | "find clusters" >> FindClusters(self._parts, self._recipe)
        )
        _ = found.checked | "count pairs" >> beam.Map(_count_pairs)
        decided = {
            _PART: parts,
            _MEMBERS: found.memberships | "members by part" >> beam.Map(_by_part).with_output_types(tuple[str, Any]),
        }
        if self._recipe.sections is SectionRule.CUT:
            dropped = found.memberships | "dropped" >> beam.FlatMap(_dropped_ids).with_output_types(str)
            decided[_PASSAGES] = (
                documents.pipeline
                | "once" >> beam.Create([None])
                | "settle passages"
                >> beam.FlatMap(_settled, passages=AsIter(found.passages), dropped=AsIter(dropped)).with_output_types(
                    tuple[str, Any]
                )
            )
        outputs = (
            decided
            | "decisions by part" >> beam.CoGroupByKey()
            | "decide"
            >> beam.ParDo(_Decide(self._parts))
            .with_output_types(batches_of(Document))
            .with_outputs(REJECTED, _MEMBERS, main=_DOCUMENTS)
        )
        outputs[REJECTED].element_type = batches_of(Rejection)
        outputs[_MEMBERS].element_type = batches_of(ClusterMember)
        return Deduplicated(outputs[_DOCUMENTS], outputs[REJECTED], stored[DEAD], outputs[_MEMBERS])


@dataclass(frozen=True, slots=True)
class CheckpointParts:
    """The `SignedParts` of a checkpoint: the parts are batches, and all of them take part in the search."""

    folder: str

    def references(self, part: str) -> Iterator[tuple[str, DocumentRef]]:
        """Yield the exact hash and the reference of every document in a part."""
        for row, columns in reference_rows(self.signature_part(part)):
            yield columns.exact_hash, self.reference(part, row, columns)

    def reference(self, part: str, row: int, columns: NamedColumns) -> DocumentRef:
        """Return the reference of the document in a row of a part."""
        return DocumentRef(
            doc_id=f"{columns.doc_id}{_MARK}{part}/{row}",
            part=part,
            row=row,
            num_chars=columns.num_chars,
            standing=columns.standing,
            is_earlier=False,
        )

    def signature_part(self, part: str) -> str:
        """Return the path of a part's signatures."""
        return _path(self.folder, part, prefix=_SIGNATURES)

    def document_part(self, part: str) -> str:
        """Return the path of a part's documents, which are in the order of its signatures."""
        return _path(self.folder, part, prefix=_DOCUMENTS)

    def has_texts(self, _part: str) -> bool:
        """Return True."""
        return True

    def earlier(self) -> Sequence[str]:
        """Return no parts."""
        return ()


@dataclass(frozen=True, slots=True)
class DuplicateOutcome:
    """What became of one document."""

    result: Document | Rejection
    counters: Mapping[str, int]

    @property
    def made(self) -> tuple[Document | Rejection]:
        """The one result."""
        return (self.result,)


def decide(document: Document, member: ClusterMember | None, passages: Sequence[SharedPassage]) -> DuplicateOutcome:
    """Return a document without the passages that others keep, or its rejection.

    Args:
        document: the document.
        member: its row among the members of clusters; None if it is related to no other document.
        passages: the passages that it shares.
    """
    role = {f"members/{member.role}": 1} if member else {}
    if member is not None and not member.is_kept:
        return DuplicateOutcome(duplicate_rejection(_Dropped.of(document), member), role)
    shortened = without_passages(document, [passage for passage in passages if passage.is_cut])
    num_cut = len(document.text) - len(shortened.text)
    return DuplicateOutcome(shortened, {**role, "cut_chars": num_cut} if num_cut else role)


@dataclass(frozen=True, slots=True)
class _Dropped:
    """What a rejection tells of a document."""

    doc_id: str
    source_uri: str
    source_offset: int
    excerpt: str

    @classmethod
    def of(cls, document: Document) -> _Dropped:
        return cls(document.doc_id, document.source_uri, document.source_offset, excerpt_of(document.text))


class _Sign(beam.DoFn):  # type: ignore[misc]
    """Handle of documents → their signatures, of the texts as they are stored."""

    def __init__(self, recipe: DedupRecipe) -> None:
        self._recipe = recipe

    def process(self, element: tuple[Batch, Handle]) -> Iterator[Element]:
        batch, handle = element
        documents = read_part(handle.path, Document, without=_UNREAD) if handle.num_rows else ()
        yield batch, tuple(sign_in_batches(documents, self._recipe))


class _Decide(beam.DoFn):  # type: ignore[misc]
    """The decisions about the documents of one part → the documents that are kept, rejections, members."""

    def __init__(self, parts: CheckpointParts) -> None:
        self._parts = parts

    def process(self, element: tuple[str, Mapping[str, Iterable[Any]]]) -> Iterator[Any]:
        _, groups = element
        ((batch, handle),) = groups[_PART]
        members = self._members(groups[_MEMBERS])
        passages: dict[int, list[SharedPassage]] = {}
        for row, passage in sorted(groups.get(_PASSAGES, ()), key=lambda pair: (pair[0], pair[1].start)):
            passages.setdefault(row, []).append(passage)
        piles = Piles(batch, _NAME)
        for row, document in enumerate(read_batch(handle, Document)):
            piles.add(decide(document, members.get(row), passages.get(row, ())))
        yield from piles.emptied()
        if members:
            yield TaggedOutput(_MEMBERS, (batch, tuple(member for _, member in sorted(members.items()))))

    def _members(self, memberships: Iterable[Membership]) -> dict[int, ClusterMember]:
        """Return the members of a part by row."""
        found = list(memberships)
        names = read_referenced((one.survivor for one in found), self._parts.signature_part, SurvivorName)
        return {
            one.document.row: cluster_member(
                one,
                name=names[one.survivor.part, one.survivor.row],
                doc_id=_plain_id(one.document.doc_id),
                cluster_id=_plain_id(one.survivor.doc_id),
            )
            for one in sorted(found, key=lambda one: one.document.row)
        }


def _path(folder: str, part: str, *, prefix: str) -> str:
    shard, _, number = part.rpartition("-")
    return batch_path(folder, Batch(shard, int(number)), prefix=prefix, suffix=SUFFIX)


def _named(element: tuple[Batch, Handle]) -> tuple[str, tuple[Batch, Handle]]:
    return element[0].name, element


def _only_part(
    group: tuple[str, Mapping[str, Iterable[tuple[Batch, Handle]]]],
) -> tuple[str, tuple[Batch, Handle]]:
    """Return the documents of a part, whose signatures are stored.

    Raises:
        InputError: two batches have one key, so that each has overwritten the other.
    """
    name, groups = group
    documents, signatures = list(groups[_DOCUMENTS]), list(groups[_SIGNATURES])
    if len(documents) > 1:
        raise InputError(
            f"{len(documents)} batches have the key {name}.",
            remedy="Give the transforms whose outputs you flatten different names: ReadDocuments(…, name='second').",
        )
    assert len(signatures) == 1
    assert signatures[0][1].num_rows == documents[0][1].num_rows, f"part {name} has other signatures than documents"
    return name, documents[0]


def _signed_name(part: tuple[str, tuple[Batch, Handle]]) -> Iterator[str]:
    """Yield the name of a part that has documents."""
    name, (_, handle) = part
    if handle.num_rows:
        yield name


def _by_part(member: Membership) -> tuple[str, Membership]:
    return member.document.part, member


def _dropped_ids(member: Membership) -> Iterator[str]:
    if not member.is_kept:
        yield member.document.doc_id


def _settled(
    _once: None, *, passages: Iterable[tuple[str, SharedPassage]], dropped: Iterable[str]
) -> Iterator[tuple[str, tuple[int, SharedPassage]]]:
    """Yield the part, and the row with the passage, of each passage between documents that are kept."""
    for passage in settled_passages((one for _, one in passages), dropped=frozenset(dropped)):
        part, _, row = passage.doc_id.rpartition(_MARK)[2].rpartition("/")
        yield part, (int(row), replace(passage, doc_id=_plain_id(passage.doc_id), kept_id=_plain_id(passage.kept_id)))


def _plain_id(doc_id: str) -> str:
    return doc_id.rpartition(_MARK)[0]


def _count_pairs(similarities: Counter[int]) -> None:
    Metrics.counter(_NAME, "pairs_checked").inc(similarities.total())
