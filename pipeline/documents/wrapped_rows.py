"""Finds the rows inside an object that wraps them, such as `{"version": 2, "data": [rows]}`.

Takes a parsed JSON file that is one object without text; returns its rows. Used by `readers.json_files`. Cost: one look
at each value of at most `_MAX_DEPTH` objects and one look at each row.
"""

from __future__ import annotations

from collections.abc import Mapping

_MAX_DEPTH = 4


def wrapped_rows(value: object) -> list[object]:
    """Return the rows that an object wraps; the value itself as the only row if it wraps none.

    An object wraps rows if exactly one of its values is a list of objects and the others are plain values, or if its
    only value that is not plain is an object that wraps rows. So a document with lists of its own is never torn apart.

    Example:
        >>> wrapped_rows({"status": "ok", "result": {"items": [{"text": "a"}, {"text": "b"}]}})
        [{'text': 'a'}, {'text': 'b'}]
        >>> wrapped_rows({"pages": [{"text": "a"}], "notes": [{"text": "b"}]})
        [{'pages': [{'text': 'a'}], 'notes': [{'text': 'b'}]}]
    """
    inner = value
    for _ in range(_MAX_DEPTH):
        if not isinstance(inner, Mapping):
            break
        nested = [one for one in inner.values() if isinstance(one, Mapping | list)]
        if len(nested) != 1:
            break
        inner = nested[0]
        if isinstance(inner, list):
            return list(inner) if inner and all(isinstance(row, Mapping) for row in inner) else [value]
    return [value]
