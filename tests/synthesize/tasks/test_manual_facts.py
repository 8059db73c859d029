"""Facts about notes, entries, passages, requirements and cases of manuals."""

from __future__ import annotations

import pytest
from structural_documents import answer_to, findings, refused, slots_of

from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.case import CASE_GOAL, CASE_RESULT, CASE_TO_DO
from pipeline.synthesize.tasks.entry import (
    ENTRY_CODE,
    ENTRY_DEFAULT,
    ENTRY_FIELD,
    ENTRY_MEANING,
    ENTRY_OPTION,
    ENTRY_OPTIONS,
    ENTRY_TERM,
)
from pipeline.synthesize.tasks.note import NOTE_ONLY, NOTE_TEXT, NOTE_WARNING
from pipeline.synthesize.tasks.passage import (
    PASSAGE_ADVICE,
    PASSAGE_ANSWER,
    PASSAGE_BAN,
    PASSAGE_COMMAND,
    PASSAGE_LIST,
    PASSAGE_OPENING,
    PASSAGE_TEXT,
)

PUMP = """# Pump GP-7

## Options

-v

--verbose
:   Tell more about each valve.

--wait=SECONDS
:   Wait before the next valve is opened. The default is `30`.

--limit=LITRES
:   Stop at this many litres. Defaults to 40, unless the tank is small.

## Error codes

- **E1**: The tank is empty and the pump stands still.
- **E2**: The lid is open.
- **E3**: The motor is too hot.

## Starting

> **Warning:**
>
> The lid of the motor is hot while the pump runs.
>
> Wait until it is cold.

To start the pump, press the green key for two seconds.

If the lamp is red, call the workshop.

If the tank is full, the float closes the valve.

The pump must not run dry. Never clean the housing with petrol or thinner.

## Can the pump run dry?

Only for ten seconds. After that its seal is damaged, and water reaches the motor.

## Storage

The pump is emptied, dried and wrapped in oiled paper before winter. It is stored lying on its left side.

## Contents of the box

The box of the pump holds:

- the pump
- two hoses of 40 cm
- a key

## Checking

Print the version:

```console
$ pump --version
pump 7.2
```

## Duties

The operator must check the seal once a week.

Prev | Up | Next
"""

PUMP_KO = """# 펌프 GP-7

## 옵션

--verbose
:   밸브마다 더 자세히 알려 줍니다.

--wait=초
:   다음 밸브를 열기 전에 기다립니다. 기본값은 `30`입니다.

## 오류 코드

- **E1**: 물통이 비어 펌프가 멈추었습니다.
- **E2**: 뚜껑이 열려 있습니다.
- **E3**: 모터가 너무 뜨겁습니다.

## 시작하기

> **경고:**
>
> 펌프가 도는 동안 모터의 뚜껑이 매우 뜨거우니 만지지 마십시오.

펌프를 켜려면 녹색 단추를 2초 동안 누르십시오.

표시등이 빨간색이면 수리점에 연락하십시오.

물통이 가득 차게 되면 부표가 밸브를 닫습니다.

휘발유나 시너로 겉면을 닦으면 안 됩니다.

## 펌프를 물 없이 돌려도 됩니까?

10초 동안만 됩니다. 그 뒤에는 패킹이 상해서 물이 모터에 들어갑니다.

## 보관

겨울이 오기 전에 펌프의 물을 빼고 말린 다음 기름종이로 쌉니다. 왼쪽이 아래로 가도록 눕혀서 건조한 창고에 보관하며, \
석 달마다 한 번씩 축을 손으로 돌려 줍니다.

## 상자에 든 것

상자에 들어 있는 부품은 다음과 같습니다.

- 펌프
- 40 cm 호스 두 개
- 열쇠

## 의무

운전자는 일주일에 한 번씩 패킹을 점검해야 합니다.

이전 | 목차로 | 다음
"""


def found(text: str, task: str, language: str = "en") -> Findings:
    return findings(text, task, domain="manual", language=language)


def test_entry_facts_option_with_all_its_names_and_its_default() -> None:
    entries = found(PUMP, "entry")
    assert answer_to(entries, ENTRY_OPTION, term="-v, --verbose") == "Tell more about each valve."
    assert answer_to(entries, ENTRY_DEFAULT, term="--wait=SECONDS") == "30"
    assert answer_to(entries, ENTRY_OPTIONS, title="Options") == "-v, --verbose\n--wait=SECONDS\n--limit=LITRES"


def test_entry_facts_default_with_a_condition_is_not_given() -> None:
    entries = found(PUMP, "entry")
    assert {slots_of(fact)["term"] for fact in entries.facts if fact.form is ENTRY_DEFAULT} == {"--wait=SECONDS"}


def test_entry_facts_codes_mean_something_below_a_heading_that_says_so() -> None:
    assert answer_to(found(PUMP, "entry"), ENTRY_CODE, term="E2") == "The lid is open."
    plain = found(PUMP.replace("## Error codes", "## Valves"), "entry")
    assert answer_to(plain, ENTRY_TERM, term="E2") == "The lid is open."


