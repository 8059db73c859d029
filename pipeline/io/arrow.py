"""Converts record dataclasses to Arrow schemas, records to rows of Arrow tables, and rows back to records.

Strings are `large_string`, because a column of long documents can exceed 2 GiB of characters. A record is checked when
it becomes a row, so one bad record never makes a whole buffer of rows fail.

A *flat record* is a record whose fields are all strings, bytes, numbers, booleans or enums, such as an outline node. A
tuple of flat records in a field of another record is converted column by column. Used mainly by `io.parts`. Cost:
300 MB/s of text; 1.5 µs to write and 2.5 µs to read each flat record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, is_dataclass
from functools import cache
from numbers import Integral, Real
from typing import Annotated, Any, get_args, get_origin

import numpy as np
import pyarrow as pa
from annotated_types import MaxLen

from pipeline.io.record_values import Record, fields_of, is_enum, value_of, without_none
from pipeline.records import KeepEnd

Row = dict[str, Any]

_SCALARS: dict[type, pa.DataType] = {
    str: pa.large_string(),
    bytes: pa.large_binary(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
}
_NUMBERS: dict[type, type] = {int: Integral, float: Real}
"""Accepted types of numbers: numpy's numbers as well as Python's own."""
_REPLACEMENT = "\ufffd"
_SURROGATE = re.compile("[\ud800-\udfff]")
"""A lone surrogate, which UTF-8 cannot encode."""
_NOT_PRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""A control character other than tab and line feed, or a lone surrogate."""


