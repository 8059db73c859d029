import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pack.sentences import MAX_QUOTED_CHARS, Opening, sentence_starts

# Whole sentences: nothing inside them may be taken for an end.
ENGLISH = [
    "The lessee pays rent under Clause No. 7 by the 1st of each month.",
    "Halvorsen Inc. and Brandt Co. Ltd. signed on Dec. 5, 2024 in St. Albans.",
    "Interest accrues at 3.5 percent, i.e. 0.29 percent a month, cf. Art. 12.",
    "Mr. J. R. Whitfield (see Sec. 4. Notices) may object.",
    '"Stop. Do not open it." she said to the driver of the lorry.',
    "The lower car park was flooded in 1962.",
    "Version 2.4.1 of the server fixes issue No. 88.",
    "Who pays for the repair of the boiler?",
    "The U.S. Court of Appeals affirmed the judgment in Brandt v. Kestrel.",
    "Deliver the goods to the depot at 9 a.m. on Monday!",
]
KOREAN = [
    "임차인은 매월 말일까지 차임 1,250,000원을 지급한다.",
    "이 계약은 2024. 3. 5. 체결되어 2026. 3. 4. 끝난다.",
    "연 3.5퍼센트의 이자를 더하여 돌려주어야 합니다.",
    "임대인(이하 “갑”이라 한다. 제3조는 다르다.)은 이를 따른다.",
    "보일러 수리비는 누가 부담하나요?",
    "주식회사 한빛(대표이사 김서연)은 제12조 제1항에 따라 통지하였다.",
    "그는 “문을 닫으세요. 위험합니다.”라고 말했다.",
]
SENTENCES = ENGLISH + KOREAN
SEPARATORS = [" ", "\n", "\n\n", " \n"]
# A number at the end may be that of an issue or an article, so these ends are passed over.
CERTAIN = [s for s in SENTENCES if not s.endswith(("88.", "12."))]


def starts(text: str) -> list[int]:
    return [offset for offset, _ in sentence_starts(text)]


@given(st.lists(st.tuples(st.sampled_from(SENTENCES), st.sampled_from(SEPARATORS)), min_size=1, max_size=12))
def test_sentence_starts_never_lie_inside_a_sentence(pieces: list[tuple[str, str]]) -> None:
    text, allowed = "", set()
    for sentence, separator in pieces:
        allowed |= {len(text) - gap for gap in range(2)} | {len(text)}
        text += sentence + separator
    found = starts(text)
    assert set(found) <= allowed
    assert found == sorted(set(found))


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("sentences", [[s for s in ENGLISH if s in CERTAIN], KOREAN], ids=["en", "ko"])
def test_sentence_starts_are_all_found(sentences: list[str], separator: str) -> None:
    expected = [len(separator.join(sentences[:count]) + separator) for count in range(1, len(sentences))]
    assert starts(separator.join(sentences)) == expected


def test_sentence_starts_split_korean_sentences_written_without_a_space() -> None:
    text = "매수인은 대금을 지급하였다.그러나 매도인은 인도하지 않았다."
    assert [text[offset:] for offset in starts(text)] == ["그러나 매도인은 인도하지 않았다."]


@pytest.mark.parametrize(
    "text",
    [
        "version 3.\nStable",
        "See No.\n7 above.",
        "Section 4. Notices",
        "under section 4. Notices",
        "1. Scope",
        "at Brandt Inc. headquarters",
        "가. 목적물\n나. 차임",
    ],
)
def test_sentence_starts_of_uncertain_periods_are_none(text: str) -> None:
    assert starts(text) == []


def test_sentence_starts_after_a_page_break_inside_a_sentence_are_none() -> None:
    assert starts("The tenant shall return\n\nthe keys on time") == []


def test_sentence_starts_of_list_items_are_marked_as_such() -> None:
    text = "The parties agree:\n\n(a) to meet; and\n\n(b) to pay.\n\nNothing else."
    assert [opening for _, opening in sentence_starts(text)] == [Opening.ITEM, Opening.ITEM, Opening.PARAGRAPH]


def test_sentence_starts_survive_a_bracket_that_is_never_closed() -> None:
    sentence = "The clerk wrote this down in the register of deeds. "
    text = "An open bracket ( stands here. " + sentence * 40
    found = starts(text)
    assert 20 < len(found) < 40
    assert found[0] > MAX_QUOTED_CHARS


@given(st.text(alphabet='aB.가다 \n()"“”?!1', max_size=200))
def test_sentence_starts_of_any_text_lie_inside_it_and_ascend(text: str) -> None:
    found = starts(text)
    assert found == sorted(set(found))
    assert all(0 < offset < len(text) for offset in found)
