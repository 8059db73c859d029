"""A sample of real documents as contexts: files of a folder drawn by seed, read and cleaned as a build does.

In: a folder with a subfolder for each domain, below it any folders and files. Out: corpus parts in a build folder.
Files are drawn evenly over the folders two deep (`legal/en`, `manual/ko`), of a file with many documents the first few;
source trees count as one document, and single files of code are drawn beside them. Used by `structural_rows`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource, Joining
from pipeline.documents.discovery import discover
from pipeline.documents.items import SourceItem
from pipeline.documents.planning import encode_segment, plan_segments
from pipeline.documents.projects import is_source_file
from pipeline.documents.skipped_names import SkippedNames
from pipeline.domains import domain_names
from pipeline.errors import InputError
from pipeline.identity import stable_hash64
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import read_part, write_part
from pipeline.pack.contexts import Placement, part_context
from pipeline.records import Context, Document
from pipeline.stages.ingest import IngestWork
from pipeline.stages.shards import Shard, shard_id

_MAX_FROM_FILE = 8
_MAX_CONTEXT_CHARS = 400_000
_BUCKET = 1 << 20
_CHARS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A file or tree to read."""

    source: InputSource
    item: SourceItem


def write_contexts(data: Path, folder: BuildFolder, *, num_documents: int, seed: int) -> int:
    """Draw, read and clean documents, and write each as a context, or in parts; returns how many documents.

    Raises:
        InputError: the folder has no subfolder of a domain's name with a document in it.
    """
    groups = {key: drawn for key, drawn in sorted(_groups(data, seed)) if drawn}
    if not groups:
        raise InputError(
            f"{data} has no folder named {', '.join(domain_names())} with documents.", remedy="See --help."
        )
    taken: dict[str, int] = dict.fromkeys(groups, 0)
    number = 0
    while groups and sum(taken.values()) < num_documents:
        for key in list(groups):
            if not groups[key]:
                del groups[key]
                continue
            found = list(_read(groups[key].pop(), folder, number, limit=min(_MAX_FROM_FILE, num_documents)))
            number += 1
            taken[key] += len(found)
            contexts = [context for document in found for context in _contexts(document)]
            if contexts:
                write_part(folder.corpus_part(_BUCKET, shard_id(number)), contexts, Context)
            if sum(taken.values()) >= num_documents:
                break
    return sum(taken.values())


def _groups(data: Path, seed: int) -> Iterator[tuple[str, list[_Drawn]]]:
    for domain in domain_names():
        root = data / domain
        if not root.is_dir():
            continue
        if domain == "code":
            yield domain, _draw(root, domain, Joining.AUTO, seed)
            single = _draw(root, domain, Joining.FILE, seed)
            yield f"{domain}/files", [one for one in single if is_source_file(one.item.key)]
            continue
        for folder in sorted(path for path in root.iterdir() if path.is_dir()):
            yield f"{domain}/{folder.name}", _draw(folder, domain, Joining.FILE, seed)


def _draw(folder: Path, domain: str, join: Joining, seed: int) -> list[_Drawn]:
    source = InputSource(path=str(folder), domain=domain, join=join)
    items = discover([source]).items
    if join is Joining.AUTO:
        items = [item for item in items if item.members]
    return [_Drawn(source, item) for item in sorted(items, key=lambda item: stable_hash64(seed, item.key))]


def _read(drawn: _Drawn, folder: BuildFolder, number: int, *, limit: int) -> Sequence[Document]:
    item = replace(drawn.item, source_index=0)
    shard = Shard(
        shard_id=shard_id(number),
        inputs=tuple(
            encode_segment(segment)
            for segments in plan_segments([item], shard_bytes=1 << 40, min_shards=1)
            for segment in segments
        ),
    )
    work = IngestWork(
        sources=(drawn.source,),
        ingest=IngestRecipe(max_documents=limit),
        clean=CleanRecipe(),
        skipped=SkippedNames(),
        fingerprint="structural-rows",
    )
    with ShardLedger(folder=folder, stage="ingest", shard_id=shard.shard_id, fingerprint=work.fingerprint) as ledger:
        work.run(shard, folder, ledger)
    path = folder.document_part(shard.shard_id)
    return list(read_part(path, Document)) if Path(path).exists() else []


def _contexts(document: Document) -> Iterator[Context]:
    """The document, cut at sections where it is longer than a context may be."""
    starts = [0]
    for section in document.sections:
        if section.end - starts[-1] > _MAX_CONTEXT_CHARS and section.start > starts[-1]:
            starts.append(section.start)
    ends = [*starts[1:], len(document.text)]
    for part, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
        placement = Placement((end - start) // _CHARS_PER_TOKEN, _BUCKET, document.doc_id, 1)
        yield part_context(document, start=start, end=end, part=part, num_parts=len(starts), placement=placement)
