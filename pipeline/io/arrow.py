"""Arrow schemas derived from the record dataclasses, records into rows that can be written, and rows back into records.

Strings are `large_string`: a column of long documents passes 2 GiB of characters sooner than one expects.

A record is checked when it becomes a row, so that a buffer of rows never fails because of one of them. Cost: 300 MB/s.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from numbers import Integral, Real
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import pyarrow as pa
from annotated_types import MaxLen

from pipeline.records import KeepEnd

Record = TypeVar("Record")
Row = dict[str, Any]

_SCALARS: dict[type, pa.DataType] = {
    str: pa.large_string(),
    bytes: pa.large_binary(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
}
_NUMBERS: dict[type, type] = {int: Integral, float: Real}
"""numpy's numbers are written as well as Python's own."""
_REPLACEMENT = "\ufffd"
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_PRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class UnwritableRecordError(Exception):
    """A record holds a value that its type does not allow; the message names the field, never the value."""


class RowMaker:
    """Turns records of one type into rows, and counts the strings it had to change.

    A lone surrogate becomes U+FFFD everywhere. A field with a `MaxLen` is also cut to it, and loses its control
    characters but for line breaks and tabs.
    """

    def __init__(self, record_type: type) -> None:
        self.num_changed_strings = 0
        self._record_type = record_type
        self._row = self._of_record(record_type)

    def row(self, record: Any) -> Row:
        """The record as `pyarrow.Table.from_pylist` takes it.

        Raises:
            UnwritableRecordError: a field holds a value of another type, or a number beyond 64 bits.
        """
        return self._row(record)

    def _of_record(self, record_type: type) -> Callable[[Any], Row]:
        converters = [(name, self._of_hint(hint)) for name, hint in _hints(record_type)]

        def convert(record: Any) -> Row:
            if not isinstance(record, record_type):
                raise UnwritableRecordError(f"a {type(record).__name__} stands where {record_type.__name__} belongs")
            row = {}
            for name, converter in converters:
                try:
                    row[name] = converter(getattr(record, name))
                except UnwritableRecordError as error:
                    raise UnwritableRecordError(f"{record_type.__name__}.{name}: {error}") from None
            return row

        return convert

    def _of_hint(self, hint: Any) -> Callable[[Any], Any]:
        inner, nullable = _without_none(hint)
        if nullable:
            converter = self._of_hint(inner)
            return lambda value: None if value is None else converter(value)
        if get_origin(inner) is Annotated:
            notes = get_args(inner)[1:]
            (max_chars,) = (note.max_length for note in notes if isinstance(note, MaxLen))
            kept = slice(-max_chars, None) if KeepEnd() in notes else slice(max_chars)
            return lambda value: self._short(value, max_chars, kept)
        if get_origin(inner) is tuple:
            element = self._of_hint(get_args(inner)[0])
            return lambda value: [element(item) for item in value]
        if inner is str:
            return self._text
        if inner in _SCALARS:
            return lambda value: _scalar(value, inner)
        return self._of_record(inner)

    def _text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise UnwritableRecordError(f"a {type(value).__name__} where a string belongs")
        if value.isascii() or not _SURROGATE.search(value):
            return value
        self.num_changed_strings += 1
        return _SURROGATE.sub(_REPLACEMENT, value)

    def _short(self, value: Any, max_chars: int, kept: slice) -> str:
        if not isinstance(value, str):
            raise UnwritableRecordError(f"a {type(value).__name__} where a string belongs")
        if len(value) <= max_chars and not _NOT_PRINTABLE.search(value):
            return value
        self.num_changed_strings += 1
        return _NOT_PRINTABLE.sub(_REPLACEMENT, value[kept])


def schema_of(record_type: type) -> pa.Schema:
    """The Arrow schema of a record dataclass; `X | None` is nullable, everything else is not.

    Raises:
        TypeError: a field's type has no Arrow counterpart here.
    """
    return pa.schema([_field(name, hint) for name, hint in _hints(record_type)])


def table_of(records: Sequence[Any], record_type: type) -> pa.Table:
    """Records as an Arrow table with `schema_of(record_type)`.

    Raises:
        UnwritableRecordError: see `RowMaker.row`.
    """
    maker = RowMaker(record_type)
    return pa.Table.from_pylist([maker.row(record) for record in records], schema=schema_of(record_type))


def record_of(row: Mapping[str, Any], record_type: type[Record]) -> Record:
    """One row, as `Table.to_pylist` gives it, back as a record; columns the record does not have are ignored."""
    key: Any = record_type  # mypy does not take type[T] for hashable
    return record_type(**{name: _value(row[name], hint) for name, hint in _hints(key)})


@cache
def _hints(record_type: Any) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(record_type, include_extras=True)
    return tuple((f.name, hints[f.name]) for f in fields(record_type))


def _field(name: str, hint: Any) -> pa.Field:
    inner, nullable = _without_none(hint)
    return pa.field(name, _arrow_type(inner), nullable=nullable)


def _arrow_type(hint: Any) -> pa.DataType:
    if get_origin(hint) is Annotated:
        return _arrow_type(get_args(hint)[0])
    if hint in _SCALARS:
        return _SCALARS[hint]
    if get_origin(hint) is tuple:
        return pa.list_(pa.field("element", _arrow_type(get_args(hint)[0]), nullable=False))
    if is_dataclass(hint) and isinstance(hint, type):
        return pa.struct(list(schema_of(hint)))
    raise TypeError(f"no Arrow type for {hint!r}")


def _scalar(value: Any, kind: type) -> Any:
    allowed: type = _NUMBERS.get(kind, kind)
    if not isinstance(value, allowed) or (isinstance(value, int) and not -(2**63) <= value < 2**63):
        raise UnwritableRecordError(f"a {type(value).__name__} where {kind.__name__} belongs, or one too large")
    return value


def _value(value: Any, hint: Any) -> Any:
    inner, _ = _without_none(hint)
    if value is None:
        return None
    if get_origin(inner) is tuple:
        element = get_args(inner)[0]
        return tuple(_value(item, element) for item in value)
    if is_dataclass(inner) and isinstance(inner, type):
        return record_of(value, inner)
    return value


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (types.UnionType, Union):
        inner = [arg for arg in get_args(hint) if arg is not type(None)]
        if len(inner) == 1:
            return inner[0], True
    return hint, False
