"""Finds words of a question outside the quotations in it. Pure; used by the wordings of all languages."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"“[^“”]*”|\"[^\"]*\"|「[^「」]*」|『[^『』]*』")


def first_outside_quotes(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return the first match of a pattern that is not inside quotation marks; None if there is none."""
    quotes = [match.span() for match in _QUOTED.finditer(text)]
    return next(
        (
            match
            for match in pattern.finditer(text)
            if not any(start < match.end() and match.start() < end for start, end in quotes)
        ),
        None,
    )