def test_entry_facts_term_of_two_sections_is_asked_about_with_its_section() -> None:
    text = "# P\n\n## Left\n\nkey\n:   Opens the left valve.\n\n## Right\n\nkey\n:   Opens the right valve.\n"
    entries = found(text, "entry")
    assert answer_to(entries, ENTRY_TERM, term="key", lead="under “Left”, ") == "Opens the left valve."
    twice = text.replace("## Right\n\n", "")
    assert ("duplicate_term", "key") in refused(found(twice, "entry"))


def test_entry_facts_field_is_asked_for_what_is_given() -> None:
    text = "# Pump\n\n## Data\n\nWeight: 2 kg\nRated voltage: 220 V\nColour: green\n"
    entries = found(text, "entry")
    assert answer_to(entries, ENTRY_FIELD, term="Weight", lead="under “Data”, ") == "2 kg"


def test_note_facts_two_warnings_are_told_apart_by_their_words() -> None:
    text = (
        "# P\n\n## Lid\n\nWarning: the lid of the motor is very hot.\n\nCaution: the floor near the pump may be wet.\n"
    )
    notes = found(text, "note")
    assert answer_to(notes, NOTE_TEXT, label="Caution") == "the floor near the pump may be wet."
    assert answer_to(notes, NOTE_TEXT, label="Warning") == "the lid of the motor is very hot."


def test_entry_facts_korean() -> None:
    entries = found(PUMP_KO, "entry", "ko")
    assert answer_to(entries, ENTRY_OPTION, term="--verbose") == "밸브마다 더 자세히 알려 줍니다."
    assert answer_to(entries, ENTRY_DEFAULT, term="--wait=초") == "30"
    assert answer_to(entries, ENTRY_CODE, term="E3") == "모터가 너무 뜨겁습니다."


def test_note_facts_whole_warning_without_its_quotation_marks() -> None:
    answer = "The lid of the motor is hot while the pump runs.\n\nWait until it is cold."
    assert answer_to(found(PUMP, "note"), NOTE_WARNING, title="Starting") == answer
    korean = answer_to(found(PUMP_KO, "note", "ko"), NOTE_WARNING, title="시작하기")
    assert korean == "펌프가 도는 동안 모터의 뚜껑이 매우 뜨거우니 만지지 마십시오."


def test_note_facts_two_notes_of_a_section_and_one_without_an_end_are_refused() -> None:
    note = "Note: the lid of the motor is hot while it runs.\n\n"
    assert refused(found(f"# P\n\n## Lid\n\n{note}{note}", "note")) == {("several_notes", "Note")}
    text = "# P\n\n## Lid\n\nNote\n\nThe lid of the motor is hot while it runs.\n\nAnd so is its housing.\n"
    assert refused(found(text, "note")) == {("open_note", "Note")}


def test_passage_facts_short_section_question_list_and_command() -> None:
    passages = found(PUMP, "passage")
    assert answer_to(passages, PASSAGE_TEXT, title="Storage").endswith("lying on its left side.")
    assert answer_to(passages, PASSAGE_ANSWER, question="Can the pump run dry?").startswith("Only for ten")
    assert answer_to(passages, PASSAGE_LIST, words="The box of the pump holds") == (
        "- the pump\n- two hoses of 40 cm\n- a key"
    )
    assert answer_to(passages, PASSAGE_COMMAND, title="Checking") == "pump --version"


def test_passage_facts_links_around_the_page_are_no_text() -> None:
    for text, language in ((PUMP, "en"), (PUMP_KO, "ko")):
        for fact in found(text, "passage", language).facts:
            assert not any(word in fact.answer for word in ("Prev", "이전"))


def test_passage_facts_ban_and_recommendation() -> None:
    passages = found(PUMP, "passage")
    advice = found("# P\n\n## Oil\n\nWe recommend oil of the sort A12 for the pump.\n\nFill it in.\n", "passage")
    assert answer_to(advice, PASSAGE_ADVICE) == "We recommend oil of the sort A12 for the pump."
    # Two sentences forbid something under this heading.
    assert not any(fact.form is PASSAGE_BAN for fact in passages.facts)


def test_passage_facts_two_sentences_that_forbid_something_are_left_alone() -> None:
    one = "The operator must not clean the housing with petrol.\n\n"
    two = "Children must not play in the room of the pump.\n"
    assert answer_to(found(f"# P\n\n## Bans\n\n{one}", "passage"), PASSAGE_BAN) == one.strip()
    both = found(f"# P\n\n## Bans\n\n{one}{two}", "passage")
    assert not any(fact.form is PASSAGE_BAN for fact in both.facts)


def test_passage_facts_section_with_a_note_is_left_to_the_note() -> None:
    text = "# P\n\n## Lid\n\nThe lid closes the tank, keeps the dust away and carries the key.\n\n"
    text += "It weighs 2 kg and more.\n"
    assert answer_to(found(text, "passage"), PASSAGE_TEXT, title="Lid").endswith("and more.")
    noted = found(f"{text}\nNote: the lid of the motor is hot while it runs.\n", "passage")
    assert not any(fact.form is PASSAGE_TEXT for fact in noted.facts)


def test_passage_facts_korean() -> None:
    passages = found(PUMP_KO, "passage", "ko")
    # The warning forbids something too.
    assert not any(fact.form is PASSAGE_BAN for fact in passages.facts)
    question = "펌프를 물 없이 돌려도 됩니까?"
    assert answer_to(passages, PASSAGE_ANSWER, question=question).startswith("10초 동안만")
    assert answer_to(passages, PASSAGE_LIST).splitlines()[2] == "- 열쇠"
    assert answer_to(passages, PASSAGE_TEXT, title="보관").startswith("겨울이 오기 전에")


