"""What one line can be as a heading: the rules a language has for it, and what readers of headings share.

In: a line with the lines around it. Out: a `Heading` (rank and title) or None. Languages contribute readers for
headings of their own; `documents.grammar.headings` joins them with those that need no words. Pure.
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
    """Orders kinds of headings; markdown takes 1 to 6."""

    PART = 10
    """Whatever begins a document inside the document: an amendment, a schedule, a supplementary provision."""
    BOOK = 12
    """제1편, PART I, Chapter 3, ITEM 3, SCENE 2."""
    CHAPTER = 13
    """제1장, ARTICLE 4, Subpart B, a line in capitals, 주 문."""
    DIVISION = 14
    """제1절."""
    SUBDIVISION = 15
    """제1관."""
    CAPTION = 17
    """A short line that stands alone."""
    CLAUSE = 20
    """제4조, § 1002.3, Section 7, `1. Definitions`."""
    NUMBERED_2 = 22
    """4.1; each further number adds one."""
    LETTERED = 26
    """가. 원고의 주장."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A line read as a heading."""

    rank: int
    title: str
    family: str
    """Headings of one family count up together; `list` guards look at it."""
    number: int
    """Last number of a counted heading; -1 where it has none."""


@dataclass(frozen=True, slots=True)
class LineContext:
    """A stripped line and its surroundings."""

    line: str
    after_blank: bool
    """The line before is blank, or there is none."""
    before_blank: bool
    """The line after is blank, or there is none."""
    next_text: str
    """The next line that is not blank."""


HeadingReader = Callable[[LineContext], Heading | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadingRules:
    """Headings of a language. They are looked for in documents of every language."""

    in_legal: tuple[HeadingReader, ...] = ()
    """Readers of headings in legal texts, tried in order."""
    in_dialogue: tuple[HeadingReader, ...] = ()
    chapter: str = ""
    """Pattern of a chapter's number in a manual."""
    agenda: str = ""
    """Pattern of an item of an agenda, or a scene."""
    scene_line: str = ""
    """Pattern of a whole line that opens a scene."""
    predicate: str = ""
    """Pattern of the end of a sentence that has no full stop, of at most 24 characters."""
    title_start: str = ""
    """Inside of a character class: letters that begin a title."""
    letters: str = ""
    """Letters that count headings, in order."""


def ends_sentence(text: str) -> bool:
    """Whether a line ends like prose: a full stop, a question or exclamation mark, a colon, a semicolon, a comma."""
    return text.rstrip("\"'”’」』)]* ").endswith((".", "?", "!", ":", ";", ",", "。", "…", "-", "·"))


def has_predicate(text: str) -> bool:
    """Whether a text ends with the predicate of a sentence, in a language where predicates close sentences."""
    return _predicate().search(text, max(0, len(text) - _MAX_PREDICATE_CHARS)) is not None


def is_prose(rest: str) -> bool:
    """The rest of a heading line reads as a sentence: `Schedule B shall apply.`"""
    text = _CLAUSE_LEAD.sub("", rest)
    if not text:
        return False
    return (
        (text[0].islower() and not rest.startswith((".", ":", "—", "–", " —", " –", " -")))
        or (ends_sentence(text) and len(text) > 60)
        or has_predicate(text.rstrip("."))
    )


def captioned(line: str, number_end: int, *, caption_words: int) -> str:
    """Number and caption: the whole line where it is short, else the first words up to a full stop, else nothing."""
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
    """A title on one line, at most `MAX_TITLE_CHARS` long."""
    return " ".join(title.split())[:MAX_TITLE_CHARS]


_CLAUSE_LEAD = re.compile(r"^[\s.:—–)-]*")


@cache
def _predicate() -> re.Pattern[str]:
    # Here, since this package's own modules are read while its languages load.
    from pipeline.languages import any_of

    return re.compile(any_of(lambda rules: rules.headings.predicate))
