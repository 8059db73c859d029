"""The characters of a PDF page as pdfium gives them, grouped into pieces of one look.

In: a text page of pdfium. Out: `Piece`s in the file's coordinates and the order of the page's content. Used by
`pdf.words`. Cost: about 1 µs a character.
"""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass, replace
from typing import Any

_SUPPLEMENT = {
    "\xad": "-", "\x02": "-", "\ufffe": "-",  # pdfium's signs for a hyphen at the end of a line
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st",
    "\uf0b7": "•", "\uf06c": "●", "\uf0a7": "▪", "\uf06e": "■", "\uf0d8": "➢", "\uf0fc": "✓", "\uf0a8": "□",
}  # fmt: skip
"""The text for characters of symbol fonts, for ligatures and for pdfium's hyphens."""
_BOLD_NAME = re.compile(r"bold|black|heavy|demi|medi(?!um)|bx(?:ti)?\d|-bd\b|견고딕|태고딕|헤드라인", re.IGNORECASE)
_ITALIC_NAME = re.compile(r"ital|obli|cmti|cmsl|-it\b", re.IGNORECASE)
_FIXED_NAME = re.compile(r"mono|courier|consol|cmtt|typewriter|menlo|inconsolata|fixed|d2coding", re.IGNORECASE)
_SYMBOL_NAME = re.compile(r"wingdings|webdings|zapfdingbats", re.IGNORECASE)
_SYMBOLS = str.maketrans("lmnoquvw§Øü¡¨", "●❍■□❑◆❖◆▪➢✓○□")
"""The signs, such as bullets, that letters show in symbol fonts."""
_FLAG_FIXED, _FLAG_ITALIC, _FLAG_BOLD = 1, 64, 1 << 18
_BOLD_WEIGHT = 600
_FILL_AND_STROKE = 2
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_SPACES = frozenset("\t \xa0\u2002\u2003\u2009\u3000")
_BREAKS = (10, 13)
_PRIVATE_USE = ("\ue000", "\uf8ff")
_NO_CHARACTER = "\ufffd"
_MAX_NAME_BYTES = 256
_MAX_INNER_GAP = 1.0
"""Largest space between two letters of a word, in heights of the letters. pdfium notes no space between two letters
that stand alone in columns of a table, such as the crosses of a comparison."""


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
    """Direction in degrees: 0, 90, 180 or 270, counter-clockwise; other directions are rounded to these."""
    content_id: int = -1
    """Marked-content id of a tagged PDF; -1 without one."""
    is_artifact: bool = False
    """Whether the file says that this is no content, such as a running header."""
    font: str = ""
    """Name of the font, without the tag of a subset."""


@dataclass(slots=True)
class Piece:
    """Characters of one look without a space between them."""

    text: str
    box: tuple[float, float, float, float]
    """Left, bottom, right and top."""
    origin: tuple[float, float]
    """Start of the baseline."""
    style: Style
    is_glued: bool
    """Whether there is no space before the piece."""
    ends_in_space: bool = False
    """Whether the file itself has a space after the piece."""