def test_case_facts_purpose_thing_to_do_and_what_happens() -> None:
    cases = found(PUMP, "case")
    goal = answer_to(cases, CASE_GOAL, case="start the pump", lead="under “Starting”, ")
    assert goal == "To start the pump, press the green key for two seconds."
    assert answer_to(cases, CASE_TO_DO, case="if the lamp is red").endswith("call the workshop.")
    assert answer_to(cases, CASE_RESULT, case="if the tank is full").endswith("closes the valve.")


def test_case_facts_korean() -> None:
    cases = found(PUMP_KO, "case", "ko")
    assert answer_to(cases, CASE_GOAL, case="펌프를 켜려면").endswith("2초 동안 누르십시오.")
    assert answer_to(cases, CASE_TO_DO, case="표시등이 빨간색이면").endswith("연락하십시오.")
    assert answer_to(cases, CASE_RESULT, case="물통이 가득 차게 되면").endswith("밸브를 닫습니다.")


def test_case_facts_korean_condition_beside_another_place_is_no_cause() -> None:
    told = "물통이 가득 차게 되면 {}펌프가 천천히 밸브를 닫습니다."
    for between, is_asked in (("", True), ("다른 집에서는 ", False), ("다른 쪽은 ", False)):
        cases = found(f"# 펌프\n\n## 물통\n\n{told.format(between)}\n", "case", "ko")
        assert bool(cases.facts) is is_asked, between


@pytest.mark.parametrize(
    "sentence",
    [
        "If it is red, call the workshop.",
        "To clean it well, use a soft cloth and water.",
        "If this lamp is red, call the workshop.",
        "If in doubt about the lamp, call the workshop.",
        "To start with the lamp, let us see what it does.",
        "However, if the lamp is red, call the workshop.",
    ],
)
def test_case_facts_case_that_needs_other_sentences_is_left_alone(sentence: str) -> None:
    assert found(f"# P\n\n## Lamp\n\n{sentence}\n", "case").facts == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "그 표시등이 빨간색이면 수리점에 연락하십시오.",
        "바꿔 말하면 수리점에 연락하십시오.",
        "이 경우에는 수리점에 연락하십시오.",
        "규칙에 따르면 펌프는 왼쪽에 놓습니다.",
    ],
)
def test_case_facts_korean_case_that_needs_other_sentences_is_left_alone(sentence: str) -> None:
    assert found(f"# 펌프\n\n## 표시등\n\n{sentence}\n", "case", "ko").facts == ()


def test_case_facts_same_case_twice_in_a_section_is_left_alone() -> None:
    text = "# P\n\n## Lamp\n\nIf the lamp is red, call the workshop.\n\nIf the lamp is red, stop the pump.\n"
    assert found(text, "case").facts == ()


def test_meaning_facts_sentence_that_says_what_something_is() -> None:
    text = "# P\n\nA *float valve* is a valve that closes by itself when the water has reached a height.\n"
    assert answer_to(found(text, "entry"), ENTRY_MEANING, term="float valve").startswith("A float valve")
    korean = "# 펌프\n\n부표란 물의 높이를 따라 움직이면서 밸브를 여닫는 부품을 말합니다.\n"
    assert answer_to(found(korean, "entry", "ko"), ENTRY_MEANING, term="부표").endswith("말합니다.")


@pytest.mark.parametrize(
    "sentence",
    ["현찰가는 현금 예금이나 수당과 같은 현재 현찰가를 의미합니다.", "내구년한은 자산의 감가 상각 기간을 의미합니다."],
)
def test_meaning_facts_parameter_of_a_function_and_circular_meaning_are_left_alone(sentence: str) -> None:
    functions = f"## SLN\n\n자산의 정액 감가를 구합니다.\n\n### 구문\n\n{sentence}\n\n## SYD\n\n### 구문\n\n없음.\n"
    text = f"# 회계 함수\n\n{functions}"
    assert not [fact for fact in found(text, "entry", "ko").facts if fact.form is ENTRY_MEANING]
    plain = "# 설비\n\n## 감가\n\n내구년한은 자산의 감가 상각 기간을 의미합니다.\n"
    assert answer_to(found(plain, "entry", "ko"), ENTRY_MEANING, term="내구년한")


def test_entry_facts_description_that_runs_into_the_cells_of_a_table_is_refused() -> None:
    text = (
        "# Codes\n\n-a\n:   The tank is empty and the pump stands still.\n\n    525#NAME?\n\n"
        "-b\n:   The lid is open, so nothing moves at all.\n\n    Close it.\n"
    )
    outcome = found(text, "entry")
    assert ("uncertain_end", "-a") in refused(outcome)
    assert [slots_of(fact)["term"] for fact in outcome.facts] == ["-b"]


def test_meaning_facts_two_sentences_about_one_thing_are_left_alone() -> None:
    sentence = "A *float valve* is a valve that closes by itself when the water has reached a height.\n\n"
    assert found(f"# P\n\n{sentence}{sentence.replace('height', 'mark')}", "entry").facts == ()


