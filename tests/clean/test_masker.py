"""One masker numbers the values of one document: the same value, however it is written, has the same pseudonym."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from personal_data_cases import cases

from pipeline.clean.document import clean_document
from pipeline.clean.personal_data import Masker
from pipeline.config.build import CleanRecipe, InputSource, PersonalData
from pipeline.documents.marks import Mark, MarkKind
from pipeline.documents.pseudonyms import pseudonyms_in
from pipeline.documents.readers.reader import Extract
from pipeline.records import Document

ALL = tuple(kind.value for kind in PersonalData)


def mask(text: str) -> str:
    return Masker(ALL).mask(text).text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("010-1234-5678", "010 1234 5678"),
        ("010-1234-5678", "01012345678"),
        ("010-1234-5678", "+82 10-1234-5678"),
        ("010-1234-5678", "+82 (0)10 1234 5678"),
        ("010-1234-5678", "0082-10-1234-5678"),
        ("010-1234-5678", "82-10-1234-5678"),
        ("010-1234-5678", "０１０－１２３４－５６７８"),
        ("010-1234-5678", "010-1234-\n5678"),
        ("02-788-4649", "+82-2-788-4649"),
        ("02) 788-4649", "+82 (0)2 788 4649"),
        ("(802) 555-0164", "+1 802-555-0164"),
        ("1-802-555-0164", "802.555.0164"),
        ("07700 900461", "+44 7700 900461"),
        ("020 7946 0958", "+44 20 7946 0958"),
        ("Hong@Example.com", "hong@example.COM"),
        ("주민번호 880412-2985316", "주민번호 8804122985316"),
        ("카드 4539 1488 0343 6467", "카드 4539-1488-0343-6467"),
        ("여권 M123A4567", "passport M123A4567"),
        ("SSN 536-22-1847", "SSN 536 22 1847"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN DE89370400440532013000"),
        ("계좌 110-234-567890", "계좌 110 234 567890"),
        ("사업자번호 124-81-00998", "사업자번호 1248100998"),
        ("host 2606:4700:4700::1111", "host 2606:4700:4700:0:0:0:0:1111"),
        ("면허번호 11-15-123456-78", "면허번호 111512345678"),
    ],
)
def test_masker_two_spellings_of_a_value_have_one_pseudonym(one: str, other: str) -> None:
    found = pseudonyms_in(mask(f"{one} / {other} / {one}"))
    assert len(found) == 1
    assert {number for _, number in found} == {1}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("010-1234-5678", "010-1234-5679"),
        ("010-1234-5678", "+81 10-1234-5678"),
        ("02-788-4649", "031-788-4649"),
        ("a@b.kr", "a@b.com"),
        ("여권 M123A4567", "여권 M123B4567"),
    ],
)
def test_masker_two_values_have_two_pseudonyms(one: str, other: str) -> None:
    assert {number for _, number in pseudonyms_in(mask(f"{one} / {other}"))} == {1, 2}


def test_masker_numbers_follow_the_first_appearance_for_each_kind() -> None:
    text = "010-2222-3333 a@b.kr 010-1111-2222 c@d.kr 010-2222-3333 a@b.kr"
    assert mask(text) == "[PHONE-1] [EMAIL-1] [PHONE-2] [EMAIL-2] [PHONE-1] [EMAIL-1]"


def test_masker_later_texts_of_the_document_use_the_numbers_of_the_first() -> None:
    masker = Masker(ALL)
    assert masker.mask("010-1111-2222, 010-3333-4444").text == "[PHONE-1], [PHONE-2]"
    assert masker.line("Call +82 10-3333-4444") == "Call [PHONE-2]"
    assert masker.name("kim_010-5555-6666.txt") == "kim_[PHONE-3].txt"
    assert masker.line("010-5555-6666") == "[PHONE-3]"


def test_masker_does_not_give_away_numbers_that_the_text_already_has() -> None:
    masker = Masker(ALL)
    assert masker.mask("[PHONE-2] 010-1111-2222 [PHONE-1] 010-3333-4444").text == (
        "[PHONE-2] [PHONE-3] [PHONE-1] [PHONE-4]"
    )
    assert masker.mask("[PHONE-5], 010-7777-8888, 010-9999-0000, 010-1111-2222").text == (
        "[PHONE-5], [PHONE-6], [PHONE-7], [PHONE-3]"
    )


@pytest.mark.parametrize(
    ("named", "bare"),
    [
        ("계좌 110-234-567890", "110-234-567890"),
        ("여권번호 M123A4567", "M123A4567"),
        ("SSN 536-22-1847", "536-22-1847"),
        ("Tel. 01632 960001", "01632-960001"),
        ("주민등록번호 8804122985317", "880412-2985317"),
    ],
)
def test_masker_number_named_once_is_masked_where_nothing_names_it(named: str, bare: str) -> None:
    far = " 그 밖의 사항은 따로 정한다." * 20
    assert mask(far + bare + far) == far + bare + far
    masker = Masker(ALL)
    text = masker.mask(f"Note {bare}.{far}{named}.{far}({bare})").text
    assert len(pseudonyms_in(text)) == 1 and text.count("-1]") == 3
    assert bare not in masker.name(f"copy_{bare}.txt")
    assert masker.line(f"About {bare}").endswith("-1]")


def test_masker_part_of_a_longer_number_is_not_the_known_number() -> None:
    masker = Masker(ALL)
    masker.mask("계좌 110-234-567890")
    for text in ("1110-234-567890", "110-234-5678901", "X110-234-567890"):
        assert masker.mask(text).text == text


def test_masker_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError, match="address"):
        Masker(("email", "address"))


TEXTS = [case.text for name in ("positive", "negative") for case in cases(name)]


@given(st.lists(st.sampled_from(TEXTS) | st.text(alphabet="0123456789-. @a가[]\n|PHONE", max_size=8), max_size=6))
def test_masker_masking_masked_text_changes_nothing_and_keeps_numbers(pieces: list[str]) -> None:
    once = mask(" ".join(pieces))
    assert mask(once) == once


@given(st.lists(st.sampled_from(TEXTS), max_size=8))
def test_masker_numbers_of_a_kind_have_no_gap(pieces: list[str]) -> None:
    found = pseudonyms_in(mask("\n".join(pieces)))
    for kind in ALL:
        numbers = sorted(number for own, number in found if own == kind)
        assert numbers == list(range(1, len(numbers) + 1))


def test_document_title_marks_and_key_use_the_numbers_of_its_text() -> None:
    text = "Contact 010-3333-4444\n\n" + "Ask Kim at 010-1111-2222 about the roof of the house. " * 9
    extract = Extract(
        uri="/in/a.txt",
        offset=0,
        text=text,
        title="Lease, +82 10 1111 2222",
        licence="",
        sha256="0" * 64,
        format="text",
        replaced_share=0.0,
        is_conversation=False,
        marks=(Mark(MarkKind.HEADING, 0, 21, level=1, value="Contact 01033334444"),),
    )
    source = InputSource(path="in", domain="manual", language="en")
    made = clean_document(extract, key="a.txt", source=source, recipe=CleanRecipe(quality_filters=())).outcome
    assert isinstance(made, Document)
    assert made.text.startswith("Contact [PHONE-1]\n\nAsk Kim at [PHONE-2]")
    assert made.title == "Lease, [PHONE-2]"
    assert "Contact [PHONE-1]" in {node.value for node in made.outline or ()}


@pytest.mark.parametrize("word", ["release", "version", "kernel", "section", "package/"])
def test_address_that_is_personal_in_one_place_is_masked_everywhere(word: str) -> None:
    gap = "" if word.endswith("/") else " "
    text = f"{word}{gap}85.214.132.117 and host 85.214.132.117, not 85.214.132.118.1"
    masked = Masker(["ip"]).mask(text)
    assert masked.text == f"{word}{gap}[IP-1] and host [IP-1], not 85.214.132.118.1"
    assert Masker(["ip"]).mask(f"{word}{gap}85.214.132.117").text == f"{word}{gap}85.214.132.117"
