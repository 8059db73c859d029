"""Prove, from a tokenizer's definition, between which characters a text can be cut without changing its ids.

Takes the JSON of a fast tokenizer; returns pairs of kinds (`letters`). Claim: let a and b be texts such that the kind
of a's last character and the kind of b's first character are such a pair. Then ids(a + b) = ids(a) + ids(b), for any
other content of a and b. The library encodes a text in the steps below. The claim holds because each step does the same
to a + b as to a and b separately:

1. *Added tokens* are cut out of the raw text first. A cut is not safe between two characters that are neighbours inside
   an added token. It is not safe after whitespace if a token swallows the whitespace around it (`lstrip`, `rstrip`). It
   is not safe next to the ends of a token that looks at its neighbours (`single_word`, `rstrip`).
2. *Normaliser*: none, NFC, replacement of one character, or a sequence of these. Characters with a kind are stable
   under NFC and never compose with the character before them (`letters`), so NFC(a + b) = NFC(a) + NFC(b). b must not
   begin with a character that composes with the next one, so that the first character of NFC(b) is known. A replacement
   maps kinds to kinds.
3. *Pre-tokenizers*: each step takes the splits of the step before. A step is *local* at the cut if it splits a and b
   alone as it splits the whole, except for a boundary between them. It is *bounding* if it always makes that boundary.
   A cut is safe if all steps up to a bounding one are local, because later steps then see the splits of a and b
   separately. Regular expressions (`Split`, `ByteLevel`): see `pattern`. `Digits`: depends only on neighbours.
   `Metaspace`: splits before every space that follows another character, and puts no space before a text that begins
   with one. `Split` on one character: local next to other characters.
4. *Model*: encodes each split separately, so a boundary is enough for every model without dropout. If the steps make no
   boundary, BPE's merges decide. Gemma is an example: its only pre-tokenizer finds nothing to split after its
   normaliser. A token across the cut would need a first merge (L, R) with the cut exactly between L and R. So no such
   token exists if no merge has an L that ends with the one character and an R that begins with the other. Merges on
   both sides then never meet, and they are the same as in the whole, since the order (rank, place) of the merges of one
   side does not change. A character that is not in the vocabulary becomes bytes, such as `<0xE2>`, or the unknown
   token. So the last characters of these count as its own.

Any other part raises `UnprovenError` with its name, and the tokenizer then encodes texts whole. Used by `pieces`. Cost:
one look at every merge if no boundary is proven; 0.3 s for Gemma's half a million merges, once per process.
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
"""The expression that `ByteLevel` splits by if `use_regex` is set."""

_SIZE = len(KINDS)
_NEVER = np.zeros((_SIZE, _SIZE), dtype=np.bool_)
_ALWAYS = np.ones((_SIZE, _SIZE), dtype=np.bool_)


class UnprovenError(Exception):
    """Nothing is proven for a part of the definition; the message names it. Caught in `encode`."""


def prove_cuts(definition: Definition, normalize: Callable[[str], str]) -> Pairs:
    """Return, for each pair of kinds, whether a cut between a character of the row's kind and the column's is safe.

    Args:
        definition: the tokenizer's JSON.
        normalize: the tokenizer's normaliser, which is applied to added tokens to compare them.

    Raises:
        UnprovenError: Part of the definition is not supported here, or no cut is safe.
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
    """Return the kinds of the first and the last character that each kind becomes when normalised."""
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
    bound, apart = _NEVER, _ALWAYS
    model = definition["model"]
    if model.get("dropout"):
        raise UnprovenError("a model with dropout")
    text_as_bytes = False
    for step in _steps(definition["pre_tokenizer"], "pretokenizers"):
        found = _adjacency(step)
        if step["type"] == "Metaspace" and step["prepend_scheme"] == "first":
            apart = apart & found.local
            bound = bound & found.local  # this step looks at where in the text its split begins
        if not text_as_bytes:
            bound, apart = bound | (apart & found.bounding), apart & found.local
        text_as_bytes |= step["type"] == "ByteLevel"
    unmerged = _NEVER if text_as_bytes or bound.any() else _never_merged(model)
    return bound | (apart & unmerged)


def _adjacency(step: Definition) -> Adjacency:
    spaces = _column(single(" ") | single("▁"))
    match step:
        case {"type": "ByteLevel", "use_regex": uses_pattern, "add_prefix_space": adds_space}:
            found = analyse_pattern(GPT2_PATTERN) if uses_pattern else Adjacency(_ALWAYS, _NEVER)
            allowed = _column(single(" ")) if adds_space else _ALWAYS
            return Adjacency(found.local & allowed, found.bounding & allowed)
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
    """Return pairs of a character and a following whitespace character, or its replacement, that no merge joins."""
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
    stand_ins = {(model.get("unk_token") or ">")[-1], ">"}
    for follower in followers:
        if not before[follower] & stand_ins:
            pairs[:, kind_of(follower)] = ~as_kinds(before[follower])
    return pairs


def _inside(contents: Sequence[str]) -> Pairs:
    """Return the pairs of characters that are neighbours inside one of the texts."""
    pairs = np.zeros((_SIZE + 1, _SIZE + 1), dtype=np.bool_)
    for content in contents:
        kinds = [kind_of(letter) for letter in content]
        pairs[kinds[:-1], kinds[1:]] = True
    return pairs[:-1, :-1]


def _beside_added_tokens(added_tokens: Sequence[Definition]) -> Pairs:
    """Return the pairs at which an added token could be that looks at its neighbours or takes their whitespace."""
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
    """Return the steps of a normaliser or pre-tokenizer."""
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
