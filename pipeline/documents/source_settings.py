"""Says how the records of an input are read: the recipe's input and its `ingest` section as `ReadSettings`.

Used by the ingest stage, its survey, previews and `pipeline.read_file`.
"""

from __future__ import annotations

from pipeline.config.build import IngestRecipe, InputSource
from pipeline.documents.readers.reader import ReadLimits, ReadOptions, ReadSettings
from pipeline.documents.row_fields import RowFields


def read_settings(source: InputSource, ingest: IngestRecipe) -> ReadSettings:
    """Return how the records of an input are read."""
    limits = ReadLimits(
        ingest.max_record_bytes, ingest.max_inflation_ratio, ingest.max_parser_seconds, ingest.max_parser_bytes
    )
    options = ReadOptions(frozenset(ingest.include), ingest.tracked_changes)
    return ReadSettings(source.text_field, source.title_field, limits, options, fields=row_fields(source))


def row_fields(source: InputSource) -> RowFields:
    """Return the fields of a row that an input names."""
    return RowFields(
        text=source.text_fields,
        turns=source.turns_field,
        licence=source.licence_field,
        language=source.language_field,
        url=source.url_field,
    )
