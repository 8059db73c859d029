"""Reads a Hangul file with two other parsers, and compares what they find with the text that this project reads.

unhwp writes automatic numbers but leaves out some parts and opens no distribution copies; dochan opens those, but
writes no automatic numbers. Neither changes the text that is read; differences become warnings. dochan is asked only if
unhwp does not confirm the text. Cost: for a document of 40 pages, 0.03 s for unhwp and 0.7 s for dochan.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

_TOKEN = re.compile(r"[^\W_]+")
_LEAST_SHARE = 0.01
"""A difference in a smaller share of the tokens is ignored."""


def unhwp_text(data: bytes, suffix: str) -> str:
    """Return what unhwp reads; it raises an error of its own if it does not open the file.

    Args:
        data: the file.
        suffix: `hwp` or `hwpx`.
    """
    from unhwp import parse_bytes

    with parse_bytes(data) as result:
        return str(result.text)


def dochan_text(data: bytes, suffix: str) -> str:
    """Return what dochan reads; empty if it does not open the file. See `unhwp_text`."""
    from dochan import Dochan

    with tempfile.TemporaryDirectory(prefix="longdoc-") as folder:
        path = Path(folder) / f"file.{suffix}"
        path.write_bytes(data)
        return str(Dochan(str(path)).to_plain_text())


PARSERS: Mapping[str, Callable[[bytes, str], str]] = MappingProxyType({"unhwp": unhwp_text, "dochan": dochan_text})
"""The other parsers by name."""


def disagreements(text: str, data: bytes, suffix: str, *, is_distribution: bool) -> tuple[str, ...]:
    """Return a sentence for each other parser that does not agree; none if the first one that is asked agrees.

    Args:
        text: all text of the file, also the parts that the recipe leaves out.
        data: the file.
        suffix: `hwp` or `hwpx`.
        is_distribution: whether the file is a distribution copy, in which unhwp finds a notice instead of the text.
    """
    found = []
    own = Counter(_TOKEN.findall(text))
    for name, parse in PARSERS.items():
        if name == "unhwp" and is_distribution:
            continue
        try:
            other = Counter(_TOKEN.findall(parse(data, suffix)))
        except Exception:  # noqa: BLE001  # the declared boundary: another parser's failure must not cost the file
            other = Counter()
        if not other:
            found.append(f"{name} reads no text of this file.")
            continue
        missing = (other - own).total() / other.total()
        extra = (own - other).total() / max(1, own.total())
        if missing >= _LEAST_SHARE or extra >= _LEAST_SHARE:
            found.append(f"Tokens that only {name} finds: {missing:.1%}; that only this reader finds: {extra:.1%}.")
        else:
            break
    return tuple(found)
