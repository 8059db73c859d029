"""Joins the lines of a page into paragraphs.

In: the layout of a page. Out: `Paragraph`s and tables in reading order. Used by `pdf.document`. Cost: linear.

A line ends its paragraph if the next line has another size or weight, is set apart or indented, or if the line ends a
sentence and the first word of the next line would still have fit. A line starts a list item if it starts with a bullet
or a number and the line before it was short, ended a sentence or belongs to a similar item.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from statistics import median_low

from pipeline.documents.pdf.cells import Table
from pipeline.documents.pdf.lines import Line, is_raised
from pipeline.documents.pdf.words import Word

_SIZE_CHANGE = 0.12
_TITLE_SIZE = 1.06
"""How much larger than the text below, at least, a title of one line is; a title that ends near the column's edge is
known only by its number."""
_INDENT = 0.7
_MAX_INDENT = 5.0
_MAX_BACK = 2.5
"""How far left of an item's label, in font sizes, its second line may begin if only first lines are indented."""
_APART = 1.3
"""Distance to the next line, in usual distances of lines, that sets a paragraph apart."""
_APART_SENTENCE = 1.12
"""The same behind the end of a sentence."""
_UNEVEN = 0.1
_USUAL_STEP = 1.25
_WIDE_STEP, _WIDEST_STEP = 1.7, 2.7
"""Distance of baselines, in font sizes, over which only a full line goes on, as in a text with double spacing, and the
one over which none does."""
_MAX_STEP = 3.2
_NEAR_LINES = 12
_SENTENCE_END = re.compile(r"[.!?。…:;][\"'”’」』)\]]*$|[다요음함임됨]\.$")
_LEADER = re.compile(r"(?:[.·․‥…]\s?){4,}\s*\S{0,8}$")
_WIDE = re.compile("[\u1100-\u11ff\u3040-\u9fff\uac00-\ud7af]")
BULLET = re.compile(r"([•◦▪▫‣⁃●○❍❑■□◆◇▶►▷➢➤✓✔※★☆❍❖]|[-–—*·ㆍ‧∙](?=\s)|[om](?=\s+[가-힣(<「]))\s*")
_BULLET_SIGNS = frozenset("•◦▪▫‣⁃●■◆▶►▷➢➤✓✔")
"""Bullets that, with a space behind them, are nothing else."""
_SPEECH = "◯"
"""Sign before each speaker in Korean minutes."""
_FIELD = re.compile(r"[^\W\d_][^:：.,;，、；。]{0,30}[:：]\s?\S")
"""The name of a field and the beginning of its value."""
_PROVISION = re.compile(r"제\s?\d{1,4}\s?(?:조|장|절|편|관)(?:의\s?\d{1,2})?[\s(【]")
LABEL = re.compile(
    r"(\d{1,2}(?:\.\d{1,2}){1,9}(?:-\d{1,3})?(?=\s+[^\W\d_])|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5}|[가나다라마바사아자차카타파하])[.)]|[①-⑳㉠-㉻⑴-⒇]|\[\d{1,3}\])(?:\s+|(?<=[①-⑳]))(?=\S)"
    r"(?!\d{3}[-.\s]\d{4}\b)(?!\(?[a-z0-9]\)(?:\s|$))"
)
"""The label of an item; not the area code of a telephone number, and not `(a) (b)` below two pictures."""


class ParagraphKind(StrEnum):
    """What a paragraph is."""

    TEXT = "text"
    ITEM = "item"
    CODE = "code"
    ENTRIES = "entries"
    """Entries of a table of contents; line breaks are kept."""


