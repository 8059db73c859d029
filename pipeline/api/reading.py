"""`pipeline.read_file`: the text of a file of any format that a build reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.api.sections import section_of
from pipeline.config.build import IngestRecipe, InputSource, Joining
from pipeline.documents.discovery import discover
from pipeline.documents.items import TO_THE_END, Segment
from pipeline.documents.readers.reader import Extract, Failed, NotRead, Skipped
from pipeline.documents.reading import read_segment
from pipeline.documents.source_settings import read_settings
from pipeline.errors import InputError


@dataclass(frozen=True, slots=True)
class Unread:
    """A record of a file that could not be read, or is no document."""

    name: str
    """The name of the file, or of the member of an archive or mail."""
    offset: int
    reason: str
    """Such as `encrypted`; for damage, the name of the error."""
    detail: str


@dataclass(frozen=True, slots=True)
class FileContent:
    """What a file holds. A loop over it gets the records."""

    records: tuple[Extract, ...]
    """The records in order: one of a PDF, one a line of a JSON Lines file, one a member of an archive."""
    unread: tuple[Unread, ...]

    def __iter__(self) -> Iterator[Extract]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    @property
    def text(self) -> str:
        """The text of the only record.

        Raises:
            InputError: the file holds several records.
        """
        if len(self.records) != 1:
            raise InputError(
                f"The file holds {len(self.records)} records, so it has no single text.",
                remedy="Read the text of each: [record.text for record in pipeline.read_file(path)].",
            )
        return self.records[0].text


def read_file(path: str | os.PathLike[str], **settings: Any) -> FileContent:  # Any: values of a recipe
    """Read a file: text, markup, office, mail, PDF, HWP, tables, chat exports, code, archives, also compressed.

    Args:
        path: a file, or an address such as `s3://…`; `bundled:` names a document of this project.
        settings: keys of `inputs` and `ingest` in a recipe, such as `text_field` or `max_parser_seconds`.

    Returns:
        The records with their texts, titles and marks (the headings, tables and pages that the format states), and
        what could not be read. `clean_text` takes a record.

    Raises:
        InputError: the file does not exist or is a folder, or nothing of it can be read; the message has the reason.
        RecipeError: a setting is unknown or not allowed.

    Example:
        >>> import pathlib, tempfile
        >>> import pipeline
        >>> path = pathlib.Path(tempfile.mkdtemp(), "notes.html")
        >>> _ = path.write_text("<title>Pump</title><h1>Start</h1><p>Open the valve.</p>")
        >>> record = pipeline.read_file(path).records[0]
        >>> record.title, record.format, record.text
        ('Pump', 'html', 'Pump\\n\\n# Start\\n\\nOpen the valve.')
    """
    given = os.fspath(path)
    for_ingest = {key: value for key, value in settings.items() if key in IngestRecipe.model_fields}
    for_input = {key: value for key, value in settings.items() if key not in for_ingest}
    ingest = section_of(IngestRecipe, for_ingest, function=read_file)
    source = section_of(
        InputSource,
        {"join": Joining.FILE, **for_input, "path": given},
        function=read_file,
        beside=IngestRecipe.model_fields,
    )
    items = discover([source]).items
    if len(items) != 1 or Path(given).is_dir() or items[0].path.rsplit("/", 1)[-1] != given.rsplit("/", 1)[-1]:
        raise InputError(
            f"{given} is a folder or matches several files.", remedy="Read its files one by one, or build_sft on it."
        )
    item = items[0]
    segment = Segment(item=item, start=0, end=TO_THE_END, num_bytes=item.num_bytes)
    readings = list(read_segment(segment, read_settings(source, ingest)))
    records = tuple(reading for reading in readings if isinstance(reading, Extract))
    unread = tuple(_unread(reading) for reading in readings if not isinstance(reading, Extract))
    if not records:
        why = "; ".join(f"{one.reason}: {one.detail}" for one in unread) or "it holds no records"
        raise InputError(
            f"{given} cannot be read ({why}).", remedy="`pipeline doctor` lists the formats that are read."
        )
    return FileContent(records, unread)


def _unread(reading: NotRead | Failed | Skipped) -> Unread:
    if isinstance(reading, NotRead):
        return Unread(reading.uri, reading.offset, reading.why.reason, reading.why.detail)
    if isinstance(reading, Failed):
        return Unread(reading.uri, reading.offset, type(reading.error).__name__, str(reading.error))
    return Unread(reading.uri, 0, reading.reason, "")
