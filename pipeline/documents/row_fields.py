"""Reads a row by the fields that the recipe names for it: several texts, turns, licence, language and address.

Takes a parsed row and the recipe's field names; returns the same `RowText` as `rows`, which reads rows whose fields are
not named. Used by `readers.records` and by the readers of tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

from pipeline.documents.rows import (
    CONVERSATION_FIELDS,
    LICENCE_FIELDS,
    RowText,
    first_string,
    paragraphs_of,
    render_turns,
    text_of_row,
    under_facts,
    wanted_columns,
    why_no_text,
)


@dataclass(frozen=True, slots=True)
class RowFields:
    """The names of a row's fields, besides the text and title field; see `config.build.InputSource`."""

    text: tuple[str, ...] = ()
    turns: str = ""
    licence: str = ""
    language: str = ""
    url: str = ""

    def text_names(self, text_field: str) -> tuple[str, ...]:
        """Return the fields of which at least one must hold the text."""
        return self.text or ((self.turns,) if self.turns else (text_field,))

    def wanted(self, text_field: str, title_field: str) -> tuple[str, ...]:
        """Return the columns of a table that can hold anything of a document."""
        named = (*self.text, self.turns, self.licence, self.language, self.url)
        return (*(name for name in named if name), *wanted_columns(text_field, title_field))

    @property
    def are_text_fields_named(self) -> bool:
        """Whether the recipe names the only fields that may hold the text."""
        return bool(self.text or self.turns)


def row_text(row: Mapping[str, object], fields: RowFields, *, text_field: str, title_field: str) -> RowText | None:
    """Return the row's text with what the named fields say about it; None if the row has no text."""
    found = _text(row, fields, text_field=text_field, title_field=title_field)
    if found is None:
        return None
    licence = first_string(row, (fields.licence,)) if fields.licence else found.licence
    language = first_string(row, (fields.language,)) if fields.language else ""
    return replace(
        found, licence=licence, language=language, url=first_string(row, (fields.url,)) if fields.url else ""
    )


def why_no_text_column(columns: Set[str], fields: RowFields, *, text_field: str) -> str:
    """Return why a table's rows have no text and which key to set; empty if a column can hold the text."""
    names = fields.text_names(text_field)
    if columns & set(names):
        return ""
    if not fields.are_text_fields_named and columns & {*CONVERSATION_FIELDS, "instruction", "prompt"}:
        return ""
    missing = " or ".join(map(repr, names))
    return (
        f"The file has no column {missing}; its columns are {', '.join(sorted(columns))}. "
        "Set text_field, text_fields or turns_field to what holds the text."
    )


def why_no_row_text(row: object, fields: RowFields, *, text_field: str) -> str:
    """Return why a row has no text and which key to set. Names of fields are quoted, but no values."""
    if not fields.are_text_fields_named or not isinstance(row, Mapping):
        return why_no_text(row, text_field=text_field)
    key = "turns_field" if fields.turns else "text_fields"
    names = fields.text_names(text_field)
    return f"The row holds no text in {', '.join(map(repr, names))}, which {key} names."


def _text(row: Mapping[str, object], fields: RowFields, *, text_field: str, title_field: str) -> RowText | None:
    if not fields.are_text_fields_named:
        return text_of_row(row, text_field=text_field, title_field=title_field)
    title = first_string(row, (title_field,))
    licence = first_string(row, LICENCE_FIELDS)
    if fields.turns:
        turns = render_turns(row.get(fields.turns))
        return RowText(under_facts(row, title, turns), title, licence, is_conversation=True) if turns else None
    blocks = [block for name in fields.text if (block := _block(row.get(name)))]
    are_turns = all(isinstance(row.get(name), list) and render_turns(row.get(name)) for name in fields.text)
    return RowText("\n\n".join(blocks), title, licence, is_conversation=are_turns) if blocks else None


def _block(value: object) -> str:
    """Return a field's value as text: a string, a list of paragraphs or a list of turns; empty for other values."""
    text = value if isinstance(value, str) else paragraphs_of(value) or render_turns(value)
    return text.strip("\n") if text.strip() else ""
