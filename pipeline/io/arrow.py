"""Arrow schemas derived from the record dataclasses, and rows back into records.

Strings are `large_string`: a column of long documents passes 2 GiB of characters sooner than one expects.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

Record = TypeVar("Record")

_SCALARS: dict[type, pa.DataType] = {
    str: pa.large_string(),
    bytes: pa.large_binary(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
}


def schema_of(record_type: type) -> pa.Schema:
    """The Arrow schema of a record dataclass; `X | None` is nullable, everything else is not.

    Raises:
        TypeError: a field's type has no Arrow counterpart here.
    """
    return pa.schema([_field(name, hint) for name, hint in _hints(record_type)])


def table_of(records: Sequence[Any], record_type: type) -> pa.Table:
    """Records as an Arrow table with `schema_of(record_type)`."""
    return pa.Table.from_pylist([asdict(record) for record in records], schema=schema_of(record_type))


def record_of(row: Mapping[str, Any], record_type: type[Record]) -> Record:
    """One row, as `Table.to_pylist` gives it, back as a record; columns the record does not have are ignored."""
    key: Any = record_type  # mypy does not take type[T] for hashable
    return record_type(**{name: _value(row[name], hint) for name, hint in _hints(key)})


@cache
def _hints(record_type: Any) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(record_type)
    return tuple((f.name, hints[f.name]) for f in fields(record_type))


def _field(name: str, hint: Any) -> pa.Field:
    inner, nullable = _without_none(hint)
    return pa.field(name, _arrow_type(inner), nullable=nullable)


def _arrow_type(hint: Any) -> pa.DataType:
    if hint in _SCALARS:
        return _SCALARS[hint]
    if get_origin(hint) is tuple:
        return pa.list_(pa.field("element", _arrow_type(get_args(hint)[0]), nullable=False))
    if is_dataclass(hint) and isinstance(hint, type):
        return pa.struct(list(schema_of(hint)))
    raise TypeError(f"no Arrow type for {hint!r}")


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
