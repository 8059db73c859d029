"""Splits evidence into the units that belong to one owner: a function of code, a turn of a dialogue, else a sentence.

Used by `bindings` and `ownership`, which compare what belongs to whom. A quote of code rarely names its function, and
one of a dialogue its speaker, so `owned_quote` puts them in front.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache

from pipeline.languages import any_of
from pipeline.records import Context
from pipeline.synthesize.sentences import Span, sentence_spans
from pipeline.synthesize.verify.surroundings import DIALOGUE, SPEAKER

CODE = "code"
"""The domain whose units are functions and classes."""
_DEFINITION = re.compile(
    r"^(?P<indent>[ \t]*)(?:(?:export|default|public|private|protected|static|async|abstract|final|pub)\s+)*"
    r"(?:(?:def|class|function|fn|func|interface|struct|enum|trait)\s+(?P<name>\w+)"
    r"|(?!(?:if|for|while|switch|catch|return|else)\b)(?P<method>\w+)\([^()\n]*\)\s*(?::\s*[\w<>\[\], |]+)?\s*\{)",
    re.MULTILINE,
)
_COMMENT = re.compile(r"[ \t]*(?://|/?\*|#|@)")
_TURN = re.compile(rf"^{SPEAKER.pattern}", re.MULTILINE)


def owned_quote(context: Context, span: Span) -> str:
    """Return the words of a span on one line, with the name of its function or speaker in front."""
    words = " ".join(context.text[span.start : span.end].split())
    if context.domain == CODE:
        owner = _defined_at(context.text, span)
        return f"def {owner}\n{words}" if owner else words
    if context.domain == DIALOGUE:
        label = SPEAKER.match(context.text, context.text.rfind("\n", 0, span.start) + 1)
        return f"{label['name'].strip()}: {words}" if label and label.end() <= span.start else words
    return words


def unit_starts(text: str, domain: str) -> list[int]:
    """Return where the units of a text begin, in order; the first is 0."""
    if domain == CODE:
        starts = [start for start, _ in _definitions(text)]
    elif domain == DIALOGUE:
        starts = [match.start() for match in _TURN.finditer(text)]
    else:
        starts = []
    starts = starts or [span.end for span in sentence_spans(text, start=0, end=len(text))]
    return sorted({0, *starts})


def unit_at(starts: list[int], position: int) -> int:
    """Return the index of the unit that has a position."""
    return bisect_right(starts, position) - 1


def defined_names(text: str) -> list[str]:
    """Return the names of the functions and classes of some code, in order."""
    return [name for _, name in _definitions(text)]


def labels_of(text: str) -> list[str]:
    """Return the speakers of the turns of a dialogue, in order."""
    labels = [match["name"].strip() for match in _TURN.finditer(text)]
    return [label for label in labels if not _no_speakers().fullmatch(label)]


@cache
def _no_speakers() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.statements.no_speakers), re.IGNORECASE)


def _definitions(text: str) -> list[tuple[int, str]]:
    """Return where each function or class begins, with the comment above it, and its name."""
    found = []
    for match in _DEFINITION.finditer(text):
        start = match.start()
        while start > 0:
            above = text.rfind("\n", 0, start - 1) + 1
            if not _COMMENT.match(text, above, start):
                break
            start = above
        found.append((start, match["name"] or match["method"]))
    return found


def _defined_at(text: str, span: Span) -> str:
    owner = ""
    for start, name in _definitions(text):
        if start > span.start:
            break
        owner = name
    return owner
