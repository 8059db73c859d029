import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.languages import language_names, language_rules
from pipeline.languages.ko.register import register_of
from pipeline.synthesize.verify.register_check import other_register, registers_in

FORMAL = """계약 기간은 얼마입니까? | 을은 갑에게 매월 대금을 지급합니다. | 어떤 예외가 발생합니까
확인하십시오. | 없습니다
위원장은 무엇을 결정했습니까? | 이 함수는 None을 반환합니다. | 2024년 3월 5일입니다. | 지급하여야 합니다. | 함께 갑시다.
해지할 수 없습니다. | 무엇인지 쓰시오. | 그렇습니다만, 아닙니다. | 김도현 씨가 맡기로 했습니다. | 값은 무엇이 됩니까?"""
POLITE = """언제 지급하나요? | 기간은 언제까지인가요? | 대금은 30일 이내에 지급해요. | 2024년 3월 5일이에요.
확인하세요. | 누구죠?
그렇죠. | 지급하지요. | 좋네요. | 알려 주세요 | 얼마일까요? | 왜 거절했나요?
3개예요. | 회의는 금요일로 미뤘어요. | 없어요.
서버를 다시 시작해야 해요. | 어떤 값을 돌려주나요? | 할 수 있을까요 | 담당자는 박서연 씨예요. | 그건 제가 할게요."""
PLAIN = """이 함수는 무엇을 반환하는가? | 대금은 30일 이내에 지급한다. | 30일이다. | 왜 그랬어? | 확인해라. | 갈까?
해지할 수 없다. | 임차인은 통지하여야 한다 | 그는 누구인가 | 몇 개인가? | 예외가 발생하지 않는다."""
FRAGMENTS = """대금 30일 이내 지급 | 30일 | 2024년 3월 5일 | 사업 개요 | 필요 | 박서연
제3조 제2항 | 지급함. | 매월 말일까지 | 동해 바다
12,500,000원 | 서울중앙지방법원 | 최대 3회 | 주요 수요 | 없음 | 아니요 | True | 승인 후 7일 이내 | 전력 소요"""
EXAMPLES = [
    (sentence.strip(), register)
    for register, sentences in (("formal", FORMAL), ("polite", POLITE), ("plain", PLAIN), (None, FRAGMENTS))
    for line in sentences.split("\n")
    for sentence in line.split("|")
]
NOUNS = st.sampled_from(["임차인", "대금", "보증금", "위원장", "서버", "함수", "회의", "계약서"])
ENDS = {
    "formal": ["을 확인합니다", "을 확인했습니까", "이 있습니다", "을 확인하십시오", "이 아닙니다"],
    "polite": ["을 확인해요", "을 확인했나요", "이 있어요", "을 확인하세요", "이 없을까요"],
    "plain": ["을 확인한다", "을 확인했는가", "이 있다", "이 아니다"],
}


@pytest.mark.parametrize(("sentence", "register"), EXAMPLES)
def test_register_of_korean_sentence_is_that_of_its_ending(sentence, register):
    assert register_of(sentence) == register


def test_examples_of_registers_are_many():
    assert len(EXAMPLES) >= 60


@given(
    NOUNS,
    st.sampled_from([(name, end) for name, ends in ENDS.items() for end in ends]),
    st.sampled_from(["", ".", "?"]),
)
def test_register_of_korean_sentence_does_not_depend_on_its_noun_or_punctuation(noun, named_end, mark):
    register, end = named_end
    assert register_of(f"{noun}{end}{mark}") == register


def test_register_for_document_is_the_same_for_the_same_seed_and_each_is_drawn():
    rules = language_rules("ko").register
    drawn = [rules.register_for(f"doc{number}", 17) for number in range(200)]
    assert drawn == [rules.register_for(f"doc{number}", 17) for number in range(200)]
    assert drawn != [rules.register_for(f"doc{number}", 18) for number in range(200)]
    counts = {register: drawn.count(register) for register in rules.registers}
    assert set(counts) == {"formal", "polite"}
    assert all(70 <= count <= 130 for count in counts.values())