class UnwritableRecordError(Exception):
    """A field has a value that its type does not allow. The message names the field and never shows the value."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """The flat records in one field of a row: for each field of the flat record type, the list of its values."""

    num_records: int
    lists: tuple[list[Any], ...]


class RowMaker:
    """Turns records of one type into rows, and counts the strings that it changed.

    U+FFFD replaces each lone surrogate. A string field with a `MaxLen` is also cut to that length (at the start if the
    field has `KeepEnd`), and U+FFFD replaces its control characters except tabs and line feeds.
    """

    def __init__(self, record_type: type) -> None:
        self.num_changed_strings = 0
        self._record_type = record_type
        self._row = self._of_record(record_type)

    def row(self, record: Any) -> Row:
        """Return the record as a row for `table_of_rows`.

        Raises:
            UnwritableRecordError: a value has the wrong type, or an integer needs more than 64 bits.
        """
        return self._row(record)

    def _of_record(self, record_type: type) -> Callable[[Any], Row]:
        converters = [(name, self._of_hint(hint)) for name, hint in fields_of(record_type)]

        def convert(record: Any) -> Row:
            if not isinstance(record, record_type):
                raise UnwritableRecordError(f"expected {record_type.__name__}, got {type(record).__name__}")
            row = {}
            for name, converter in converters:
                try:
                    row[name] = converter(getattr(record, name))
                except UnwritableRecordError as error:
                    raise UnwritableRecordError(f"{record_type.__name__}.{name}: {error}") from None
            return row

        return convert

    def _of_hint(self, hint: Any) -> Callable[[Any], Any]:
        inner, nullable = without_none(hint)
        if nullable:
            converter = self._of_hint(inner)
            return lambda value: None if value is None else converter(value)
        if get_origin(inner) is Annotated:
            notes = get_args(inner)[1:]
            (max_chars,) = (note.max_length for note in notes if isinstance(note, MaxLen))
            kept = slice(-max_chars, None) if KeepEnd() in notes else slice(max_chars)
            return lambda value: self._short(value, max_chars, kept)
        if get_origin(inner) is tuple and _is_flat(get_args(inner)[0]):
            return self._of_flat_records(get_args(inner)[0])
        if get_origin(inner) is tuple:
            element = self._of_hint(get_args(inner)[0])
            return lambda value: [element(item) for item in value]
        if inner is str:
            return self._text
        if is_enum(inner):
            return lambda value: _member(value, inner)
        if inner in _SCALARS:
            return lambda value: _scalar(value, inner)
        return self._of_record(inner)

    def _of_flat_records(self, record_type: type) -> Callable[[Any], _Columns]:
        converters = [(name, hint, self._of_hint(hint)) for name, hint in fields_of(record_type)]

        def convert(records: Any) -> _Columns:
            if not all(isinstance(record, record_type) for record in records):
                raise UnwritableRecordError(f"expected only {record_type.__name__}, got another type")
            lists = []
            for name, hint, converter in converters:
                values = [getattr(record, name) for record in records]
                try:
                    lists.append(values if _are_writable(values, hint) else [converter(value) for value in values])
                except UnwritableRecordError as error:
                    raise UnwritableRecordError(f"{record_type.__name__}.{name}: {error}") from None
            return _Columns(len(records), tuple(lists))

        return convert

    def _text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise UnwritableRecordError(f"expected str, got {type(value).__name__}")
        if value.isascii() or not _SURROGATE.search(value):
            return value
        self.num_changed_strings += 1
        return _SURROGATE.sub(_REPLACEMENT, value)

    def _short(self, value: Any, max_chars: int, kept: slice) -> str:
        if not isinstance(value, str):
            raise UnwritableRecordError(f"expected str, got {type(value).__name__}")
        if len(value) <= max_chars and not _NOT_PRINTABLE.search(value):
            return value
        self.num_changed_strings += 1
        return _NOT_PRINTABLE.sub(_REPLACEMENT, value[kept])


def schema_of(record_type: type) -> pa.Schema:
    """Return the Arrow schema of a record dataclass; only fields of type `X | None` are nullable.

    Raises:
        TypeError: a field's type has no Arrow counterpart.
    """
    return pa.schema([_field(name, hint) for name, hint in fields_of(record_type)])


def rising_columns(record_type: type) -> tuple[str, ...]:
    """Return the parquet names of the integer columns of flat records.

    Most of these columns are offsets that rise from one flat record to the next. Such a column takes half the space
    when it is stored as differences.
    """
    return tuple(
        f"{name}.list.element.{field}"
        for name, hint in fields_of(record_type)
        for field, kind in _flat_fields(hint)
        if kind is int
    )


def leaf_columns(schema: pa.Schema) -> list[str]:
    """Return the parquet names of all columns with values, including the columns inside lists and structs."""
    return [path for field in schema for path in _leaves(field.name, field.type)]


def table_of(records: Sequence[Any], record_type: type) -> pa.Table:
    """Convert records to an Arrow table with the schema `schema_of(record_type)`.

    Raises:
        UnwritableRecordError: see `RowMaker.row`.
    """
    maker = RowMaker(record_type)
    return table_of_rows([maker.row(record) for record in records], record_type)


def table_of_rows(rows: Sequence[Row], record_type: type) -> pa.Table:
    """Convert rows made by `RowMaker` to an Arrow table with the schema `schema_of(record_type)`."""
    schema = schema_of(record_type)
    return pa.table([_array([row[field.name] for row in rows], field.type) for field in schema], schema=schema)


def size_of_row(row: Row) -> int:
    """Return the number of values in the flat records of a row, which `io.parts` uses to limit a buffer's memory."""
    return sum(value.num_records * len(value.lists) for value in row.values() if isinstance(value, _Columns))


def records_of(
    table: pa.Table | pa.RecordBatch, record_type: type[Record], without: Collection[str] = ()
) -> list[Record]:
    """Convert all rows of a table to records. The fields named in `without` are not read and get their defaults."""
    key: Any = record_type
    names = [name for name, _ in fields_of(key) if name not in without]
    columns = [_values(table.column(name), hint) for name, hint in fields_of(key) if name not in without]
    if not columns:
        return [record_type() for _ in range(table.num_rows)]
    return [record_type(**dict(zip(names, values, strict=True))) for values in zip(*columns, strict=True)]


def _field(name: str, hint: Any) -> pa.Field:
    inner, nullable = without_none(hint)
    return pa.field(name, _arrow_type(inner), nullable=nullable)


def _arrow_type(hint: Any) -> pa.DataType:
    if get_origin(hint) is Annotated:
        return _arrow_type(get_args(hint)[0])
    if hint in _SCALARS:
        return _SCALARS[hint]
    if is_enum(hint):
        return _SCALARS[str]
    if get_origin(hint) is tuple:
        return pa.list_(pa.field("element", _arrow_type(get_args(hint)[0]), nullable=False))
    if is_dataclass(hint) and isinstance(hint, type):
        return pa.struct(list(schema_of(hint)))
    raise TypeError(f"no Arrow type for {hint!r}")


