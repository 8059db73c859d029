"""Tells whether a title names its document, for tasks that show titles or ask for them.

Takes a title and the text of its document; returns a `TitleFault`, or None. Titles are often read from the first line
of a text, which may be half a sentence, a numbered heading, the name of a company or the first line of a form. A
question that names its document by such a title reads oddly, so `position` and `topics` leave these documents out.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from pipeline.evaluate.wordings import languages_of, wordings_of
from pipeline.languages import any_of, together
from pipeline.languages.heading_rules import has_predicate

_WORDS = "titles"
"""The section of `evaluation.yaml` with patterns of titles."""
_MAX_TITLE_WORDS = 12
_VERSION = re.compile(r"(?:[^\W\d_]+\.?\s*)?v?\d+(?:\.\d+)+\S*", re.IGNORECASE)
"""A title that is only a version: `Version 1.0`, `v2.3.1`."""
_MARKUP = re.compile(r"[<>{}|\\*]|\]\(|://|_{2,}")
_HEADING = re.compile(
    r"(?:\d{1,3}(?:\.\d{1,3})*[.)]|[A-Z][.)]|[IVX]{1,6}[.)])\s"
    rf"|(?:{any_of(lambda rules: rules.sentences.provision_label)})"
)
"""The number of a heading: `1. Introduction`, `A. Terms`, 제1조(목적)."""
_NEXT_SENTENCE = re.compile(r"[^\W\d_]{4}[.?;]['\"”’)\]]*\s+[^\W\d_]")
"""The end of a sentence before another word; shorter words are often abbreviations, such as `Inc.`"""
_DEFINED_TERM = re.compile(r"\([^()]*[\"“”]")
"""A term that running text defines: `(the “Agreement”)`."""
_OPEN_END = re.compile(r"[,;:–—-]$")
_BEHIND = re.compile(r"[,;]?[ \t]*\n?[ \t]*(?P<word>[^\W\d_]+)(?![\d:]|\S*://)")
"""The word that goes on behind a title in the same line or the next; `v1.0` and addresses are no words."""
_SMALL_WORDS = together(lambda rules: rules.sentences.small_words)
_NEAR_CHARS = 400
"""A title that a text has only farther from its beginning, on a line of its own, is a heading."""


class TitleFault(StrEnum):
    """Why a title does not name its document."""

    NONE = "no_title"
    LONG = "title_too_long"
    """It has more than 12 words."""
    VERSION = "title_is_a_version"
    """It is only a version, such as `Version 1.0`."""
    MARKUP = "title_has_markup"
    """It has tags, brackets, an address or a blank to fill in."""
    HEADING = "title_is_a_heading"
    """It has the number of a heading, or is a heading farther below in the text."""
    HALF = "title_is_half_a_sentence"
    """It goes on in the document, or holds the end of a sentence or a defined term."""
    BODY = "title_names_only_a_body"
    """It is the name of a company, an office or a court."""
    GENERAL = "title_fits_any_document"
    """It is a word such as `Preface`, or a copyright line or date."""


def is_title(title: str, text: str) -> bool:
    """Return whether a title names what a document is about."""
    return title_fault(title, text) is None


def title_fault(title: str, text: str) -> TitleFault | None:
    """Return why a title does not name its document; None if it does.

    Args:
        title: on one line.
        text: the document; its first lines may break the title.
    """
    words = title.split()
    if not words:
        return TitleFault.NONE
    if len(words) > _MAX_TITLE_WORDS:
        return TitleFault.LONG
    if _VERSION.fullmatch(title):
        return TitleFault.VERSION
    if _MARKUP.search(title):
        return TitleFault.MARKUP
    if _HEADING.match(title):
        return TitleFault.HEADING
    if _is_half(title):
        return TitleFault.HALF
    for name, fault in _PATTERNS.items():
        if any(pattern.fullmatch(title) for pattern in _patterns(name)):
            return fault
    first = re.search(r"\s+".join(re.escape(word) for word in words), text)
    behind = _BEHIND.match(text, first.end()) if first else None
    if behind is not None and behind["word"].islower():
        return TitleFault.HALF
    return TitleFault.HEADING if first is not None and _is_heading_below(text, first) else None


def _is_half(title: str) -> bool:
    """Return whether a title ends inside a sentence, or has words of a second one."""
    return (
        _OPEN_END.search(title) is not None
        or title.split()[-1].casefold() in _SMALL_WORDS
        or title.count("(") != title.count(")")
        or has_predicate(title)
        or _NEXT_SENTENCE.search(title) is not None
        or _DEFINED_TERM.search(title) is not None
    )


def _is_heading_below(text: str, found: re.Match[str]) -> bool:
    """Return whether a title is alone on a line far from the beginning of its document, where it first comes."""
    start = text.rfind("\n", 0, found.start()) + 1
    end = text.find("\n", found.end())
    around = text[start : found.start()] + text[found.end() : len(text) if end < 0 else end]
    return found.start() > _NEAR_CHARS and not any(map(str.isalnum, around))


_PATTERNS = MappingProxyType({"only_a_body": TitleFault.BODY, "any_document": TitleFault.GENERAL})
"""The names of the patterns in `evaluation.yaml`."""


@cache
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    patterns = [wordings_of(_WORDS, language)[name] for language in languages_of(_WORDS)]
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
