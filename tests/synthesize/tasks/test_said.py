"""What was said, listed: complete on conversations whose turns are known, refused where a turn is uncertain."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import findings, refused, slots_of

from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.said import SAID_ALL, SAID_HOUR, SAID_MESSAGES, SAID_QUESTIONS, SAID_WORD

_PEOPLE = ("Mara Lind", "Declan Osei", "Yuki Arai")
_KOREAN_PEOPLE = ("김하늘", "박소라", "이도윤")
_TALK = (
    "The battery lasts two years and nobody has checked the charger since then.",
    "Can we write that on the box in very large letters?",
    "I measured it twice with the second meter last week.",
    "Who will call the customers about the lavender casing?",
    "The lavender casing costs more than the plain one does.",
)
_KOREAN_TALK = (
    "배터리는 이 년을 가지만 아무도 충전기를 확인하지 않았습니다.",
    "상자에 큰 글씨로 적어 두면 어떻겠습니까?",
    "지난주에 다른 계측기로 두 번 재어 보았습니다.",
    "보라색 케이스는 고객에게 누가 알립니까?",
    "그 케이스를 쓰면 값이 더 올라갑니다.",
)


def said(text: str, language: str = "en") -> Findings:
    return findings(text, "said", domain="dialogue", language=language)


_PLAN = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4), st.integers(0, 4)), min_size=6, max_size=40)


@settings(max_examples=30, deadline=None)
@given(plan=_PLAN, is_korean=st.booleans())
def test_said_chat_lists_every_message_question_and_word(plan: list[tuple[int, int, int]], is_korean: bool) -> None:
    people, talk = (_KOREAN_PEOPLE, _KOREAN_TALK) if is_korean else (_PEOPLE, _TALK)
    lines = [
        (f"{9 + at // 10:02}:{at % 10 * 5:02}", people[who], f"{talk[what]} {number}-{at}.")
        for at, (who, what, number) in enumerate(plan)
    ]
    text = "\n".join(f"[{clock}] {name}: {words}" for clock, name, words in lines) + "\n"
    found = said(text, "ko" if is_korean else "en")
    first = "모두 {}개입니다." if is_korean else "{} in all:"
    for fact in found.facts:
        slots = slots_of(fact)
        own = [(clock, words) for clock, name, words in lines if name == slots.get("speaker")]
        if fact.form is SAID_MESSAGES:
            expected = [words for _, words in own]
        elif fact.form is SAID_HOUR:
            expected = [words for clock, words in own if slots["first"] <= clock <= slots["last"]]
        elif fact.form is SAID_QUESTIONS:
            expected = [words[: words.index("?") + 1] for _, words in own if "?" in words]
        else:
            assert fact.form is SAID_WORD
            word = slots["word"]
            expected = [f"{name}: {words}" for _, name, words in lines if word.casefold() in words.casefold()]
        assert fact.answer.split("\n") == [first.format(len(expected)), *expected]
    short = [name for name in people if 3 <= sum(name == other for _, other, _ in lines) <= 14]
    asked = {slots_of(fact)["speaker"] for fact in found.facts if fact.form is SAID_MESSAGES}
    sizes = {name: sum(len(words) for _, other, words in lines if other == name) for name in short}
    assert asked == {name for name in short if 80 <= sizes[name] <= 1100}


def test_said_name_is_asked_about_with_its_capital() -> None:
    people = ("Mara", "Declan", "Yuki")
    words = (
        "Fellside sent the first box of {}.",
        "Nobody at Fellside answers about box {}.",
        "I called Fellside at {}.",
    )
    turns = [*zip(people, words, strict=True), *zip(people, _TALK, strict=False), *zip(people, _TALK[2:], strict=True)]
    text = "".join(f"{name}: {say.format(at)}\n\n" for at, (name, say) in enumerate(turns))
    for talk, word in ((text, "Fellside"), (text.replace("at Fellside", "at fellside"), "fellside")):
        asked = {slots_of(fact)["word"] for fact in said(talk).facts if fact.form is SAID_WORD}
        assert word in asked


def test_said_names_that_differ_only_in_case_are_refused() -> None:
    chat = "".join(
        f"[10:{minute:02}] <{name}> The charger on shelf {minute} is broken again, please have a look.\n"
        for minute, name in enumerate(["mara", "Mara", "dec"] * 4)
    )
    found = said(chat)
    assert {slots_of(fact)["speaker"] for fact in found.facts if fact.form is SAID_MESSAGES} == {"dec"}
    assert {("ambiguous_name", "mara"), ("ambiguous_name", "Mara")} <= refused(found)


def test_said_transcript_notes_are_never_quoted() -> None:
    talk = "".join(
        f"{name}: We should look at number {at} again, {{vocalsound}} before the meeting on Friday.\n\n"
        for at, name in enumerate(["Mara", "Declan"] * 4)
    )
    assert not [fact for fact in said(talk).facts if fact.form in (SAID_ALL, SAID_WORD)]


def test_said_word_inside_a_longer_word_is_not_asked_about() -> None:
    words = ["The lavender casing broke.", "Buy lavenderish paint.", "Lavender costs more.", "No lavender for us."]
    chat = "".join(
        f"[10:{at:02}] {_PEOPLE[at % 3]}: {words[at % 4]} Remark number {at} of this long conversation.\n"
        for at in range(6)
    )
    assert "lavender" not in {slots_of(fact).get("word") for fact in said(chat).facts}
    apart = chat.replace("lavenderish", "violet")
    (fact,) = (fact for fact in said(apart).facts if slots_of(fact).get("word") == "lavender")
    assert len(fact.spans) == len(re.findall("lavender", apart, re.IGNORECASE))


def test_said_word_inside_a_longer_name_is_not_asked() -> None:
    lines = [
        f"[09:{at:02}] Mara Lind: ask falcon{28 if at < 4 else ''} about the cable, please {at}." for at in range(7)
    ]
    words = {slots_of(fact).get("word") for fact in said("\n".join(lines) + "\n[09:30] Bo Arai: no.\n").facts}
    assert "falcon" not in words


def test_said_questions_with_a_lone_question_mark_are_not_counted() -> None:
    asked = [
        "Is the battery in the box of the lamp?",
        "Who took the charger from the desk?",
        "Where is the manual of it?",
    ]
    lines = [f"[09:0{at}] Mara Lind: {one}" for at, one in enumerate(asked)]
    rest = "\n[09:10] Bo Arai: I do not know yet.\n"
    assert any(fact.form is SAID_QUESTIONS for fact in said("\n".join(lines) + rest).facts)
    assert not any(
        fact.form is SAID_QUESTIONS for fact in said("\n".join([*lines, "[09:05] Mara Lind: ?"]) + rest).facts
    )
