"""Finds the sentence that announces a list, such as `Proceed as follows:`.

Takes the lines of a text; returns the sentence on one line. Used by `bullets` and `steps`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from pipeline.documents.grammar.text_lines import TextLine
from pipeline.languages import any_of

SENTENCE_END = re.compile(r"(?<=[.!?。])[\"'”’)\]*_]*\s")
"""What follows a sentence's full stop: closing quotes or brackets, and white space."""
_MEANING = re.compile(r":[ \t]+")
"""The colon before the meaning of a term, in a definition list."""
_MAX_LEAD_CHARS = 160
_MAX_LINES = 6


def lead_in(lines: Sequence[TextLine], first: int, ends: frozenset[int]) -> str:
    """Return the sentence directly above a list if the sentence announces the list; otherwise an empty string.

    Args:
        lines: Lines of the text.
        first: Number of the list's first line.
        ends: Numbers of the lines of headings and furniture.
    """
    index = first - 1
    while index >= 0 and not lines[index].content and first - index <= 2:
        index -= 1
    if index < 0 or index in ends or not lines[index].is_prose:
        return ""
    begin = index
    while (
        begin > 0
        and not _MEANING.match(lines[begin].content)
        and lines[begin - 1].is_prose
        and begin - 1 not in ends
        and index - begin < _MAX_LINES
    ):
        begin -= 1
    paragraph = _MEANING.sub("", " ".join(line.content for line in lines[begin : index + 1]), count=1)[-1000:]
    sentence = SENTENCE_END.split(paragraph)[-1].strip() or paragraph
    if not announces(sentence) or len(sentence) > _MAX_LEAD_CHARS:
        return ""
    return " ".join(sentence.split())


def announces(content: str) -> bool:
    """Return whether a line announces the text below: it ends with a colon or with the words of an announcement."""
    return content.endswith((":", "：")) or _announcement().search(content[-200:]) is not None


@cache
def _announcement() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.lead_in))
