"""Parses a reply in chat form whose fields are strings, lists of strings, or a list of objects with such fields.

Used by the written tasks whose replies have more fields than a question, an answer and quotes. As in `reply_parsing`,
nothing is repaired: a reply with other fields is a fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.records import Dropped
from pipeline.synthesize.prompts.chat import object_schema
from pipeline.synthesize.reply_parsing import listed_strings, parse_object

_MAX_ITEMS = 30
_STRING = {"type": "string"}
_STRINGS = {"type": "array", "items": _STRING}


@dataclass(frozen=True, slots=True)
class Fields:
    """The names of the fields of an object, in the order in which a model writes them: strings first, then lists."""

    strings: tuple[str, ...]
    lists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadFields:
    """The fields of an object, without white space at their ends."""

    strings: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    items: tuple[ReadFields, ...] = ()


def fields_schema(names: Fields, *, items: str = "", of: Fields | None = None) -> str:
    """Return the JSON Schema of a reply, or of the reply that there is nothing to ask.

    Args:
        names: the fields of the reply.
        items: the name of the field that holds a list of objects; empty if there is none.
        of: the fields of such an object.
    """
    properties: dict[str, object] = {"nothing": {"type": "boolean"}, **_properties(names)}
    if of is not None:
        inside = _properties(of)
        item = {"type": "object", "properties": inside, "required": list(inside), "additionalProperties": False}
        properties[items] = {"type": "array", "items": item}
    return object_schema(properties)


def parse_fields(text: str, names: Fields, *, items: str = "", of: Fields | None = None) -> ReadFields | Dropped:
    """Return the fields of a reply, or the fault in the reply. The arguments are those of `fields_schema`."""
    keys = (*names.strings, *names.lists, *([items] if of is not None else []))
    value = parse_object(text, keys)
    if isinstance(value, Dropped):
        return value
    read = _read(value, names)
    if isinstance(read, Dropped) or of is None:
        return read
    listed = value[items]
    if not isinstance(listed, list) or not 0 < len(listed) <= _MAX_ITEMS:
        return Dropped("wrong_fields", f"'{items}' must be a list of one to {_MAX_ITEMS} objects.")
    found = []
    for entry in listed:
        if not isinstance(entry, dict) or set(entry) != {*of.strings, *of.lists}:
            needed = ", ".join((*of.strings, *of.lists))
            return Dropped("wrong_fields", f"Each of '{items}' must be an object with exactly these fields: {needed}.")
        inner = _read(entry, of)
        if isinstance(inner, Dropped):
            return inner
        found.append(inner)
    return ReadFields(read.strings, read.lists, tuple(found))


def _properties(names: Fields) -> dict[str, object]:
    return {**dict.fromkeys(names.strings, _STRING), **dict.fromkeys(names.lists, _STRINGS)}


def _read(value: Mapping[str, object], names: Fields) -> ReadFields | Dropped:
    strings: dict[str, str] = {}
    for name in names.strings:
        found = value[name]
        if not isinstance(found, str):
            return Dropped("wrong_fields", f"'{name}' must be a string.")
        strings[name] = found.strip()
    lists: dict[str, tuple[str, ...]] = {}
    for name in names.lists:
        listed = listed_strings(value[name])
        if not listed:
            return Dropped("wrong_fields", f"'{name}' must be a list of strings that is not empty.")
        lists[name] = listed
    return ReadFields(strings, lists)
