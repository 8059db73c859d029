"""Measures what a window of a document consists of: sentences, values, log lines, encoded data, debris.

Takes a `Window`; each function returns a share from 0 to 1. Used by `clean.junk_rules`, which compares the shares with
the limits of the domain. All functions are linear in the length of the window.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.clean.words import BLANK, WordKind, kind_of

_FILL_IN = re.compile(r"_{3,}|[.·‥…]{4,}|\[ ?\]|[□☐■☑]")
"""A blank to fill in, a box to tick, or the dots between a title and its page number."""
_NUMBER = re.compile(r"\d+")
_SPACES = re.compile(r" {2,}")
_CLOCK = re.compile(r"\b\d{1,2}:\d{2}:\d{2}\b|^\[ *\d+\.\d{3,}\]|^\d{10,13}\b")
"""A time with seconds, the seconds since the start in brackets, or the seconds since 1970."""
_SENTENCE_ENDS = frozenset(".?!。")
_AFTER_SENTENCE = "\"'”’)]」』* "
_MIN_SENTENCE_WORDS = 2
_MIN_PHRASE_WORDS = 4
"""The length from which a line may be a part of a sentence. Entries of menus such as `Track my order` are shorter."""
_BULLETS = frozenset("-*•·‣◦▪■▶–")
"""What a point of a slide begins with. Languages with particles say the same in one word less."""
_PAIR = re.compile(r"[^:：]{1,60}(?:[:：] *| [-–—=] )\S(?!.* [-–—] )")
"""A term with its meaning, or a name with its value."""
_MAX_PAIR_WORDS = 12
_SEPARATOR = re.compile(r"[,;|·•/>»#]| [-–—] ")
_MIN_SEPARATORS = 0.3
"""The minimum number of separators for each word of an enumeration."""
_MIN_ENUMERATION_WORDS = 12
_LONG_LINE_CHARS = 500


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not empty."""

    text: str
    words: Sequence[WordKind]
    """The kinds of its words, without signs."""

    @property
    def is_table_row(self) -> bool:
        """Whether the line is a row of a table with pipes."""
        return self.text[0] == "|" and self.text[-1] == "|" and len(self.text) > 1


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a document, with the pieces that several measures need."""

    text: str
    """The text with each fill-in replaced by a single sign."""
    lines: Sequence[Line]
    words: Sequence[WordKind]


def window_of(text: str) -> Window:
    """Return a text as a window. Lines have no white space at their ends, as `clean.windows` makes them."""
    filled = _FILL_IN.sub(BLANK, text)
    lines = [
        Line(line, [kind for kind in map(kind_of, line.split()) if not kind.is_sign])
        for line in filled.split("\n")
        if line
    ]
    return Window(filled, lines, [kind for line in lines for kind in line.words])


def similar_lines(window: Window) -> float:
    """Return the share of characters in repetitions of two lines, apart from digits and the width of spaces.

    Only the two lines with the most repetitions count. The parts of a manual repeat a whole block of lines; a list that
    a machine made repeats one line. The rows of tables do not count.
    """
    shapes = [_SPACES.sub(" ", _NUMBER.sub("0", line.text)) for line in window.lines]
    counts = Counter(shape for shape, line in zip(shapes, window.lines, strict=True) if not line.is_table_row)
    repeated = sorted((len(shape) * (count - 1) for shape, count in counts.items()), reverse=True)
    return _share(sum(repeated[:2]), sum(map(len, shapes)))


def log_lines(window: Window) -> float:
    """Return the share of lines that state a time to the second, as programs do."""
    texts = [line.text for line in window.lines if ":" in line.text or "." in line.text or line.text[0].isdigit()]
    return _share(sum(1 for text in texts if _CLOCK.search(text)), len(window.lines))


def encoded(window: Window) -> float:
    """Return the share of characters in long words that cannot be read: base64, hashes, links."""
    return _share(sum(word.encoded_chars for word in window.words), sum(word.counted_chars for word in window.words))


def broken_words(window: Window) -> float:
    """Return the share of words such as scanners read from stains: single letters, signs inside words.

    The rows of tables are left out: their cells may hold single letters.
    """
    words = [word for line in window.lines if not line.is_table_row for word in line.words]
    return _share(sum(1 for word in words if word.is_broken), len(words))


def placeholders(window: Window) -> float:
    """Return the share of words from Lorem ipsum."""
    return _share(sum(1 for word in window.words if word.is_placeholder), len(window.words))


def long_lines(window: Window) -> float:
    """Return the share of characters in lines that are longer than people write in source code."""
    return _share(sum(len(line.text) for line in window.lines if len(line.text) > _LONG_LINE_CHARS), len(window.text))


def letters(window: Window) -> float:
    """Return the share of letters and digits that stand in a run without a digit. Times of day do not count."""
    num_chars = sum(word.alphanumeric_chars for word in window.words)
    return 1 - _share(sum(word.digit_chars for word in window.words), num_chars)


def meaning(window: Window) -> float:
    """Return the share of words that make a statement.

    These are values (numbers and fill-ins); all words of lines that end like a sentence, are the row of a table or a
    point of a slide, or give a term and its meaning; and, in other lines of at least four words, words that only
    sentences need (`the`, or a noun with a Korean particle). Menus, tags and search words have few.
    """
    num_words = 0
    for line in window.lines:
        if _is_statement(line):
            num_words += len(line.words)
        elif len(line.words) < _MIN_PHRASE_WORDS or _is_enumeration(line):
            num_words += sum(1 for word in line.words if word.is_value)
        else:
            num_words += sum(1 for word in line.words if word.is_value or word.is_function_word)
    return _share(num_words, len(window.words))


def compressed(window: Window) -> float:
    """Return the size of the window after compression, as a share of the size before. All digits count as equal."""
    data = _NUMBER.sub("0", window.text).encode("utf-8", "replace")
    return _share(len(zlib.compress(data, 1)), len(data))


def _is_statement(line: Line) -> bool:
    if len(line.words) >= _MIN_SENTENCE_WORDS and line.text.rstrip(_AFTER_SENTENCE)[-1:] in _SENTENCE_ENDS:
        return True
    if line.text[0] in _BULLETS and len(line.words) >= _MIN_PHRASE_WORDS - (not line.text[1:].isascii()):
        return True
    return line.is_table_row or (len(line.words) <= _MAX_PAIR_WORDS and _PAIR.match(line.text) is not None)


def _is_enumeration(line: Line) -> bool:
    num_words = len(line.words)
    return num_words >= _MIN_ENUMERATION_WORDS and len(_SEPARATOR.findall(line.text)) >= _MIN_SEPARATORS * num_words


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