class PieceReader:
    """Reads the characters of one page; afterwards, `pieces` and `num_unmapped` hold what was found."""

    def __init__(self, handle: Any) -> None:  # Any: a handle of pdfium
        import pypdfium2.raw as pdfium

        self.pieces: list[Piece] = []
        self.num_unmapped = 0
        """Characters whose font does not say which character they are."""
        self._handle = handle
        self._pdfium = pdfium
        self._styles = _Styles(handle)
        self._letters: list[str] = []
        self._start = 0
        self._box = (0.0, 0.0, 0.0, 0.0)
        self._is_glued = False

    def read(self) -> None:
        """Read all characters."""
        pdfium, handle = self._pdfium, self._handle
        get_code, get_box = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
        rect = pdfium.FS_RECTF()
        rect_at = ctypes.byref(rect)
        last = (0.0, 0.0)
        high = 0
        for index in range(pdfium.FPDFText_CountChars(handle)):
            code = get_code(handle, index)
            if 0xD800 <= code < 0xDC00:
                high = code
                continue
            char = _character(code, high)
            high = 0
            if char in _SPACES or code in _BREAKS:
                self._space(index, is_break=code in _BREAKS)
                continue
            char = _SUPPLEMENT.get(char, char)
            if char < " ":
                self.num_unmapped += 1
                continue
            self.num_unmapped += char == _NO_CHARACTER or _PRIVATE_USE[0] <= char <= _PRIVATE_USE[1]
            get_box(handle, index, rect_at)
            left, bottom, right, top = self._box
            is_far = max(rect.left - right, left - rect.right) > _MAX_INNER_GAP * (top - bottom)
            if self._letters and rect.bottom == bottom and rect.top == top and not is_far:
                if (rect.left, rect.right) == last and RIGHT_TO_LEFT.match(char):
                    # The two letters of one glyph, which pdfium gives in the order of left-to-right text.
                    self._letters.insert(len(self._letters) - 1, char)
                    continue
                self._letters.append(char)
                self._box = (min(left, rect.left), bottom, max(right, rect.right), top)
            else:
                self._close()
                self._is_glued = self._is_glued and not is_far
                self._letters.append(char)
                self._start = index
                self._box = (rect.left, rect.bottom, rect.right, rect.top)
            last = (rect.left, rect.right)
        self._close()

    def _space(self, index: int, *, is_break: bool) -> None:
        self._close()
        self._is_glued = False
        if self.pieces and not is_break and not self._pdfium.FPDFText_IsGenerated(self._handle, index):
            self.pieces[-1].ends_in_space = True

    def _close(self) -> None:
        """End the piece that is being read."""
        if not self._letters:
            return
        style, origin = self._styles.at(self._start)
        text = "".join(self._letters)
        if self._styles.is_symbol:
            text = text.translate(_SYMBOLS)
        piece = Piece(text, self._box, origin, style, self._is_glued)
        self._letters.clear()
        if self._is_glued and self.pieces and _continues(self.pieces[-1], piece):
            self.pieces[-1] = _merged(self.pieces[-1], piece)
        else:
            self.pieces.append(piece)
        self._is_glued = True


def _character(code: int, high: int) -> str:
    """Return the character of a code, after the first half of a surrogate pair if there is one."""
    if 0xDC00 <= code < 0xE000 and high:
        return chr(0x10000 + ((high - 0xD800) << 10) + code - 0xDC00)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else _NO_CHARACTER


def _continues(before: Piece, piece: Piece) -> bool:
    """Return whether two pieces without a space between them are one word: the same look, side by side on a line."""
    along, across = (0, 1) if piece.style.angle % 180 == 0 else (1, 0)
    gap = max(piece.box[along] - before.box[along + 2], before.box[along] - piece.box[along + 2])
    is_level = abs(before.origin[across] - piece.origin[across]) < 0.05 * piece.style.size
    return before.style == piece.style and is_level and gap <= _MAX_INNER_GAP * piece.style.size


def _merged(before: Piece, piece: Piece) -> Piece:
    (left, bottom, right, top), (left2, bottom2, right2, top2) = before.box, piece.box
    box = (min(left, left2), min(bottom, bottom2), max(right, right2), max(top, top2))
    return replace(before, text=before.text + piece.text, box=box)


class _Styles:
    """The styles of a page's characters; consecutive characters of one text object are looked up once."""

    def __init__(self, handle: Any) -> None:  # Any: a handle of pdfium
        import pypdfium2.raw as pdfium

        self._handle = handle
        self._fonts = _FontBook()
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
        look = self._fonts.look(font) if font else _FontLook()
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
            look.name,
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


@dataclass(frozen=True, slots=True)
class _FontLook:
    """The look of a font."""

    is_bold: bool = False
    is_italic: bool = False
    is_fixed: bool = False
    is_symbol: bool = False
    """Whether its letters are pictures, such as bullets."""
    name: str = ""


class _FontBook:
    """The fonts of a page, each looked up once."""

    def __init__(self) -> None:
        self._looks: dict[int, _FontLook] = {}

    def look(self, font: Any) -> _FontLook:  # Any: a handle of pdfium
        """Return the look of a font."""
        import pypdfium2.raw as pdfium

        address = ctypes.addressof(font.contents)
        if address not in self._looks:
            buffer = ctypes.create_string_buffer(_MAX_NAME_BYTES)
            pdfium.FPDFFont_GetBaseFontName(font, buffer, _MAX_NAME_BYTES)
            name = buffer.value.decode("utf-8", "replace").rpartition("+")[2]
            flags = max(0, pdfium.FPDFFont_GetFlags(font))
            weight = pdfium.FPDFFont_GetWeight(font)
            self._looks[address] = _FontLook(
                bool(_BOLD_NAME.search(name)) or bool(flags & _FLAG_BOLD) or weight >= _BOLD_WEIGHT,
                bool(_ITALIC_NAME.search(name)) or bool(flags & _FLAG_ITALIC),
                bool(_FIXED_NAME.search(name)) or bool(flags & _FLAG_FIXED),
                bool(_SYMBOL_NAME.search(name)),
                name,
            )
        return self._looks[address]
