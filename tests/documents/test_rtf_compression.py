from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.rtf_compression import decompress_rtf

# The examples of [MS-OXRTFCP], 4.1: with references to the first dictionary, and with an overlapping reference.
EXAMPLES = (
    (
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0",
        b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
    ),
    ("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0", b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"),
)


@pytest.mark.parametrize(("packed", "rtf"), EXAMPLES)
def test_decompress_rtf_examples_of_the_specification(packed: str, rtf: bytes) -> None:
    assert decompress_rtf(bytes.fromhex(packed), max_bytes=1000) == rtf
    assert decompress_rtf(bytes.fromhex(packed), max_bytes=7) == rtf[:7]


@given(st.binary(max_size=300))
def test_decompress_rtf_of_literals_returns_them(rtf: bytes) -> None:
    groups = b"".join(b"\0" + rtf[start : start + 8] for start in range(0, len(rtf), 8))
    packed = struct.pack("<IIII", len(groups) + 12, len(rtf), 0x75465A4C, 0) + groups
    assert decompress_rtf(packed, max_bytes=1000) == rtf
    stored = struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf
    assert decompress_rtf(stored, max_bytes=1000) == rtf


@given(st.binary(max_size=200))
def test_decompress_rtf_of_any_data_is_bounded(data: bytes) -> None:
    packed = struct.pack("<IIII", len(data), 10**9, 0x75465A4C, 0) + data
    assert len(decompress_rtf(packed, max_bytes=500)) <= 500


@pytest.mark.parametrize("data", [b"", b"short", struct.pack("<IIII", 12, 0, 1, 0)])
def test_decompress_rtf_without_a_known_header_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="compressed RTF"):
        decompress_rtf(data, max_bytes=10)