def test_passage_facts_word_broken_at_the_end_of_a_line_is_made_whole_or_not_asked() -> None:
    lines = [
        "펌프를 설치하는 방법과 물통을 청소하는 방법을 모두 알아 두면 도움이 됩니다 그래서 이 설명",
        "서는 설치 과정을 자세히 다룹니다 그리고 청소 과정도 함께 다룹니다 필요할 때 펴 보는 설명",
        "서가 되도록 썼습니다 이 설명서는 전문가가 아니라도 읽을 수 있게 쉬운 말로 쓰려고 애썼습",
    ]
    text = "# 펌프\n\n## 머리말\n\n" + "\n".join([*lines, "니다. 설명서가 도움이 되기를 바랍니다."]) + "\n"
    answers = [fact.answer for fact in found(text, "passage", "ko").facts]
    assert all("설명 서" not in answer and "애썼습 니다" not in answer for answer in answers)


@pytest.mark.parametrize(
    "sentence",
    [
        "If you clean the pump yourself, you can use a soft brush and warm water.",
        "If you have no news of the pump, there's no need to write the card.",
        "If you prefer a longer hose, there are two things you need to know.",
        "When the lid is bent, the pump shows a state that tells you all you need to see.",
        "If the lamp is red, the size of the tank in litres.",
        "If the lamp is red, do the same as for the yellow lamp.",
        "To have the option of a longer hose, order the large box.",
        "To see more details, read the card.",
        "If the lamp is red, the mark on its “glass (left, call the workshop.",
    ],
)
def test_case_facts_sentence_without_an_answer_of_its_own_is_left_alone(sentence: str) -> None:
    assert found(f"# P\n\n## Lamp\n\n{sentence}\n", "case").facts == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "물이 없다는 것을 놓치는 경우에 대한 위험이 사라지면, 일이 쉬워지게 됩니다.",
        "다른 호스를 원하신다면, 설명서에서 호스의 목록이 있는 쪽을 찾아보시기 바랍니다.",
        "물이 너무 많아지면 문제가 생깁니다.",
        "펌프가 멈춘 경우 소리를 내기 때문에 등을 볼 필요가 없어집니다.",
        "밸브가 덮개가 닫히면 펌프를 끄는 것과 비슷합니다.",
        "펌프를 사용하면 물이 빨리 빠지게 됩니다.",
        "물통을 채우려면 이 호스를 사용하면 됩니다.",
        "물통이 가득 차게 되면 밸브를 닫습니다.",
        "물통이 비게 되면 새 물통을 준비하려면 뚜껑을 여십시오.",
    ],
)
def test_case_facts_korean_sentence_without_an_answer_of_its_own_is_left_alone(sentence: str) -> None:
    assert found(f"# 펌프\n\n## 표시등\n\n{sentence}\n", "case", "ko").facts == ()


def test_requirements_ban_is_not_asked_where_a_list_or_a_note_forbids_too() -> None:
    ban = "The operator must not clean the housing with petrol.\n\n"
    both = found(f"# P\n\n## Bans\n\n{ban}- Water must never reach the motor.\n", "passage")
    assert not any(fact.form is PASSAGE_BAN for fact in both.facts)
    part = "Unset the marks of parts that should not be cleaned.\n"
    assert not any(fact.form is PASSAGE_BAN for fact in found(f"# P\n\n## Parts\n\n{part}", "passage").facts)
    advice = "기름은 A12를 쓰시기를 권장합니다.\n\n"
    one = found(f"# 펌프\n\n## 기름\n\n{advice}", "passage", "ko")
    assert answer_to(one, PASSAGE_ADVICE) == advice.strip()
    two = found(f"# 펌프\n\n## 기름\n\n{advice}> 참고: 겨울에는 B7을 추천합니다.\n", "passage", "ko")
    assert not any(fact.form is PASSAGE_ADVICE for fact in two.facts)


def test_entry_facts_numbers_of_sections_are_no_terms_and_their_list_is_not_given() -> None:
    changes = "2.3, 4.5 & 12.5\n:   The lid is green now.\n\n7.1.2, 8, etc\n:   The key is longer.\n\n"
    text = f"# P\n\n## Changes\n\n{changes}lid\n:   It closes by itself.\n\nkey\n:   It is made of steel.\n\n"
    text += "tank\n:   It holds 40 litres.\n"
    entries = found(text, "entry")
    assert {slots_of(fact).get("term") for fact in entries.facts} == {"lid", "key", "tank"}


def test_entry_facts_list_of_contents_is_no_list_of_terms() -> None:
    contents = "Examples\n:   Filling the tank\n\n    Closing the lid\n\nNotes\n:   Storage\n\n"
    text = (
        f"# P\n\n{contents}## Filling the tank\n\nOpen it.\n\n## Closing the lid\n\nPress it.\n\n## Storage\n\nDry.\n"
    )
    assert found(text, "entry").facts == ()


def test_entry_facts_default_with_a_dot_inside_is_given_whole() -> None:
    text = (
        "# P\n\n## Options\n\n--limit\n:   Stop at this many litres. Defaults to tank.limit.\n\n--lid\n:   Open it.\n"
    )
    assert answer_to(found(text, "entry"), ENTRY_DEFAULT, term="--limit") == "tank.limit"
    korean = "# 펌프\n\n## 옵션\n\n--limit\n:   물의 양입니다. 기본값: tank.limit.\n\n--lid\n:   뚜껑을 엽니다.\n"
    assert answer_to(found(korean, "entry", "ko"), ENTRY_DEFAULT, term="--limit") == "tank.limit"


