"""Turns characters of symbol fonts into the Unicode characters that look the same.

Office files name such a character by its code in the font, from 0x20 to 0xFF, alone or in the private use area
(0xF020 to 0xF0FF). Used by the readers of docx and rtf.
"""

from __future__ import annotations

_PRIVATE = 0xF000
_SYMBOL_LOW = " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
"""Characters of the font Symbol from 0x20."""
_SYMBOL_HIGH = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪ 〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
"""Characters of the font Symbol from 0xA0."""
_WINGDINGS = {
    0x21: "✏",
    0x22: "✂",
    0x28: "☎",
    0x2A: "✉",
    0x36: "⌛",
    0x41: "✌",
    0x45: "☜",
    0x46: "☞",
    0x47: "☝",
    0x48: "☟",
    0x4A: "☺",
    0x4C: "☹",
    0x6C: "●",
    0x6D: "❍",
    0x6E: "■",
    0x6F: "□",
    0x70: "□",
    0x71: "❑",
    0x72: "❒",
    0x73: "⬧",
    0x74: "⧫",
    0x75: "◆",
    0x76: "❖",
    0x77: "⬥",
    0x78: "⌧",
    0x9F: "•",
    0xA0: "▪",
    0xA1: "○",
    0xA4: "◉",
    0xA7: "▪",
    0xA8: "□",
    0xAB: "★",
    0xC8: "☛",
    0xD8: "➢",
    0xDF: "←",
    0xE0: "→",
    0xE1: "↑",
    0xE2: "↓",
    0xE8: "➔",
    0xEF: "⇦",
    0xF0: "⇨",
    0xF1: "⇧",
    0xF2: "⇩",
    0xFB: "✗",
    0xFC: "✓",
    0xFD: "☒",
    0xFE: "☑",
} | {0x80 + digit: sign for digit, sign in enumerate("⓪①②③④⑤⑥⑦⑧⑨⑩")}
_WINGDINGS_2 = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x98: "•", 0xA2: "■", 0xA3: "□"}
_TABLES = {
    "symbol": {
        code: char
        for first, chars in ((0x20, _SYMBOL_LOW), (0xA0, _SYMBOL_HIGH))
        for code, char in enumerate(chars, first)
    },
    "wingdings": _WINGDINGS,
    "wingdings 2": _WINGDINGS_2,
}


def is_symbol_font(font: str) -> bool:
    """Return whether the characters of a font are symbols whose codes are not their Unicode code points."""
    return font.lower() in _TABLES or font.lower() in ("wingdings 3", "webdings")


def symbol_of(code: int, font: str) -> str:
    """Return the character that a code has in a font: a symbol, or a bullet for an unknown symbol.

    In a font without a table here, it is the code's Unicode character; empty for a control character.

    Args:
        code: code point as the file has it.
        font: name of the font.
    """
    place = code - _PRIVATE if _PRIVATE <= code <= _PRIVATE + 0xFF else code
    table = _TABLES.get(font.lower())
    if table is not None and place <= 0xFF:
        return table.get(place, "•")
    return chr(code) if 0x20 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF else ""


def shown_in(text: str, font: str) -> str:
    """Return a text in a font, with the private characters of symbol fonts replaced."""
    if not is_symbol_font(font):
        return text
    return "".join(symbol_of(ord(char), font) if _PRIVATE <= ord(char) <= _PRIVATE + 0xFF else char for char in text)
