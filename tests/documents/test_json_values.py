"""Entries of a JSON array, cut out of chunks of any size, with the limit of each."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.json_values import MAX_VALUES, array_entries, has_too_many_values, is_array


class Slow(io.RawIOBase):
    """A file that gives a few bytes at a time, so that entries come in several chunks."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data, self._step, self._at = data, step, 0

    def read(self, size: int = -1) -> bytes:
        piece = self._data[self._at : self._at + self._step]
        self._at += len(piece)
        return piece


def entries(data: bytes, *, head: int = 1, step: int = 3, limit: int = 1000) -> list[bytes | None]:
    return list(array_entries(data[:head], Slow(data[head:], step), limit))  # type: ignore[arg-type]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='a"\\,[]{} 가'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(VALUES, max_size=6), st.integers(1, 9), st.integers(1, 40))
def test_array_entries_are_those_of_the_parser_however_the_chunks_fall(
    values: list[object], step: int, head: int
) -> None:
    data = json.dumps(values, ensure_ascii=False).encode()
    found = entries(data, head=min(head, len(data)), step=step)
    assert [json.loads(entry) for entry in found if entry is not None] == values
    assert len(found) == len(values)


@pytest.mark.parametrize("step", [1, 4, 100])
def test_array_entry_above_the_limit_is_none_whatever_chunks_it_comes_in(step: int) -> None:
    data = b'["123456","12345", "1234567" ,"1"]'
    assert entries(data, step=step, limit=8) == [b'"123456"', b'"12345"', None, b'"1"']
    assert entries(data, step=step, limit=7) == [None, b'"12345"', None, b'"1"']


def test_array_entries_lose_the_white_space_around_them() -> None:
    assert entries(b'[ 1 ,\n{"a": 2}\t,\r\n"x y" ]\n ') == [b"1", b'{"a": 2}', b'"x y"']
    assert entries(b"[]") == entries(b"[ \n ]") == []
    assert entries(b"[1,,2]") == [b"1", b"", b"2"]
    assert entries(b"[1,]") == [b"1", b""]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[1, 2", "The file ends inside the array"),
        (b'["a', "The file ends inside the array"),
        (b"[1] 2", "There is text after the array"),
        (b"[1}", "A closing brace has no opening brace"),
        (b"[" + b"[" * 1001, "An entry nests deeper than 1000"),
    ],
)
def test_array_that_is_damaged_is_refused_with_what_is_wrong(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        entries(data)


def test_array_entry_may_nest_a_thousand_deep() -> None:
    entry = b"[" * 1000 + b"]" * 1000
    assert entries(b"[" + entry + b"]", step=500, limit=5000) == [entry]


@pytest.mark.parametrize(
    ("head", "expected"),
    [(b"[1", True), (b" \t\r\n[", True), (b"\xef\xbb\xbf [", True), (b"{", False), (b"", False), (b'"["', False)],
)
def test_file_that_starts_like_an_array_is_one(head: bytes, expected: bool) -> None:
    assert is_array(head) is expected


def test_values_are_counted_without_those_in_strings() -> None:
    assert not has_too_many_values(b"[" + b"," * (MAX_VALUES - 1) + b"]")
    assert has_too_many_values(b"[" + b"," * MAX_VALUES + b"]")
    assert has_too_many_values(b"{" + b"," * MAX_VALUES + b"}")
    assert not has_too_many_values(b'["' + b",[{" * (MAX_VALUES // 2) + b'"]')