def test_entry_facts_path_and_way_of_use_are_no_options() -> None:
    text = "# P\n\n## Files\n\n/etc/pump/name\n:   Holds the name of the pump.\n\n"
    text += "--dry without any water\n:   The motor runs for ten seconds.\n\n--[no-]lid\n:   Open or close the lid.\n"
    forms = {slots_of(fact)["term"]: fact.form for fact in found(text, "entry").facts if "term" in slots_of(fact)}
    assert forms == {
        "/etc/pump/name": ENTRY_TERM,
        "--dry without any water": ENTRY_TERM,
        "--[no-]lid": ENTRY_OPTION,
    }


def test_entry_facts_answer_that_needs_the_example_of_the_document_is_left_out() -> None:
    text = (
        "# P\n\n## Valves\n\nleft\n:   In the example, it opens first and closes last.\n\nright\n:   It opens last.\n"
    )
    assert {slots_of(fact)["term"] for fact in found(text, "entry").facts} == {"right"}
    korean = (
        "# 펌프\n\n## 밸브\n\n왼쪽\n:   위의 예제에서 먼저 열립니다.\n\n오른쪽\n:   물통이 가득 찬 뒤에 열립니다.\n"
    )
    assert {slots_of(fact)["term"] for fact in found(korean, "entry", "ko").facts} == {"오른쪽"}


def test_meaning_facts_place_of_a_value_is_no_term() -> None:
    port = "*`포트`*는 펌프의 표시등이 연결되어 있는 시리얼 포트의 이름입니다.\n"
    assert found(f"# 펌프\n\n{port}", "entry", "ko").facts == ()
    name = "*pump-id* is the name of the last pump that was determined to be in the house.\n"
    assert found(f"# P\n\n{name}", "entry").facts == ()


def test_note_facts_note_in_another_language_is_not_asked_about() -> None:
    note = "> **Note:**\n>\n> The lid of the motor is hot while the pump runs, so wait until it is cold.\n"
    assert found(f"# 펌프\n\n## 뚜껑\n\n뚜껑을 조심해서 여십시오.\n\n{note}", "note", "ko").facts == ()
    assert found(f"# P\n\n## Lid\n\nOpen the lid.\n\n{note}", "note").facts
    korean = "> **참고:**\n>\n> 펌프가 도는 동안 모터의 뚜껑이 매우 뜨거우니 식을 때까지 기다려 주십시오.\n"
    assert found(f"# P\n\n## Lid\n\nOpen the lid.\n\n{korean}", "note").facts == ()


def test_note_facts_links_are_given_as_their_words() -> None:
    note = "> Note: the lid is hot, see [chapter 3][lid] and [the card](https://example.org/card) and `a[0](b)`.\n"
    answer = answer_to(found(f"# P\n\n## Lid\n\n{note}", "note"), NOTE_TEXT)
    assert answer == "the lid is hot, see chapter 3 and the card and `a[0](b)`."
    korean = "> 참고: 뚜껑은 매우 뜨겁습니다. 더 자세한 내용은 [3장][lid]에서 설명하고 있습니다.\n"
    found_ko = found(f"# 펌프\n\n## 뚜껑\n\n{korean}", "note", "ko")
    assert answer_to(found_ko, NOTE_TEXT).endswith("3장에서 설명하고 있습니다.")


def test_passage_facts_items_end_without_what_joins_them() -> None:
    text = (
        "# P\n\n## Box\n\nThe box of the pump holds:\n\n- the pump with its lid;\n- two hoses of 40 cm, and\n- a key;\n"
    )
    assert answer_to(found(text, "passage"), PASSAGE_LIST) == ("- the pump with its lid\n- two hoses of 40 cm\n- a key")


def test_passage_facts_wrapped_item_behind_a_plus_is_one_line() -> None:
    text = "# P\n\n## Plans\n\nThese plans are left for the next year of the pump:\n\n"
    text += "+ The lid is made of steel, because the old\n  lid broke in the cold of the last winter.\n"
    assert "because the old lid broke" in answer_to(found(text, "passage"), PASSAGE_TEXT)


def test_entry_facts_terms_inside_a_meaning_stand_on_its_line() -> None:
    text = "# P\n\n## Options\n\n--lid\n:   How the lid moves:\n\n    `slow`\n    :   in ten seconds\n\n"
    text += "    `fast`\n    :   at once\n\n--key\n:   Opens the lid.\n"
    answer = answer_to(found(text, "entry"), ENTRY_OPTION, term="--lid")
    assert answer == "How the lid moves:\n\n`slow`: in ten seconds\n\n`fast`: at once"


@pytest.mark.parametrize(
    "sentence",
    [
        "If `red` or `--lamp`, the pump stops within ten seconds.",
        "When the line does not name a lid with `--lid`, `--key` or `--tank` options, the pump opens the first.",
    ],
)
def test_case_facts_case_that_is_no_whole_clause_is_left_alone(sentence: str) -> None:
    assert found(f"# P\n\n## Lamp\n\n{sentence}\n", "case").facts == ()


