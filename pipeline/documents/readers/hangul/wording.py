"""Writes as text what is not text in a Hangul document: equations, readings above words, form fields, raised digits."""

from __future__ import annotations

import re

_RAISED = re.compile(r"[-+−]?\d+$")
_SPACES = re.compile(r"[\s`~]+")
"""In an equation, a grave accent and a tilde are spaces."""
_ACCESS_KEY = re.compile(r"&(&?)")


def equation(script: str) -> str:
    """Return an equation between dollar signs, in the language of Hangul's equation editor."""
    words = _SPACES.sub(" ", script).strip()
    return f"${words}$" if words else ""


def with_reading(word: str, reading: str) -> str:
    """Return a word with the reading above or below it: `漢字(한자)`."""
    return f"{word}({reading})" if reading.strip() else word


def form_button(caption: str, *, is_checked: bool | None) -> str:
    """Return the caption of a button or a box to check.

    Args:
        caption: the caption; `&` marks the key that presses the button.
        is_checked: None for a button that cannot be checked.
    """
    shown = _ACCESS_KEY.sub(r"\1", caption)
    return shown if is_checked is None else f"{'☑' if is_checked else '☐'} {shown}".strip()


def raised(text: str) -> str:
    """Return raised text: an exponent as `^2`, any other as it is."""
    return f"^{text}" if _RAISED.match(text) else text
