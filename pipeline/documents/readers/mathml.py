"""Writes presentation MathML as LaTeX. Letters and signs stay as they are; structure becomes commands."""

from __future__ import annotations

from pipeline.documents.readers.zip_parts import Element

_IGNORED = frozenset({"annotation", "annotation-xml", "mspace", "mphantom"})
_SCRIPTS = {"msup": "^", "msub": "_", "mover": "^", "munder": "_"}
_DOUBLE = frozenset({"msubsup", "munderover"})


def mathml_text(element: Element) -> str:
    """Return the LaTeX of a `math` element, without dollar signs."""
    return " ".join(_written(element).split())


def _written(element: Element) -> str:
    name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    if not name or name in _IGNORED:
        return ""
    parts = [text for child in element if (text := _written(child)) or _name(child) not in _IGNORED]
    if name == "mfrac" and len(parts) == 2:
        return f"\\frac{{{parts[0]}}}{{{parts[1]}}}"
    if name == "mroot" and len(parts) == 2:
        return f"\\sqrt[{parts[1]}]{{{parts[0]}}}"
    if name == "msqrt":
        return f"\\sqrt{{{''.join(parts)}}}"
    if name in _SCRIPTS and len(parts) == 2:
        return f"{_base(parts[0])}{_SCRIPTS[name]}{{{parts[1]}}}"
    if name in _DOUBLE and len(parts) == 3:
        return f"{_base(parts[0])}_{{{parts[1]}}}^{{{parts[2]}}}"
    if name == "mfenced":
        return f"{element.get('open', '(')}{', '.join(parts)}{element.get('close', ')')}"
    if name == "mtr":
        return " & ".join(parts)
    if name == "mtable":
        return "\\begin{matrix}" + " \\\\ ".join(parts) + "\\end{matrix}"
    return (element.text or "").strip() + "".join(parts)


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else "annotation"


def _base(text: str) -> str:
    return text if len(text) <= 1 else f"{{{text}}}"