def test_note_facts_markup_of_a_page_is_no_answer() -> None:
    note = "Note: the lid of the motor is hot while it runs, see link:lid-card[1] of the workshop.\n"
    assert found(f"# P\n\n## Lid\n\n{note}", "note").facts == ()
    korean = "참고: 펌프가 도는 동안 모터의 뚜껑이 매우 뜨거우니 link:lid-card[1]을 읽으십시오.\n"
    assert found(f"# 펌프\n\n## 뚜껑\n\n{korean}", "note", "ko").facts == ()


def test_entry_facts_numbered_part_of_another_document_is_no_term() -> None:
    text = (
        "# P\n\n## Changes\n\nUpdated chapter 12 Lids\n:   The lid is green now.\n\nnow 11.8\n:   The key is longer.\n"
    )
    assert found(text, "entry").facts == ()


def test_note_facts_note_of_an_entry_that_points_back_is_refused() -> None:
    text = "# P\n\n## Options\n\n--dry\n:   Run without water.\n\n"
    text += "    Note: this is dangerous for the seal of the pump.\n\n--lid\n:   Open the lid.\n"
    assert refused(found(text, "note")) == {("points_back", "Note")}
    korean = "# 펌프\n\n## 옵션\n\n--dry\n:   물 없이 돕니다.\n\n"
    korean += "    참고: 이는 펌프의 패킹이 상할 수 있어 매우 위험한 일입니다.\n\n--lid\n:   뚜껑을 엽니다.\n"
    assert refused(found(korean, "note", "ko")) == {("points_back", "참고")}


def test_passage_facts_marks_of_footnotes_are_no_text() -> None:
    text = "# P\n\n## Storage\n\nThe pump is emptied^[2], dried and wrapped in paper[^3] before the winter comes, \
and it lies on its side.\n"
    answer = answer_to(found(text, "passage"), PASSAGE_TEXT)
    assert answer.startswith("The pump is emptied, dried and wrapped in paper before")


def test_entry_facts_line_that_announces_is_no_term() -> None:
    text = "# P\n\n## Keys\n\nWe assume the following in the box\n:   The key is made of steel.\n"
    assert found(text, "entry").facts == ()


def test_case_facts_word_that_only_begins_like_a_verb_is_no_instruction() -> None:
    sentence = "If the tank is full, fetch-valve may send water to the second tank."
    assert found(f"# P\n\n## Tank\n\n{sentence}\n", "case").facts == ()
    noun = "If the tank is full, test valve options will be ignored."
    asked = found(f"# P\n\n## Tank\n\n{noun}\n", "case")
    assert answer_to(asked, CASE_RESULT, case="if the tank is full") == noun
    name = "If the tank is full, open.secondTank is ignored by the valve."
    asked = found(f"# P\n\n## Tank\n\n{name}\n", "case")
    assert answer_to(asked, CASE_RESULT, case="if the tank is full") == name
    korean = "모터가 멈춘 경우에 값을 보이기 위해서는 등이 켜져야 합니다."
    assert found(f"# 펌프\n\n## 모터\n\n{korean}\n", "case", "ko").facts == ()


def test_passage_facts_paragraph_in_another_language_leaves_the_passage_out() -> None:
    korean = "물통에는 깨끗한 물만 채우며, 겨울에는 물을 모두 빼고 왼쪽이 아래로 가도록 눕혀서 창고에 보관합니다."
    text = f"# 펌프\n\n## 보관\n\n{korean}{korean}\n"
    assert answer_to(found(text, "passage", "ko"), PASSAGE_TEXT)
    foreign = "In winter the pump is emptied and dried before it is laid on its left side."
    assert found(f"{text}\n{foreign}\n", "passage", "ko").facts == ()


def test_passage_facts_comments_of_a_file_are_no_passage() -> None:
    text = "# P\n\n## File\n\n    # The pump reads this file, and each line of it\n"
    text += "    # names one valve that is to be opened first.\n"
    assert found(text, "passage").facts == ()


@pytest.mark.parametrize(
    ("following", "korean"),
    [
        (" That is why the lamp blinks.", " 이는 등이 켜진다는 뜻입니다."),
        ("\n\nIn such cases, the key is turned twice.", "\n\n이 경우 열쇠를 돌립니다."),
        (" The valve stays closed until the lid is shut.", " 뚜껑을 닫고 열쇠를 돌리십시오."),
        (" Then do the following:\n\n- Turn the key.", " 그러면 다음과 같이 하십시오.\n\n- 열쇠를 돌립니다."),
        ("\n\n```\nvalve --close\n```", "\n\n```\nvalve --close\n```"),
    ],
)
def test_case_facts_answer_that_goes_on_in_the_next_sentence_is_left_alone(following: str, korean: str) -> None:
    sentence = "If the tank is full, the float closes the valve."
    assert found(f"# P\n\n## Tank\n\n{sentence}{following}\n", "case").facts == ()
    own = "물통이 가득 차게 되면 부표가 밸브를 닫습니다."
    assert found(f"# 펌프\n\n## 물통\n\n{own}{korean}\n", "case", "ko").facts == ()


