"""Readers of formats, one per file. A module here that defines `READER` is found automatically.

`kind_of` finds the reader of a file by its name. No file is opened.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from pipeline.documents.readers.reader import Compression, FileKind, Reader

_PLAIN_TEXT = "text"
"""Reader of names without a suffix, such as README."""


@cache
def readers() -> dict[str, Reader]:
    """Return all readers by name.

    Raises:
        ValueError: Two readers claim the same suffix or file name.
    """
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found: dict[str, Reader] = {module.READER.name: module.READER for module in modules if hasattr(module, "READER")}
    claims: dict[str, str] = {}
    for reader in found.values():
        for name in (*reader.suffixes, *reader.file_names):
            if name in claims:
                raise ValueError(f"both readers {claims[name]} and {reader.name} claim files named {name}")
            claims[name] = reader.name
    return found


def kind_of(name: str) -> FileKind:
    """Return the reader and the compression that a name's suffixes indicate.

    A name without a suffix (README, Makefile) is text or code.
    """
    base = name.rsplit("/", 1)[-1].lower()
    base, compression = _compression_of(base)
    by_name, by_suffix = _claims()
    if base in by_name:
        return FileKind(by_name[base], compression)
    stem, dot, suffix = base.rpartition(".")
    if not dot or not stem:
        return FileKind(readers()[_PLAIN_TEXT], compression)
    return FileKind(by_suffix.get(suffix), compression)


def _compression_of(base: str) -> tuple[str, Compression]:
    for compression in Compression:
        if compression and base.endswith(f".{compression}"):
            return base[: -len(compression) - 1], compression
    return base, Compression.NONE


@cache
def _claims() -> tuple[dict[str, Reader], dict[str, Reader]]:
    found = readers().values()
    by_name = {name: reader for reader in found for name in reader.file_names}
    return by_name, {suffix: reader for reader in found for suffix in reader.suffixes}