_Head = tuple[ParagraphKind, str, str]
"""What a line begins with: the kind of paragraph, its label and its bullet."""


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together."""

    kind: ParagraphKind
    lines: list[Line]
    label: str = ""
    """For list items: the number or letter as written; empty for a bullet."""
    bullet: str = ""
    breaks: set[int] = field(default_factory=set)
    """Indexes of the lines before which the author broke the line."""
    column_left: float = 0.0
    column_right: float = 0.0
    gap_above: float = 0.0
    """Distance from the line above, in font sizes; large at the top of a column."""

    @property
    def size(self) -> float:
        """Font size of the longest line, in points."""
        return max(self.lines, key=lambda line: line.num_chars).size

    @property
    def left(self) -> float:
        """Where the first line begins."""
        return self.lines[0].left

    @property
    def is_bold(self) -> bool:
        """Whether all lines are bold."""
        return all(line.is_bold for line in self.lines)

    @property
    def is_italic(self) -> bool:
        """Whether all lines are italic."""
        return all(line.is_italic for line in self.lines)

    @property
    def num_chars(self) -> int:
        """Number of characters."""
        return sum(line.num_chars for line in self.lines)

    @property
    def first_text(self) -> str:
        """The text of the first line."""
        return self.lines[0].text

    @property
    def ends_full(self) -> bool:
        """Whether the last line fills the column or runs to the left, so that the paragraph may go on elsewhere."""
        last = self.lines[-1]
        return last.right > self.column_right - 3 * last.size or last.is_right_to_left


def paragraphs_of(items: Sequence[Line | Table], *, is_typewritten: bool = False) -> list[Paragraph | Table]:
    """Return the paragraphs and tables of a page.

    Args:
        items: lines and tables in reading order.
        is_typewritten: whether most of the document is in fonts of fixed width, so that these do not mean code.
    """
    found: list[Paragraph | Table] = []
    run: list[Line] = []
    for item in items:
        if isinstance(item, Table):
            found += _of_run(run, is_typewritten)
            found.append(item)
            run = []
        elif run and _is_same_column(run, item):
            run.append(item)
        else:
            found += _of_run(run, is_typewritten)
            run = [item]
    return [*found, *_of_run(run, is_typewritten)]


def _is_same_column(run: Sequence[Line], line: Line) -> bool:
    above = run[-1]
    overlaps = min(above.right, line.right) > max(above.left, line.left) - 2 * line.size
    return overlaps and -0.5 * line.size < line.base - above.base < 6 * max(above.size, line.size)


def _of_run(run: Sequence[Line], is_typewritten: bool) -> list[Paragraph]:
    """Return the paragraphs of lines of one column."""
    if not run:
        return []
    left = min(line.left for line in run)
    usual = _usual_steps(run)
    found: list[Paragraph] = []
    gap = 99.0
    for number, line in enumerate(run):
        above = run[number - 1] if number else None
        if above is not None:
            gap = (line.base - above.base) / max(1.0, line.size)
        right = _right_edge(run, number)
        kind, label, bullet = _kind_of(line, is_typewritten)
        current = found[-1] if found else None
        step = usual.get(round(line.size), _USUAL_STEP * line.size)
        following = run[number + 1] if number + 1 < len(run) else None
        begins = current is None or above is None or _begins(current, above, line, (kind, label, bullet), right, step)
        if current is not None and above is not None and not begins:
            begins = _begins_sentence(current, above, line, following, right, step)
        if current is None or above is None or begins:
            found.append(Paragraph(kind, [line], label, bullet, set(), left, right, gap))
        else:
            is_kept = current.kind in (ParagraphKind.CODE, ParagraphKind.ENTRIES) or _are_fields(above, line)
            if is_kept or _is_deliberate(above, line, right):
                current.breaks.add(len(current.lines))
            current.lines.append(line)
    return found


def _right_edge(run: Sequence[Line], number: int) -> float:
    """Return the rightmost end of a line and the lines near it: those of its size, above and below, without a gap."""
    right = run[number].right
    for step in (-1, 1):
        for other in range(number + step, number + step * _NEAR_LINES, step):
            if not 0 <= other < len(run) or not _is_near(run[other], run[other - step]):
                break
            right = max(right, run[other].right)
    return right


def _is_near(line: Line, other: Line) -> bool:
    is_same_size = abs(line.size - other.size) <= _SIZE_CHANGE * line.size
    return is_same_size and abs(line.base - other.base) < _MAX_STEP * line.size


def _usual_steps(run: Sequence[Line]) -> dict[int, float]:
    """Return the usual distance of the baselines of lines, by their size in points."""
    steps: dict[int, list[float]] = {}
    for above, line in pairwise(run):
        step = line.base - above.base
        if abs(above.size - line.size) < _SIZE_CHANGE * line.size and 0.8 * line.size < step < _MAX_STEP * line.size:
            steps.setdefault(round(line.size), []).append(step)
    return {size: median_low(found) for size, found in steps.items() if len(found) > 1}


def _kind_of(line: Line, is_typewritten: bool) -> _Head:
    text = line.text
    if not is_typewritten and all(word.style.is_fixed for word in line.words) and not _WIDE.search(text):
        return ParagraphKind.CODE, "", ""
    if _LEADER.search(text):
        return ParagraphKind.ENTRIES, "", ""
    if (bullet := BULLET.match(text)) and len(text) > bullet.end():
        return ParagraphKind.ITEM, "", bullet[1]
    if label := LABEL.match(text):
        return ParagraphKind.ITEM, label[1], ""
    return ParagraphKind.TEXT, "", ""


def _begins(current: Paragraph, above: Line, line: Line, head: _Head, right: float, step: float) -> bool:
    """Return whether a line begins a new paragraph below the current one."""
    kind, label, bullet = head
    distance = line.base - above.base
    if kind is ParagraphKind.CODE or current.kind is ParagraphKind.CODE:
        return kind is not current.kind or distance > 2.5 * step
    if kind is ParagraphKind.ENTRIES and current.kind is ParagraphKind.ENTRIES:
        return False
    if current.kind is ParagraphKind.ENTRIES:
        return True
    if abs(above.size - line.size) > _SIZE_CHANGE * max(above.size, line.size):
        return True
    if len(current.lines) == 1 and above.size > _TITLE_SIZE * line.size and not _is_mid_word(above, line):
        is_labelled = current.kind is ParagraphKind.ITEM
        if is_labelled or _would_fit(above, line, right):
            return True  # A title over its text.
    if above.is_bold != line.is_bold and (above.is_bold or distance > 1.1 * step or _would_fit(above, line, right)):
        return True
    if distance > _APART * step or distance < 0.3 * line.size:
        return True
    if above.is_italic and not line.is_italic and len(current.lines) == 1 and _would_fit(above, line, right):
        return True
    is_short = _would_fit(above, line, right)
    if len(current.lines) == 1 and is_short and _is_in_other_type(above, line):
        return True
    if distance > (_WIDE_STEP if is_short else _WIDEST_STEP) * max(above.size, line.size):
        return True
    if line.text.startswith(_SPEECH) or _LEADER.search(above.text):
        return True
    if _PROVISION.match(line.text) and (is_short or _ends_sentence(above)):
        return True
    if _begins_note(line) and (is_short or _ends_sentence(above) or _begins_note(above)):
        return True
    if bullet in _BULLET_SIGNS and line.words[0].text == bullet:
        return True
    if kind is ParagraphKind.ITEM:
        goes_on = _shape(label) == _shape(current.label) and bullet == current.bullet
        is_listed = current.kind is ParagraphKind.ITEM and abs(line.left - current.left) < _INDENT * line.size
        if is_short or _ends_sentence(above) or (goes_on and is_listed):
            return True
    if line.is_right_to_left:
        return is_short and _ends_sentence(above)
    shift = (line.left - above.left) / line.size
    is_first = len(current.lines) == 1
    if current.kind is ParagraphKind.ITEM:
        is_outdented = line.left < current.left - _INDENT * line.size
        goes_back = is_first and is_outdented and (_ends_sentence(above) or shift < -_MAX_BACK)
        return is_short or goes_back or (not is_first and shift < -_INDENT)
    if is_first and shift > _INDENT:
        return is_short
    if is_first and shift < -_INDENT:
        return is_short and (_ends_sentence(above) or shift < -_MAX_INDENT)
    if abs(shift) > _INDENT:
        return abs(shift) < _MAX_INDENT or is_short
    return is_short and _ends_sentence(above)


def _is_in_other_type(above: Line, line: Line) -> bool:
    """Return whether a line is wholly in another font than the next, as a title is whose font's name says nothing."""
    is_title = above.text[:1].isupper() and not _ends_sentence(above) and not above.style.is_fixed
    return is_title and bool(above.font and line.font) and above.font != line.font and line.text[:1].isupper()


