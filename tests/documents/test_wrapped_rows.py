from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.build import InputSource
from pipeline.documents.readers.reader import NotRead
from pipeline.documents.wrapped_rows import wrapped_rows
from tests.dataset_folders import extracts, read_all

ROWS = [{"text": "First notice."}, {"text": "둘째 통지."}]


@pytest.mark.parametrize(
    "value",
    [
        {"data": ROWS},
        {"version": "2.0", "data": ROWS, "next": None},
        {"response": {"status": 200, "items": ROWS}},
    ],
)
def test_rows_in_a_wrapper_are_documents(value: object, tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    found = extracts(InputSource(path=str(path)))
    assert [(one.text, one.offset) for one in found] == [("First notice.", 0), ("둘째 통지.", 1)]


@pytest.mark.parametrize(
    "value",
    [
        {"pages": ROWS, "notes": ROWS},
        {"data": []},
        {"data": ["a", "b"]},
        {"data": [{"text": "a"}, 3]},
        {"a": {"b": {"c": {"d": {"e": ROWS}}}}},
    ],
)
def test_object_that_wraps_no_rows_is_one_refused_record(value: object, tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    (refused,) = read_all(InputSource(path=str(path)))
    assert isinstance(refused, NotRead)
    assert refused.why.reason == "no_text"


def test_object_with_text_or_turns_is_never_unwrapped(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"text": "Whole.", "parts": ROWS}), encoding="utf-8")
    (found,) = extracts(InputSource(path=str(path)))
    assert found.text == "Whole."


_values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=12,
)


@given(_values)
def test_wrapped_rows_are_the_value_or_objects_in_it(value: object) -> None:
    found = wrapped_rows(value)
    assert found
    assert found == [value] or all(isinstance(row, dict) for row in found)
