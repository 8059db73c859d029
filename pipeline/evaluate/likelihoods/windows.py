"""Chooses the held-out windows of a build: the tokens on which perplexity is scored, and the context before them.

Takes a build's `Material` and a tokenizer. Returns `HeldOutWindows`, which hold token ids and their origin. Used by
the task `perplexity`.

The scored tokens are the last tokens of a window. A shorter context is therefore a suffix of a longer context, and the
scored tokens are the same at every length. The scored tokens of a window belong to one held-out document. If that
document is shorter than the longest context, other documents precede it, in the order of `Material.fillers`: the most
similar one is the nearest. No document appears twice in a window, because the model could copy from it.

Cost: reads and tokenizes the texts of the few documents used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import InputError
from pipeline.evaluate.material import NO_HELD_OUT_NOTE, CorpusEntry, Material
from pipeline.identity import stable_hash64

Tokenize = Callable[[str], Sequence[int]]

_SEPARATOR = "\n\n"


@dataclass(frozen=True, slots=True)
class Window:
    """One stream of tokens; the last `num_scored` are scored."""

    ids: tuple[int, ...]
    num_scored: int
    doc_id: str
    """The document of the scored tokens."""
    end: int
    """Number of tokens in `doc_id` before the end of the window."""
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


def held_out_windows(
    material: Material,
    *,
    tokenize: Tokenize,
    lengths: Sequence[int],
    scored_tokens: int,
    max_windows: int,
    seed: int,
) -> HeldOutWindows:
    """Choose windows from a build's held-out documents, the longest documents first.

    If no document is held out, all documents count as held out, and a note says so. Documents that fill the longest
    context count as equally long; the seed decides their order. Documents with fewer than 2 × `scored_tokens` tokens
    are not scored; for this choice, tokens are those of the build's tokenizer.

    Args:
        material: the documents of a build.
        tokenize: converts a text to token ids, without special tokens.
        lengths: context lengths in tokens, including the scored tokens.
        scored_tokens: number of tokens scored at the end of each window.
        max_windows: maximum number of windows; with fewer documents than this, a document provides several windows.
        seed: the recipe's seed.

    Raises:
        InputError: a length is not above `scored_tokens`, no held-out document is long enough to be scored, or the
            corpus is too short for even the smallest length.
    """
    wanted = sorted(set(lengths))
    if wanted[0] <= scored_tokens:
        raise InputError(
            f"Perplexity at {wanted[0]} tokens leaves no context before the {scored_tokens} scored tokens.",
            remedy="Raise the length, or lower evaluate.tasks.perplexity.scored_tokens.",
        )
    held_out = material.held_out or material.documents
    notes = [] if material.held_out else [NO_HELD_OUT_NOTE]
    texts = _Texts(material, tokenize)
    targets = [entry for entry in _longest_first(held_out, wanted[-1], seed) if entry.num_tokens >= 2 * scored_tokens]
    ends = _window_ends(texts, targets[:max_windows], wanted[-1], scored_tokens, max_windows)
    if not ends:
        raise InputError(
            f"No document in {material.build} has {2 * scored_tokens} tokens, twice the scored tokens of a window.",
            remedy="Give a build with longer documents with --data, or lower evaluate.tasks.perplexity.scored_tokens.",
        )
    streams = [
        _window(texts, entry, end, material.fillers(entry, seed=seed), wanted[-1], scored_tokens) for entry, end in ends
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


def _longest_first(entries: Sequence[CorpusEntry], length: int, seed: int) -> list[CorpusEntry]:
    return sorted(
        entries, key=lambda entry: (-min(entry.num_tokens, length), stable_hash64("window", seed, entry.doc_id))
    )


class _Texts:
    """Token ids of documents; each document is read and tokenized once."""

    def __init__(self, material: Material, tokenize: Tokenize) -> None:
        self._material = material
        self.separator = tuple(tokenize(_SEPARATOR))
        self._tokenize = tokenize
        self._ids: dict[str, tuple[int, ...]] = {}

    def ids(self, entry: CorpusEntry) -> tuple[int, ...]:
        if entry.doc_id not in self._ids:
            self._ids[entry.doc_id] = tuple(self._tokenize(self._material.context(entry.doc_id).text))
        return self._ids[entry.doc_id]


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
        end=end,
        domain=target.domain,
        language=target.language,
        num_own_tokens=min(len(target_ids), length),
        joined_doc_ids=tuple(reversed(joined)),
    )
