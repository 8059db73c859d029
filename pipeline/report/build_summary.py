"""The content of a build folder, counted for its report: one pass over each table, with a few examples.

In: a build folder. Out: `BuildSummary`. Used by `build_page`. Cost: reads every table once, without texts and messages.
Memory does not grow with the build, except for one entry per duplicate cluster.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pyarrow.parquet as pq

from pipeline.dedup.clusters import ClusterMember
from pipeline.documents.listing import SkippedFile
from pipeline.identity import stable_hash64
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import read_shard_report
from pipeline.io.parts import read_part, read_parts, read_rows
from pipeline.records import Context, DeadLetter, Rejection, SftExample
from pipeline.stages.asked import ContextWithoutRow

Record = TypeVar("Record")

NUM_DEPTH_BINS = 10
_MAX_SAMPLES = 10
_MAX_EXAMPLES = 5
_MAX_CLUSTERS = 50
_MAX_DEAD = 20
_MAX_QUOTES = 3
_MAX_NAMES = 20
_INGEST = "ingest"
_SKIPPED = "skipped/"
"""Prefix of the counters of input files that are not read."""
_CONTEXT_CHARS = 160


@dataclass(frozen=True, slots=True)
class CorpusCell:
    """Documents of one bucket, domain and language."""

    bucket: int
    domain: str
    language: str
    num_documents: int
    num_tokens: int


@dataclass(frozen=True, slots=True)
class RowCell:
    """Rows of one task, origin, domain, language and split."""

    task: str
    origin: str
    domain: str
    language: str
    split: str
    num_rows: int


@dataclass(frozen=True, slots=True)
class RejectionGroup:
    """Items that one stage dropped for one reason."""

    stage: str
    reason: str
    count: int
    examples: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class SilentGroup:
    """Contexts that gave no row, grouped by main reason."""

    reason: str
    count: int
    examples: tuple[ContextWithoutRow, ...]


@dataclass(frozen=True, slots=True)
class SkippedGroup:
    """Input files that are not read, for one reason."""

    reason: str
    count: int
    names: tuple[str, ...]
    """Of the first files."""


@dataclass(frozen=True, slots=True)
class DuplicateCluster:
    """A survivor and the documents dropped for it."""

    survivor_id: str
    survivor_title: str
    survivor_uri: str
    dropped: tuple[ClusterMember, ...]
    dropped_uris: Mapping[str, str]
    """By `doc_id`, for documents whose rejection was found."""


@dataclass(frozen=True, slots=True)
class Quote:
    """An evidence quote and the text around it."""

    doc_title: str
    before: str
    quote: str
    after: str
    depth: float


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One training row, without its document."""

    row: SftExample
    question: str
    answer: str
    quotes: tuple[Quote, ...]
    """The first quotes of the row's evidence."""


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """Everything on the page that is not in the manifest."""

    corpus: tuple[CorpusCell, ...]
    rows: tuple[RowCell, ...]
    depth_bins: tuple[int, ...]
    """Rows whose first evidence starts in each tenth of the document."""
    num_row_tokens: int
    rejections: tuple[RejectionGroup, ...]
    num_dead: int
    dead: tuple[DeadLetter, ...]
    num_clusters: int
    clusters: tuple[DuplicateCluster, ...]
    samples: tuple[SampleRow, ...]
    silent: tuple[SilentGroup, ...] = ()
    """Contexts without a row, most frequent reason first."""
    skipped: tuple[SkippedGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """A row's part file and its row number."""

    path: str
    row: int


def summarise_build(build_folder: str) -> BuildSummary:
    """Read a build folder, finished or not, and return its counts and examples."""
    folder = BuildFolder(build_folder)
    rows, depth_bins, num_row_tokens, places = _count_rows(folder)
    examples = [_read_at(place, SftExample) for place in places]
    contexts, corpus = _count_corpus(folder, {doc_id for example in examples for doc_id in example.doc_ids})
    clusters = _clusters(folder)
    shown = sorted(clusters, key=lambda members: (-len(members), members[0].cluster_id))[:_MAX_CLUSTERS]
    rejections, uris = _group_rejections(folder, {member.doc_id for members in shown for member in members})
    num_dead, dead = _first_dead(folder)
    return BuildSummary(
        corpus=corpus,
        rows=rows,
        depth_bins=depth_bins,
        num_row_tokens=num_row_tokens,
        rejections=rejections,
        num_dead=num_dead,
        dead=dead,
        num_clusters=len(clusters),
        clusters=tuple(_cluster(members, uris) for members in shown),
        samples=tuple(_sample(example, contexts) for example in examples),
        silent=_silent_groups(folder),
        skipped=_skipped_groups(folder),
    )


def choose_varied(keys: Sequence[tuple[str, ...]], limit: int) -> list[tuple[str, ...]]:
    """Return up to `limit` keys, each time the one whose components were shown least so far; ties by order."""
    seen: Counter[tuple[int, str]] = Counter()
    left = list(keys)
    chosen: list[tuple[str, ...]] = []
    while left and len(chosen) < limit:
        # Squares: one frequent component must weigh more than several components that were shown once.
        best = min(left, key=lambda key: sum(seen[place, part] ** 2 for place, part in enumerate(key)))
        seen.update(enumerate(best))
        left.remove(best)
        chosen.append(best)
    return chosen


def depth_bin(depth: float) -> int:
    """Return the tenth of the document that a depth falls into; depth 1 falls into the last."""
    return min(int(depth * NUM_DEPTH_BINS), NUM_DEPTH_BINS - 1)


def question_of(user_message: str, document_text: str) -> str:
    """Return the user's message without its document; only its end if the document is not in it verbatim."""
    if not document_text or document_text not in user_message:
        return user_message[-600:].strip()
    before, _, after = user_message.partition(document_text)
    return after.strip() or before.strip()


def _count_rows(folder: BuildFolder) -> tuple[tuple[RowCell, ...], tuple[int, ...], int, list[_Place]]:
    counts: Counter[tuple[str, ...]] = Counter()
    bins = [0] * NUM_DEPTH_BINS
    num_tokens = 0
    smallest: dict[tuple[str, ...], tuple[int, _Place]] = {}
    columns = ["id", "task", "origin", "domain", "language", "split", "num_tokens", "evidence"]
    for place, row in _rows(folder.sft, columns):
        counts[tuple(row[name] for name in ("task", "origin", "domain", "language", "split"))] += 1
        num_tokens += row["num_tokens"]
        if row["evidence"]:
            bins[depth_bin(row["evidence"][0]["depth"])] += 1
        group = (row["domain"], row["language"], row["task"], row["origin"])
        rank = stable_hash64("sample", row["id"])
        if group not in smallest or rank < smallest[group][0]:
            smallest[group] = (rank, place)
    chosen = choose_varied(sorted(smallest), _MAX_SAMPLES)
    cells = tuple(
        RowCell(task=task, origin=origin, domain=domain, language=language, split=split, num_rows=count)
        for (task, origin, domain, language, split), count in sorted(counts.items())
    )
    return cells, tuple(bins), num_tokens, [smallest[group][1] for group in chosen]


def _count_corpus(folder: BuildFolder, wanted_ids: set[str]) -> tuple[dict[str, Context], tuple[CorpusCell, ...]]:
    documents: Counter[tuple[int, str, str]] = Counter()
    tokens: Counter[tuple[int, str, str]] = Counter()
    contexts = {}
    for place, row in _rows(folder.corpus, ["doc_id", "bucket", "domain", "language", "num_tokens"]):
        key = (row["bucket"], row["domain"], row["language"])
        documents[key] += 1
        tokens[key] += row["num_tokens"]
        if row["doc_id"] in wanted_ids:
            contexts[row["doc_id"]] = _read_at(place, Context)
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
    if files.exists(folder.skipped_files):
        for one in read_part(folder.skipped_files, SkippedFile):
            names[one.reason].append(one.source_uri)
    return tuple(
        SkippedGroup(reason, count, tuple(names[reason][:_MAX_NAMES]))
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


def _sample(example: SftExample, contexts: Mapping[str, Context]) -> SampleRow:
    user = next((message.content for message in example.messages if message.role == "user"), "")
    answer = next((message.content for message in example.messages if message.role == "assistant"), "")
    document = contexts.get(example.doc_ids[0]) if example.doc_ids else None
    return SampleRow(
        row=example,
        question=question_of(user, document.text if document else ""),
        answer=answer,
        quotes=tuple(
            _quote(contexts[evidence.doc_id], evidence.start, evidence.end, evidence.depth)
            for evidence in example.evidence[:_MAX_QUOTES]
            if evidence.doc_id in contexts
        ),
    )


def _quote(context: Context, start: int, end: int, depth: float) -> Quote:
    text = context.text
    before = text[max(0, start - _CONTEXT_CHARS) : start]
    after = text[end : end + _CONTEXT_CHARS]
    return Quote(
        doc_title=context.title or context.source_uri,
        before=("…" if start > _CONTEXT_CHARS else "") + before,
        quote=text[start:end],
        after=after + ("…" if end + _CONTEXT_CHARS < len(text) else ""),
        depth=depth,
    )


def _rows(folder: str, columns: list[str]) -> Iterator[tuple[_Place, dict[str, Any]]]:
    for path in files.list_files(folder, suffix=".parquet"):
        with files.open_binary(path) as file:
            number = 0
            for batch in pq.ParquetFile(file).iter_batches(columns=columns):
                for row in batch.to_pylist():
                    yield _Place(path=path, row=number), row
                    number += 1


def _read_at(place: _Place, record_type: type[Record]) -> Record:
    return read_rows(place.path, [place.row], record_type)[place.row]
