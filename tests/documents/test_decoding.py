from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.decoding import decode, unreadable_share

KOREAN = "제1조 (목적) 이 계약은 갑과 을 사이의 임대차에 관한 사항을 정한다. 보증금은 3,000만 원으로 한다."
WESTERN = "The Tenant’s café opens at 7 a.m.; the deposit is £2,900 – payable to Brontë & Søn. " * 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949", "euc-kr", "utf-32"])
def test_decode_korean_in_common_encodings_gives_text_back(encoding: str) -> None:
    found = decode(data=KOREAN.encode(encoding), declared="")
    assert found.text == KOREAN
    assert found.replaced_share == 0


def test_decode_windows_1252_prose_gives_text_back() -> None:
    found = decode(data=WESTERN.encode("cp1252"), declared="")
    assert found.text == WESTERN
    assert found.encoding == "cp1252"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_decode_utf16_without_mark_gives_text_back(encoding: str) -> None:
    assert decode(data=("Rent is due. " * 30).encode(encoding), declared="").text == "Rent is due. " * 30


def test_decode_declared_charset_is_used_where_bytes_are_not_utf8() -> None:
    text = "Договор аренды. " * 20
    assert decode(data=text.encode("cp1251"), declared="windows-1251").text == text


def test_decode_unknown_declared_charset_is_ignored() -> None:
    assert decode(data=KOREAN.encode("cp949"), declared="no-such-charset").text == KOREAN


def test_decode_utf8_with_a_cut_character_keeps_the_rest() -> None:
    found = decode(data=(KOREAN * 4).encode()[:-2], declared="")
    assert found.encoding == "utf-8"
    assert found.text.startswith(KOREAN)
    assert 0 < found.replaced_share < 0.01


def test_decode_random_bytes_measures_damage() -> None:
    data = bytes((index * 37 + 129) % 256 for index in range(4000))
    assert decode(data=data, declared="").replaced_share > 0.1


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_decode_any_utf8_text_gives_text_back(text: str) -> None:
    assert decode(data=codecs.BOM_UTF8 + text.encode(), declared="").text == text


@given(st.binary(max_size=400))
def test_decode_any_bytes_never_fails(data: bytes) -> None:
    assert 0 <= decode(data=data, declared="").replaced_share <= 1


def test_unreadable_share_counts_control_characters_but_not_line_ends() -> None:
    assert unreadable_share("a\n\t\r\nb") == 0
    assert unreadable_share("a\x00\ufffdb") == 0.5
    assert unreadable_share("") == 0
