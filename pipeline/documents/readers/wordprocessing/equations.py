"""Writes an equation of Office Math (ECMA-376, part 1, 22.1) as LaTeX.

Letters and signs stay as they are in the file; structure becomes commands. Used by the readers of OOXML.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pipeline.documents.readers.zip_parts import Element

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_ACCENTS = {
    "\u0302": "hat",
    "\u0303": "tilde",
    "\u0304": "bar",
    "\u0305": "overline",
    "\u0307": "dot",
    "\u0308": "ddot",
}
_ACCENTS |= {"\u20d7": "vec", "\u030c": "check", "\u0306": "breve", "\u0301": "acute", "\u0300": "grave"}
_FUNCTIONS = re.compile(
    r"arc(?:cos|sin|tan)|arg|cosh?|coth?|csc|det|dim|exp|gcd|inf|ker|lg|lim|ln|log|max|min|sec|sinh?|sup|tanh?"
)
_OPERATORS = {"∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∬": r"\iint", "∭": r"\iiint", "∮": r"\oint"}
_NEW_ROW = r" \\ "
_COMMAND_END = re.compile(r"\\[A-Za-z]+$")


def equation_text(element: Element) -> str:
    """Return the LaTeX of an `m:oMath` element, without dollar signs."""
    return " ".join(_inner(element).split())


def _inner(element: Element | None) -> str:
    text = ""
    for child in element if element is not None else ():
        if not isinstance(child.tag, str):
            continue
        name = child.tag.removeprefix(_M)
        if name.endswith("Pr"):
            continue
        piece = _WRITERS.get(name, _inner)(child) if child.tag.startswith(_M) else _foreign(child)
        if piece[:1].isalnum() and _COMMAND_END.search(text):
            text += " "
        text += piece
    return text


def _foreign(element: Element) -> str:
    """Return the text of equations inside elements of other namespaces, such as tracked changes."""
    name = element.tag.rpartition("}")[2]
    return "" if name in ("rPr", "del", "moveFrom") else _inner(element)


def _part(element: Element, name: str) -> str:
    return _inner(element.find(_M + name))


def _property(element: Element, name: str) -> str | None:
    for properties in element:
        if isinstance(properties.tag, str) and properties.tag.endswith("Pr"):
            found = properties.find(_M + name)
            if found is not None:
                return str(found.get(_M + "val") or "")
    return None


def _run(element: Element) -> str:
    text = "".join(found.text or "" for found in element.iter(_M + "t"))
    return f"\\{text}" if _FUNCTIONS.fullmatch(text) else text


def _fraction(element: Element) -> str:
    if _property(element, "type") == "noBar":
        return f"\\binom{{{_part(element, 'num')}}}{{{_part(element, 'den')}}}"
    return f"\\frac{{{_part(element, 'num')}}}{{{_part(element, 'den')}}}"


def _base(element: Element) -> str:
    base = _part(element, "e")
    return base if len(base) <= 1 or (base.startswith("\\") and base[1:].isalpha()) else f"{{{base}}}"


def _scripts(element: Element) -> str:
    text = _base(element)
    for name, sign in (("sub", "_"), ("sup", "^"), ("lim", "_")):
        if element.find(_M + name) is not None:
            text += f"{sign}{{{_part(element, name)}}}"
    return text


def _scripts_before(element: Element) -> str:
    return f"{{}}_{{{_part(element, 'sub')}}}^{{{_part(element, 'sup')}}}{_part(element, 'e')}"


def _limit_above(element: Element) -> str:
    return f"{_base(element)}^{{{_part(element, 'lim')}}}"


def _root(element: Element) -> str:
    degree = _part(element, "deg")
    return f"\\sqrt{f'[{degree}]' if degree else ''}{{{_part(element, 'e')}}}"


def _operator(element: Element) -> str:
    sign = _property(element, "chr")
    text = _OPERATORS.get(sign or "∫", sign or "∫") if sign != "" else ""
    for name, mark in (("sub", "_"), ("sup", "^")):
        if script := _part(element, name):
            text += f"{mark}{{{script}}}"
    body = _part(element, "e")
    return f"{text} {body}" if text[-1:].isalpha() else text + body


def _delimited(element: Element) -> str:
    opening, closing, between = (_property(element, name) for name in ("begChr", "endChr", "sepChr"))
    parts = (between or "|").join(_inner(part) for part in element.findall(_M + "e"))
    return ("(" if opening is None else opening) + parts + (")" if closing is None else closing)


def _function(element: Element) -> str:
    name, body = _part(element, "fName"), _part(element, "e")
    return f"{name} {body}" if body[:1].isalnum() else name + body


def _accent(element: Element) -> str:
    command = _ACCENTS.get(_property(element, "chr") or "\u0302", "hat")
    return f"\\{command}{{{_part(element, 'e')}}}"


def _bar(element: Element) -> str:
    command = "overline" if _property(element, "pos") == "top" else "underline"
    return f"\\{command}{{{_part(element, 'e')}}}"


def _matrix(element: Element) -> str:
    rows = [" & ".join(_inner(cell) for cell in row.findall(_M + "e")) for row in element.findall(_M + "mr")]
    return f"\\begin{{matrix}}{_NEW_ROW.join(rows)}\\end{{matrix}}"


def _array(element: Element) -> str:
    rows = _NEW_ROW.join(_inner(row) for row in element.findall(_M + "e"))
    return f"\\begin{{array}}{{c}}{rows}\\end{{array}}"


_WRITERS: dict[str, Callable[[Element], str]] = {
    "r": _run,
    "f": _fraction,
    "sSub": _scripts,
    "sSup": _scripts,
    "sSubSup": _scripts,
    "sPre": _scripts_before,
    "limLow": _scripts,
    "limUpp": _limit_above,
    "rad": _root,
    "nary": _operator,
    "d": _delimited,
    "func": _function,
    "acc": _accent,
    "bar": _bar,
    "m": _matrix,
    "eqArr": _array,
}
