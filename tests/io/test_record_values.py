"""Records that are read back from JSON: equal if unchanged, refused with the field's name if not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import DamagedFileError
from pipeline.io.checked_json import write_checked
from pipeline.io.record_values import (
    RecordValueError,
    json_of,
    read_checked_record,
    record_of,
    write_checked_record,
)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Inner:
    name: str
    size: float


@dataclass(frozen=True, slots=True)
class Outer:
    number: int
    is_open: bool
    colour: Colour
    inner: Inner | None
    parts: tuple[Inner, ...]
    by_name: Mapping[str, Inner]
    anything: Any
    counts: tuple[int, ...] = ()
    words: Mapping[str, int] = field(default_factory=dict)


_INNER = st.builds(Inner, st.text(), st.floats(allow_nan=False))
OUTERS = st.builds(
    Outer,
    st.integers(),
    st.booleans(),
    st.sampled_from(Colour),
    st.none() | _INNER,
    st.lists(_INNER).map(tuple),
    st.dictionaries(st.text(), _INNER),
    st.none() | st.integers() | st.lists(st.text()),
    st.lists(st.integers()).map(tuple),
    st.dictionaries(st.text(), st.integers()),
)
ONE = Outer(1, True, Colour.RED, Inner("a", 0.5), (Inner("b", 2.0),), {"c": Inner("d", 1.0)}, None, (1, 2))


@given(OUTERS)
def test_record_read_back_from_json_is_equal(record: Outer) -> None:
    assert record_of(json.loads(json.dumps(json_of(record))), Outer) == record


def test_missing_fields_get_their_defaults() -> None:
    values = json_of(ONE)
    del values["counts"], values["words"]
    assert record_of(values, Outer) == Outer(*[getattr(ONE, name) for name in list(values)], (), {})


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("number",), 1.5, "Outer.number: expected int, got float"),
        (("number",), True, "Outer.number: expected int, got bool"),
        (("number",), None, "Outer.number: expected int, got NoneType"),
        (("is_open",), 1, "Outer.is_open: expected bool, got int"),
        (("colour",), "green", "Outer.colour: expected one of red, blue"),
        (("inner", "size"), "1", "Outer.inner: Inner.size: expected float, got str"),
        (("inner",), [], "Outer.inner: Inner is not an object"),
        (("parts",), {}, "Outer.parts: expected a list, got dict"),
        (("parts",), [{"name": "a"}], "Outer.parts: Inner lacks 'size'"),
        (("by_name",), [], "Outer.by_name: expected an object, got list"),
        (("counts",), [1, "2"], "Outer.counts: expected int, got str"),
        (("strange",), 1, "Outer has no field 'strange'"),
    ],
)
def test_value_that_does_not_fit_is_refused_with_the_name_of_its_field(
    path: tuple[str, ...], value: object, message: str
) -> None:
    values = json.loads(json.dumps(json_of(ONE)))
    target = values
    for name in path[:-1]:
        target = target[name]
    target[path[-1]] = value
    with pytest.raises(RecordValueError) as raised:
        record_of(values, Outer)
    assert str(raised.value) == message


def test_whole_number_is_a_float_too() -> None:
    assert record_of({"name": "a", "size": 2}, Inner) == Inner("a", 2)


def test_field_of_an_unsupported_type_is_a_mistake_of_ours() -> None:
    @dataclass
    class Strange:
        value: set

    with pytest.raises(TypeError, match="no conversion"):
        record_of({"value": []}, Strange)


def test_file_that_holds_another_record_is_damaged(tmp_path: Path) -> None:
    path = str(tmp_path / "inner.json")
    write_checked_record(path, Inner("a", 1.0))
    assert read_checked_record(path, Inner, name="an inner thing") == Inner("a", 1.0)
    write_checked(path, {"name": 5, "size": 1})
    with pytest.raises(DamagedFileError, match=r"not an inner thing \(Inner\.name: expected str, got int\)") as raised:
        read_checked_record(path, Inner, name="an inner thing", remedy="Do it again.")
    assert raised.value.remedy == "Do it again."
