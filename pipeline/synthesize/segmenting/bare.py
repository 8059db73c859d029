"""Recognises blocks that no question is asked about: lists of contents, notices of licences, blocks to be signed.

Takes the text of a block; a block is a run of lines without a blank one. Time is linear in the length of the block.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from functools import cache
from itertools import islice

from pipeline.languages import all_rules, any_of

_LEADER = re.compile(
    r"(?:[.·‥]{4,}|…{2,}|(?:[ \t][.·]){3,})[ \t]*[\divxlc]{0,6}[ \t]*\|?$|(?:…|\t|[ ]{3,})[ \t]*\d{1,4}[ \t]*$"
)
"""The dots and the page number behind an entry of a table of contents; as in `grammar.legal.heads`, or without page."""
_LINK_LINE = re.compile(r"[ \t>]*(?:[-*+•][ \t]+|\d{1,3}[.)][ \t]+)?\[[^\[\]\n]{1,200}\]\([^()\n]{1,300}\)[ \t]*$")
"""A line that is a link and nothing else."""
_MARKS = re.compile(
    r"^[\s>#*_+•|–—-]*(?:\[?(?=[^\s\]])(?:§+\s?)?(?:[\divxlc]{1,5}[.)-])*[\d]*[a-z]?\)?\s)?|[\s*_:|.\]#]+$",
    re.IGNORECASE,
)
"""Signs and numbers around a title."""
_SPACES = re.compile(r"\s+")
_MAX_ENTRY_CHARS = 300
_MIN_ENTRIES = 3
_MIN_ENTRY_SHARE = 0.6
_MIN_SIGNED_LINES = 2
_NOTICE_REACH = 120
"""A single word of a licence counts this near to the start; further below, a text may tell about licences."""


def plain_title(line: str) -> str:
    """Return a heading or an entry of a table of contents without numbers and signs around it, to compare them."""
    return _SPACES.sub(" ", _MARKS.sub("", _LEADER.sub("", line))).strip().casefold()


def is_contents(lines: Sequence[str], titles: Set[str]) -> bool:
    """Return whether most lines are entries of a table of contents: titles of the document, page numbers, links.

    Args:
        lines: the lines of a block, without those of its own heading.
        titles: the titles of the document's sections, as `plain_title` returns them.
    """
    filled = [line for line in lines if line.strip()]
    entries = [line for line in filled if len(line) <= _MAX_ENTRY_CHARS]
    num_led = sum(_LEADER.search(line) is not None for line in entries)
    num_entries = sum(
        _LEADER.search(line) is not None or _LINK_LINE.match(line) is not None or plain_title(line) in titles
        for line in entries
    )
    is_long = num_entries >= _MIN_ENTRIES or (num_led and num_led == len(filled))
    return bool(is_long) and num_entries >= _MIN_ENTRY_SHARE * len(filled)


def is_contents_title(title: str) -> bool:
    """Return whether a heading is that of a table of contents."""
    words = title.strip(" #*_:[]<>〈〉【】\t")
    return any(pattern.fullmatch(words) is not None for pattern in _contents_titles())


@cache
def _contents_titles() -> tuple[re.Pattern[str], ...]:
    known = (rules.legal.provisions for _, rules in all_rules())
    return tuple(rules.contents for rules in known if rules is not None and rules.contents is not None)


def is_licence_notice(block: str) -> bool:
    """Return whether a block says who owns a text or program and how it may be used: at its start, or twice."""
    found = [match.start() for match in islice(_licences().finditer(block), 2)]
    return len(found) > 1 or (bool(found) and found[0] < _NOTICE_REACH)


def is_to_be_signed(lines: Sequence[str]) -> bool:
    """Return whether a block has lines for signatures, such as `By: ____`."""
    return sum(_signing().search(line) is not None for line in lines) >= min(_MIN_SIGNED_LINES, len(lines))


@cache
def _licences() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.boilerplate.licences), re.IGNORECASE)


@cache
def _signing() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.boilerplate.signature_lines), re.IGNORECASE | re.MULTILINE)
