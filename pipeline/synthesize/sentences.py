"""Finds the sentences of a document as character spans, in all supported languages at once.

Line breaks inside a wrapped paragraph do not end a sentence; headings, list items and turns of a dialogue do. Marks
before a sentence (clause numbers, bullets, `[10:03] Name:`) do not belong to it. Time is linear in the length of the
text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pipeline.languages import any_of, letters_of

_TERMINAL = r"[.!?。]['\"”’)\]]*"
_BREAK = re.compile(rf"(?<=[^\s])(?:{_TERMINAL})(?=\s)|\n[ \t]*\n|\n")
"""Where a sentence may end: after final punctuation, or at a line break."""
_ABBREVIATION = re.compile(rf"(?:^|[\s(\"“]){any_of(lambda rules: rules.sentences.short_forms)}\.$")
"""An abbreviation whose point does not end a sentence, at the end of a text."""
_ITEM_LETTERS = letters_of(lambda rules: rules.sentences.item_letters)
_LETTERS = letters_of(lambda rules: rules.detection.letters)
_MARKS = re.compile(
    rf"""\s*(?:>\s*)*(?:\#{{1,6}}\s+)?(?:[-*•·]\s+)?
    (?:\[[\d:.\s]+\]\s*
      |\(?(?:\d+(?:\.\d+)*|[{_ITEM_LETTERS}]|[ivx]+)[.)]\s+|\d+(?:\.\d+)+\s+
      |{any_of(lambda rules: rules.sentences.provision_label)}|[①-⑳]\s*)*
    (?:{any_of(lambda rules: rules.sentences.speaker_label)})?""",
    re.VERBOSE,
)
"""Marks before a sentence: `>`, `#`, bullets, times, clause numbers and names of speakers."""
_NEW_LINE_ITEM = re.compile(rf"\s*(?:[-*•·#>|\[(]|\d+[.)]|[①-⑳]|{any_of(lambda rules: rules.sentences.line_opening)})")
"""The start of a line that does not continue the line above."""
_LETTER = re.compile(f"[{_LETTERS}]")
_OWN_SCRIPT = re.compile(
    f"[{letters_of(lambda rules: rules.detection.letters if rules.detection.owns_script else '')}]"
)
"""A letter of a language that has a script of its own, such as Korean."""
_CODE_MARK = re.compile(r"[{}=;`|\\]|\w\(|\(\)|\w_\w|->|^\s*(?:def|class|import|from|return|if|for|SELECT)\b")


@dataclass(frozen=True, slots=True)
class Span:
    """The span `text[start:end]`."""

    start: int
    end: int


class Piece(Protocol):
    """A part of a text: a sentence, a clause."""

    @property
    def start(self) -> int:
        """The offset of its first character."""

    @property
    def end(self) -> int:
        """The offset behind its last character."""


AnyPiece = TypeVar("AnyPiece", bound=Piece)


def piece_at(pieces: Iterable[AnyPiece], place: int) -> AnyPiece | None:
    """Return the first piece that has the character at an offset; None if none has it."""
    return next((piece for piece in pieces if piece.start <= place < piece.end), None)


def sentence_spans(text: str, *, start: int, end: int) -> list[Span]:
    """Return the sentences in `text[start:end]`, in order, without marks before them or surrounding white space."""
    spans = []
    for piece in _pieces(text, start, end):
        marks = _MARKS.match(text, piece.start, piece.end)
        left = marks.end() if marks else piece.start
        right = piece.end
        while left < right and text[left].isspace():
            left += 1
        while right > left and text[right - 1].isspace():
            right -= 1
        if left < right:
            spans.append(Span(start=left, end=right))
    return spans


def is_prose_sentence(sentence: str) -> bool:
    """Return whether a text reads as a complete sentence rather than a heading, a table row or code."""
    if len(sentence) < 25 or not re.search(rf"(?:{_TERMINAL})$", sentence) or _CODE_MARK.search(sentence):
        return False
    letters = len(_LETTER.findall(sentence)) / len(sentence)
    opens = sentence[0].isupper() or _OWN_SCRIPT.match(sentence) or sentence[0] in "\"“'‘" or sentence[0].isdigit()
    return letters >= 0.55 and bool(opens) and len(sentence.split()) >= 4


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    left = start
    for match in _BREAK.finditer(text, start, end):
        if match.group().startswith("\n"):
            if match.group() == "\n" and _is_wrapped(text, match.start(), match.end(), end):
                continue
        elif _ABBREVIATION.search(text[max(left, match.end() - 8) : match.end()]):
            continue
        yield Span(start=left, end=match.end())
        left = match.end()
    if left < end:
        yield Span(start=left, end=end)


def _is_wrapped(text: str, line_end: int, next_line: int, end: int) -> bool:
    """Return whether a line break only wraps text.

    The line before it must be long, and the next line neither indented nor a new item.
    """
    line_start = text.rfind("\n", 0, line_end) + 1
    following = text[next_line : min(end, next_line + 80)]
    return line_end - line_start >= 40 and not _NEW_LINE_ITEM.match(following) and not following.startswith((" ", "\t"))
