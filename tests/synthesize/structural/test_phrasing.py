import re

import pytest

from pipeline.languages import language_names, language_rules
from pipeline.synthesize.structural.facts import Span, make_fact
from pipeline.synthesize.structural.phrasing import phrase, wordings
from pipeline.synthesize.tasks import forms_by_name
from pipeline.synthesize.tasks.amount import AMOUNT_NAMED
from pipeline.synthesize.tasks.clause import CLAUSE_TEXT
from pipeline.synthesize.tasks.definition import DEFINITION_MEANING
from pipeline.synthesize.tasks.party import PARTY_ROLE
from pipeline.synthesize.tasks.speaker import SPEAKER_REPLY


@pytest.mark.parametrize("form", list(forms_by_name()))
def test_templates_every_form_names_its_subject_in_every_wording_of_every_language(form: str) -> None:
    for language in language_names():
        questions = wordings(language)[form]
        assert len(questions) == len(set(questions)) >= 1
        slots = [set(re.findall(r"\{(\w+)", wording)) - {"lead", "places", "noun"} for wording in questions]
        named = set.intersection(*slots)
        assert named or not any(slots), f"{form} {language}: {slots}"


def test_phrase_lead_opens_the_question_with_a_capital() -> None:
    fact = make_fact(
        form=CLAUSE_TEXT,
        slots={"clause": "Section 4.1", "lead": "before any amendment, "},
        answer="x",
        spans=[Span(0, 1)],
    )
    assert phrase(fact=fact, language="en", choice=0) == "Before any amendment, what does Section 4.1 say?"


def test_phrase_korean_particles_follow_the_slot() -> None:
    asked = {}
    for name in ("보증금", "관리비"):
        fact = make_fact(form=AMOUNT_NAMED, slots={"name": name, "clause": "제4조"}, answer="x", spans=[Span(0, 1)])
        asked[name] = [phrase(fact=fact, language="ko", choice=choice) for choice in (0, 1)]
    assert asked["보증금"] == ["제4조에서 정한 보증금은 얼마입니까?", "제4조에 따르면 보증금이 얼마입니까?"]
    assert asked["관리비"] == ["제4조에서 정한 관리비는 얼마입니까?", "제4조에 따르면 관리비가 얼마입니까?"]


def test_phrase_particle_after_a_quotation_mark_agrees_with_the_quoted_word() -> None:
    fact = make_fact(form=DEFINITION_MEANING, slots={"term": "관리비"}, answer="x", spans=[Span(0, 1)])
    assert phrase(fact=fact, language="ko", choice=1) == "이 문서에서 “관리비”란 무엇을 말합니까?"


def test_phrase_choice_wraps_around_the_wordings() -> None:
    fact = make_fact(form=PARTY_ROLE, slots={"role": "Tenant"}, answer="x", spans=[Span(0, 1)])
    count = len(wordings("en")[PARTY_ROLE.name])
    asked = [phrase(fact=fact, language="en", choice=choice) for choice in range(2 * count)]
    assert asked[:count] == asked[count:]
    assert len(set(asked)) == count


@pytest.mark.parametrize("name", ["mun__", "iPhone team", "[EMAIL-1]", "second_unit"])
def test_phrase_name_at_the_start_of_a_question_stays_as_it_is_written(name: str) -> None:
    fact = make_fact(
        form=SPEAKER_REPLY,
        slots={"speaker": name, "words": "the valve is stuck", "reply": "ada"},
        answer="x",
        spans=[Span(0, 1)],
    )
    asked = [phrase(fact=fact, language=language, choice=choice) for language in ("en", "ko") for choice in (0, 1)]
    assert all(name in question for question in asked), asked
    assert any(question.startswith(name) for question in asked)


def test_phrase_korean_questions_and_frames_keep_one_register() -> None:
    frames = language_rules("ko").frames
    wanted = re.compile(r"(?:니까\?|십시오\.|\{action\}\?|\{state\}\?|^\{question\})$")
    for form, questions in wordings("ko").items():
        assert all(wanted.search(question) for question in questions), (form, questions)
    for frame in (*frames.about_one, *frames.about_several, frames.summary_question):
        assert re.search(r"(?:십시오|니다)\.|^\{question\}$", frame), frame
        assert not re.search(r"(?:주세요|나요|인가요|까요)", frame)


def test_phrase_every_particle_of_a_wording_can_be_attached() -> None:
    for language in language_names():
        attach = language_rules(language).attach
        particles = {
            found
            for questions in wordings(language).values()
            for question in questions
            for found in re.findall(r"\{\w+[:|](\w+)\}", question)
        }
        assert not particles or (attach is not None and all(attach("3", particle) for particle in particles))
