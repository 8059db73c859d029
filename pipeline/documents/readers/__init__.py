"""Contains one reader for each file format. A module in this folder that defines `READER` is found automatically.

`kind_of` finds the reader for a file by the file's name, without opening the file.
"""

from __future__ import annotations

import pkgutil
from functools import cache, lru_cache
from importlib import import_module

from pipeline.documents.items import SourceItem
from pipeline.documents.opening import compression_of
from pipeline.documents.readers.reader import FileKind, Reader

_PLAIN_TEXT = "text"
"""Name of the reader for files without a suffix, such as README."""
_DATASET = "dataset"
"""Name of the reader for the data files of a data set, whatever their names are."""


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


@lru_cache(maxsize=1024)
def kind_of(name: str) -> FileKind:
    """Return the reader and the compression that a name's suffixes indicate.

    A name without a suffix (README, Makefile) is text or code, unless its content shows another format.
    """
    base, compression = compression_of(name.rsplit("/", 1)[-1].lower())
    by_name, by_suffix = _claims()
    if base in by_name:
        return FileKind(by_name[base], compression)
    stem, dot, suffix = base.rpartition(".")
    if not dot or not stem:
        return FileKind(readers()[_PLAIN_TEXT], compression, is_uncertain=True, has_suffix=False)
    reader = by_suffix.get(suffix)
    is_uncertain = reader is None or reader.recognises is not None or reader.name == _PLAIN_TEXT
    return FileKind(reader, compression, is_uncertain=is_uncertain)


def kind_of_item(item: SourceItem) -> FileKind:
    """Return the reader and the compression of an item: by its name, unless it is a data file of a data set."""
    return kind_of(item.path) if item.dataset is None else FileKind(readers()[_DATASET])


def reader_of_content(head: bytes, kind: FileKind) -> Reader | None:
    """Return the reader that recognises a file's content, else the reader that the file's name indicates, else None.

    A text file whose name indicates a binary format is read as text. A file whose suffix indicates text has another
    format only if it is not text or begins with a signature.

    Args:
        head: the first bytes of the file, decompressed.
        kind: what the file's name indicates.
    """
    named = kind.reader
    if named is not None and named.recognises is not None and named.recognises(head):
        return named
    is_named_text = named is not None and named.name == _PLAIN_TEXT and kind.has_suffix
    if is_named_text and _is_text(head) and not head.startswith(_SIGNATURES):
        return named
    for reader in _recognisers():
        if reader.recognises is not None and reader.recognises(head):
            return reader
    if named is not None and named.recognises is not None and not named.is_plain_text and _is_text(head):
        return readers()[_PLAIN_TEXT]
    return None if head.startswith(_SIGNATURES) else named


_SIGNATURES = (b"%PDF-", b"{\\rtf")
"""Starts of files whose bytes may all be text, but are not what a person reads."""


@cache
def _recognisers() -> tuple[Reader, ...]:
    """Return the readers that recognise contents; archives come last, because office files are zip archives."""
    found = [reader for reader in readers().values() if reader.recognises is not None]
    return tuple(sorted(found, key=lambda reader: (reader.members is not None, reader.name)))


def _is_text(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 and b"\0" not in head
    return b"\0" not in head


@cache
def _claims() -> tuple[dict[str, Reader], dict[str, Reader]]:
    found = readers().values()
    by_name = {name: reader for reader in found for name in reader.file_names}
    return by_name, {suffix: reader for reader in found for suffix in reader.suffixes}
