"""Decides whether a document is good enough to keep.

Takes text and the recipe's limits; returns the first objection, or None. `clean.document` calls `find_objection` with
the normalised text, then masks and outlines the text, and calls `find_repetition` at the end.

datatrove's GopherRepetitionFilter (Rae et al., arXiv 2112.11446, table A1) was calibrated on web pages. On whole laws,
the share of repeated 5-grams grows with length: the filter drops 17 of 26 United States regulations and notices, and
digests that separate their entries by rules. This module therefore applies it to windows of a fixed size, with twice
the published thresholds, and treats lines without letters or digits as empty. A document is rejected if more than
`_MAX_REPETITIVE_SHARE` of the windows fail. Of 2,468 laws, licences, rulings and manual pages (Korean and English),
this drops 9, mostly short help pages that say one thing three times. The published thresholds would drop 59, tax
rulings among them. Both drop advertising and menus made by repetition.

Cost: the filter runs at 3 MB/s on at most `_MAX_WINDOWS` windows. Usually they have 2.5 kB each, which takes 25 ms in
all; a window that ends in a long line may have up to 42 kB. Making the windows takes one pass over the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from datatrove.data import Document as TroveDocument
from datatrove.pipeline.filters import GopherRepetitionFilter
from datatrove.pipeline.filters.base_filter import get_filter_result
from datatrove.utils.word_tokenizers import WordTokenizer

from pipeline.domains import domain_rules
from pipeline.records import Dropped

_WINDOW_CHARS = 2500
_MAX_LINE_CHARS = 16 * _WINDOW_CHARS
_MAX_WINDOWS = 32
_MAX_LINES = 3_000_000
"""The maximum number of line breaks in a text.

A book of 60 MB has one million. The outline of thirty million lines that contain only `a` would take 4 GB.
"""
_MAX_REPETITIVE_SHARE = 0.75
"""The largest accepted share of repetitive windows.

Prose may quote speech, and people repeat themselves when they speak ("Yeah .", "네."). On 47 real meetings, which are
not checked, one window as the limit would drop 3 for duplicate lines.
"""


def find_objection(
    *,
    text: str,
    language: str,
    replaced_share: float,
    accepted_languages: Sequence[str],
    min_chars: int,
    max_replaced_share: float,
) -> Dropped | None:
    """Return the first objection that can be found before the text is outlined, or None.

    Args:
        text: the normalised text.
        language: the language that the input states, or the result of `detect_language`.
        replaced_share: the share of characters in the raw text that could not be decoded, from 0 to 1.
        accepted_languages: the language codes that the recipe accepts.
        min_chars: the minimum length of the text.
        max_replaced_share: the largest accepted `replaced_share`.
    """
    if replaced_share > max_replaced_share:
        detail = f"{replaced_share:.1%} of the characters could not be decoded; the limit is {max_replaced_share:.1%}."
        return Dropped("undecodable", detail, replaced_share)
    if not text.strip():
        return Dropped("empty", "No text is left after cleaning.", 0.0)
    if (num_lines := text.count("\n")) > _MAX_LINES:
        return Dropped("too_many_lines", f"The text has {num_lines} line breaks; the limit is {_MAX_LINES}.")
    if len(text) < min_chars:
        return Dropped(
            "too_short", f"Characters after cleaning: {len(text)}; required: at least {min_chars}.", float(len(text))
        )
    if language not in accepted_languages:
        return Dropped("language", f"The language is {language}; the recipe accepts {', '.join(accepted_languages)}.")
    return None


def find_repetition(*, text: str, domain: str, quality_filters: Sequence[str]) -> Dropped | None:
    """Return an objection if too much of a text is repetitive, or None.

    Args:
        text: the cleaned text, which is not empty.
        domain: the domain of the document. Only prose is checked, since code and speech may be repetitive.
        quality_filters: the names of the enabled filters. The only filter is `gopher_repetition`.
    """
    if "gopher_repetition" not in quality_filters or not domain_rules(domain).is_prose:
        return None
    windows = _windows(text)
    reasons = [reason for window in windows if (reason := _gopher_reason(window))]
    share = len(reasons) / len(windows)
    if share <= _MAX_REPETITIVE_SHARE:
        return None
    worst = max(sorted(set(reasons)), key=reasons.count)
    return Dropped(
        "repetitive", f"{share:.0%} of the sampled text is repetitive, most often by the Gopher rule {worst}.", share
    )


def _gopher_reason(window: str) -> str:
    keep, reason = get_filter_result(_gopher_filter().filter(TroveDocument(text=window, id="")))
    return "" if keep else str(reason)


@cache
def _gopher_filter() -> GopherRepetitionFilter:
    """Return the filter. Each process builds its own, so that the filter is never pickled."""
    return GopherRepetitionFilter(
        dup_line_frac=0.6,
        dup_para_frac=0.6,
        dup_line_char_frac=0.4,
        dup_para_char_frac=0.4,
        top_n_grams=((2, 0.40), (3, 0.36), (4, 0.32)),
        dup_n_grams=((5, 0.30), (6, 0.28), (7, 0.26), (8, 0.24), (9, 0.22), (10, 0.20)),
        language=_SpaceTokenizer(),
    )


class _SpaceTokenizer(WordTokenizer):  # type: ignore[misc]  # datatrove accepts only subclasses of its own
    """Splits words at white space. datatrove's own tokenizers need spaCy and process only 0.6 MB/s."""

    def word_tokenize(self, text: str) -> list[str]:
        return text.split()

    def sent_tokenize(self, text: str) -> list[str]:
        return text.split("\n")

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        raise NotImplementedError("the repetition filter called span_tokenize, which it was not expected to use")


def _pieces(text: str) -> Iterator[str]:
    """Yield the lines of a text, with very long lines cut, so that no window contains a whole document."""
    for line in text.split("\n"):
        if len(line) <= _MAX_LINE_CHARS:
            yield line
        else:
            yield from (line[start : start + _WINDOW_CHARS] for start in range(0, len(line), _WINDOW_CHARS))


def _windows(text: str) -> list[str]:
    """Return at most `_MAX_WINDOWS` windows of about `_WINDOW_CHARS` characters, evenly spread over the text."""
    windows: list[str] = []
    lines: list[str] = []
    size = 0
    for line in _pieces(text):
        kept = line.strip() if any(char.isalnum() for char in line) else ""
        lines.append(kept)
        size += len(kept)
        if size >= _WINDOW_CHARS:
            windows.append("\n".join(lines))
            lines, size = [], 0
    if size >= _WINDOW_CHARS / 4 or not windows:
        windows.append("\n".join(lines) or text[:_MAX_LINE_CHARS])
    if len(windows) <= _MAX_WINDOWS:
        return windows
    return [windows[index * len(windows) // _MAX_WINDOWS] for index in range(_MAX_WINDOWS)]
