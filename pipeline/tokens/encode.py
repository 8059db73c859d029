"""Encodes texts, long ones in pieces but with the ids of the whole text, and finds the token at a character offset.

Takes texts and a model reference; returns uint32 arrays. A string in a text that looks like a control token is encoded
as plain text. Ids of control tokens come only from hidden names (see `control`), which only `rendering` writes. A long
text is encoded in pieces if that is proven to be safe for the tokenizer (see `pieces`); any other text is encoded
whole. Used by the pack, synthesize and export stages, training, evaluation, the RoPE search and teachers. Cost: one CPU
second per 6 MB of long texts, or per 2 MB of others.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.tokens.control import ControlTokens
from pipeline.tokens.cuts import UnprovenError
from pipeline.tokens.letters import NO_KIND, kind_of
from pipeline.tokens.pieces import PiecedText, PieceEncoder, PieceMemo, encode_pieces, make_piece_encoder
from pipeline.tokens.tokenizer import backend_copy, control_tokens_of

logger = logging.getLogger(__name__)

Ids = npt.NDArray[np.uint32]

_LONG_CHARS = 2**13
"""Texts of at least this length are encoded in pieces. At this length, pieces take two thirds of the time of the whole
text when none was seen before; at half this length, both take the same time."""
_BATCH_CHARS = 2**20
"""Maximum number of characters in a batch of texts, unless a single text is longer."""


@dataclass(frozen=True, slots=True, eq=False)
class _Encoder:
    whole: Any
    """A `tokenizers.Tokenizer` made by `tokenizer.backend_copy`."""
    controls: ControlTokens
    pieces: PieceEncoder | None
    """None if no cut is proven to be safe for the tokenizer."""


def count_tokens(texts: Sequence[str], reference: str) -> list[int]:
    """Return the number of tokens of each text.

    Raises:
        InputError: The reference has no tokenizer; the tokenizer has no fast form, or has a control token that cannot
            be renamed.
    """
    return [ids.size for ids in encode_documents(texts, reference)]


def encode_documents(texts: Sequence[str], reference: str) -> list[Ids]:
    """Return the ids of each text, shape [tokens], equal to those of the text encoded whole.

    Raises:
        InputError: The reference has no tokenizer; the tokenizer has no fast form, or has a control token that cannot
            be renamed.
    """
    encoder, memo = _encoder(reference), PieceMemo()
    ids: dict[int, Ids] = {}
    for index, text in enumerate(texts):
        if len(text) >= _LONG_CHARS and (pieced := _encode_pieced(text, encoder, memo, reference)) is not None:
            ids[index] = pieced.ids
    whole = [index for index in range(len(texts)) if index not in ids]
    for batch in _batches(whole, texts):
        encodings = encoder.whole.encode_batch_fast([texts[index] for index in batch], add_special_tokens=False)
        for index, encoding in zip(batch, encodings, strict=True):
            ids[index] = np.array(encoding.ids, dtype=np.uint32)
    return [ids[index] for index in range(len(texts))]


def encode_with_boundaries(text: str, reference: str, at: Sequence[int]) -> tuple[Ids, list[int]]:
    """Return the ids of a text, and for each character offset in `at` the first token that starts there or later.

    A token that begins in the middle of a character's bytes counts as starting at that character. For an offset after
    the start of the last token, the returned index is the number of tokens.

    Raises:
        InputError: The reference has no tokenizer; the tokenizer has no fast form, or has a control token that cannot
            be renamed.
    """
    encoder = _encoder(reference)
    pieced = _encode_pieced(text, encoder, PieceMemo(), reference) if len(text) >= _LONG_CHARS else None
    if pieced is None:
        encoding = encoder.whole.encode(text, add_special_tokens=False)
        starts = [start for start, _ in encoding.offsets]
        return np.array(encoding.ids, dtype=np.uint32), [bisect_left(starts, offset) for offset in at]
    return pieced.ids, [_first_token_from(offset, text, pieced, encoder) for offset in at]


def encode_parted(text: str, reference: str, at: Sequence[int]) -> tuple[Ids, list[int]]:
    """Return the ids of a text in which no token spans an offset, and for each offset the number of tokens before it.

    The text is divided into sections at hidden names and at the offsets where a cut is safe. An offset where no cut is
    safe is inside a section. The section keeps the ids of its whole text if they begin with the ids of the text before
    each such offset. If they do not, the section is cut at these offsets and its parts are encoded separately.

    Args:
        text: a text that may contain hidden names of control tokens.
        reference: the model reference.
        at: ascending character offsets; the last one is the length of the text.

    Raises:
        InputError: The reference has no tokenizer; the tokenizer has no fast form, or has a control token that cannot
            be renamed.
    """
    encoder = _encoder(reference)
    bounds = encoder.controls.bounds(text)
    sections = _sections(text, at, bounds, encoder)
    prefixes = [text[start:offset] for start, _, inner in sections for offset in inner]
    encoded = encode_documents([*(text[start:end] for start, end, _ in sections), *prefixes], reference)
    prefix_ids = iter(encoded[len(sections) :])
    ids: list[Ids] = []
    num_before, tokens = 0, {0: 0}
    for (start, end, inner), whole in zip(sections, encoded, strict=False):
        before = [next(prefix_ids) for _ in inner]
        if not all(np.array_equal(whole[: prefix.size], prefix) for prefix in before):
            parts = encode_documents([text[s:e] for s, e in pairwise([start, *inner, end])], reference)
            sizes = np.cumsum([part.size for part in parts]).tolist()
            whole = np.concatenate(parts)
        else:
            sizes = [*(prefix.size for prefix in before), whole.size]
        tokens |= {offset: num_before + size for offset, size in zip([*inner, end], sizes, strict=True)}
        num_before += whole.size
        ids.append(whole)
    return np.concatenate([np.empty(0, dtype=np.uint32), *ids]), [tokens[offset] for offset in at]


def _sections(
    text: str, at: Sequence[int], bounds: Sequence[int], encoder: _Encoder
) -> list[tuple[int, int, list[int]]]:
    """Return (start, end, offsets inside) of sections whose ids do not depend on each other."""
    cuts = {0, len(text), *bounds}
    cuts |= {offset for offset in at if offset not in cuts and _is_safe_cut(text, offset, encoder)}
    inside = sorted(set(at) - cuts)
    return [(start, end, [o for o in inside if start < o < end]) for start, end in pairwise(sorted(cuts))]


def _is_safe_cut(text: str, offset: int, encoder: _Encoder) -> bool:
    if encoder.pieces is None:
        return False
    before, after = kind_of(text[offset - 1]), kind_of(text[offset])
    return NO_KIND not in (before, after) and bool(encoder.pieces.pairs[before, after])


def _first_token_from(offset: int, text: str, pieced: PiecedText, encoder: _Encoder) -> int:
    """Return the first token that starts at or after an offset; only the piece around the offset is encoded again."""
    piece = int(np.searchsorted(pieced.char_starts, offset, side="right")) - 1
    if piece < 0 or piece >= pieced.char_starts.size - 1:
        return 0 if piece < 0 else pieced.ids.size
    start, end = pieced.char_starts[piece : piece + 2].tolist()
    first_token = int(pieced.token_starts[piece])
    if offset == start:
        return first_token
    offsets = encoder.whole.encode(text[start:end], add_special_tokens=False).offsets
    return first_token + bisect_left([token_start for token_start, _ in offsets], offset - start)


def _encode_pieced(text: str, encoder: _Encoder, memo: PieceMemo, reference: str) -> PiecedText | None:
    if encoder.pieces is None:
        return None
    pieced = encode_pieces(text, encoder.pieces, memo)
    if pieced is None:
        logger.warning(
            "a text of %d characters is encoded whole, because pieces are not safe for it with the tokenizer of %s",
            len(text),
            reference,
        )
    return pieced


def _batches(indices: Sequence[int], texts: Sequence[str]) -> Iterator[list[int]]:
    """Yield batches of indices in order; a batch has up to `_BATCH_CHARS` characters of text, or one longer text."""
    batch: list[int] = []
    num_chars = 0
    for index in indices:
        if batch and num_chars + len(texts[index]) > _BATCH_CHARS:
            yield batch
            batch, num_chars = [], 0
        batch.append(index)
        num_chars += len(texts[index])
    if batch:
        yield batch


@cache
def _encoder(reference: str) -> _Encoder:
    whole, controls = backend_copy(reference), control_tokens_of(reference)
    try:
        return _Encoder(whole, controls, make_piece_encoder(whole))
    except UnprovenError as error:
        logger.warning(
            "the tokenizer of %s has %s, so long documents are encoded whole, which is slow", reference, error
        )
        return _Encoder(whole, controls, None)
