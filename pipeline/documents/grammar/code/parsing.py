"""Parses one file into a syntax tree, unless that would cost too much time or memory.

Takes a language and the bytes of the file; returns the tree, or None for a file that is not parsed. Used by `walking`.
Error recovery and ambiguous nesting can cost tree-sitter time and memory quadratic in the input: 200 KB of `a<a<a<`
take 8 GB in Java's grammar. Files that are more nested or more repetitive than code written by people are therefore
not parsed, and the number of parser steps is limited. The limits count bytes and steps instead of seconds, so every run
makes the same decision. Time grows linearly with the length of the file.
"""

from __future__ import annotations

import re
import zlib
from enum import Enum

import tree_sitter

from pipeline.documents.grammar.code.grammars import grammar_of
from pipeline.documents.grammar.code.language import ProgrammingLanguage

MAX_BYTES = 4_000_000
_MAX_LINE_BYTES = 100_000
_MAX_DEPTH = 250
_MAX_OPEN_ANGLES = 20
_CHUNK_BYTES = 1 << 16
_STEPS_PER_CALLBACK = 100
"""The number of parser steps between two calls of the progress callback.

tree-sitter calls this `OP_COUNT_PER_PARSER_CALLBACK_CHECK`.
"""
_STEPS_PER_BYTE, _STEPS_AT_ONCE = 8.0, 40_000
"""The number of steps allowed per byte, and the reserve of steps for costly stretches of code.

Of 1,000 real files, none took more than 1.5 steps per byte overall, and few stretches took more than 5.
"""
_DAMAGED_STEPS_PER_BYTE, _DAMAGED_STEPS_AT_ONCE = 2.5, 4_000
"""The same two limits after the first error. Quadratic error recovery takes 5 or more steps per byte."""
_WINDOW_BYTES = 4_000
_MAX_REPETITION = 40.0
"""The largest accepted ratio of a window's length to its compressed length.

Real code has ratios up to 30, except tables that repeat one number.
"""
_MIN_WORD_SHARE = 0.1
_NO_WORDS = bytes(sorted(set(range(128)) - set(b"0123456789_ \n\t" + bytes(range(65, 91)) + bytes(range(97, 123)))))
"""The ASCII bytes that are not letters, digits, underscores, spaces, tabs or line breaks."""
_AS_ROUND = bytes.maketrans(b"[]{}", b"()()")
"""A translation of all brackets to round ones."""
_NO_BRACKETS = bytes(sorted(set(range(256)) - set(b"()[]{}")))
"""The bytes that are not brackets."""
_NO_ANGLES = bytes(sorted(set(range(256)) - set(b"<>;{}")))
"""The bytes that are not `<`, `>`, `;`, `{` or `}`."""


class Wanted(Enum):
    """Which trees the caller can use."""

    ANY = "any"
    WHOLE = "whole"
    """Only a tree without errors: if the language is a guess, a tree with errors suggests that the guess is wrong."""


def parse(data: bytes, language: ProgrammingLanguage, wanted: Wanted) -> tree_sitter.Tree | None:
    """Return the syntax tree of a file, or None.

    The result is None if the file is too large, too repetitive or too nested, if it has a very long line, or if parsing
    takes too many steps. If `wanted` is `WHOLE`, parsing also stops soon after a syntax error; in a short file, a tree
    with an error may still be returned.
    """
    if len(data) > MAX_BYTES or _is_crowded(data, has_generics=language.has_generics):
        return None
    end = len(data.rstrip()) - 1
    allowed, reached = float(_STEPS_AT_ONCE), 0

    def is_too_much(offset: int, has_error: bool) -> bool:
        nonlocal allowed, reached
        if has_error and wanted is Wanted.WHOLE:
            return True
        if offset >= end:  # all input is read; only balancing the tree remains, which takes linear time
            return False
        rate = _DAMAGED_STEPS_PER_BYTE if has_error else _STEPS_PER_BYTE
        reserve = _DAMAGED_STEPS_AT_ONCE if has_error else _STEPS_AT_ONCE
        allowed = min(reserve, allowed + rate * max(0, offset - reached)) - _STEPS_PER_CALLBACK
        reached = max(reached, offset)
        return allowed < 0

    def read(offset: int, _point: object) -> bytes:
        return data[offset : offset + _CHUNK_BYTES]

    try:
        return tree_sitter.Parser(grammar_of(language)).parse(read, progress_callback=is_too_much)
    except ValueError:  # the Python binding raises it when the callback stops the parser
        return None


def _is_crowded(data: bytes, *, has_generics: bool) -> bool:
    """Return whether a file has longer lines, deeper nesting or more repetition than code written by people."""
    if max(map(len, data.split(b"\n"))) > _MAX_LINE_BYTES:
        return True
    windows = [data[start : start + _WINDOW_BYTES] for start in range(0, len(data), _WINDOW_BYTES)]
    if any(len(window) == _WINDOW_BYTES and _is_noise(window) for window in windows):
        return True
    angles = re.split(rb"[;{}]+", data.replace(b"<<", b"").translate(None, _NO_ANGLES)) if has_generics else []
    if any(piece.count(b"<") - piece.count(b">") > _MAX_OPEN_ANGLES for piece in angles):
        return True
    brackets = data.translate(_AS_ROUND, _NO_BRACKETS)
    for _ in range(_MAX_DEPTH):
        shorter = brackets.replace(b"()", b"")
        if len(shorter) == len(brackets):  # only unmatched brackets are left
            return brackets.count(b"(") > _MAX_DEPTH
        brackets = shorter
    return bool(brackets)


def _is_noise(window: bytes) -> bool:
    """Return whether a window of a file is very repetitive or has hardly any words."""
    num_words = len(window.translate(None, _NO_WORDS))
    return num_words < _MIN_WORD_SHARE * len(window) or len(window) > _MAX_REPETITION * len(zlib.compress(window, 1))
