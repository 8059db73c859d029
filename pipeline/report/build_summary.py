"""Counts the content of a build folder for its report page, with a few examples.

Takes a build folder. Returns a `BuildSummary`. Used by `build_page`. Cost: reads every table once, without texts and
messages, then the examples. Apart from duplicate clusters, memory does not grow with the build.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pyarrow.parquet as pq

from pipeline.dedup.clusters import ClusterMember
from pipeline.identity import stable_hash64
from pipeline.io import files
from pipeline.io.folder_columns import stored_columns, with_folder_column
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import read_shard_report
from pipeline.io.parts import read_part, read_parts, read_rows
from pipeline.records import Context, DeadLetter, Rejection, SftExample
from pipeline.report.boilerplate_section import most_removed_lines
from pipeline.report.build_samples import SampleRow, choose_varied, sample_row
from pipeline.report.decontamination_section import ContaminationSummary, summarise_contamination
from pipeline.stages.asked import ContextWithoutRow
from pipeline.stages.removed_lines import RemovedLine
from pipeline.stages.source_files import FileFate, SourceFile

Record = TypeVar("Record")

NUM_DEPTH_BINS = 10
_MAX_SAMPLES = 10
_MAX_EXAMPLES = 5
_MAX_CLUSTERS = 50
_MAX_DEAD = 20
_MAX_NAMES = 20
_INGEST = "ingest"
_SKIPPED = "skipped/"
"""Prefix of the counters for input files that were not read."""


@dataclass(frozen=True, slots=True)
class CorpusCell:
    """Number of documents and tokens of one length bucket, domain and language."""

    bucket: int
    domain: str
    language: str
    num_documents: int
    num_tokens: int


@dataclass(frozen=True, slots=True)
class TurnCell:
    """Number of turns of one task, origin, domain, language and split."""

    task: str
    origin: str
    domain: str
    language: str
    split: str
    num_turns: int


@dataclass(frozen=True, slots=True)
class RejectionGroup:
    """Items that one stage dropped for one reason."""

    stage: str
    reason: str
    count: int
    examples: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class SilentGroup:
    """Contexts that produced no row, for one main reason."""

    reason: str
    count: int
    examples: tuple[ContextWithoutRow, ...]


@dataclass(frozen=True, slots=True)
class SkippedGroup:
    """Input files that were not read, for one reason."""

    reason: str
    count: int
    names: tuple[str, ...]
    """Names of the first files."""


@dataclass(frozen=True, slots=True)
class DuplicateCluster:
    """A document that was kept and its duplicates, which were dropped."""

    survivor_id: str
    survivor_title: str
    survivor_uri: str
    dropped: tuple[ClusterMember, ...]
    dropped_uris: Mapping[str, str]
    """URIs by `doc_id`, for the documents whose rejections were found."""


@dataclass(frozen=True, slots=True)
class RowCounts:
    """The counts of the rows and their turns."""

    turns: tuple[TurnCell, ...]
    num_rows: Mapping[str, int]
    """Number of rows by split."""
    depth_bins: tuple[int, ...]
    """For each tenth of a document, the number of turns whose first evidence starts there."""
    num_tokens: int
    num_loss_tokens: int
    """Number of tokens of the answers."""


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """Everything on the page that is not in the manifest."""

    corpus: tuple[CorpusCell, ...]
    rows: RowCounts
    rejections: tuple[RejectionGroup, ...]
    num_dead: int
    dead: tuple[DeadLetter, ...]
    num_clusters: int
    clusters: tuple[DuplicateCluster, ...]
    samples: tuple[SampleRow, ...]
    silent: tuple[SilentGroup, ...] = ()
    """Contexts that produced no row, most frequent reason first."""
    skipped: tuple[SkippedGroup, ...] = ()
    boilerplate: tuple[RemovedLine, ...] = ()
    """The lines that were removed most often as boilerplate."""
    contamination: ContaminationSummary = field(default_factory=ContaminationSummary)


@dataclass(frozen=True, slots=True)
class _RowAddress:
    """A row's parquet file and the row's number in that file."""

    path: str
    row: int


def summarise_build(build_folder: str) -> BuildSummary:
    """Read a build folder, which may be unfinished, and return its counts and examples."""
    folder = BuildFolder(build_folder)
    rows, addresses = _count_rows(folder)
    examples = [_read_at(address, SftExample) for address in addresses]
    contexts, corpus = _count_corpus(folder, {doc_id for example in examples for doc_id in example.doc_ids})
    clusters = _clusters(folder)
    shown = sorted(clusters, key=lambda members: (-len(members), members[0].cluster_id))[:_MAX_CLUSTERS]
    rejections, uris = _group_rejections(folder, {member.doc_id for members in shown for member in members})
    num_dead, dead = _first_dead(folder)
    return BuildSummary(
        corpus=corpus,
        rows=rows,
        rejections=rejections,
        num_dead=num_dead,
        dead=dead,
        num_clusters=len(clusters),
        clusters=tuple(_cluster(members, uris) for members in shown),
        samples=tuple(sample_row(example, contexts) for example in examples),
        silent=_silent_groups(folder),
        skipped=_skipped_groups(folder),
        boilerplate=most_removed_lines(folder),
        contamination=summarise_contamination(folder),
    )


def depth_bin(depth: float) -> int:
    """Return the number of the tenth that a depth falls into; depth 1 falls into the last tenth."""
    return min(int(depth * NUM_DEPTH_BINS), NUM_DEPTH_BINS - 1)


def _count_rows(folder: BuildFolder) -> tuple[RowCounts, list[_RowAddress]]:
    """Return the counts, and the addresses of the sample rows."""
    counts: Counter[tuple[str, ...]] = Counter()
    num_rows: Counter[str] = Counter()
    bins = [0] * NUM_DEPTH_BINS
    num_tokens = num_loss_tokens = 0
    smallest: dict[tuple[str, ...], tuple[int, _RowAddress]] = {}
    columns = ["id", "turns", "domain", "language", "split", "num_tokens", "num_loss_tokens", "evidence"]
    for address, row in _rows(folder.sft, columns):
        num_rows[row["split"]] += 1
        num_tokens += row["num_tokens"]
        num_loss_tokens += row["num_loss_tokens"]
        depths = {evidence["turn"]: evidence["depth"] for evidence in reversed(row["evidence"])}
        for depth in depths.values():
            bins[depth_bin(depth)] += 1
        rank = stable_hash64("sample", row["id"])
        for turn in row["turns"]:
            counts[turn["task"], turn["origin"], row["domain"], row["language"], row["split"]] += 1
            group = (row["domain"], row["language"], turn["task"], turn["origin"])
            if group not in smallest or rank < smallest[group][0]:
                smallest[group] = (rank, address)
    chosen = choose_varied(sorted(smallest), _MAX_SAMPLES)
    cells = tuple(
        TurnCell(task=task, origin=origin, domain=domain, language=language, split=split, num_turns=count)
        for (task, origin, domain, language, split), count in sorted(counts.items())
    )
    # One row can be the sample of several groups.
    addresses = list(dict.fromkeys(smallest[group][1] for group in chosen))
    return RowCounts(cells, dict(num_rows), tuple(bins), num_tokens, num_loss_tokens), addresses


def _count_corpus(folder: BuildFolder, wanted_ids: set[str]) -> tuple[dict[str, Context], tuple[CorpusCell, ...]]:
    documents: Counter[tuple[int, str, str]] = Counter()
    tokens: Counter[tuple[int, str, str]] = Counter()
    contexts = {}
    for address, row in _rows(folder.corpus, ["doc_id", "bucket", "domain", "language", "num_tokens"]):
        key = (row["bucket"], row["domain"], row["language"])
        documents[key] += 1
        tokens[key] += row["num_tokens"]
        if row["doc_id"] in wanted_ids:
            contexts[row["doc_id"]] = _read_at(address, Context)
    cells = (CorpusCell(*key, num_documents=documents[key], num_tokens=tokens[key]) for key in sorted(documents))
    return contexts, tuple(cells)


def _clusters(folder: BuildFolder) -> list[list[ClusterMember]]:
    """Return the dropped members of each cluster."""
    members: defaultdict[str, list[ClusterMember]] = defaultdict(list)
    if files.exists(folder.clusters):
        for member in read_part(folder.clusters, ClusterMember):
            if not member.is_kept:
                members[member.cluster_id].append(member)
    return list(members.values())


def _cluster(members: Sequence[ClusterMember], uris: Mapping[str, str]) -> DuplicateCluster:
    first = members[0]
    return DuplicateCluster(
        survivor_id=first.cluster_id,
        survivor_title=first.survivor_title,
        survivor_uri=first.survivor_uri,
        dropped=tuple(members),
        dropped_uris={member.doc_id: uris[member.doc_id] for member in members if member.doc_id in uris},
    )


def _group_rejections(folder: BuildFolder, wanted_ids: set[str]) -> tuple[tuple[RejectionGroup, ...], dict[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    examples: defaultdict[tuple[str, str], list[Rejection]] = defaultdict(list)
    uris = {}
    for rejection in read_parts(folder.rejected, Rejection):
        key = (rejection.stage, rejection.reason)
        counts[key] += 1
        if len(examples[key]) < _MAX_EXAMPLES:
            examples[key].append(rejection)
        if rejection.item_id in wanted_ids:
            uris[rejection.item_id] = rejection.source_uri
    groups = (
        RejectionGroup(stage=stage, reason=reason, count=count, examples=tuple(examples[stage, reason]))
        for (stage, reason), count in sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
    )
    return tuple(groups), uris


def _silent_groups(folder: BuildFolder) -> tuple[SilentGroup, ...]:
    counts: Counter[str] = Counter()
    examples: defaultdict[str, list[ContextWithoutRow]] = defaultdict(list)
    if files.exists(folder.without_row):
        for context in read_part(folder.without_row, ContextWithoutRow):
            counts[context.reason] += 1
            if len(examples[context.reason]) < _MAX_EXAMPLES:
                examples[context.reason].append(context)
    return tuple(
        SilentGroup(reason, count, tuple(examples[reason]))
        for reason, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def _skipped_groups(folder: BuildFolder) -> tuple[SkippedGroup, ...]:
    counts: Counter[str] = Counter()
    for path in files.list_files(folder.shard_reports(_INGEST), suffix=".json"):
        for name, count in read_shard_report(path).counters.items():
            if name.startswith(_SKIPPED):
                counts[name.removeprefix(_SKIPPED)] += count
    names: defaultdict[str, list[str]] = defaultdict(list)
    for file in read_parts(folder.files, SourceFile):
        if file.fate is FileFate.SKIPPED and len(names[file.reason]) < _MAX_NAMES:
            names[file.reason].append(file.source_uri)
    return tuple(
        SkippedGroup(reason, count, tuple(names[reason]))
        for reason, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def _first_dead(folder: BuildFolder) -> tuple[int, tuple[DeadLetter, ...]]:
    count = 0
    first: list[DeadLetter] = []
    for letter in read_parts(folder.dead, DeadLetter):
        count += 1
        if len(first) < _MAX_DEAD:
            first.append(letter)
    return count, tuple(first)


def _rows(folder: str, columns: list[str]) -> Iterator[tuple[_RowAddress, dict[str, Any]]]:
    for path in files.list_files(folder, suffix=".parquet"):
        with files.open_binary(path) as file:
            number = 0
            reader = pq.ParquetFile(file)
            for batch in reader.iter_batches(columns=stored_columns(columns, path, reader.schema_arrow.names)):
                for row in with_folder_column(batch, path, columns).to_pylist():
                    yield _RowAddress(path=path, row=number), row
                    number += 1


def _read_at(address: _RowAddress, record_type: type[Record]) -> Record:
    return read_rows(address.path, [address.row], record_type)[address.row]
