"""The words of a PDF page with their positions and fonts, in the order of the page's content.

In: a page that pdfium has loaded. Out: `PageWords`. Used by `pdf.document`. Cost: about 1 µs a character, 3 ms a page.

Coordinates are points. `x` grows to the right and `y` grows downwards, in the direction in which most of the page's
text runs. So a page whose text is turned by a quarter reads like any other; words that run in another direction are
kept apart as `turned`.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

_SUPPLEMENT = {
    "\xad": "-", "\x02": "-", "\ufffe": "-",  # pdfium's signs for a hyphen at the end of a line
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st",
    "\uf0b7": "•", "\uf06c": "●", "\uf0a7": "▪", "\uf06e": "■", "\uf0d8": "➢", "\uf0fc": "✓", "\uf0a8": "□",
}  # fmt: skip
"""Characters of symbol fonts, ligatures, and signs of pdfium, as characters of text."""
_BOLD_NAME = re.compile(r"bold|black|heavy|demi|medi(?!um)|bx(?:ti)?\d|-bd\b|견고딕|태고딕|헤드라인", re.IGNORECASE)
_ITALIC_NAME = re.compile(r"ital|obli|cmti|cmsl|-it\b", re.IGNORECASE)
_FIXED_NAME = re.compile(r"mono|courier|consol|cmtt|typewriter|menlo|inconsolata|fixed|d2coding", re.IGNORECASE)
_SYMBOL_NAME = re.compile(r"wingdings|webdings|zapfdingbats", re.IGNORECASE)
_SYMBOLS = str.maketrans("lmnoquvw§Øü¡¨", "●❍■□❑◆❖◆▪➢✓○□")
"""Letters of symbol fonts that serve as bullets."""
_FLAG_FIXED, _FLAG_ITALIC, _FLAG_BOLD = 1, 64, 1 << 18
_BOLD_WEIGHT = 600
_FILL_AND_STROKE = 2
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_SPACES = frozenset("\t \xa0\u2002\u2003\u2009\u3000")
_MAX_NAME_BYTES = 256


@dataclass(frozen=True, slots=True)
class Style:
    """The look of a word, and the tagged content it belongs to."""

    size: float
    """Font size in points, as shown."""
    is_bold: bool = False
    is_italic: bool = False
    is_fixed: bool = False
    """Whether all characters of the font have the same width."""
    angle: int = 0
    """Direction in degrees: 0, 90, 180 or 270, counter-clockwise; other directions are rounded."""
    content_id: int = -1
    """Marked-content id of a tagged PDF; -1 without one."""
    is_artifact: bool = False
    """Whether the file says that this is no content, such as a running header."""


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
    """Whether no space stands before the word."""
    ends_in_space: bool = False
    """Whether the file itself has a space after the word."""

    @property
    def top(self) -> float:
        return self.base - 0.8 * self.style.size

    @property
    def bottom(self) -> float:
        return self.base + 0.2 * self.style.size

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def is_right_to_left(self) -> bool:
        return _RIGHT_TO_LEFT.search(self.text) is not None


@dataclass(frozen=True, slots=True)
class Frame:
    """The turned coordinates of a page."""

    angle: int
    left: float
    bottom: float
    right: float
    top: float
    """The page's box in the file's coordinates, where `y` grows upwards."""

    @property
    def width(self) -> float:
        return self.right - self.left if self.angle % 180 == 0 else self.top - self.bottom

    @property
    def height(self) -> float:
        return self.top - self.bottom if self.angle % 180 == 0 else self.right - self.left

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return a point of the file in the turned coordinates."""
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


@dataclass(frozen=True, slots=True)
class FontLook:
    """The look of a font."""

    is_bold: bool = False
    is_italic: bool = False
    is_fixed: bool = False
    is_symbol: bool = False
    """Whether its letters are pictures, such as bullets."""