def _begins_note(line: Line) -> bool:
    """Return whether a line begins with a raised number and then text, as a footnote does."""
    if len(line.words) < 2 or not line.words[0].text.isdigit() or not is_raised(line.words[0], line):
        return False
    return line.words[1].text[0].isalpha()


def _begins_sentence(
    current: Paragraph, above: Line, line: Line, following: Line | None, right: float, step: float
) -> bool:
    """Return whether a line behind the end of a sentence is the first one of a paragraph.

    It is a little further from the line above than usual, or it is full and indented below the first line of a column
    that goes on, and the next line is back at the margin. The second line of a reference is indented, but not full.
    """
    if not _ends_sentence(above) or line.is_right_to_left or current.kind is ParagraphKind.CODE:
        return False
    is_alike = abs(line.size - above.size) < _SIZE_CHANGE * line.size
    if line.base - above.base > _APART_SENTENCE * step and is_alike and _is_even(above) and _is_even(line):
        return True
    if following is None or current.kind is not ParagraphKind.TEXT or _would_fit(line, following, right):
        return False
    is_back = abs(following.left - above.left) < _INDENT * line.size / 2
    return is_back and _INDENT < (line.left - above.left) / line.size < _MAX_INDENT


def _is_even(line: Line) -> bool:
    """Return whether all words of a line are on its baseline, unlike those of a formula."""
    return all(abs(word.base - line.base) < _UNEVEN * line.size for word in line.words)


def _are_fields(above: Line, line: Line) -> bool:
    """Return whether two lines are fields of a form or letterhead, such as `Date: 4 May`."""
    return _FIELD.match(above.text) is not None and _FIELD.match(line.text) is not None


def _shape(label: str) -> str:
    """Return a label with 1 as its number, such as `(1)` for `(12)`."""
    return re.sub(r"\d+", "1", label)


def _ends_sentence(line: Line) -> bool:
    return _SENTENCE_END.search(line.text) is not None


def _would_fit(above: Line, line: Line, right: float) -> bool:
    """Return whether the first word of a line would have fit at the end of the line above."""
    word = _first_word(line)
    room = above.left - min(above.left, line.left) if line.is_right_to_left else right - above.right
    return room > word + 0.8 * line.size


def _first_word(line: Line) -> float:
    """Return the width of the first word of a line."""
    words: list[Word] = []
    for word in line.words:
        if words and not word.is_glued:
            break
        words.append(word)
    return max(word.right for word in words) - min(word.left for word in words)


def _is_mid_word(above: Line, line: Line) -> bool:
    """Return whether a hyphen or a small letter says that the sentence goes on."""
    return above.text.endswith("-") or line.text[:1].islower()


def _is_deliberate(above: Line, line: Line, right: float) -> bool:
    """Return whether a line break inside a paragraph was made by the author."""
    has_room = right - above.right > 0.25 * (right - above.left)
    return has_room and _would_fit(above, line, right) and not above.text.endswith("-")
