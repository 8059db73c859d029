"""Chooses the held-out windows of a build: the tokens on which perplexity is scored, and the context before them.

Takes a build folder and a tokenizer. Returns `HeldOutWindows`, which hold token ids and their origin. Used by
`evaluate.measure`.

The scored tokens are the last tokens of a window. A shorter context is therefore a suffix of a longer context, and the
scored tokens are the same at every length. The scored tokens of a window belong to one held-out document. If that
document is shorter than the longest context, other documents precede it. The nearest ones are in the same language;
among these, the nearest are of the same domain; and among these, the nearest are held out. No document appears twice in
a window, because the model could copy from it.

Cost: reads the corpus without its texts, then the texts of the few documents used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow.parquet as pq

from pipeline.errors import InputError
from pipeline.identity import fingerprint, stable_hash64
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.outputs import built_files
from pipeline.records import Split

Tokenize = Callable[[str], Sequence[int]]

_SEPARATOR = "\n\n"


@dataclass(frozen=True, slots=True)
class CorpusEntry:
    """A row of the corpus, without its text."""

    doc_id: str
    parent_id: str
    domain: str
    language: str
    num_tokens: int
    path: str
    """The parquet file that contains the text."""


@dataclass(frozen=True, slots=True)
class Window:
    """One stream of tokens; the last `num_scored` are scored."""

    ids: tuple[int, ...]
    num_scored: int
    doc_id: str
    """The document of the scored tokens."""
    domain: str
    language: str
    num_own_tokens: int
    """Number of tokens at the end of `ids` that belong to `doc_id`; the tokens before them are other documents and the
    blank lines between documents."""
    joined_doc_ids: tuple[str, ...]
    """The documents before `doc_id`, in order."""

    def cut(self, length: int) -> tuple[int, ...]:
        """Return the window at one context length: its last `length` tokens."""
        return self.ids[-length:]


@dataclass(frozen=True, slots=True)
class HeldOutWindows:
    """The windows of an evaluation, their lengths, and notes for its report."""

    windows: tuple[Window, ...]
    lengths: tuple[int, ...]
    """The requested lengths for which the corpus is long enough, ascending."""
    notes: tuple[str, ...]

    def content_fingerprint(self, length: int) -> str:
        """Return a fingerprint of the exact tokens in the windows at one length."""
        return fingerprint([[list(window.cut(length)), window.num_scored] for window in self.windows])


def held_out_windows(
    build_folder: str,
    *,
    tokenize: Tokenize,
    lengths: Sequence[int],
    scored_tokens: int,
    max_windows: int,
    seed: int,
) -> HeldOutWindows:
    """Choose windows from a build's validation documents, the longest documents first.

    A validation document is one that a validation row asks about, or another part of the same parent document. If there
    is none, all documents count as held out, and a note says so. Documents that fill the longest context count as
    equally long; the seed decides their order. Documents with fewer than 2 × `scored_tokens` tokens are not scored.

    Args:
        build_folder: a folder that `build-sft` wrote.
        tokenize: converts a text to token ids, without special tokens.
        lengths: context lengths in tokens, including the scored tokens.
        scored_tokens: number of tokens scored at the end of each window.
        max_windows: maximum number of windows; with fewer documents than this, a document provides several windows.
        seed: the recipe's seed.

    Raises:
        InputError: the build has no corpus, a length is not above `scored_tokens`, no held-out document is long enough
            to be scored, or the corpus is too short for even the smallest length.
        DamagedFileError: a file of the build is missing or does not have the size in its report.
    """
    wanted = sorted(set(lengths))
    if wanted[0] <= scored_tokens:
        raise InputError(
            f"Perplexity at {wanted[0]} tokens leaves no context before the {scored_tokens} scored tokens.",
            remedy="Raise the length, or lower evaluate.perplexity.scored_tokens.",
        )
    folder = BuildFolder(build_folder)
    corpus = _read_corpus(folder)
    held_out, notes = _held_out(corpus, _validation_ids(folder))
    texts = _Texts(tokenize)
    targets = [entry for entry in _longest_first(held_out, wanted[-1], seed) if entry.num_tokens >= 2 * scored_tokens]
    ends = _window_ends(texts, targets[:max_windows], wanted[-1], scored_tokens, max_windows)
    if not ends:
        raise InputError(
            f"No document in {build_folder} has {2 * scored_tokens} tokens, twice the scored tokens of a window.",
            remedy="Give a build with longer documents with --data, or lower evaluate.perplexity.scored_tokens.",
        )
    streams = [
        _window(texts, entry, end, _fillers(entry, held_out, corpus, seed), wanted[-1], scored_tokens)
        for entry, end in ends
    ]
    return _fit_to_corpus(streams, wanted, held_out, notes)


def _fit_to_corpus(
    streams: Sequence[Window], wanted: Sequence[int], held_out: Sequence[CorpusEntry], notes: Sequence[str]
) -> HeldOutWindows:
    reach = min(len(window.ids) for window in streams)
    lengths = tuple(length for length in wanted if length <= reach)
    if not lengths:
        raise InputError(
            f"The corpus allows windows of at most {reach:,} tokens, but the smallest length is {wanted[0]:,}.",
            remedy="Ask for a shorter --length or give a larger build with --data.",
        )
    notes = [*notes]
    if len(lengths) < len(wanted):
        left_out = ", ".join(f"{length:,}" for length in wanted if length > reach)
        notes.append(f"Perplexity at {left_out} tokens is left out: the corpus allows windows of at most {reach:,}.")
    joined = [window for window in streams if window.num_own_tokens < lengths[-1]]
    if joined:
        held_out_ids = {entry.doc_id for entry in held_out}
        outside = {doc_id for window in joined for doc_id in window.joined_doc_ids} - held_out_ids
        source = "of the corpus, including training documents," if outside else "that are also held out"
        notes.append(
            f"In {len(joined)} of {len(streams)} windows the held-out document is shorter than {lengths[-1]:,} tokens; "
            f"other documents {source} precede it. Only tokens of the held-out document are scored."
        )
    return HeldOutWindows(windows=tuple(streams), lengths=lengths, notes=tuple(notes))


def _read_corpus(folder: BuildFolder) -> list[CorpusEntry]:
    columns = ["doc_id", "parent_id", "domain", "language", "num_tokens"]
    entries = []
    for path in built_files(folder, "corpus", stage="pack"):
        with files.open_binary(path) as file:
            rows = pq.read_table(file, columns=columns).to_pylist()
        entries += [CorpusEntry(**row, path=path) for row in rows]
    if not entries:
        raise InputError(f"{folder.root} has no corpus.", remedy="Give the folder of a finished build-sft with --data.")
    return sorted(entries, key=lambda entry: entry.doc_id)


def _validation_ids(folder: BuildFolder) -> set[str]:
    ids: set[str] = set()
    for path in built_files(folder, "sft", stage="export"):
        if not path.rsplit("/", 1)[-1].startswith(f"{Split.VALIDATION.value}-"):
            continue
        with files.open_binary(path) as file:
            for doc_ids in pq.read_table(file, columns=["doc_ids"])["doc_ids"].to_pylist():
                ids.update(doc_ids)
    return ids


def _held_out(corpus: Sequence[CorpusEntry], validation_ids: set[str]) -> tuple[list[CorpusEntry], list[str]]:
    parents = {
        entry.parent_id for entry in corpus if entry.doc_id in validation_ids or entry.parent_id in validation_ids
    }
    held_out = [entry for entry in corpus if entry.parent_id in parents]
    if held_out:
        return held_out, []
    return list(corpus), [
        "The build has no validation documents, so perplexity is scored on all its documents, "
        "which the model may have been trained on."
    ]


def _longest_first(entries: Sequence[CorpusEntry], length: int, seed: int) -> list[CorpusEntry]:
    return sorted(
        entries, key=lambda entry: (-min(entry.num_tokens, length), stable_hash64("window", seed, entry.doc_id))
    )


class _Texts:
    """Token ids of documents; each document is read and tokenized once."""

    def __init__(self, tokenize: Tokenize) -> None:
        self.separator = tuple(tokenize(_SEPARATOR))
        self._tokenize = tokenize
        self._ids: dict[str, tuple[int, ...]] = {}

    def ids(self, entry: CorpusEntry) -> tuple[int, ...]:
        if entry.doc_id not in self._ids:
            self._ids[entry.doc_id] = tuple(self._tokenize(_read_text(entry)))
        return self._ids[entry.doc_id]


def _read_text(entry: CorpusEntry) -> str:
    with files.open_binary(entry.path) as file:
        table = pq.read_table(file, columns=["doc_id", "text"], filters=[("doc_id", "=", entry.doc_id)])
    return str(table["text"][0].as_py())


def _window_ends(
    texts: _Texts, targets: Sequence[CorpusEntry], length: int, scored_tokens: int, max_windows: int
) -> list[tuple[CorpusEntry, int]]:
    """Return documents with window ends, at most `max_windows`: the first end of each document, then the second, …"""
    if not targets:
        return []
    per_document = -(-max_windows // len(targets))
    ends: Mapping[str, list[int]] = {
        entry.doc_id: spread_ends(len(texts.ids(entry)), length, scored_tokens, per_document) for entry in targets
    }
    in_turn = [
        (entry, ends[entry.doc_id][turn])
        for turn in range(per_document)
        for entry in targets
        if turn < len(ends[entry.doc_id])
    ]
    return in_turn[:max_windows]


def spread_ends(num_tokens: int, length: int, scored_tokens: int, count: int) -> list[int]:
    """Return up to `count` window ends in a document, starting with the end of the document.

    The scored tokens of two windows never overlap. If the document is long enough, the ends are spread evenly between
    token `length` and the end of the document, so that the document fills every window alone. In a shorter document,
    the scored tokens of the windows are adjacent, and at least `scored_tokens` tokens of the document precede them in
    every window. If the document has fewer than 2 × `scored_tokens` tokens, there are no ends.
    """
    room = num_tokens - max(length, 2 * scored_tokens)
    if count > 1 and room >= (count - 1) * scored_tokens:
        step = room // (count - 1)
        return [num_tokens - turn * step for turn in range(count)]
    ends = [num_tokens - turn * scored_tokens for turn in range(count)]
    return [end for end in ends if end >= 2 * scored_tokens]


def _fillers(
    target: CorpusEntry, held_out: Sequence[CorpusEntry], corpus: Sequence[CorpusEntry], seed: int
) -> Iterator[CorpusEntry]:
    held_out_ids = {entry.doc_id for entry in held_out}

    def difference(entry: CorpusEntry) -> tuple[bool, bool, bool, int]:
        return (
            entry.language != target.language,
            entry.domain != target.domain,
            entry.doc_id not in held_out_ids,
            stable_hash64("filler", seed, target.doc_id, entry.doc_id),
        )

    return iter(sorted((entry for entry in corpus if entry.parent_id != target.parent_id), key=difference))


def _window(
    texts: _Texts, target: CorpusEntry, end: int, fillers: Iterator[CorpusEntry], length: int, scored_tokens: int
) -> Window:
    target_ids = texts.ids(target)[:end]
    stream, joined = target_ids, []
    while len(stream) < length and (filler := next(fillers, None)) is not None:
        stream = texts.ids(filler) + texts.separator + stream
        joined.append(filler.doc_id)
    return Window(
        ids=stream[-length:],
        num_scored=scored_tokens,
        doc_id=target.doc_id,
        domain=target.domain,
        language=target.language,
        num_own_tokens=min(len(target_ids), length),
        joined_doc_ids=tuple(reversed(joined)),
    )
