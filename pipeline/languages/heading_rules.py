"""A language's rules for lines that are headings, and functions that all heading readers share.

A heading reader is a function that takes a line and the lines around it and returns a `Heading` or None. Languages
provide readers for headings with their own words; `documents.grammar.headings` adds the readers that need no words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

MAX_TITLE_CHARS = 120
MAX_CAPTION_WORDS = 5
_MAX_PREDICATE_CHARS = 24


class Rank(IntEnum):
    """The kinds of headings, from the outermost to the innermost. Markdown headings have ranks 1 to 6."""

    PART = 10
    """The heading of a document inside the document: an amendment, a schedule, a supplementary provision."""
    BOOK = 12
    """제1편, PART I, Chapter 3."""
    CHAPTER = 13
    """제1장, ARTICLE 4, Subpart B, ITEM 3, SCENE 2, a line in capitals, 주 문."""
    DIVISION = 14
    """제1절."""
    SUBDIVISION = 15
    """제1관."""
    CAPTION = 17
    """A short line between blank lines."""
    CLAUSE = 20
    """제4조, § 1002.3, Section 7, `1. Definitions`."""
    NUMBERED_2 = 22
    """`4.1 Base Rent`; each further number (`4.1.1`) adds one to the rank, up to 25."""
    LETTERED = 26
    """가. 원고의 주장."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A line read as a heading."""

    rank: int
    title: str
    family: str
    """The kind of numbering. Headings of one family count up together, which shows whether they are headings or items
    of a list."""
    number: int
    """The last number of a counted heading; -1 for a heading that is not counted."""


@dataclass(frozen=True, slots=True)
class LineContext:
    """A line without surrounding spaces, and what is around it."""

    line: str
    after_blank: bool
    """Whether the line before is blank or missing."""
    before_blank: bool
    """Whether the line after is blank or missing."""
    next_text: str
    """The next line that is not blank; empty if there is none."""


HeadingReader = Callable[[LineContext], Heading | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadingRules:
    """The headings of a language. The rules of all languages apply to every document."""

    in_legal: tuple[HeadingReader, ...] = ()
    """The heading readers for legal texts, in the order in which they are tried."""
    in_dialogue: tuple[HeadingReader, ...] = ()
    """The heading readers for dialogue, in the order in which they are tried."""
    chapter: str = ""
    """The pattern of a chapter number in a manual: `Chapter 3`."""
    agenda: str = ""
    """The pattern of the beginning of an agenda item or a scene heading: `Item 2.`, `SCENE`."""
    scene_line: str = ""
    """The pattern of a complete scene heading: `INT. KITCHEN - DAY`."""
    predicate: str = ""
    """The pattern of the end of a sentence without a full stop: `한다`. A match has at most 24 characters."""
    title_start: str = ""
    """Letters that may begin a title, for use inside a character class."""
    letters: str = ""
    """The letters that number headings, in order."""


def ends_sentence(text: str) -> bool:
    """Return whether a line ends with punctuation, such as a full stop, colon or comma, as headings rarely do."""
    return text.rstrip("\"'”’」』)]* ").endswith((".", "?", "!", ":", ";", ",", "。", "…", "-", "·"))


def has_predicate(text: str) -> bool:
    """Return whether a text ends with a predicate (`…한다`), in a language in which predicates end sentences."""
    return _predicate().search(text, max(0, len(text) - _MAX_PREDICATE_CHARS)) is not None


def is_prose(rest: str) -> bool:
    """Return whether the text after a number shows that the line is a sentence: `Schedule B shall apply.`"""
    text = _CLAUSE_LEAD.sub("", rest)
    if not text:
        return False
    return (
        (text[0].islower() and not rest.startswith((".", ":", "—", "–", " —", " –", " -")))
        or (ends_sentence(text) and len(text) > 60)
        or has_predicate(text.rstrip("."))
    )


def captioned(line: str, number_end: int, *, caption_words: int) -> str:
    """Return the title of a numbered heading: its number, and its caption if one is found.

    Args:
        line: the whole line.
        number_end: where the number ends in the line.
        caption_words: the maximum number of words in a caption that ends with a full stop.

    Returns:
        Only the number if no text follows it; an empty string if the text begins in lower case. Otherwise the whole
        line if it is short and not a sentence; otherwise the number and the first sentence, if this sentence looks like
        a caption of at most `caption_words` words; otherwise an empty string.
    """
    number, rest = line[:number_end].rstrip(" ."), line[number_end:]
    body = _CLAUSE_LEAD.sub("", rest).strip()
    if not body:
        return number
    if body[0].islower():
        return ""
    if len(body) <= 80 and len(body.split()) <= 12 and not (ends_sentence(body) or has_predicate(body)):
        return clip(line.rstrip(" .:"))
    caption, stop, following = body.partition(". ")
    fits = len(caption.split()) <= caption_words and len(caption) <= 80
    if stop and following and fits and ":" not in caption and not caption[-1].isdigit():
        return clip(line[: line.index(caption, number_end) + len(caption)])
    if (
        caption_words > MAX_CAPTION_WORDS
        and body.endswith(".")
        and "." not in body[:-1]
        and len(body.split()) <= caption_words
    ):
        return clip(line.rstrip(" ."))
    return ""


def clip(title: str) -> str:
    """Return a title on one line, cut to `MAX_TITLE_CHARS`."""
    return " ".join(title.split())[:MAX_TITLE_CHARS]


_CLAUSE_LEAD = re.compile(r"^[\s.:—–)-]*")


@cache
def _predicate() -> re.Pattern[str]:
    # Imported here because the languages import this module while they load.
    from pipeline.languages import any_of

    return re.compile(any_of(lambda rules: rules.headings.predicate))