def test_case_facts_sentences_that_add_to_the_answer_are_part_of_it() -> None:
    told = "If the tank is full, the float closes the valve. Instead, the lamp blinks. You should then turn the key."
    asked = found(f"# P\n\n## Tank\n\n{told} If the tank is empty, the lamp is lit.\n", "case")
    assert answer_to(asked, CASE_RESULT, case="if the tank is full") == told
    korean = "물통이 가득 차게 되면 부표가 밸브를 닫습니다. 그러면 등이 켜집니다. 또 펌프가 멈춥니다."
    asked = found(f"# 펌프\n\n## 물통\n\n{korean}\n", "case", "ko")
    assert answer_to(asked, CASE_RESULT, case="물통이 가득 차게 되면") == korean


@pytest.mark.parametrize(
    ("following", "korean"),
    [
        (" Otherwise the lamp is lit.", " 물통이 비게 되면 등이 켜집니다."),
        (" If the tank is empty, the lamp is lit.", " 자세한 내용은 3장을 보십시오."),
        ("\n\n- The lid is green.", "\n\n뚜껑은 초록색입니다."),
    ],
)
def test_case_facts_next_sentence_about_something_else_is_no_part_of_the_answer(following: str, korean: str) -> None:
    sentence = "If the tank is full, the float closes the valve."
    asked = found(f"# P\n\n## Tank\n\n{sentence}{following}\n", "case")
    assert answer_to(asked, CASE_RESULT, case="if the tank is full") == sentence
    own = "물통이 가득 차게 되면 부표가 밸브를 닫습니다."
    asked = found(f"# 펌프\n\n## 물통\n\n{own}{korean}\n", "case", "ko")
    assert answer_to(asked, CASE_RESULT, case="물통이 가득 차게 되면") == own


def test_case_facts_korean_plain_style() -> None:
    text = "# 펌프\n\n## 물통\n\n물통이 가득 차면 부표에 의해 밸브가 닫힌다.\n\n"
    text += "`--lid` 을 지정하지 않으면 첫 물통의 뚜껑이 사용된다.\n\n"
    cases = found(text + "물통의 뚜껑을 열려면 초록색 열쇠를 사용한다.\n", "case", "ko")
    assert {fact.form for fact in cases.facts} == {CASE_RESULT, CASE_GOAL}
    assert answer_to(cases, CASE_RESULT, case="`--lid`을 지정하지 않으면").endswith("사용된다.")
    assert answer_to(cases, CASE_GOAL, case="물통의 뚜껑을 열려면").endswith("사용한다.")


@pytest.mark.parametrize(
    "sentence",
    [
        "제대로 돌지 않는 경우에 수리점에 연락하십시오.",
        "왼쪽으로 눕힐 경우 물이 모두 빠져나갑니다.",
        "정보가 보이지 않는다면 수리점에 연락하십시오.",
        "물의 흐름은 부표가 밸브를 닫으면 물이 멈추는 과정을 뜻합니다.",
        "펌프가 물통 안에 있으면 펌프는 물통의 자식이라고 말합니다.",
        "덮개가 열린 경우 발생할 수 있는 소음을 등이 알려 줍니다.",
        "부표가 밸브를 닫으면 해당 물은 통이 받지 않습니다.",
        "오류를 확인하려면 뒤쪽의 등을 보십시오.",
        "물통을 새로 준비하려면, 왼쪽으로 눕힐 수 있는 물통을 추천합니다.",
        "속성 목록에 줄을 더하려면 클릭하십시오.",
        "뚜껑을 지정하지 않으면 첫 뚜껑을 기본값으로 사용합니다.",
    ],
)
def test_case_facts_korean_question_without_a_subject_or_a_result_is_left_alone(sentence: str) -> None:
    assert found(f"# 펌프\n\n## 물통\n\n{sentence}\n", "case", "ko").facts == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "If you are happy, call the workshop.",
        "To open the valve, you must not turn the key.",
        "To get the pump ready, you should first turn the key.",
        "If the lid is open, remember that the key turns.",
        "To avoid confusion, turn the key twice.",
        "To speak with the pump, see key or lid.",
        "If you have any difficulties, turn the key twice.",
        "If the lid is open, the {Object} is closed by the valve.",
    ],
)
def test_case_facts_sentence_that_does_not_say_all_that_is_done_is_left_alone(sentence: str) -> None:
    assert found(f"# P\n\n## Lamp\n\n{sentence}\n", "case").facts == ()


def test_entry_facts_forms_of_an_option_that_differ_are_not_called_one_option() -> None:
    text = "# P\n\n## Options\n\n--lid\n\n-n\n\n--no-lid\n:   Open the lid, or with -n keep it closed.\n\n"
    text += "-k\n\n--key\n:   Turn the key before the pump starts.\n"
    forms = {slots_of(fact)["term"]: fact.form for fact in found(text, "entry").facts if "term" in slots_of(fact)}
    assert forms == {"--lid, -n, --no-lid": ENTRY_TERM, "-k, --key": ENTRY_OPTION}


def test_entry_facts_term_that_a_section_below_is_about_is_left_alone() -> None:
    items = "- Lid: opens to the left\n- Key: made of steel\n- Hose: 40 cm long\n"
    text = f"# P\n\n## Parts\n\n{items}\n### The lid of the pump\n\nIt closes by itself.\n"
    entries = found(text, "entry")
    assert ("described_elsewhere", "Lid") in refused(entries)
    assert {slots_of(fact).get("term") for fact in entries.facts} >= {"Key", "Hose"}
    korean = "# 펌프\n\n## 부품\n\n- 뚜껑: 왼쪽으로 열림\n- 열쇠: 강철\n- 호스: 40 cm\n\n### 펌프의 뚜껑\n\n닫힙니다.\n"
    assert ("described_elsewhere", "뚜껑") in refused(found(korean, "entry", "ko"))


