"""Rules of a language for lines that are headings, and the functions that all readers of headings share.

A reader takes a line with the lines around it and returns a `Heading` (rank and title) or None. Languages contribute
readers for their own headings; `documents.grammar.headings` joins them with the readers that need no words. Pure.
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
    """The order of kinds of headings; markdown headings have ranks 1 to 6."""

    PART = 10
    """The beginning of a document inside the document: an amendment, a schedule, a supplementary provision."""
    BOOK = 12
    """제1편, PART I, Chapter 3, ITEM 3, SCENE 2."""
    CHAPTER = 13
    """제1장, ARTICLE 4, Subpart B, a line in capitals, 주 문."""
    DIVISION = 14
    """제1절."""
    SUBDIVISION = 15
    """제1관."""
    CAPTION = 17
    """A short line between blank lines."""
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
    """Headings of one family count up together; readers use it to recognise lists."""
    number: int
    """Last number of a counted heading; -1 if it has none."""


@dataclass(frozen=True, slots=True)
class LineContext:
    """A stripped line and the lines around it."""

    line: str
    after_blank: bool
    """Whether the line before is blank or missing."""
    before_blank: bool
    """Whether the line after is blank or missing."""
    next_text: str
    """The next line that is not blank."""


HeadingReader = Callable[[LineContext], Heading | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadingRules:
    """The headings of a language. They are searched for in documents of every language."""

    in_legal: tuple[HeadingReader, ...] = ()
    """Readers of headings in legal texts, tried in order."""
    in_dialogue: tuple[HeadingReader, ...] = ()
    """Readers of headings in dialogue, tried in order."""
    chapter: str = ""
    """Pattern of the number of a chapter in a manual."""
    agenda: str = ""
    """Pattern of an agenda item or a scene."""
    scene_line: str = ""
    """Pattern of a whole line that opens a scene."""
    predicate: str = ""
    """Pattern of the end of a sentence without a full stop, at most 24 characters long."""
    title_start: str = ""
    """Inside of a character class: letters that may begin a title."""
    letters: str = ""
    """Letters that number headings, in order."""


def ends_sentence(text: str) -> bool:
    """Return whether a line ends like prose: with a full stop, question mark, colon, comma or the like."""
    return text.rstrip("\"'”’」』)]* ").endswith((".", "?", "!", ":", ";", ",", "。", "…", "-", "·"))


def has_predicate(text: str) -> bool:
    """Return whether a text ends with the predicate of a sentence, in a language where predicates end sentences."""
    return _predicate().search(text, max(0, len(text) - _MAX_PREDICATE_CHARS)) is not None


def is_prose(rest: str) -> bool:
    """Return whether the rest of a heading line reads as a sentence: `Schedule B shall apply.`"""
    text = _CLAUSE_LEAD.sub("", rest)
    if not text:
        return False
    return (
        (text[0].islower() and not rest.startswith((".", ":", "—", "–", " —", " –", " -")))
        or (ends_sentence(text) and len(text) > 60)
        or has_predicate(text.rstrip("."))
    )


def captioned(line: str, number_end: int, *, caption_words: int) -> str:
    """Return number and caption: the whole line if it is short, else the words up to a full stop, else nothing."""
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
    """Return a title on one line, at most `MAX_TITLE_CHARS` long."""
    return " ".join(title.split())[:MAX_TITLE_CHARS]


_CLAUSE_LEAD = re.compile(r"^[\s.:—–)-]*")


@cache
def _predicate() -> re.Pattern[str]:
    # Imported here, since this module is imported while the languages load.
    from pipeline.languages import any_of

    return re.compile(any_of(lambda rules: rules.headings.predicate))