class FontBook:
    """The fonts of a document, each looked up once."""

    def __init__(self) -> None:
        self._looks: dict[int, FontLook] = {}

    def look(self, font: Any) -> FontLook:  # Any: a handle of pdfium
        """Return the look of a font."""
        import pypdfium2.raw as pdfium

        address = ctypes.addressof(font.contents)
        if address not in self._looks:
            buffer = ctypes.create_string_buffer(_MAX_NAME_BYTES)
            pdfium.FPDFFont_GetBaseFontName(font, buffer, _MAX_NAME_BYTES)
            name = buffer.value.decode("utf-8", "replace").rpartition("+")[2]
            flags = max(0, pdfium.FPDFFont_GetFlags(font))
            weight = pdfium.FPDFFont_GetWeight(font)
            self._looks[address] = FontLook(
                bool(_BOLD_NAME.search(name)) or bool(flags & _FLAG_BOLD) or weight >= _BOLD_WEIGHT,
                bool(_ITALIC_NAME.search(name)) or bool(flags & _FLAG_ITALIC),
                bool(_FIXED_NAME.search(name)) or bool(flags & _FLAG_FIXED),
                bool(_SYMBOL_NAME.search(name)),
            )
        return self._looks[address]


def read_words(page: Any, fonts: FontBook) -> PageWords:  # Any: a page of pypdfium2
    """Return the words of a page. Words outside the page's box are left out."""
    text_page = page.get_textpage()
    try:
        pieces, num_unmapped = _pieces(text_page.raw, fonts)
    finally:
        text_page.close()
    sizes: Counter[int] = Counter()
    for piece in pieces:
        sizes[piece.style.angle] += len(piece.text)
    frame = Frame(max(sizes, key=lambda angle: (sizes[angle], -angle)) if sizes else 0, *page.get_bbox())
    found = PageWords(frame, num_unmapped=num_unmapped)
    for piece in pieces:
        if not _is_on_page(piece, frame):
            continue
        word = _placed(piece, frame if piece.style.angle == frame.angle else replace(frame, angle=piece.style.angle))
        (found.words if piece.style.angle == frame.angle else found.turned).append(word)
    return found


@dataclass(slots=True)
class _Piece:
    """A word in the file's coordinates."""

    text: str
    box: tuple[float, float, float, float]
    origin: tuple[float, float]
    style: Style
    is_glued: bool
    ends_in_space: bool = False


def _pieces(handle: Any, fonts: FontBook) -> tuple[list[_Piece], int]:  # Any: a handle of pdfium
    import pypdfium2.raw as pdfium

    get_code, get_box, is_generated = (
        pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox, pdfium.FPDFText_IsGenerated,
    )  # fmt: skip
    rect = pdfium.FS_RECTF()
    rect_at = ctypes.byref(rect)
    styles = _Styles(handle, fonts)
    pieces: list[_Piece] = []
    num_unmapped = 0
    letters: list[str] = []
    left = bottom = right = top = 0.0
    low = high = math.nan
    piece_start = 0
    is_glued = False

    def close() -> None:
        nonlocal is_glued
        if not letters:
            return
        style, origin = styles.at(piece_start)
        text = "".join(letters)
        piece = _Piece(
            text.translate(_SYMBOLS) if styles.is_symbol else text, (left, bottom, right, top), origin, style, is_glued
        )
        letters.clear()
        if is_glued and pieces and _continues(pieces[-1], piece):
            pieces[-1] = _merged(pieces[-1], piece)
        else:
            pieces.append(piece)
        is_glued = True

    for index in range(pdfium.FPDFText_CountChars(handle)):
        code = get_code(handle, index)
        char = chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
        if char in _SPACES or code in (10, 13):
            close()
            is_glued = False
            if pieces and code not in (10, 13) and not is_generated(handle, index):
                pieces[-1].ends_in_space = True
            continue
        char = _SUPPLEMENT.get(char, char)
        if code < 32 and char < " ":
            num_unmapped += 1
            continue
        num_unmapped += char == "\ufffd" or "\ue000" <= char <= "\uf8ff"
        get_box(handle, index, rect_at)
        if letters and rect.bottom == low and rect.top == high:
            if rect.left == start_left and rect.right == start_right and _RIGHT_TO_LEFT.match(char):
                # The two letters of one glyph, which pdfium gives in the order of left-to-right text.
                letters.insert(len(letters) - 1, char)
                continue
            letters.append(char)
            left, right = min(left, rect.left), max(right, rect.right)
        else:
            close()
            letters.append(char)
            piece_start = index
            left, bottom, right, top = rect.left, rect.bottom, rect.right, rect.top
            low, high = bottom, top
        start_left, start_right = rect.left, rect.right
    close()
    return pieces, num_unmapped


