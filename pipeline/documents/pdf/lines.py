"""Words into lines: what a reader sees as one line of one column, or one cell of a table.

In: the words of a page in the order of its content. Out: `Line`s. Used by most modules of `pdf`. Cost: linear,
apart from `merged_on_baselines`, which sorts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pipeline.documents.pdf.glyphs import Style
from pipeline.documents.pdf.words import Word

WIDE_GAP = 1.15
"""Space between two words, in font sizes, that separates columns or cells. Justified lines stay below."""
_BACK_STEP = 0.6
"""How far, in font sizes, a word may begin left of the end of the word before it."""
_SAME_BASE = 0.3
_SCRIPT_SHIFT = 0.6
"""How far, in font sizes, the baseline of a raised or lowered sign lies from that of its line."""
_SCRIPT_SIZE = 0.85
_TOUCH = 0.08
"""Space between two letters, in font sizes, below which they belong to one word; a space is much wider."""


@dataclass(slots=True)
class Line:
    """Words that follow each other on one baseline."""

    words: list[Word]
    row: int = -1
    """Number of the row; lines that the content draws from left to right on one baseline have the same number."""
    left: float = 0.0
    right: float = 0.0
    base: float = 0.0
    style: Style = field(default_factory=lambda: Style(1.0))
    """The most frequent style of the characters."""

    def __post_init__(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Compute position and style from the words."""
        self.left = min(word.left for word in self.words)
        self.right = max(word.right for word in self.words)
        if len(self.words) == 1:
            self.style = self.words[0].style
            self.base = self.words[0].base
            return
        styles: Counter[Style] = Counter()
        for word in self.words:
            styles[word.style] += len(word.text)
        self.style = max(styles, key=lambda style: (styles[style], style.size))
        self.base = next(word.base for word in self.words if word.style == self.style)

    @property
    def size(self) -> float:
        """Font size in points."""
        return self.style.size

    @property
    def top(self) -> float:
        """`y` of the top of its letters."""
        return self.base - 0.8 * self.style.size

    @property
    def bottom(self) -> float:
        """`y` of the bottom of its letters."""
        return self.base + 0.2 * self.style.size

    @property
    def middle(self) -> float:
        """`x` of its middle."""
        return (self.left + self.right) / 2

    @property
    def num_chars(self) -> int:
        """Number of characters."""
        return sum(len(word.text) for word in self.words)

    @property
    def is_bold(self) -> bool:
        """Whether the line has letters and all of them are bold."""
        lettered = [word for word in self.words if any(char.isalpha() for char in word.text)]
        return bool(lettered) and all(word.style.is_bold for word in lettered)

    @property
    def is_italic(self) -> bool:
        """Whether the line has letters and all of them are italic."""
        lettered = [word for word in self.words if any(char.isalpha() for char in word.text)]
        return bool(lettered) and all(word.style.is_italic for word in lettered)

    @property
    def font(self) -> str:
        """The font of all its letters; empty if they are in several."""
        fonts = {word.style.font for word in self.words if any(char.isalpha() for char in word.text)}
        return fonts.pop() if len(fonts) == 1 else ""

    @property
    def is_right_to_left(self) -> bool:
        """Whether most of its characters are of a script that runs to the left."""
        return 2 * sum(len(word.text) for word in self.words if word.is_right_to_left) > self.num_chars

    @property
    def ends_in_space(self) -> bool:
        """Whether the file has a space at its end."""
        return self.words[-1].ends_in_space

    @property
    def text(self) -> str:
        """Its text."""
        return text_of(self.words, self)


def text_of(words: Sequence[Word], line: Line | None = None) -> str:
    """Return words as text.

    If `line` is given, a raised number after a letter or digit gets a `^`, so that 10³ does not become 103.
    """
    pieces: list[str] = []
    previous: Word | None = None
    for word in words:
        if previous is not None and not word.is_glued:
            pieces.append(" ")
        if previous is not None and line is not None and _is_power(word, previous, line):
            pieces.append("^")
        pieces.append(word.text)
        previous = word
    return "".join(pieces)


def _is_power(word: Word, previous: Word, line: Line) -> bool:
    """Return whether a raised number after a letter or digit starts with this word."""
    is_number = word.text[0].isdigit() and previous.text[-1:].isalnum() and is_raised(word, line)
    return is_number and not (word.is_glued and is_raised(previous, line))


