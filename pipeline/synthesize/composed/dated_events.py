"""Says in a question what a sentence dates, without its date, if that is short and found once in the text.

Takes the words around the date of a sentence; returns the words of the event or nothing. Pure.
"""

from __future__ import annotations

import re

from pipeline.languages import Language, language_rules

_MIN_WEIGHT = 24
"""The minimum length of an event; a character that is not ASCII counts `_WIDE`."""
_WIDE = 2
_MAX_WEIGHT = 170
_UNQUOTABLE = re.compile(r"[“”\"{}<>|`*_\[\]]")
_LEFT_OUT = " … "


def event_beside(*, before: str, behind: str, flat: str, language: Language) -> str:
    """Return what happened at the date of a sentence; empty if that is unclear, too long, or said twice in the text.

    Args:
        before: The words of the sentence before the date, on one line.
        behind: The words of the sentence behind the date, on one line, with the space after the date if there is one.
        flat: The whole text on one line.
        language: The language of the text; an event that contains a further date does not fit.
    """
    rules = language_rules(language).values
    event = rules.dated_event(before, behind)
    is_fit = (
        _MIN_WEIGHT <= _weight(event) <= _MAX_WEIGHT
        and not _UNQUOTABLE.search(event)
        and event.count("(") == event.count(")")
        and flat.count(max(event.split(_LEFT_OUT), key=len)) == 1
        and next(rules.find_dates(event), None) is None
    )
    return event if is_fit else ""


def _weight(words: str) -> int:
    return sum(1 if char.isascii() else _WIDE for char in words)
