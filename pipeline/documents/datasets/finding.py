"""Finds the items of an input that is a data set: one item for each data file.

Takes an `InputSource`; returns `SourceItem`s with keys below the data set's root. Used by `documents.discovery`. A
commit on the hub is part of an item's path, so a build reads one state of a data set, and the next build notices a new
one. Cost: a few requests to the hub, or a listing of the folder.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from pathlib import Path

from pipeline.config.build import InputSource
from pipeline.documents.datasets.names import parse_name
from pipeline.documents.datasets.resolving import DataFile, resolve
from pipeline.documents.datasets.streams import column_names, opened_stream
from pipeline.documents.items import SourceItem
from pipeline.documents.listing import FileStat
from pipeline.documents.names import encodable_key, printable_name
from pipeline.documents.row_fields import RowFields, why_no_text_column
from pipeline.documents.versions import info_version, stat_version
from pipeline.errors import InputError
from pipeline.io.filesystems import filesystem_of


def find_items(source: InputSource, index: int) -> list[SourceItem]:
    """Return the data files of a data set as items, in the order of the data set.

    Raises:
        InputError: See `datasets.resolving.resolve`; or a data file cannot be examined.
        MissingExtraError: The library is not installed.
    """
    shown = source.path.rstrip("/")
    found = resolve(parse_name(source))
    try:
        return [_item(file, _stat(file.path), index, shown) for file in found]
    except OSError as error:
        raise InputError(
            f"A data file of {source.path} cannot be read: {error.strerror or type(error).__name__}.",
            remedy="Check that the data set is complete and that its files can be read.",
        ) from error


def check_columns(items: Sequence[SourceItem], sources: Sequence[InputSource], fields: Sequence[RowFields]) -> None:
    """Check that the first data file of each data set has a column that can hold the text.

    A file that cannot be read is no error here; reading it reports the damage.

    Raises:
        InputError: It has none. The message lists the columns and names the key to set.
    """
    checked: Set[int] = set()
    for item in items:
        if item.dataset is None or item.source_index in checked:
            continue
        checked = checked | {item.source_index}
        source = sources[item.source_index]
        try:
            with opened_stream(item.dataset, item.path) as stream:
                names = set(column_names(stream))
        except Exception:  # noqa: BLE001  # whatever it is, reading the file meets it and counts it
            continue
        detail = why_no_text_column(names, fields[item.source_index], text_field=source.text_field)
        if names and detail:
            message, _, remedy = detail.partition(". ")
            raise InputError(f"{item.uri}: {message}.", remedy=remedy)


def _item(file: DataFile, stat: FileStat, index: int, shown: str) -> SourceItem:
    return SourceItem(
        source_index=index,
        key=encodable_key(file.key),
        uri=printable_name(f"{shown}/{file.key}"),
        path=file.path,
        num_bytes=stat.num_bytes,
        version=stat.version,
        members=(),
        dataset=file.dataset,
    )


def _stat(path: str) -> FileStat:
    if path.startswith("/"):
        found = Path(path).stat()
        return FileStat(found.st_size, stat_version(found))
    fs, inner = filesystem_of(path)
    info = fs.info(inner)
    return FileStat(int(info["size"] or 0), info_version(info))
