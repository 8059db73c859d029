from __future__ import annotations

import re
from dataclasses import replace

import pytest
from own_documents import HELD_OUT, NAMES, TITLES
from structural_documents import make_context

from pipeline.evaluate.documents.look_ups import look_ups
from pipeline.evaluate.documents.passages import (
    LEAST_SHARE,
    DistractorPool,
    NoProof,
    Passage,
    passages_of,
    proving_passage,
)
from pipeline.evaluate.material import Material
from pipeline.records import Context, Section


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
            assert passage.title == document.title
            assert passage.ends[-1] == len(passage.text) and not passage.text[0].islower()


def test_passages_cover_nearly_all_of_a_document(leases: Material) -> None:
    document = leases.context(leases.held_out[0].doc_id)
    covered = sum(len(passage.text) for passage in passages_of(document, max_chars=400))
    assert covered > 0.85 * len(document.text)


def test_proving_passage_holds_the_evidence_and_the_number_that_the_question_names(leases: Material) -> None:
    named = 0
    for look_up in look_ups(leases, 5):
        passage = proving_passage(look_up, max_chars=800)
        if isinstance(passage, NoProof):
            assert look_up.end - look_up.start > 400 or passage is NoProof.FAR
            continue
        assert look_up.evidence in passage.text and len(passage.text) <= 800
        assert passage.title == look_up.document.title
        for label in re.findall(r"Section (\d+\.\d+)|(제\d+조)", look_up.question):
            named += 1
            assert "".join(label) in passage.text
    assert named > 20


def test_evidence_longer_than_a_passage_has_none(leases: Material) -> None:
    longest = max(look_ups(leases, 5), key=lambda look_up: look_up.end - look_up.start)
    assert proving_passage(longest, max_chars=20) is NoProof.LONG


def test_number_that_a_question_names_too_far_above_the_answer_gives_no_passage(leases: Material) -> None:
    said = "The keeper rings the bell before each crossing of the river. " * 30
    context = make_context(
        f"7. Bells\n\n{said}\n\nThe bell of the ferry house weighs nine pounds in all.\n",
        domain="manual",
        language="en",
    )
    start = context.text.index("The bell of")
    one = replace(look_ups(leases, 5)[0], document=context, start=start, end=len(context.text) - 1)
    assert isinstance(proving_passage(replace(one, question="How heavy is it?"), max_chars=300), Passage)
    context = replace(context, sections=(Section(start=0, end=len(context.text), level=1, title="7. Bells"),))
    about = replace(one, document=context, question="What is heavy under “7. Bells”?")
    assert proving_passage(about, max_chars=300) is NoProof.FAR


def test_proof_among_images_is_no_prose(leases: Material) -> None:
    text = (
        "![](bell.png)\n\nThe bell of the ferry house weighs nine pounds in all.\n\n"
        "![](oar.png)\n\nThe oar is as long as the boat of the keeper is itself.\n"
    )
    context = make_context(text, domain="manual", language="en")
    start = text.index("The bell")
    one = replace(look_ups(leases, 5)[0], document=context, question="How heavy?", start=start, end=start + 53)
    assert proving_passage(one, max_chars=300) is NoProof.NO_PROSE


def test_distractors_are_from_other_documents_of_the_language(leases: Material) -> None:
    pool = DistractorPool(leases, seed=3)
    for entry in leases.held_out:
        own = leases.context(entry.doc_id).title
        titles = {passage.title for passage in pool.distractors(entry, max_chars=400)}
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
    assert all(passage.text.startswith("[10:") and passage.text.endswith("again.") for passage in found)


def test_proof_of_a_chat_keeps_its_speaker(leases: Material) -> None:
    context = chat()
    quote = "The lamp 17 is out again."
    start = context.text.index(quote)
    look_up = replace(look_ups(leases, 5)[0], document=context, start=start, end=start + len(quote))
    passage = proving_passage(look_up, max_chars=300)
    assert isinstance(passage, Passage) and f"Ada: {quote}" in passage.text and passage.text.startswith("[10:")


def test_short_sections_are_joined_and_headings_do_not_end_a_passage() -> None:
    parts = [f"# Lamp {number}\n\nLamp {number} is lit at dusk by the keeper of the tower." for number in range(30)]
    found = passages_of(make_context("\n\n".join(parts), domain="manual", language="en"), max_chars=300)
    assert len(found) > 5
    assert all(passage.text.endswith("tower.") and len(passage.text) >= 180 for passage in found[:-1])


def test_documents_without_a_proper_title_and_scraps_give_no_distractors(leases: Material) -> None:
    target, *others = leases.held_out
    odd = [replace(leases.context(entry.doc_id)) for entry in leases.documents if entry.doc_id != target.doc_id]
    contexts = {target.doc_id: leases.context(target.doc_id)}
    for number, row in enumerate(odd):
        title = f"{number}. Fares" if number % 3 == 0 else row.title
        text = row.text if number % 3 != 1 else row.text.replace("\n\n", "\n\n![](bell.png)\n\n")
        contexts[row.doc_id] = replace(row, title=title, text=text, sections=(), outline=None)
    material = Material(build=leases.build, documents=leases.documents, held_out=leases.held_out, _contexts=contexts)
    pool = DistractorPool(material, seed=3)
    found = list(pool.distractors(target, max_chars=400))
    assert others and found and pool.num_untitled > 0 and pool.num_scraps > 0
    assert not any("Fares" in passage.title or "![" in passage.text for passage in found)
