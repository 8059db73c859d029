"""Files with a checksum of themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import DamagedFileError
from pipeline.io.checked_json import read_checked, write_checked

_json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(value=st.dictionaries(st.text().filter(lambda key: key != "checksum"), _json_values, max_size=5))
def test_checked_object_reads_back_equal(value: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = str(tmp_path_factory.mktemp("checked") / "value.json")
    write_checked(path, value)
    assert read_checked(path) == value


def test_checked_object_with_a_lone_surrogate_and_number_keys_reads_back(tmp_path: Path) -> None:
    path = str(tmp_path / "value.json")
    write_checked(path, {"text": "a\ud800b", "counts": {10: 1, 9: 2}})
    assert read_checked(path) == {"text": "a\ud800b", "counts": {"10": 1, "9": 2}}


def test_every_cut_and_every_changed_character_of_a_checked_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "value.json"
    write_checked(str(path), {"stage": "pack", "counts": [1, 22, 333], "note": "한글"})
    whole = path.read_bytes()
    damaged = [whole[:length] for length in range(len(whole) - 1)]
    damaged += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole)) if whole[at] > 32]
    for data in damaged:
        path.write_bytes(data)
        with pytest.raises(DamagedFileError, match=r"value\.json is damaged"):
            read_checked(str(path))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("[1]", "is not a JSON object"),
        ('{"a": 1}', "has no checksum"),
        ('{"a": 1, "checksum": "00"}', "does not match"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_damaged_file_is_named_with_its_reason(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "value.json"
    path.write_text(text)
    with pytest.raises(DamagedFileError, match=reason):
        read_checked(str(path))


def test_key_order_and_spaces_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "value.json"
    write_checked(str(path), {"b": 1, "a": [2]})
    value = json.loads(path.read_text())
    path.write_text(json.dumps(dict(sorted(value.items()))))
    assert read_checked(str(path)) == {"a": [2], "b": 1}
