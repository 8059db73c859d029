from __future__ import annotations

from dataclasses import replace

import pytest
from own_documents import HELD_OUT, WRITTEN_ANSWER, WRITTEN_EVIDENCE, WRITTEN_QUESTION

from pipeline.evaluate.documents.look_ups import (
    _CHANGE_FORMS,
    _PHRASE_FORMS,
    LeftOut,
    _is_label,
    asks_for_phrase,
    in_turn,
    is_short,
    left_out_for,
    look_ups,
    one_line,
)
from pipeline.evaluate.material import Material
from pipeline.languages import language_rules
from pipeline.records import TaskFamily
from pipeline.synthesize.tasks import forms_by_name


def test_look_ups_are_about_held_out_documents_in_their_languages(leases: Material) -> None:
    found = look_ups(leases, 5)
    assert {look_up.document.title for look_up in found} == set(HELD_OUT)
    assert {look_up.language for look_up in found} == {"en", "ko"}
    assert len(found) > 60 and len({look_up.item for look_up in found}) == len(found)
    assert look_ups(leases, 5) == found


def test_answer_is_verbatim_in_the_evidence_and_not_in_the_question(leases: Material) -> None:
    for look_up in look_ups(leases, 5):
        assert look_up.evidence == look_up.document.text[look_up.start : look_up.end]
        assert one_line(look_up.answer) in one_line(look_up.evidence)
        assert look_up.answer not in look_up.question


def test_written_question_is_taken_out_of_its_message(leases: Material) -> None:
    (written,) = [look_up for look_up in look_ups(leases, 5) if look_up.task == "qa"]
    assert written.question == WRITTEN_QUESTION and written.answer == WRITTEN_ANSWER
    assert written.evidence == WRITTEN_EVIDENCE and written.row_id == written.document.doc_id


def test_seed_changes_words_and_order_only(leases: Material) -> None:
    one, two = look_ups(leases, 5), look_ups(leases, 6)
    assert {look_up.question for look_up in one} != {look_up.question for look_up in two}
    assert in_turn(one, 5) != in_turn(one, 6) and set(in_turn(one, 5)) == set(in_turn(one, 6)) == set(one)


def test_languages_take_turns(leases: Material) -> None:
    ordered = in_turn(look_ups(leases, 5), 5)
    assert {look_up.language for look_up in ordered[:2]} == {"en", "ko"}
    assert sum(look_up.language == "en" for look_up in ordered[:20]) == 10


def test_short_answer_has_few_words_of_usual_length() -> None:
    assert is_short("within thirty days", max_words=3)
    assert not is_short("within thirty business days", max_words=3)
    assert not is_short("x" * 61, max_words=5)


def test_number_that_only_labels_a_line_is_no_answer() -> None:
    assert _is_label("6", "5. Rinse.\n6. Calibrate.\n  6) Again.")
    assert not _is_label("6", "6. Rinse 6 times.") and not _is_label("6", "Rinse (6) times.")
    assert _is_label("6", "6. Rinse 16 times, 60 at most.")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_question_about_the_state_before_a_change_is_left_out(leases: Material, language: str) -> None:
    one = next(look_up for look_up in look_ups(leases, 5) if look_up.language == language)
    lead = language_rules(language).frames.before_amendment
    about_change = replace(one, question=lead[0].upper() + lead[1:] + one.question)
    assert left_out_for(one) is None
    assert left_out_for(about_change) is LeftOut.CHANGE
    assert left_out_for(replace(one, form="clause.amended")) is LeftOut.CHANGE


def test_question_that_holds_its_answer_in_other_letters_is_left_out(leases: Material) -> None:
    one = look_ups(leases, 5)[0]
    held = replace(one, question="Which term means “the Oracle software of the Entitlement”?", answer="Software")
    assert left_out_for(held) is LeftOut.IN_QUESTION
    assert left_out_for(replace(held, answer="Soft")) is None
    assert left_out_for(replace(held, question="요금이 1,200원인 것은?", answer="1200원")) is LeftOut.IN_QUESTION


def test_only_names_values_and_times_are_phrases(leases: Material) -> None:
    one = look_ups(leases, 5)[0]
    assert asks_for_phrase(replace(one, form="amount.named")) and asks_for_phrase(replace(one, form="party.role"))
    assert not asks_for_phrase(replace(one, form="clause.text", answer="five"))
    assert asks_for_phrase(replace(one, form="", answer="Imogen Tattersall"))
    assert not asks_for_phrase(replace(one, form="", answer="She keeps them."))
    assert not asks_for_phrase(replace(one, form="", answer="그가 보관한다"))


def test_forms_that_are_named_are_look_ups() -> None:
    for name in (*_PHRASE_FORMS, *_CHANGE_FORMS):
        assert forms_by_name()[name].family == TaskFamily.LOOK_UP