def test_register_for_document_is_none_in_a_language_without_registers():
    assert language_rules("en").register.register_for("doc", 17) is None
    assert other_register(["What is due?", "The rent is due."], wanted="formal", language="en", document="") is None


@pytest.mark.parametrize("name", language_names())
def test_registers_of_a_language_are_those_that_its_prompts_word(name):
    wordings = yaml.safe_load(language_rules(name).prompts("chat.yaml"))["registers"]
    assert set(wordings) == set(language_rules(name).register.registers)
    assert all(wordings.values())


GOOD = [
    ("formal", "대금은 언제 지급합니까?", "매월 말일까지 지급합니다."),
    ("formal", "대금은 언제 지급합니까?", "매월 말일"),
    ("formal", "무엇을 반환합니까?", "`None`을 반환합니다. 값이 없으면 `KeyError`입니다."),
    ("formal", "무엇이라고 정합니까?", "“임차인은 30일 이내에 통지한다.”라고 정합니다."),
    ("formal", "재시도 횟수는 몇 번입니까?", "3회까지 재시도합니다 (기본값)."),
    ("formal", "두 계약은 어떻게 다릅니까?", "| 항목 | 갑 |\n| --- | --- |\n| 기간 | 2년이다. |"),
    ("formal", "어떻게 시작합니까?", "다음 명령을 실행합니다.\n```\nmake run  # 실행한다.\n```"),
    ("polite", "대금은 언제 지급하나요?", "매월 말일까지 지급해요."),
    ("polite", "누가 결정했나요?", "- 박서연: 예산\n- 김도현: 일정"),
    ("polite", "2024. 3. 5.에 무슨 일이 있었나요?", "이사회가 예산안을 승인했어요. 금액은 3억원이에요."),
]


@pytest.mark.parametrize(("wanted", "question", "answer"), GOOD)
def test_rows_in_the_wanted_register_pass_with_fragments_quotes_code_and_tables(wanted, question, answer):
    assert other_register([question, answer], wanted=wanted, language="ko", document="") is None


BAD = [
    ("formal", "대금은 언제 지급하나요?", "매월 말일까지 지급합니다."),
    ("formal", "대금은 언제 지급합니까?", "매월 말일까지 지급해요."),
    ("formal", "대금은 언제 지급합니까?", "매월 말일까지 지급한다."),
    ("formal", "대금은 언제 지급합니까?", "매월 말일까지 지급합니다. 늦으면 이자가 붙어요."),
    ("polite", "대금은 언제 지급합니까?", "매월 말일까지 지급해요."),
    ("polite", "대금은 언제 지급하나요?", "매월 말일까지 지급해요.\n늦으면 이자를 낸다."),
]


@pytest.mark.parametrize(("wanted", "question", "answer"), BAD)
def test_rows_with_a_sentence_in_another_register_are_rejected(wanted, question, answer):
    fault = other_register([question, answer], wanted=wanted, language="ko", document="")
    assert fault is not None
    assert fault.reason == "other_register"
    assert "This sentence is" in fault.detail


@given(st.lists(st.tuples(NOUNS, st.sampled_from(ENDS["formal"])), max_size=4), st.sampled_from([". ", ".\n", "? "]))
def test_text_of_formal_sentences_has_one_register(parts, joint):
    text = joint.join(noun + end for noun, end in parts)
    assert {register for _, register in registers_in(text, "ko")} <= {"formal"}


def test_a_sentence_that_is_copied_from_the_document_keeps_its_register():
    document = "제2조 (대금)\n을은 갑에게 매월 대금을\n지급한다. 갑은 확인한다."
    texts = ["대금은 언제 지급합니까?", "을은 갑에게 매월 대금을 지급한다."]
    assert other_register(texts, wanted="formal", language="ko", document=document) is None
    assert other_register(texts, wanted="formal", language="ko", document="다른 문서") is not None
    listed = [f"1. {texts[1]}", f"- {texts[1]}", f"* {texts[1]}\n* 갑은 확인한다."]
    assert other_register(listed, wanted="formal", language="ko", document=document) is None
    assert other_register(["- 갑은 거부한다."], wanted="formal", language="ko", document=document) is not None
