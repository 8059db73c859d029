"""Chooses a few documents of a recipe, spread over sources, domains and languages. Used by `pipeline preview`.

`sample_corpus` takes them from a build folder with a packed corpus, so they are exactly what the build asks about.
Without one, `sample_documents` reads the inputs and returns contexts as the pack stage would make them: read, cleaned
and encoded as in a build. What a build decides by looking at many documents is left out there: lines that a source
repeats are not removed, duplicates are not looked for, items of evaluation sets neither there nor in the replies, and
short documents are not joined. So the teacher may see a few more lines than in the build.

The choice depends only on the documents and the seed. Cost: of inputs, four documents are read for each one that is
returned; of a corpus, the columns without texts.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Protocol, TypeVar

from pipeline.clean.document import clean_document
from pipeline.config.recipe import Recipe
from pipeline.documents.items import Segment
from pipeline.documents.planning import decode_segment
from pipeline.documents.readers.reader import Extract, Failed, NotRead
from pipeline.documents.reading import read_segment
from pipeline.documents.source_settings import read_settings
from pipeline.errors import InputError, PipelineError
from pipeline.identity import stable_hash64
from pipeline.io.layout import BuildFolder
from pipeline.io.outputs import part_files
from pipeline.io.parts import read_files_columns, read_rows
from pipeline.pack.contexts import Placement, bucket_for, part_context, part_outlines
from pipeline.pack.encoding import Unplaced
from pipeline.pack.parts import encode_parts
from pipeline.records import Context, Document, Rejection
from pipeline.stages.ingest import plan_ingest
from pipeline.synthesize.members import DocumentView, document_views
from pipeline.transforms.reading import named_reading

logger = logging.getLogger(__name__)

_READ_FOR_EACH = 4
"""How many documents are read for each one that is returned, so that there is a choice of domains and languages."""
_TRIED_FOR_EACH = 16
_MIN_TRIED = 200
"""At most this many records are read if few of them are documents of the wanted domain, or more for many documents."""
_RECORDS_OF_A_FILE = 8
"""How many records are read of a file that holds many."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The documents that were chosen, and what became of the records that were read for the choice."""

    views: tuple[DocumentView, ...]
    num_read: int
    """Number of records read, with those that were not chosen; of a corpus, the number of its rows."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Number of records by the reason why they are no document of a build."""


@dataclass(frozen=True, slots=True)
class _Row:
    """Where a corpus row is, and what decides whether it is chosen."""

    path: str
    number: int
    doc_id: str
    domain: str
    language: str


class Labelled(Protocol):
    """A document with a domain and a language."""

    @property
    def domain(self) -> str:
        """The name of the domain."""

    @property
    def language(self) -> str:
        """The code of the language."""


Document_ = TypeVar("Document_", bound=Labelled)


def sample_corpus(folder: BuildFolder, recipe: Recipe, *, count: int, domain: str = "") -> Sample:
    """Return at most `count` documents of a build's corpus: rows, or one document of a joined row each.

    Args:
        folder: a build folder with a corpus.
        recipe: the recipe, whose seed decides.
        count: the maximum number of documents.
        domain: the domain that they must have; empty for any.

    Raises:
        InputError: the corpus has no document of the domain.
    """
    rows = list(_corpus_rows(folder))
    wanted = [row for row in rows if domain in ("", row.domain)]
    wanted.sort(key=lambda row: stable_hash64("preview", recipe.seed, row.doc_id))
    chosen = _asked_about_first(wanted, recipe)[:count]
    if not chosen:
        raise _none_found(domain, len(rows), Counter(f"domain {row.domain}" for row in rows))
    return Sample(tuple(_view(row, recipe.seed) for row in chosen), len(rows))


def sample_documents(
    recipe: Recipe, *, count: int, domain: str = "", show: Callable[[int], None] = lambda _: None
) -> Sample:
    """Return at most `count` documents of the inputs, as whole contexts or as one part of a long document each.

    Documents in languages that the teacher is not asked about come last.

    Args:
        recipe: the inputs, and how they are read, cleaned and encoded.
        count: the maximum number of documents.
        domain: the domain that they must have; empty for any.
        show: called with the number of records that were read so far.

    Raises:
        InputError: an input cannot be used, or no document was found.
        MissingExtraError: an input's filesystem needs an extra that is not installed.
    """
    most_read = max(_MIN_TRIED, _TRIED_FOR_EACH * count)
    dropped: Counter[str] = Counter()
    documents: list[Document] = []
    num_read = 0
    for outcome in islice(_records(recipe), most_read):
        num_read += 1
        show(num_read)
        if not isinstance(outcome, Document):
            dropped[outcome] += 1
        elif domain and outcome.domain != domain:
            dropped[f"domain {outcome.domain}"] += 1
        else:
            documents.append(outcome)
            if len(documents) >= _READ_FOR_EACH * count:
                break
    contexts = list(islice(_contexts(_asked_about_first(documents, recipe), recipe, dropped), count))
    if not contexts:
        raise _none_found(domain, num_read, dropped)
    views = tuple(DocumentView(context=context, row=context, index=None) for context in contexts)
    return Sample(views, num_read, dict(dropped))