def _continues(before: _Piece, piece: _Piece) -> bool:
    """Return whether two pieces without a space between them are one word: the same look on the same baseline."""
    across = 1 if piece.style.angle % 180 == 0 else 0
    return before.style == piece.style and abs(before.origin[across] - piece.origin[across]) < 0.05 * piece.style.size


def _merged(before: _Piece, piece: _Piece) -> _Piece:
    (left, bottom, right, top), (left2, bottom2, right2, top2) = before.box, piece.box
    box = (min(left, left2), min(bottom, bottom2), max(right, right2), max(top, top2))
    return replace(before, text=before.text + piece.text, box=box)


class _Styles:
    """The styles of a page's characters; neighbours that belong to one object share a look-up."""

    def __init__(self, handle: Any, fonts: FontBook) -> None:  # Any: a handle of pdfium
        import pypdfium2.raw as pdfium

        self._handle = handle
        self._fonts = fonts
        self._pdfium = pdfium
        self.is_symbol = False
        """Whether the font of the last character looked up consists of pictures."""
        self._object = 0
        self._style = Style(1.0)
        self._x, self._y = ctypes.c_double(), ctypes.c_double()

    def at(self, index: int) -> tuple[Style, tuple[float, float]]:
        """Return the style and the origin of a character."""
        pdfium = self._pdfium
        pdfium.FPDFText_GetCharOrigin(self._handle, index, self._x, self._y)
        found = pdfium.FPDFText_GetTextObject(self._handle, index)
        address = ctypes.addressof(found.contents) if found else 0
        if address != self._object or not address:
            self._object = address
            self._style = self._read(index, found)
        return self._style, (self._x.value, self._y.value)

    def _read(self, index: int, found: Any) -> Style:  # Any: a handle of pdfium
        pdfium = self._pdfium
        matrix = pdfium.FS_MATRIX()
        pdfium.FPDFText_GetMatrix(self._handle, index, matrix)
        size = pdfium.FPDFText_GetFontSize(self._handle, index) * math.hypot(matrix.c, matrix.d)
        angle = round(math.degrees(math.atan2(matrix.b, matrix.a)) / 90) * 90 % 360
        self.is_symbol = False
        if not found:
            return Style(max(size, 0.1), angle=angle)
        font = pdfium.FPDFTextObj_GetFont(found)
        look = self._fonts.look(font) if font else FontLook()
        self.is_symbol = look.is_symbol
        is_bold = look.is_bold or pdfium.FPDFTextObj_GetTextRenderMode(found) == _FILL_AND_STROKE
        return Style(
            round(max(size, 0.1), 1),
            is_bold,
            look.is_italic,
            look.is_fixed,
            angle,
            pdfium.FPDFPageObj_GetMarkedContentID(found),
            self._is_artifact(found),
        )

    def _is_artifact(self, found: Any) -> bool:  # Any: a handle of pdfium
        pdfium = self._pdfium
        for number in range(pdfium.FPDFPageObj_CountMarks(found)):
            mark = pdfium.FPDFPageObj_GetMark(found, number)
            buffer = ctypes.create_string_buffer(_MAX_NAME_BYTES)
            length = ctypes.c_ulong()
            pdfium.FPDFPageObjMark_GetName(mark, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), 256, length)
            if buffer.raw[: max(0, length.value - 2)].decode("utf-16-le", "replace") == "Artifact":
                return True
        return False


def _is_on_page(piece: _Piece, frame: Frame) -> bool:
    left, bottom, right, top = piece.box
    return frame.left <= (left + right) / 2 <= frame.right and frame.bottom <= (bottom + top) / 2 <= frame.top


def _placed(piece: _Piece, frame: Frame) -> Word:
    left, bottom, right, top = piece.box
    x1, _ = frame.place(left, bottom)
    x2, _ = frame.place(right, top)
    _, base = frame.place(*piece.origin)
    return Word(piece.text, min(x1, x2), max(x1, x2), base, piece.style, piece.is_glued, piece.ends_in_space)
