from __future__ import annotations

import pytest
from own_documents import HELD_OUT, NAMES, TITLES

from pipeline.evaluate.documents.look_ups import look_ups
from pipeline.evaluate.documents.passages import DistractorPool, passages_of, proving_passage
from pipeline.evaluate.material import Material


@pytest.mark.parametrize("max_chars", [60, 200, 700])
def test_passages_are_text_of_the_document_within_the_limit(leases: Material, max_chars: int) -> None:
    for entry in leases.held_out:
        document = leases.context(entry.doc_id)
        found = passages_of(document, max_chars=max_chars)
        assert found
        at = 0
        for passage in found:
            at = document.text.index(passage.text, at)
            assert max_chars // 4 - 2 <= len(passage.text) <= max_chars
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
