"""Converts records to JSON values, and parsed values to records, with every field checked.

Parsed values come from JSON files and Arrow tables. Used by `io.arrow` and wherever records become JSON. In this
module, a *reader* is a function that checks one value and converts it for a field. Cost: about 1 µs for each value that
is read; a list of plain numbers or strings is checked as a whole.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pipeline.errors import DamagedFileError
from pipeline.io.checked_json import read_checked, write_checked

Record = TypeVar("Record")

_ACCEPTED: dict[Any, tuple[type, ...]] = {str: (str,), bytes: (bytes,), int: (int,), bool: (bool,), float: (float, int)}
"""Types of the values that a plain field accepts. JSON may show a float as an integer, without `.0`."""


class RecordValueError(ValueError):
    """A value does not fit the record type. The message names the field and never shows the value.

    Attributes:
        field: name of the field that is missing, unknown or wrong; empty if the value is not an object.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def json_of(record: Any) -> dict[str, Any]:  # Any: a dataclass instance
    """Return a record and the records in it as dicts by field name, for `json.dumps`, which does not accept bytes."""
    return asdict(record)


def record_of(values: object, record_type: type[Record]) -> Record:
    """Convert a parsed object to a record. A missing field gets its default.

    Args:
        values: a mapping from field names to values.
        record_type: a dataclass. A field's type is a string, bytes, a number, a boolean, an enum, `Any`, another record
            type, or a tuple or mapping of these; each may also be `| None`.

    Raises:
        RecordValueError: `values` is not a mapping; a key is unknown; a field without a default is missing; or a value
            has the wrong type.
        TypeError: a field of `record_type` has an unsupported type.
    """
    key: Any = record_type  # mypy does not accept type[T] as hashable
    if not isinstance(values, Mapping):
        raise RecordValueError(f"{key.__name__} is not an object")
    converted = {}
    name = ""
    try:
        for name, reader in _readers(key):
            if name in values:
                converted[name] = reader(values[name])
    except RecordValueError as error:
        raise RecordValueError(f"{key.__name__}.{name}: {error}", name) from None
    if len(converted) < len(values):
        unknown = min(set(values) - set(converted), key=str)
        raise RecordValueError(f"{key.__name__} has no field {unknown!r}", str(unknown))
    if missing := _required(key) - converted.keys():
        raise RecordValueError(f"{key.__name__} lacks {min(missing)!r}", min(missing))
    return record_type(**converted)


def value_of(value: Any, hint: Any) -> Any:
    """Check a parsed value against a type hint and convert it.

    Raises:
        RecordValueError: the value has the wrong type.
        TypeError: the hint is not supported.
    """
    return _reader(hint)(value)


def write_checked_record(path: str, record: Any) -> None:  # Any: a dataclass instance
    """Write a record as checked JSON, atomically."""
    write_checked(path, json_of(record))


def read_checked_record(path: str, record_type: type[Record], *, name: str, remedy: str = "") -> Record:
    """Read a record that `write_checked_record` wrote.

    Args:
        path: the file.
        record_type: the type of the record; see `record_of`.
        name: what the file should contain, such as `a shard's report`; used in the error message.
        remedy: the error's remedy if the file does not contain such a record.

    Raises:
        DamagedFileError: the file has changed since it was written, or does not contain such a record.
        FileNotFoundError: the file does not exist.
    """
    values = read_checked(path)
    try:
        return record_of(values, record_type)
    except RecordValueError as error:
        raise DamagedFileError(f"{path} is damaged: it is not {name} ({error}).", remedy=remedy) from error


@cache
def fields_of(record_type: Any) -> tuple[tuple[str, Any], ...]:
    """Return the names and type hints of a dataclass's fields, in order."""
    hints = get_type_hints(record_type, include_extras=True)
    return tuple((field.name, hints[field.name]) for field in fields(record_type))


def without_none(hint: Any) -> tuple[Any, bool]:
    """Return `X` and true for the type hint `X | None`; return any other hint unchanged, and false."""
    if get_origin(hint) in (types.UnionType, Union):
        inner = [arg for arg in get_args(hint) if arg is not type(None)]
        if len(inner) == 1:
            return inner[0], True
    return hint, False


def is_enum(hint: Any) -> bool:
    """Return whether a type hint is a `StrEnum`."""
    return isinstance(hint, type) and issubclass(hint, StrEnum)


@cache
def _required(record_type: Any) -> frozenset[str]:
    return frozenset(
        field.name for field in fields(record_type) if field.default is MISSING and field.default_factory is MISSING
    )


@cache
def _readers(record_type: Any) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    return tuple((name, _reader(hint)) for name, hint in fields_of(record_type))


@cache
def _reader(hint: Any) -> Callable[[Any], Any]:
    """Return the reader for a field with this type hint."""
    inner, nullable = without_none(hint)
    if nullable:
        reader = _reader(inner)
        return lambda value: None if value is None else reader(value)
    origin = get_origin(inner)
    if origin is Annotated:
        return _reader(get_args(inner)[0])
    if origin is tuple:
        return _tuple_reader(get_args(inner)[0])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping_reader(get_args(inner)[1])
    if inner is Any:
        return lambda value: value
    if is_dataclass(inner) and isinstance(inner, type):
        return lambda value: record_of(value, inner)
    if is_enum(inner):
        return lambda value: _member(value, inner)
    if inner in _ACCEPTED:
        return _plain_reader(inner)
    raise TypeError(f"no conversion for {hint!r}")


def _tuple_reader(element: Any) -> Callable[[Any], tuple[Any, ...]]:
    reader = _reader(element)

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise RecordValueError(f"expected a list, got {type(value).__name__}")
        if element in _ACCEPTED and {*map(type, value)} <= {element}:
            return tuple(value)
        return tuple([reader(item) for item in value])

    return read


def _mapping_reader(element: Any) -> Callable[[Any], dict[str, Any]]:
    reader = _reader(element)

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise RecordValueError(f"expected an object, got {type(value).__name__}")
        return {name: reader(item) for name, item in value.items()}

    return read


def _member(value: Any, kind: Any) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise RecordValueError(f"expected one of {', '.join(kind)}") from None


def _plain_reader(kind: type) -> Callable[[Any], Any]:
    accepted = _ACCEPTED[kind]

    def read(value: Any) -> Any:
        if type(value) is kind or (isinstance(value, accepted) and not isinstance(value, bool)):
            return value
        raise RecordValueError(f"expected {kind.__name__}, got {type(value).__name__}")

    return read
