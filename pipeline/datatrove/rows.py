"""Turns a document of datatrove into a row that a build reads: the pure twin of `BuildInputWriter`.

Takes the document's id, text and metadata; returns values for a line of JSON. `build_input` is the input of a recipe
that names the row's fields.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from pipeline.config.build import InputSource, Joining
from pipeline.errors import InputError

_ADDRESSES = ("url", "source_uri", "file_path")
"""The keys of metadata that say where a document comes from, the best first."""


def row_of(text: str, *, id_: str, metadata: Mapping[str, Any]) -> dict[str, Any]:  # Any: values of datatrove
    """Return the row of a document.

    `title`, `licence` (or `license`) and `language` come from the metadata. `address` is its `url`, `source_uri` or
    `file_path`; without any of them, the id. It becomes part of the `source_uri` of the build's document. The row also
    has the id and all metadata as they are, so that rows of a build can be joined with them by file and offset.

    Example:
        >>> row_of("The rent is due.", id_="7", metadata={"url": "https://example.com/a", "score": float("nan")})
        {'id': '7', 'text': 'The rent is due.', 'address': 'https://example.com/a', 'metadata': {'url': 'https://example.com/a', 'score': None}}
    """  # noqa: E501  # a line of output
    plain = json.loads(json.dumps(_finite(metadata), default=_plain))
    known = {
        "title": _first(plain, "title"),
        "licence": _first(plain, "licence", "license"),
        "language": _first(plain, "language"),
        "address": _first(plain, *_ADDRESSES) or id_,
    }
    return {"id": id_, "text": text, **{key: value for key, value in known.items() if value}, "metadata": plain}


def build_input(folder: str) -> InputSource:
    """Return the input of a recipe that reads the files of a `BuildInputWriter`.

    Args:
        folder: the folder of the writer.
    """
    if not folder:
        raise InputError("build_input has no folder.", remedy="Give the folder of the BuildInputWriter.")
    return InputSource(path=folder, join=Joining.FILE, language_field="language", url_field="address")


def _first(metadata: Mapping[str, Any], *keys: str) -> str:
    return next((value for key in keys if isinstance(value := metadata.get(key), str) and value), "")


def _finite(value: Any) -> Any:
    """Return a value with keys that are texts, and None for numbers that JSON does not have."""
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, set | frozenset):
        return [_finite(inner) for inner in sorted(value, key=repr)]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _plain(value: Any) -> Any:
    """Return numbers and arrays of numpy as those of Python, and any other value as its text."""
    return _finite(value.tolist()) if hasattr(value, "tolist") else str(value)
