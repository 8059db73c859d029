"""Proves, from a tokenizer's definition, between which characters a text can be cut without changing its ids.

Takes a fast tokenizer's JSON; returns pairs of *kinds*, which are sets of characters (see `letters`). Claim: if the
kind of the last character of text a and the kind of the first character of text b are such a pair, then
ids(a + b) = ids(a) + ids(b), whatever else a and b contain. The tokenizers library encodes a text in the four steps
below. The claim holds because each step treats a + b in the same way as a and b separately:

1. *Added tokens* are cut out of the raw text first. A cut is not safe between two characters that are neighbours inside
   an added token, or after whitespace if a token absorbs the whitespace around it (`lstrip`, `rstrip`). Nor is it safe
   next to the ends of a token that depends on its neighbours (`single_word`, `rstrip`).
2. *Normaliser*: none, NFC, replacement of one character, or a sequence of these. Characters that have a kind are stable
   under NFC and never compose with the character before them, so NFC(a + b) = NFC(a) + NFC(b). Text b must not begin
   with a character that composes with the next one, so that the first character of NFC(b) is known. A replacement maps
   kinds to kinds.
3. *Pre-tokenizers*: each one splits the output of the previous one. A pre-tokenizer is *local* at the cut if it splits
   a and b alone just as it splits a + b, except for a boundary between them. It is *bounding* if it also always puts a
   boundary there. A cut is safe if all pre-tokenizers up to a bounding one are local, because later ones then see a and
   b separately. For regular expressions (`Split`, `ByteLevel`), see `pattern`. `Digits` depends only on neighbours.
   `Metaspace` splits before every space that follows a different character, and adds no space before a text that
   begins with one. `Split` on one character is local next to all other characters.
4. *Model*: it encodes each split separately, so a boundary is enough for every model without dropout. Without a
   boundary, the merges of BPE decide. This is the case for Gemma, whose normaliser leaves nothing to split for its only
   pre-tokenizer. A token that spans the cut would need a first merge (L, R) with the cut exactly between L and R. So no
   such token exists if no merge has an L that ends with the character before the cut and an R that begins with the
   character after it. The merges within a and within b then happen as in a + b, because their order (rank, then
   position) is the same. A character that is not in the vocabulary becomes bytes, such as `<0xE2>`, or the unknown
   token. So if a merge joins the last character of these, such as `>`, with a character, no cut before that
   character is safe.

Any other part raises `UnprovenError`, and the tokenizer then encodes every text whole. Used by `pieces`. Cost: every
merge is read once if no boundary is proven; 0.3 s for Gemma's half a million merges, once per process.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.tokens.letters import (
    KINDS,
    NO_KIND,
    as_kinds,
    composes_with_next,
    in_category,
    is_whitespace,
    kind_of,
    single,
)
from pipeline.tokens.pattern import Adjacency, Pairs, UnsupportedPatternError, analyse_pattern

Definition = Mapping[str, Any]

GPT2_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
"""The expression by which `ByteLevel` splits if `use_regex` is set: contractions, words, numbers, signs, whitespace."""

_SIZE = len(KINDS)
_NEVER = np.zeros((_SIZE, _SIZE), dtype=np.bool_)
_ALWAYS = np.ones((_SIZE, _SIZE), dtype=np.bool_)


class UnprovenError(Exception):
    """Nothing is proven for some part of a tokenizer; the message names the part. Caught in `encode`."""


def prove_cuts(definition: Definition, normalize: Callable[[str], str]) -> Pairs:
    """Return, for each pair of kinds (row before the cut, column after it), whether a cut between them is safe.

    Args:
        definition: the tokenizer's parsed JSON.
        normalize: the tokenizer's normaliser; it is applied to added tokens.

    Raises:
        UnprovenError: A part of the tokenizer is not supported here, or no cut is safe.
    """
    starts, ends = _normalized_kinds(definition["normalizer"])
    pairs = _safe_after_normalizing(definition)
    pairs = np.pad(pairs, ((0, 1), (0, 1)))[np.ix_(ends, starts)]
    contents = [token["content"] for token in definition["added_tokens"]]
    pairs &= ~_inside(contents)
    pairs &= ~np.pad(_inside([normalize(content) for content in contents]), ((0, 1), (0, 1)))[np.ix_(ends, starts)]
    pairs &= ~_beside_added_tokens(definition["added_tokens"])
    if not pairs.any():
        raise UnprovenError("a model that may join any two characters")
    return pairs


def _normalized_kinds(normalizer: Definition | None) -> tuple[list[int], list[int]]:
    """Return, for each kind, the kinds of the first and of the last character of its normalised form."""
    starts, ends = list(range(_SIZE)), list(range(_SIZE))
    for step in _steps(normalizer, "normalizers"):
        if step["type"] == "NFC":
            composing = composes_with_next()
            starts = [NO_KIND if kind < NO_KIND and composing[kind] else kind for kind in starts]
            continue
        source, content = step.get("pattern", {}).get("String", ""), step.get("content", "")
        if step["type"] != "Replace" or len(source) != 1 or not content:
            raise UnprovenError(f"the normaliser {_name(step)}")
        if kind_of(source) == NO_KIND or not single(source).any():
            raise UnprovenError(f"the normaliser that replaces {source!r}")
        starts = [kind_of(content[0]) if kind == kind_of(source) else kind for kind in starts]
        ends = [kind_of(content[-1]) if kind == kind_of(source) else kind for kind in ends]
    return starts, ends


def _safe_after_normalizing(definition: Definition) -> Pairs:
    """Return the pairs of kinds, in normalised text, between which pre-tokenizers and model allow a cut."""
    bounded, local = _NEVER, _ALWAYS
    model = definition["model"]
    if model.get("dropout"):
        raise UnprovenError("a model with dropout")
    text_as_bytes = False
    for step in _steps(definition["pre_tokenizer"], "pretokenizers"):
        adjacency = _adjacency(step)
        if step["type"] == "Metaspace" and step["prepend_scheme"] == "first":
            local = local & adjacency.local
            bounded = bounded & adjacency.local  # this step treats a split at the beginning of the text differently
        if not text_as_bytes:
            bounded, local = bounded | (local & adjacency.bounding), local & adjacency.local
        text_as_bytes |= step["type"] == "ByteLevel"
    unmerged = _NEVER if text_as_bytes or bounded.any() else _never_merged(model)
    return bounded | (local & unmerged)


def _adjacency(step: Definition) -> Adjacency:
    spaces = _column(single(" ") | single("▁"))
    match step:
        case {"type": "ByteLevel", "use_regex": uses_pattern, "add_prefix_space": adds_space}:
            adjacency = analyse_pattern(GPT2_PATTERN) if uses_pattern else Adjacency(_ALWAYS, _NEVER)
            allowed = _column(single(" ")) if adds_space else _ALWAYS
            return Adjacency(adjacency.local & allowed, adjacency.bounding & allowed)
        case {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}:
            try:
                return analyse_pattern(pattern)
            except UnsupportedPatternError as error:
                raise UnprovenError(f"the pattern {pattern!r}: {error}") from error
        case {"type": "Split", "pattern": {"String": letter}} if len(letter) == 1:
            others = ~as_kinds({letter})
            return Adjacency(np.outer(others, others), _NEVER)
        case {"type": "Digits", "individual_digits": individual}:
            numeric = in_category("N")
            either, both = numeric[:, None] | numeric[None, :], np.outer(numeric, numeric)
            return Adjacency(_ALWAYS, either if individual else either & ~both)
        case {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": splits}:
            local = ~_row(single(" ") | single("▁")) & (_ALWAYS if scheme == "never" else spaces)
            return Adjacency(local, local & spaces if splits else _NEVER)
        case _:
            raise UnprovenError(f"the pre-tokenizer {_name(step)}")


def _never_merged(model: Definition) -> Pairs:
    """Return the pairs that no BPE merge joins and whose second character is whitespace or its replacement `▁`."""
    if model["type"] != "BPE" or model.get("ignore_merges") or model.get("continuing_subword_prefix"):
        return _NEVER
    if model.get("end_of_word_suffix"):
        return _NEVER
    followers = {first for first, _ in KINDS if first in "\t\n\r ▁" and first in model["vocab"]}
    before: defaultdict[str, set[str]] = defaultdict(set)
    for left, right in model["merges"]:
        if right[0] in followers:
            before[right[0]].add(left[-1])
    pairs = _NEVER.copy()
    ends_of_unknown = {(model.get("unk_token") or ">")[-1], ">"}
    for follower in followers:
        if not before[follower] & ends_of_unknown:
            pairs[:, kind_of(follower)] = ~as_kinds(before[follower])
    return pairs


def _inside(contents: Sequence[str]) -> Pairs:
    """Return the pairs of kinds that are neighbours inside one of the texts."""
    pairs = np.zeros((_SIZE + 1, _SIZE + 1), dtype=np.bool_)
    for content in contents:
        kinds = [kind_of(letter) for letter in content]
        pairs[kinds[:-1], kinds[1:]] = True
    return pairs[:-1, :-1]


def _beside_added_tokens(added_tokens: Sequence[Definition]) -> Pairs:
    """Return the pairs next to an added token that depends on its neighbours or absorbs whitespace around it."""
    pairs = _NEVER.copy()
    for token in added_tokens:
        if token["lstrip"] or token["rstrip"]:
            pairs |= _row(is_whitespace())
        if token["rstrip"] or token["single_word"]:
            pairs |= _row(as_kinds({token["content"][-1]}))
        if token["single_word"]:
            pairs |= _column(as_kinds({token["content"][0]}))
    return pairs


def _steps(part: Definition | None, inner: str) -> list[Definition]:
    """Return the steps of a normaliser or pre-tokenizer, with nested sequences flattened."""
    if part is None:
        return []
    if part["type"] != "Sequence":
        return [part]
    return [step for element in part[inner] for step in _steps(element, inner)]


def _row(mask: np.ndarray[Any, np.dtype[np.bool_]]) -> Pairs:
    return np.broadcast_to(mask[:, None], (_SIZE, _SIZE))


def _column(mask: np.ndarray[Any, np.dtype[np.bool_]]) -> Pairs:
    return np.broadcast_to(mask[None, :], (_SIZE, _SIZE))


def _name(step: Definition) -> str:
    settings = ", ".join(f"{key}={value!r}" for key, value in step.items() if key != "type")
    return f"{step['type']}({settings[:80]})"
