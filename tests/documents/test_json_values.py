"""Entries of an array, cut out of pieces of any size, against Python's own parser."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.json_values import array_entries, has_too_many_values, is_array

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='a가 "\\[]{},:\n', max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='k"\\,', max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


class Pieces(io.BytesIO):
    """A file that gives at most `size` bytes at a time, as pipes and decompressors do."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._most = size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._most)


def entries(data: bytes, *, head: int = 1, size: int = 3, limit: int = 10**6) -> list[bytes | None]:
    head = max(head, data.index(b"[") + 1)
    assert is_array(data[:head])
    return list(array_entries(data[:head], Pieces(data[head:], size), limit))


@given(st.lists(VALUES, max_size=5), st.integers(1, 40), st.integers(1, 9), st.sampled_from([None, 1]))
def test_array_entries_in_pieces_of_any_size_are_the_values(
    values: list[object], head: int, size: int, indent: int | None
) -> None:
    data = json.dumps(values, ensure_ascii=False, indent=indent).encode()
    found = entries(data, head=head, size=size)
    assert [json.loads(entry) for entry in found if entry is not None] == values
    assert None not in found


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize("head", [1, 4, 1000])
def test_array_entries_above_the_limit_are_none_however_they_come_in_pieces(head: int, size: int) -> None:
    """The entry is measured as a whole, not each piece of it."""
    values = ["a" * 6, "b" * 7, "c" * 300, "d" * 5]
    data = json.dumps(values, separators=(",", ":")).encode()
    assert entries(data, head=head, size=size, limit=8) == [b'"aaaaaa"', None, None, b'"ddddd"']
    assert entries(data, head=head, size=size, limit=9) == [b'"aaaaaa"', b'"bbbbbbb"', None, b'"ddddd"']


@pytest.mark.parametrize(
    ("text", "found", "complaint"),
    [
        ("[1, 2", [b"1"], "ends inside"),
        ('[1, "2]', [b"1"], "ends inside"),
        ("[1] 2", [b"1"], "follows"),
        ("[1}, 2]", [], "closes what was not opened"),
        ("[" + "[" * 1001, [], "deeper than 1000"),
        ("[" + "[" * 1000, [], "ends inside"),
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_array_that_is_damaged_gives_what_stands_before_and_says_what_is_wrong(
    text: str, found: list[bytes], complaint: str, size: int
) -> None:
    reading = array_entries(b"[", Pieces(text[1:].encode(), size), 100_000)
    got = []
    with pytest.raises(ValueError, match=complaint):
        for entry in reading:
            got.append(entry)
    assert got == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [("[]", []), ("[ ]\n", []), ("[1]  \n", [b"1"]), ("[1,,2]", [b"1", b"", b"2"]), ("[1,]", [b"1", b""])],
)
def test_array_entries_that_are_empty_are_given_to_the_parser_to_refuse(text: str, expected: list[bytes]) -> None:
    assert entries(text.encode(), size=1) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [(b"[", True), (b"\xef\xbb\xbf \n[1", True), (b"{}", False), (b"", False), (b"\xff\xfe[", False)],
)
def test_is_array_looks_at_the_first_byte_that_says_something(head: bytes, expected: bool) -> None:
    assert is_array(head) is expected


def test_values_are_counted_outside_of_strings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.documents.json_values.MAX_VALUES", 5)
    assert not has_too_many_values(b"[1,2,3,4,5]"), "a bracket and four commas"
    assert has_too_many_values(b"[1,2,3,4,5,6]")
    assert not has_too_many_values(b'["a,b,c,d,e,f", "\\",[{,,,,"]')
    assert has_too_many_values(b'[{},{},{},""]')
