from __future__ import annotations

import codecs
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.decoding import Decoded, decode, unreadable_share

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


@given(st.text(st.characters(codec=None, max_codepoint=0x2FF) | st.sampled_from("\ufffd\ud800😀가"), max_size=40))
def test_unreadable_share_is_that_of_replacement_and_control_characters(text: str) -> None:
    num_unreadable = len(re.findall("[\ufffd\x00-\x08\x0e-\x1f\x7f]", text))
    assert unreadable_share(text) == (num_unreadable / len(text) if text else 0)


def test_unreadable_share_counts_control_characters_but_not_line_ends() -> None:
    assert unreadable_share("a\n\t\r\nb") == 0
    assert unreadable_share("a\x00\ufffdb") == 0.5
    assert unreadable_share("") == 0


def test_decode_names_the_encoding_and_takes_the_mark_off() -> None:
    for encoding, mark, name in (
        ("utf-8", codecs.BOM_UTF8, "utf-8"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16-le"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16-be"),
        ("utf-32-le", codecs.BOM_UTF32_LE, "utf-32-le"),
        ("utf-32-be", codecs.BOM_UTF32_BE, "utf-32-be"),
    ):
        found = decode(data=mark + KOREAN.encode(encoding), declared="cp949")
        assert (found.text, found.encoding, found.replaced_share) == (KOREAN, name, 0)
    assert decode(data=KOREAN.encode("cp949"), declared="").encoding == "cp949"
    assert decode(data=b"", declared="") == Decoded("", "utf-8", 0.0)


def test_decode_damaged_utf8_is_kept_where_ten_characters_are_good_for_one_that_is_broken() -> None:
    assert decode(data=("é" * 10).encode() + b"\xff", declared="latin-1").encoding == "utf-8"
    assert decode(data=("é" * 9).encode() + b"\xff", declared="latin-1").encoding == "latin-1"


@pytest.mark.parametrize(("hangul", "others", "encoding"), [(6, 4, "cp949"), (5, 5, "utf-8")])
def test_decode_old_korean_has_six_syllables_in_ten_letters(hangul: int, others: int, encoding: str) -> None:
    text = "가" * hangul + "ひ" * others
    assert decode(data=text.encode("cp949"), declared="").encoding == encoding


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("x" * 90 + "é" * 10, "cp1252"),
        ("x" * 89 + "é" * 11, "utf-8"),
        ("x" * 200 + "é" * 19 + "¤", "cp1252"),
        ("x" * 200 + "é" * 18 + "¤", "utf-8"),
        ("x" * 90 + "é\x01", "utf-8"),
        ("x" * 90 + "“€”", "cp1252"),
    ],
)
def test_decode_western_has_few_letters_beyond_ascii_and_hardly_other_signs(text: str, encoding: str) -> None:
    assert decode(data=text.encode("cp1252"), declared="").encoding == encoding


def test_decode_wide_text_without_a_mark_has_zeros_in_one_half() -> None:
    assert decode(data="ab".encode("utf-16-le"), declared="").encoding == "utf-16-le"
    assert decode(data="a".encode("utf-16-le"), declared="").encoding == "utf-8"
    assert decode(data="abc".encode("utf-16-be") + b"\x00", declared="").encoding == "utf-8"
    text = "a" * 71 + "각" * 29
    assert decode(data=text.encode("utf-16-be"), declared="").encoding == "utf-16-be"
    assert decode(data=("a" * 70 + "각" * 30).encode("utf-16-be"), declared="").encoding != "utf-16-be"


def test_decode_declared_encoding_is_tried_unless_it_makes_the_text_unreadable() -> None:
    assert decode(data="Договор".encode("cp1251"), declared="UTF8").encoding != "cp1251"
    assert decode(data=b"\xff\xfe\xfd" + b"\x01" * 9, declared="latin-1").encoding != "latin-1"


SUPPLY = "이 계약은 을이 별표의 물품을 제작하여 갑에게 공급한다.\n제1조 (목적) 이것이다.\n"
ENGLISH = "The café is naïve; the façade costs 5 £ a day.\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", [SUPPLY, ENGLISH, SUPPLY * 200])
def test_decode_wide_encodings_without_mark(encoding: str, text: str) -> None:
    found = decode(data=text.encode(encoding), declared="")
    assert (found.text, found.encoding, found.replaced_share) == (text, encoding, 0.0)


def test_decode_lines_in_two_encodings_are_decoded_line_by_line() -> None:
    found = decode(
        data=SUPPLY.encode() * 3 + b"\n" + SUPPLY.encode("cp949") * 3 + ENGLISH.encode("cp1252"), declared=""
    )
    assert found.text == SUPPLY * 3 + "\n" + SUPPLY * 3 + ENGLISH
    assert (found.encoding, found.replaced_share) == ("mixed", 0.0)


def test_decode_damaged_lines_are_not_another_encoding() -> None:
    data = SUPPLY.encode() * 3 + SUPPLY.encode()[:-20] + b"\xff" + SUPPLY.encode()
    assert decode(data=data, declared="").encoding == "utf-8"
    binary = bytes(range(256)) * 40
    assert decode(data=binary, declared="").replaced_share > 0.1
