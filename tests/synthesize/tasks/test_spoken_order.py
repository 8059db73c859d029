"""The order of what was said: right on conversations whose turns are known."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import findings, slots_of

from pipeline.records import TaskFamily
from pipeline.synthesize.structural.facts import Findings, StructuralFact
from pipeline.synthesize.structural.task import Form
from pipeline.synthesize.tasks.spoken_order import SPOKEN_BETWEEN, SPOKEN_FIRST, SPOKEN_ORDER

NAMES = ("Mara Lind", "Declan Osei", "Yuki Arai", "Tomas Reyes")
KOREAN_NAMES = ("김도현", "서유진", "박민재", "오세라")
THING_NAMES = "battery housing antenna mould ribbon gasket display hinge label fuse motor lens"
THINGS = tuple(THING_NAMES.split())
KOREAN_THING_NAMES = "배수구 책수레 유도등 복합기 서가 출입문 난방기 우산꽂이 게시판 화분 현수막 정수기"
KOREAN_THINGS = tuple(KOREAN_THING_NAMES.split())


def talk(speakers: Sequence[int], language: str) -> tuple[str, list[tuple[str, str]]]:
    """A conversation with one turn a speaker, and its turns: the name and the first sentence."""
    names, things = (NAMES, THINGS) if language == "en" else (KOREAN_NAMES, KOREAN_THINGS)
    turns = []
    for at, speaker in enumerate(speakers):
        thing = things[at % len(things)]
        first = (
            f"The {thing} of sample {at} needs another careful measurement"
            if language == "en"
            else f"{thing} 점검을 {at}번 구역부터 다시 꼼꼼하게 해야 합니다"
        )
        turns.append((names[speaker], first))
    lines = [f"[{10 + at // 60:02}:{at % 60:02}] {name}: {words}." for at, (name, words) in enumerate(turns)]
    opening = "Steering group, 22 May\n\nDate: Thursday" if language == "en" else "운영위원회 회의록\n\n일시: 목요일"
    return f"{opening}\n\n" + "\n\n".join(lines) + "\n", turns


def spoken(text: str, language: str) -> Findings:
    return findings(text, "spoken_order", domain="dialogue", language=language)


def of_form(found: Findings, *forms: Form) -> list[StructuralFact]:
    return [fact for fact in found.facts if fact.form in forms]


SPEAKERS = st.lists(st.integers(0, 3), min_size=30, max_size=60)


@pytest.mark.parametrize("language", ["en", "ko"])
@settings(max_examples=15, deadline=None)
@given(speakers=SPEAKERS)
def test_spoken_order_of_remarks_is_that_of_the_turns(language: str, speakers: list[int]) -> None:
    text, turns = talk(speakers, language)
    said = {words: (at, name) for at, (name, words) in enumerate(turns)}
    facts = of_form(spoken(text, language), SPOKEN_ORDER, SPOKEN_FIRST)
    for fact in facts:
        asked = sorted((words for _, words in fact.slots), key=lambda words: said[words][0])
        lines = [f"{said[words][1]}: {words}" for words in asked]
        assert fact.answer.splitlines() == (lines if fact.form is SPOKEN_ORDER else lines[:1])
        assert fact.form.family is TaskFamily.ORDER
        assert text.index(asked[1]) - text.index(asked[0]) > 1000
    assert facts or len(set(speakers)) == 1 or len(text) < 4000


def test_spoken_order_of_a_long_talk_is_asked() -> None:
    text, _ = talk([0, 1, 2, 3] * 15, "en")
    assert len(of_form(spoken(text, "en"), SPOKEN_ORDER)) >= 2


@pytest.mark.parametrize("language", ["en", "ko"])
@settings(max_examples=15, deadline=None)
@given(speakers=SPEAKERS)
def test_spoken_between_names_every_speaker_between(language: str, speakers: list[int]) -> None:
    text, turns = talk(speakers, language)
    place = {words: at for at, (_, words) in enumerate(turns)}
    joined = {"en": lambda names: f"{', '.join(names[:-1])} and {names[-1]}", "ko": ", ".join}[language]
    for fact in of_form(spoken(text, language), SPOKEN_BETWEEN):
        first, last = (place[slots_of(fact)[name]] for name in ("one", "two"))
        names = list(dict.fromkeys(name for name, _ in turns[first + 1 : last]))
        assert len(names) >= 3
        assert fact.answer == joined(names)


def test_spoken_between_after_a_longer_turn_is_not_asked() -> None:
    text, _ = talk([0, 1, 2, 3] * 10, "en")
    longer = text.replace("measurement.", "measurement. I mean it.")
    assert of_form(spoken(text, "en"), SPOKEN_BETWEEN)
    assert not of_form(spoken(longer, "en"), SPOKEN_BETWEEN)
