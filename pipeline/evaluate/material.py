"""The documents and rows of a build that an evaluation may ask about: those that no training row has seen.

Takes a build folder; returns a `Material`. A *held-out* document is one that a validation row asks about, or another
part of the same parent document. The split keeps duplicates together (`Context.cluster_id`), so no held-out document
has a near duplicate among the training documents. Documents whose cluster also has a training row are never held out.

Cost: reads the corpus without its texts, and the validation rows; then the texts of the documents that are used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow.parquet as pq

from pipeline.errors import InputError
from pipeline.identity import stable_hash64
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.outputs import built_files
from pipeline.io.parts import read_part, read_rows
from pipeline.records import Context, SftExample, Split

_COLUMNS = ("doc_id", "parent_id", "domain", "language", "num_tokens", "cluster_id")
NO_HELD_OUT_NOTE = (
    "The build has no validation documents, so perplexity is scored on all its documents, "
    "which the model may have been trained on."
)


@dataclass(frozen=True, slots=True)
class CorpusEntry:
    """A row of the corpus, without its text."""

    doc_id: str
    parent_id: str
    domain: str
    language: str
    num_tokens: int
    """In tokens of the build's tokenizer, which may differ from a subject's."""
    path: str
    """The parquet file that contains the text."""
    cluster_id: str = ""
    row: int = 0
    """The number of the row in the file."""


@dataclass(frozen=True)
class Material:
    """What an evaluation may ask about. Texts are read when they are first used, and kept."""

    build: str
    """The build folder."""
    documents: tuple[CorpusEntry, ...]
    """All rows of the corpus, by `doc_id`."""
    held_out: tuple[CorpusEntry, ...]
    """The held-out ones, by `doc_id`; empty if the build has no validation rows."""
    _contexts: dict[str, Context] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def by_id(self) -> dict[str, CorpusEntry]:
        """All rows of the corpus by `doc_id`."""
        return {entry.doc_id: entry for entry in self.documents}

    @cached_property
    def rows(self) -> tuple[SftExample, ...]:
        """The validation rows about held-out documents, by id. Rows without a document are left out."""
        ids = {entry.doc_id for entry in self.held_out}
        found = [row for path in _sft_files(self.build, Split.VALIDATION) for row in read_part(path, SftExample)]
        return tuple(sorted((row for row in found if row.doc_ids and ids.issuperset(row.doc_ids)), key=_id_of))

    def context(self, doc_id: str) -> Context:
        """Return a row of the corpus with its text and outline.

        Raises:
            KeyError: the corpus has no such row.
        """
        if doc_id not in self._contexts:
            entry = self.by_id[doc_id]
            self._contexts[doc_id] = read_rows(entry.path, [entry.row], Context)[entry.row]
        return self._contexts[doc_id]

    def fillers(self, target: CorpusEntry, *, seed: int) -> Iterator[CorpusEntry]:
        """Yield other documents that may stand beside a document, the most similar kind first, each once.

        The nearest ones are in the same language; among these, of the same domain; among these, held out. A document of
        the target's own duplicate cluster or of its parent never comes, because it could give the answer too.
        """
        held_out_ids = {entry.doc_id for entry in self.held_out}

        def difference(entry: CorpusEntry) -> tuple[bool, bool, bool, int]:
            return (
                entry.language != target.language,
                entry.domain != target.domain,
                entry.doc_id not in held_out_ids,
                stable_hash64("filler", seed, target.doc_id, entry.doc_id),
            )

        others = (
            entry
            for entry in self.documents
            if entry.parent_id != target.parent_id and (not target.cluster_id or entry.cluster_id != target.cluster_id)
        )
        return iter(sorted(others, key=difference))


def read_material(build: str) -> Material:
    """Return the material of a finished build.

    Raises:
        InputError: the build has no corpus.
        DamagedFileError: a file of the build is missing or does not have the size in its report.
    """
    documents = _read_corpus(BuildFolder(build))
    return Material(build=build, documents=tuple(documents), held_out=tuple(_held_out(build, documents)))


def _read_corpus(folder: BuildFolder) -> list[CorpusEntry]:
    entries = []
    for path in built_files(folder, "corpus", stage="pack"):
        with files.open_binary(path) as file:
            rows = pq.read_table(file, columns=list(_COLUMNS)).to_pylist()
        entries += [CorpusEntry(**values, path=path, row=row) for row, values in enumerate(rows)]
    if not entries:
        raise InputError(f"{folder.root} has no corpus.", remedy="Give the folder of a finished build-sft with --data.")
    return sorted(entries, key=lambda entry: entry.doc_id)


def _held_out(build: str, corpus: Sequence[CorpusEntry]) -> list[CorpusEntry]:
    asked, trained = (_asked_about(build, split) for split in (Split.VALIDATION, Split.TRAIN))
    parents = {entry.parent_id for entry in corpus if entry.doc_id in asked or entry.parent_id in asked}
    clusters = {entry.cluster_id for entry in corpus if entry.doc_id in trained}
    return [entry for entry in corpus if entry.parent_id in parents and entry.cluster_id not in clusters]


def _asked_about(build: str, split: Split) -> set[str]:
    """Return the ids of the documents of one split's rows."""
    ids: set[str] = set()
    for path in _sft_files(build, split):
        with files.open_binary(path) as file:
            for doc_ids in pq.read_table(file, columns=["doc_ids"])["doc_ids"].to_pylist():
                ids.update(doc_ids)
    return ids


def _sft_files(build: str, split: Split) -> list[str]:
    paths = built_files(BuildFolder(build), "sft", stage="export")
    return [path for path in paths if path.rsplit("/", 1)[-1].startswith(f"{split.value}-")]


def _id_of(row: SftExample) -> str:
    return row.id
