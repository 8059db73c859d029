"""Decide whether a cleaned document is good enough to keep.

In: cleaned text and the recipe's limits. Out: the first objection, or None. The ingest stage calls `find_objection`
before it masks and outlines a text, and `find_repetition` afterwards.

datatrove's GopherRepetitionFilter (Rae et al., arXiv 2112.11446, table A1) was calibrated on web pages. On whole laws,
the share of repeated 5-grams grows with length: the filter drops 17 of 26 United States regulations and notices, and
digests that separate their entries by rules. This module therefore applies it to windows of a fixed size, with twice
the published thresholds, and leaves out lines without letters or digits. A document is rejected if more than
`_MAX_REPETITIVE_SHARE` of its windows fail. Of 2,468 laws, licences, rulings and manual pages (Korean and English),
this drops 9, mostly short help pages that say one thing three times. The published thresholds would drop 59, tax
rulings among them. Both drop advertising and menus made by repetition.
Cost: at most `_MAX_WINDOWS` × 2.5 kB at 3 MB/s, about 25 ms, at any length.
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
"""Most lines of a text. A book of 60 MB has one million; outlining `a\\n` thirty million times would take 4 GB."""
_MAX_REPETITIVE_SHARE = 0.75
"""Largest share of repetitive windows. Speech naturally repeats itself ("Yeah .", "네."): the filter would drop 3 of 47
real meetings for their duplicate lines."""


def find_objection(
    *,
    text: str,
    language: str,
    replaced_share: float,
    accepted_languages: Sequence[str],
    min_chars: int,
    max_replaced_share: float,
) -> Dropped | None:
    """Return the first objection to a document that can be found before it is parsed, or None.

    Args:
        text: cleaned text.
        language: the result of `detect_language`.
        replaced_share: undecodable characters ÷ characters of the raw text.
        accepted_languages: codes that are kept.
        min_chars: least length of the cleaned text.
        max_replaced_share: largest accepted `replaced_share`.
    """
    if replaced_share > max_replaced_share:
        detail = f"{replaced_share:.1%} of the characters cannot be decoded; at most {max_replaced_share:.1%} may."
        return Dropped("undecodable", detail, replaced_share)
    if not text.strip():
        return Dropped("empty", "Nothing is left after cleaning.", 0.0)
    if (num_lines := text.count("\n")) > _MAX_LINES:
        return Dropped("too_many_lines", f"{num_lines} lines; at most {_MAX_LINES} can be outlined.")
    if len(text) < min_chars:
        return Dropped(
            "too_short", f"{len(text)} characters after cleaning; at least {min_chars} are required.", float(len(text))
        )
    if language not in accepted_languages:
        return Dropped("language", f"The language is {language}; accepted are {', '.join(accepted_languages)}.")
    return None


def find_repetition(*, text: str, domain: str, quality_filters: Sequence[str]) -> Dropped | None:
    """Return the objection to a text that repeats itself, or None.

    Args:
        text: cleaned text, not empty.
        domain: the document's domain; speech and code may repeat themselves.
        quality_filters: names of the enabled quality filters; only `gopher_repetition` is known.
    """
    if "gopher_repetition" not in quality_filters or not domain_rules(domain).is_prose:
        return None
    windows = _windows(text)
    reasons = [reason for window in windows if (reason := _gopher_reason(window))]
    share = len(reasons) / len(windows)
    if share <= _MAX_REPETITIVE_SHARE:
        return None
    worst = max(sorted(set(reasons)), key=reasons.count)
    return Dropped("repetitive", f"{share:.0%} of the text repeats itself, mostly by Gopher's rule {worst}.", share)


def _gopher_reason(window: str) -> str:
    keep, reason = get_filter_result(_gopher_filter().filter(TroveDocument(text=window, id="")))
    return "" if keep else str(reason)


@cache
def _gopher_filter() -> GopherRepetitionFilter:
    """Return the filter, built once per process in the worker that uses it, so that it is never pickled."""
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
    """Splits words at spaces; datatrove's own tokenizers need spaCy and run at only 0.6 MB/s."""

    def word_tokenize(self, text: str) -> list[str]:
        return text.split()

    def sent_tokenize(self, text: str) -> list[str]:
        return text.split("\n")

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        raise NotImplementedError("the repetition filter asks for words only")


def _pieces(text: str) -> Iterator[str]:
    """Yield the lines of a text; very long lines are cut, so that no window holds a whole document."""
    for line in text.split("\n"):
        if len(line) <= _MAX_LINE_CHARS:
            yield line
        else:
            yield from (line[start : start + _WINDOW_CHARS] for start in range(0, len(line), _WINDOW_CHARS))


def _windows(text: str) -> list[str]:
    """Return runs of whole lines of about `_WINDOW_CHARS` characters: at most `_MAX_WINDOWS` runs, evenly spread."""
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
