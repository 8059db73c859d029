"""The words of a PDF page with their positions and fonts, in the order of the page's content.

In: a page that pdfium has loaded. Out: `PageWords`. Used by `pdf.document`. Cost: about 3 ms a page.

Coordinates are points. `x` grows to the right and `y` grows downwards, in the direction in which most of the page's
text runs. So a page whose text is turned by 90° reads like any other; words that run in another direction than most
are kept apart as `turned`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.documents.pdf.glyphs import RIGHT_TO_LEFT, Piece, PieceReader, Style


@dataclass(slots=True)
class Word:
    """Characters without a space or a change of font between them."""

    text: str
    left: float
    right: float
    base: float
    """`y` of the baseline."""
    style: Style
    is_glued: bool = False
    """Whether there is no space before the word."""
    ends_in_space: bool = False
    """Whether the file itself has a space after the word."""
    turned_box: tuple[float, float, float, float] | None = None
    """Left, top, right and bottom on the page, for a word in another direction than most; its other coordinates are
    those of a page turned in its direction."""

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
    def is_right_to_left(self) -> bool:
        """Whether it contains a character of a script that runs to the left."""
        return RIGHT_TO_LEFT.search(self.text) is not None


@dataclass(frozen=True, slots=True)
class Frame:
    """The coordinates of a page, turned so that its text runs to the right."""

    angle: int
    left: float
    bottom: float
    right: float
    top: float
    """The page's box in the file's coordinates, where `y` grows upwards."""

    @property
    def width(self) -> float:
        """Width in points."""
        return self.right - self.left if self.angle % 180 == 0 else self.top - self.bottom

    @property
    def height(self) -> float:
        """Height in points."""
        return self.top - self.bottom if self.angle % 180 == 0 else self.right - self.left

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Convert a point from the file's coordinates to the turned ones."""
        if self.angle == 0:
            return x - self.left, self.top - y
        if self.angle == 90:
            return y - self.bottom, x - self.left
        if self.angle == 180:
            return self.right - x, y - self.bottom
        return self.top - y, self.right - x


@dataclass(slots=True)
class PageWords:
    """The words of a page."""

    frame: Frame
    words: list[Word] = field(default_factory=list)
    turned: list[Word] = field(default_factory=list)
    """Words in another direction than most, such as labels of an axis."""
    num_unmapped: int = 0
    """Characters whose font does not say which character they are."""


_SHADOW = 0.12
"""How far apart, in font sizes, two copies of a word lie that are printed over each other to look bold or shaded."""


def read_words(page: Any) -> PageWords:  # Any: a page of pypdfium2
    """Return the words of a page, each once, even if it is printed twice in one place.

    Words whose middle lies outside the page's box are left out.
    """
    text_page = page.get_textpage()
    try:
        reader = PieceReader(text_page.raw)
        reader.read()
    finally:
        text_page.close()
    sizes: Counter[int] = Counter()
    for piece in reader.pieces:
        sizes[piece.style.angle] += len(piece.text)
    frame = Frame(max(sizes, key=lambda angle: (sizes[angle], -angle)) if sizes else 0, *page.get_bbox())
    found = PageWords(frame, num_unmapped=reader.num_unmapped)
    for piece in reader.pieces:
        if not _is_on_page(piece, frame):
            continue
        if piece.style.angle == frame.angle:
            found.words.append(_placed(piece, frame))
        else:
            word = _placed(piece, replace(frame, angle=piece.style.angle))
            word.turned_box = _box_on(frame, piece)
            found.turned.append(word)
    found.words = _without_shadows(found.words)
    return found


def _without_shadows(words: list[Word]) -> list[Word]:
    """Leave out a word if it was printed before in the same place and size."""
    seen: dict[tuple[str, float], list[Word]] = {}
    kept: list[Word] = []
    for word in words:
        before = seen.setdefault((word.text, word.style.size), [])
        reach = _SHADOW * word.style.size
        if any(abs(other.left - word.left) <= reach and abs(other.base - word.base) <= reach for other in before):
            continue
        before.append(word)
        kept.append(word)
    return kept


def _box_on(frame: Frame, piece: Piece) -> tuple[float, float, float, float]:
    left, bottom, right, top = piece.box
    (x1, y1), (x2, y2) = frame.place(left, bottom), frame.place(right, top)
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _is_on_page(piece: Piece, frame: Frame) -> bool:
    left, bottom, right, top = piece.box
    return frame.left <= (left + right) / 2 <= frame.right and frame.bottom <= (bottom + top) / 2 <= frame.top


def _placed(piece: Piece, frame: Frame) -> Word:
    left, bottom, right, top = piece.box
    x1, _ = frame.place(left, bottom)
    x2, _ = frame.place(right, top)
    _, base = frame.place(*piece.origin)
    return Word(piece.text, min(x1, x2), max(x1, x2), base, piece.style, piece.is_glued, piece.ends_in_space)