def is_raised(word: Word, line: Line) -> bool:
    """Return whether a word is a superscript of its line."""
    return word.style.size < _SCRIPT_SIZE * line.size and line.base - word.base > 0.15 * line.size


def lines_of(words: Iterable[Word]) -> list[Line]:
    """Return the lines of words in the order of the content."""
    groups: list[list[Word]] = []
    rows: list[int] = []
    row = -1
    group_left = group_right = group_base = group_size = 0.0
    for word in words:
        size = max(word.style.size, group_size)
        if groups and _is_beside(word, groups[-1][-1], group_base, group_size):
            gap = _gap(word, groups[-1][-1], group_left, group_right)
            if -_BACK_STEP * size <= gap < WIDE_GAP * size:
                groups[-1].append(word)
                group_left, group_right = min(group_left, word.left), max(group_right, word.right)
                if word.style.size > group_size:
                    group_base, group_size = word.base, word.style.size
                continue
            follows_in_row = gap >= WIDE_GAP * size
        else:
            follows_in_row = False
        row += not follows_in_row
        groups.append([word])
        rows.append(row)
        group_left, group_right, group_base, group_size = word.left, word.right, word.base, word.style.size
    return [Line(_spaced(group), row) for group, row in zip(groups, rows, strict=True)]


def _is_beside(word: Word, before: Word, base: float, size: float) -> bool:
    """Return whether a word lies on the baseline of a line, or is a raised or lowered sign beside it."""
    larger, smaller = max(size, word.style.size), min(size, word.style.size)
    shift = abs(word.base - base)
    if shift < _SAME_BASE * smaller:
        return True
    is_script = smaller < _SCRIPT_SIZE * larger and shift < _SCRIPT_SHIFT * larger
    return is_script or (abs(word.base - before.base) < _SAME_BASE * smaller and shift < _SCRIPT_SHIFT * larger)


def _gap(word: Word, before: Word, left: float, right: float) -> float:
    """Return the space between a line and the next word, in the direction of its script."""
    if word.is_right_to_left or before.is_right_to_left:
        return max(word.left - right, left - word.right)
    return word.left - before.right


def _spaced(words: list[Word]) -> list[Word]:
    """Mark words as glued or not by the gap between them on the page. Changes the words in place.

    Where letters are drawn one by one, only their distance tells words apart; a space in the file is always one.
    """
    for before, word in pairwise(words):
        gap = word.left - before.right
        is_right_to_left = word.is_right_to_left or before.is_right_to_left
        if is_right_to_left:
            gap = max(gap, before.left - word.right)
        if word.is_glued and gap > 0.25 * max(word.style.size, before.style.size):
            word.is_glued = False
        elif not (word.is_glued or is_right_to_left or before.ends_in_space) and _is_letter_beside(before, word, gap):
            word.is_glued = True
    words[0].is_glued = False
    return words


def _is_letter_beside(before: Word, word: Word, gap: float) -> bool:
    """Return whether one of two words is a character that touches the other, and not the mark of a footnote."""
    if min(len(before.text), len(word.text)) > 1 or abs(gap) >= _TOUCH * word.style.size:
        return False
    is_mark = before.style.size < _SCRIPT_SIZE * word.style.size and not before.text.isalpha()
    return not (is_mark and word.text[0].isalnum())


def merged_on_baselines(lines: Sequence[Line], *, max_gap: float = WIDE_GAP) -> list[Line]:
    """Return lines from top to bottom; neighbours on one baseline are merged, even if drawn at different times.

    Args:
        lines: lines of one column, in the order of the content.
        max_gap: largest gap between two merged lines, in font sizes.
    """
    merged: list[Line] = []
    for line in sorted(lines, key=lambda line: (round(line.base), line.left)):
        before = next((other for other in reversed(merged[-4:]) if _adjoins(other, line, max_gap)), None)
        if before is None:
            merged.append(Line(list(line.words), line.row))
            continue
        first, second = (before, line) if before.left <= line.left else (line, before)
        if first.is_right_to_left and second.is_right_to_left:
            first, second = second, first
        before.words = [*first.words, *second.words]
        before.refresh()
    return merged


def _adjoins(first: Line, second: Line, max_gap: float) -> bool:
    size = max(first.size, second.size)
    is_level = abs(first.base - second.base) < _SAME_BASE * min(first.size, second.size)
    gap = max(second.left - first.right, first.left - second.right)
    return is_level and -0.2 * size <= gap < max_gap * size