def spread(documents: Iterable[Document_]) -> list[Document_]:
    """Return documents so that pairs of domain and language take turns: the first of each, then the second of each."""
    groups: defaultdict[tuple[str, str], list[Document_]] = defaultdict(list)
    for document in documents:
        groups[document.domain, document.language].append(document)
    # Languages alternate as early as domains do: two documents of four groups differ in both.
    ordered = _diagonal(sorted(groups))
    turns = zip_longest(*(groups[key] for key in ordered))
    return [document for turn in turns for document in turn if document is not None]


def _asked_about_first(documents: Sequence[Document_], recipe: Recipe) -> list[Document_]:
    """Return documents spread, and those in languages that the teacher is not asked about after the others."""
    written = recipe.synthesize.written
    languages = written.languages if written.tasks else ()
    return [
        *spread(document for document in documents if document.language in languages),
        *spread(document for document in documents if document.language not in languages),
    ]


def _corpus_rows(folder: BuildFolder) -> Iterator[_Row]:
    columns = ["doc_id", "domain", "language"]
    for path in part_files(folder, "corpus"):
        for number, row in enumerate(read_files_columns([path], columns).to_pylist()):
            yield _Row(path, number, *(row[name] for name in columns))


def _view(row: _Row, seed: int) -> DocumentView:
    views = list(document_views(read_rows(row.path, [row.number], Context)[row.number]))
    return views[stable_hash64("preview part", seed, row.doc_id) % len(views)]


def _diagonal(keys: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return keys so that the next one has the domain and the language that came least so far."""
    seen: Counter[tuple[int, str]] = Counter()
    left = list(keys)
    found = []
    while left:
        best = min(left, key=lambda key: sum(seen[place] for place in enumerate(key)))
        seen.update(enumerate(best))
        left.remove(best)
        found.append(best)
    return found


def _records(recipe: Recipe) -> Iterator[Document | str]:
    """Yield the outcome of each record: a document, or the reason why it is none. The inputs take turns."""
    plan = plan_ingest(sources=recipe.inputs, ingest=recipe.ingest, clean=recipe.clean)
    by_source: defaultdict[int, list[Segment]] = defaultdict(list)
    for shard in plan.shards:
        for text in shard.inputs:
            segment = decode_segment(text)
            by_source[segment.item.source_index].append(segment)
    for segments in by_source.values():
        segments.sort(key=lambda one: stable_hash64("preview", recipe.seed, one.item.key, one.start))
    for turn in zip_longest(*(by_source[index] for index in sorted(by_source))):
        for segment in turn:
            if segment is not None:
                yield from islice(_outcomes(segment, recipe), _RECORDS_OF_A_FILE)


def _outcomes(segment: Segment, recipe: Recipe) -> Iterator[Document | str]:
    source = recipe.inputs[segment.item.source_index]
    for reading in read_segment(segment, read_settings(source, recipe.ingest)):
        named, key = named_reading(reading, segment, recipe.clean.personal_data)
        if isinstance(named, NotRead):
            yield named.why.reason
        elif isinstance(named, Failed):
            yield type(named.error).__name__
        elif isinstance(named, Extract):
            try:
                outcome = clean_document(named, key=key, source=source, recipe=recipe.clean).outcome
            except PipelineError:
                raise
            except Exception as error:  # noqa: BLE001  # as in ingest, an unexpected error costs one document
                logger.warning(
                    "preview: %s at %d could not be read (%s)", named.uri, named.offset, type(error).__name__
                )
                yield type(error).__name__
                continue
            yield outcome.reason if isinstance(outcome, Rejection) else outcome


def _contexts(documents: Iterable[Document], recipe: Recipe, dropped: Counter[str]) -> Iterator[Context]:
    """Yield one context of each document: all of it, or the part that the seed chooses."""
    pack = recipe.pack
    for document in documents:
        parts = encode_parts(document, pack)
        if isinstance(parts, Unplaced):
            dropped[parts.why.reason] += 1
            continue
        chosen = stable_hash64("preview part", recipe.seed, document.doc_id) % len(parts)
        part = parts[chosen]
        outline = list(part_outlines(document, [(one.start, one.end) for one in parts]))[chosen]
        yield part_context(
            document,
            start=part.start,
            end=part.end,
            part=chosen + 1,
            num_parts=len(parts),
            placement=Placement(
                num_tokens=part.num_tokens,
                bucket=bucket_for(part.num_tokens, buckets=pack.buckets, room_tokens=pack.room_tokens),
                cluster_id=document.doc_id,
                repeats=1,
            ),
            outline=outline,
        )


def _none_found(domain: str, num_read: int, dropped: Mapping[str, int]) -> InputError:
    wanted = f"document of the domain {domain}" if domain else "document"
    reasons = ", ".join(f"{reason} {number}" for reason, number in sorted(dropped.items(), key=lambda one: -one[1]))
    return InputError(
        f"No {wanted} was found in the {num_read} records that were read ({reasons or 'there are none'}).",
        remedy="Name another --domain, or other inputs in the recipe.",
    )