@cache
def _is_flat(hint: Any) -> bool:
    """Return whether a type is a flat record type with at least one field."""
    if not (is_dataclass(hint) and isinstance(hint, type)) or not fields_of(hint):
        return False
    plain = (get_args(hint)[0] if get_origin(hint) is Annotated else hint for _, hint in fields_of(hint))
    return all(is_enum(inner) or inner in _SCALARS for inner in plain)


def _flat_fields(hint: Any) -> tuple[tuple[str, Any], ...]:
    """Return the fields of the flat records in a field; empty if the field has a different type."""
    inner, _ = without_none(hint)
    is_of_flat_records = get_origin(inner) is tuple and _is_flat(get_args(inner)[0])
    return fields_of(get_args(inner)[0]) if is_of_flat_records else ()


def _leaves(path: str, arrow_type: pa.DataType) -> list[str]:
    if pa.types.is_list(arrow_type):
        return _leaves(f"{path}.list.element", arrow_type.value_type)
    if pa.types.is_struct(arrow_type):
        return [leaf for field in arrow_type for leaf in _leaves(f"{path}.{field.name}", field.type)]
    return [path]


def _are_writable(values: Sequence[Any], hint: Any) -> bool:
    """Return whether all values of a field can be written unchanged. If false, the caller checks value by value."""
    if hint is int:
        return {*map(type, values)} <= {int} and (not values or (min(values) >= -(2**63) and max(values) < 2**63))
    if hint is str:
        return {*map(type, values)} <= {str} and not _SURROGATE.search("\n".join(values))
    return is_enum(hint) and {*map(type, values)} <= {hint}


def _member(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise UnwritableRecordError(f"expected {kind.__name__}, got {type(value).__name__}")
    return value


def _array(values: list[Any], arrow_type: pa.DataType) -> pa.Array:
    """Return the values of one field as an Arrow array, one per row."""
    if not any(isinstance(value, _Columns) for value in values):
        return pa.array(values, arrow_type)
    fields = list(arrow_type.value_type)
    present = [value for value in values if value is not None]
    children = [
        pa.array([item for columns in present for item in columns.lists[index]], field.type)
        for index, field in enumerate(fields)
    ]
    counts = [value.num_records if value is not None else 0 for value in values]
    offsets = np.cumsum([0, *counts], dtype=np.int32)
    mask = pa.array([value is None for value in values])
    elements = pa.StructArray.from_arrays(children, fields=fields)
    return pa.ListArray.from_arrays(pa.array(offsets), elements, type=arrow_type, mask=mask)


def _values(column: pa.Array | pa.ChunkedArray, hint: Any) -> list[Any]:
    """Return the values of one field, one per row."""
    inner, _ = without_none(hint)
    if get_origin(inner) is not tuple or not _is_flat(get_args(inner)[0]):
        return [value_of(value, hint) for value in column.to_pylist()]
    record_type = get_args(inner)[0]
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    offsets = array.offsets.to_numpy().tolist()
    first = offsets[0]
    elements = array.values.slice(first, offsets[-1] - first)
    children = [_plain_values(elements.field(index), kind) for index, (_, kind) in enumerate(fields_of(record_type))]
    records = [record_type(*values) for values in zip(*children, strict=True)]
    return [
        tuple(records[start - first : end - first]) if is_present else None
        for start, end, is_present in zip(offsets, offsets[1:], array.is_valid().to_pylist(), strict=False)
    ]


def _plain_values(array: pa.Array, hint: Any) -> list[Any]:
    if hint is int:
        return list(array.to_numpy().tolist())
    kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if kind is not str and not is_enum(kind):
        return list(array.to_pylist())
    encoded = array.dictionary_encode()
    distinct = [kind(value) for value in encoded.dictionary.to_pylist()]
    return [distinct[index] for index in encoded.indices.to_numpy().tolist()]


def _scalar(value: Any, kind: type) -> Any:
    allowed: type = _NUMBERS.get(kind, kind)
    if not isinstance(value, allowed) or (isinstance(value, int) and not -(2**63) <= value < 2**63):
        raise UnwritableRecordError(f"expected {kind.__name__} of at most 64 bits, got {type(value).__name__}")
    return value