def test_entry_facts_meaning_that_only_refers_is_left_out() -> None:
    text = "# P\n\n## Parts\n\nlid\n:   See the card of the pump.\n\nkey\n:   It is made of steel.\n"
    assert {slots_of(fact).get("term") for fact in found(text, "entry").facts} == {"key"}
    korean = "# 펌프\n\n## 부품\n\n뚜껑\n:   펌프의 설명서를 참고하십시오.\n\n열쇠\n:   강철로 만들어져 있습니다.\n"
    assert {slots_of(fact).get("term") for fact in found(korean, "entry", "ko").facts} == {"열쇠"}


def test_meaning_facts_variable_of_an_example_is_no_term() -> None:
    sentence = "`tank2` is the tank of the second pump of the house that was filled last.\n"
    assert found(f"# P\n\n{sentence}", "entry").facts
    assert found(f"# P\n\n```\nlet tank2 = fill(tank1);\n```\n\n{sentence}", "entry").facts == ()
    korean = "# 펌프\n\n`p3`는 두 번째 펌프에서 물을 받아 만들어진 물통을 나타내는 값입니다.\n"
    assert found(korean, "entry", "ko").facts == ()


def test_note_facts_name_of_a_picture_is_not_asked_for() -> None:
    korean = "> **note:**\n>\n> 펌프가 도는 동안 모터의 뚜껑이 매우 뜨거우니 식을 때까지 기다려 주십시오.\n"
    notes = found(f"# 펌프\n\n## 뚜껑\n\n뚜껑을 여십시오.\n\n{korean}", "note", "ko")
    assert [fact.form for fact in notes.facts] == [NOTE_ONLY]
    assert found(f"# 펌프\n\n## 뚜껑\n\n뚜껑을 여십시오.\n\n{korean}\n끝.\n\n{korean}", "note", "ko").facts == ()
    marked = f"# 펌프\n\n## 뚜껑\n\n뚜껑을 여십시오.\n\n{korean}\n참고 사항\n\n뚜껑은 강철입니다.\n"
    assert not any(fact.form is NOTE_ONLY for fact in found(marked, "note", "ko").facts)


def test_passage_facts_first_paragraph_of_a_long_section() -> None:
    first = "The pump lifts water from a depth of eight metres. Its motor stands in the dry house above the old well."
    second = "Water that is colder than four degrees harms the seal. " * 12
    passages = found(f"# P\n\n## Well\n\n{first}\n\n{second}\n", "passage")
    assert answer_to(passages, PASSAGE_OPENING, title="Well") == first
    short = found(f"# P\n\n## Well\n\n{first}\n\nIt is deep.\n", "passage")
    assert {fact.form for fact in short.facts} == {PASSAGE_TEXT}
    korean = "펌프는 깊이 팔 미터에서 물을 끌어 올립니다. 모터는 우물 위의 집 안에 놓여 있으며 늘 말라 있어야 합니다."
    told = found(f"# 펌프\n\n## 우물\n\n{korean}\n\n{'차가운 물은 패킹을 상하게 합니다. ' * 20}\n", "passage", "ko")
    assert answer_to(told, PASSAGE_OPENING, title="우물") == korean


def test_passage_facts_first_paragraph_that_only_leads_on_is_left_alone() -> None:
    rest = "Water that is colder than four degrees harms the seal. " * 12
    for first in (
        "In this chapter we will look at the pump and the well. It has many parts that are told of one by one.",
        "The pump has many parts that are told of one by one. They are set up by the following commands.",
    ):
        passages = found(f"# P\n\n## Well\n\n{first}\n\n{rest}\n", "passage")
        assert not any(fact.form is PASSAGE_OPENING for fact in passages.facts)


def test_passage_facts_short_section_with_a_list_is_told_whole() -> None:
    text = "# P\n\n## Winter\n\nBefore the winter the pump is dried:\n\n- Empty the tank.\n- Wrap the pump in paper.\n"
    assert answer_to(found(text, "passage"), PASSAGE_TEXT).endswith("- Wrap the pump in paper.")


def test_requirements_statement_with_a_negated_verb_is_no_ban() -> None:
    text = "# P\n\n## Key\n\nMany of the small pumps, and those of old houses, do not have a key of their own.\n"
    assert not any(fact.form is PASSAGE_BAN for fact in found(text, "passage").facts)
    ban = "# P\n\n## Key\n\nIf the pump is hot, do not turn the key to the right.\n"
    assert any(fact.form is PASSAGE_BAN for fact in found(ban, "passage").facts)


def test_note_facts_word_that_also_stands_in_bold_in_a_sentence_names_no_note() -> None:
    text = (
        "# P\n\n## Files\n\nThe pump reads a file. {}\n\n**NOTE**: The file is read again whenever the pump starts.\n"
    )
    alone = found(text.format("It is short."), "note")
    assert answer_to(alone, NOTE_TEXT, label="NOTE").startswith("The file is read again")
    both = found(text.format("It is short. **NOTE** that its path is relative."), "note")
    assert both.facts == () and ("several_notes", "NOTE") in refused(both)
