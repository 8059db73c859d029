"""Who does what, as the readers of deeds see it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.languages.en.deeds import completed, read_deeds
from pipeline.languages.ko.deeds import completed as completed_ko
from pipeline.languages.ko.deeds import read_deeds as read_deeds_ko

KOREAN_WORDS = (
    "갑은",
    "을이",
    "병에게",
    "통지",
    "를",
    "하지",
    "않는다",
    "없이",
    "에 의하여",
    "받는다",
    ".",
    ",",
    "못",
    "\n",
)


def parts(deed):
    return deed.act, sorted(deed.agents), sorted(deed.others), deed.is_denied


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Moss sued Hartley.", ("sued", ["mos"], ["hartle"], False)),
     ("Hartley was sued by Moss.", ("sued", ["mos"], ["hartle"], False)),
     ("The Supplier shall notify the Buyer.", ("notif", ["supplier"], ["buyer"], False)),
     ("The valve must not be opened by the operator.", ("open", ["operator"], ["valv"], True)),
     ("No person shall ride a horse.", ("rid", ["person"], ["hors"], True)),
     ("The court refused to award interest.", ("award", ["court"], ["interest"], True)),
     ("The board rejected the plan.", ("accept", ["board"], ["plan"], True)),
     ("It returns without waiting.", ("wait", [], [], True))],
)  # fmt: skip
def test_read_deeds_of_a_sentence_names_who_acts_and_whether_it_is_denied(text, expected):
    assert expected in [parts(deed) for deed in read_deeds(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("임차인은 임대인에게 차임을 지급한다.", ("지급", ["임차인"], ["임대인", "차임"], False)),
     ("임대인이 임차인으로부터 통지를 받는다.", ("통지", ["임차인"], ["임대인"], False)),
     ("계약은 위원회에 의하여 취소된다.", ("취소", ["위원회"], ["계약"], False)),
     ("피고는 지급을 거절하였다.", ("지급", ["피고"], [], True)),
     ("서류를 제출하지 못하였다.", ("제출", [], ["서류"], True)),
     ("사용자가 아니라 관리자가 교체한다.", ("교체", ["관리자"], [], False))],
)  # fmt: skip
def test_read_deeds_of_a_korean_sentence_follows_the_particles(text, expected):
    assert expected in [parts(deed) for deed in read_deeds_ko(text)]


def test_completed_short_answer_becomes_a_sentence():
    assert completed("Who trains the new driver?", "Priya.") == "Priya trains the new driver"
    assert completed("When is the driver trained?", "Priya.") == ""
    assert completed_ko("누가 기사를 교육합니까?", "정유진 씨입니다.") == "정유진가 기사를 교육합니까"
    assert completed_ko("언제 기사를 교육합니까?", "정유진 씨입니다.") == ""


@given(st.text(alphabet="The buyer's no pay paid by to who,.;()\n-’ZX9", max_size=200))
def test_read_deeds_of_any_text_starts_inside_it_and_parts_agents_from_others(text):
    for deed in read_deeds(text):
        assert 0 <= deed.start < len(text)
        assert not deed.agents & deed.others


@given(
    st.lists(
        st.sampled_from(KOREAN_WORDS),
        max_size=40,
    )
)
def test_read_deeds_of_any_korean_words_starts_inside_the_text(words):
    text = " ".join(words)
    for deed in read_deeds_ko(text):
        assert 0 <= deed.start < len(text)
        assert not deed.agents & deed.others
