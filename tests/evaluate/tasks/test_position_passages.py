from __future__ import annotations

from dataclasses import replace

import pytest
from own_documents import HELD_OUT, NAMES, TITLES
from structural_documents import make_context

from pipeline.evaluate.documents.look_ups import look_ups
from pipeline.evaluate.documents.passages import (
    LEAST_SHARE,
    DistractorPool,
    ends_sentence,
    passages_of,
    proving_passage,
)
from pipeline.evaluate.material import Material
from pipeline.records import Context


@pytest.mark.parametrize("max_chars", [200, 400, 700])
def test_passages_are_text_of_the_document_within_the_limit(leases: Material, max_chars: int) -> None:
    for entry in leases.held_out:
        document = leases.context(entry.doc_id)
        found = passages_of(document, max_chars=max_chars)
        assert found
        at = 0
        for passage in found:
            at = document.text.index(passage.text, at)
            share = LEAST_SHARE if passage is not found[-1] else 0.25
            assert share * max_chars - 2 <= len(passage.text) <= max_chars
            assert passage.document_title == document.title and passage.title.startswith(document.title)


def test_passages_cover_nearly_all_of_a_document(leases: Material) -> None:
    document = leases.context(leases.held_out[0].doc_id)
    covered = sum(len(passage.text) for passage in passages_of(document, max_chars=400))
    assert covered > 0.9 * len(document.text)


def test_proving_passage_holds_the_evidence_and_begins_with_its_heading_if_they_fit(leases: Material) -> None:
    num_with_heading = 0
    for look_up in look_ups(leases, 5):
        passage = proving_passage(look_up, max_chars=800)
        if passage is None:
            assert len(look_up.evidence) > 400
            continue
        assert look_up.evidence in passage.text and len(passage.text) <= 800
        heading = passage.title.split(" > ")[-1]
        num_with_heading += heading in passage.text
        assert heading in passage.text or len(passage.text) > 400
    assert num_with_heading > 40


def test_evidence_longer_than_a_passage_has_none(leases: Material) -> None:
    longest = max(look_ups(leases, 5), key=lambda look_up: look_up.end - look_up.start)
    assert proving_passage(longest, max_chars=20) is None


def test_distractors_are_from_other_documents_of_the_language(leases: Material) -> None:
    pool = DistractorPool(leases, seed=3)
    for entry in leases.held_out:
        own = leases.context(entry.doc_id).title
        titles = {passage.document_title for passage in pool.distractors(entry, max_chars=400)}
        language = entry.language
        assert titles == {TITLES[language].format(name=name) for name in NAMES[language]} - {own}
    assert {leases.context(entry.doc_id).title for entry in leases.held_out} == set(HELD_OUT)


def test_order_of_distractors_depends_on_seed_and_target_only(leases: Material) -> None:
    target = leases.held_out[0]
    one = list(DistractorPool(leases, seed=3).distractors(target, max_chars=400))
    assert one == list(DistractorPool(leases, seed=3).distractors(target, max_chars=400))
    other = list(DistractorPool(leases, seed=4).distractors(target, max_chars=400))
    assert other != one and set(other) == set(one)


def chat() -> Context:
    lines = [
        f"[10:{minute:02}] {'Ada' if minute % 2 else 'Bo'}: The lamp {minute} is out again." for minute in range(40)
    ]
    return make_context("\n".join(lines), domain="dialogue", language="en")


def test_passage_of_a_chat_begins_with_a_speaker() -> None:
    found = passages_of(chat(), max_chars=300)
    assert len(found) > 4
    assert all(passage.text.startswith("[10:") and ends_sentence(passage.text) for passage in found)


def test_proof_of_a_chat_keeps_its_speaker(leases: Material) -> None:
    context = chat()
    quote = "The lamp 17 is out again."
    start = context.text.index(quote)
    look_up = replace(look_ups(leases, 5)[0], document=context, start=start, end=start + len(quote))
    passage = proving_passage(look_up, max_chars=300)
    assert passage is not None and f"Ada: {quote}" in passage.text and passage.text.startswith("[10:")


def test_short_sections_are_joined_and_headings_do_not_end_a_passage() -> None:
    parts = [f"# Lamp {number}\n\nLamp {number} is lit at dusk by the keeper of the tower." for number in range(30)]
    found = passages_of(make_context("\n\n".join(parts), domain="manual", language="en"), max_chars=300)
    assert len(found) > 5
    assert all(ends_sentence(passage.text) and len(passage.text) >= 180 for passage in found[:-1])


@pytest.mark.parametrize(
    ("text", "ends"), [("It is lit.", True), ("등을 켠다", True), ("8. TRANSLATION", False), ("Bo:", False)]
)
def test_heading_and_name_of_a_speaker_do_not_end_a_sentence(text: str, ends: bool) -> None:
    assert ends_sentence(text) is ends
