"""Sample rows of a build's page: their questions, and that they vary."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthesis_documents import LEASE_EN
from written_candidates import written_candidate

from pipeline.export.rows import QuestionPlace, RenderedRow, render_rows
from pipeline.report.build_samples import choose_varied, question_of, sample_row
from pipeline.tokens.conversation import TokenizedConversation


@given(st.sets(st.tuples(st.sampled_from("abcd"), st.sampled_from(["en", "ko"])), min_size=1), st.integers(1, 9))
def test_choose_varied_any_keys_shows_each_component_before_one_repeats_often(
    keys: set[tuple[str, str]], limit: int
) -> None:
    chosen = choose_varied(sorted(keys), limit)
    assert len(chosen) == min(limit, len(keys)) == len(set(chosen))
    if limit >= 2 and len({language for _, language in keys}) == 2 and len({domain for domain, _ in keys}) > 1:
        assert len({language for _, language in chosen}) == 2 or len({domain for domain, _ in chosen}) == 2


def test_question_of_message_with_the_document_is_the_rest() -> None:
    assert question_of("Read this.\n\nThe rent is 900.\n\nHow much is the rent?", "The rent is 900.") == (
        "How much is the rent?"
    )
    assert question_of("월세는 얼마인가요?\n\n월세는 65만 원이다.", "월세는 65만 원이다.") == "월세는 얼마인가요?"
    assert question_of("Only a question?", "another document") == "Only a question?"


@pytest.mark.parametrize(
    ("message", "document", "question"),
    [
        ("The text.\n\nWhat?", "The text.", "What?"),
        ("What?\n\nThe text.", "The text.", "What?"),
        ("Part 2\n\nThe text.\n\nWhat?", "The text.", "What?"),
        ("x" * 601 + "?", "Another text.", "x" * 599 + "?"),
        ("What?", "", "What?"),
    ],
)
def test_question_is_the_message_without_its_document(message: str, document: str, question: str) -> None:
    assert question_of(message, document) == question


@pytest.mark.parametrize("place", list(QuestionPlace))
def test_sample_of_a_part_shows_its_question_without_the_note_above_the_part(place: QuestionPlace) -> None:
    part = replace(LEASE_EN, part=2, num_parts=3)
    asked = replace(written_candidate(1), candidate_id="c", question="Who pays?")
    (row,) = render_rows(
        [asked],
        context=part,
        split="train",
        place=place,
        tokenizer="t",
        tokenize=lambda messages: TokenizedConversation(np.arange(9, dtype=np.uint32), ((4, 9),), 0),
    )
    assert isinstance(row, RenderedRow)
    (turn,) = sample_row(row.example, {part.doc_id: part}).turns
    assert turn.question.endswith("Who pays?")
    assert "Part 2" not in turn.question


def test_varied_choice_takes_what_was_shown_least_so_far() -> None:
    keys = [("a", "en"), ("a", "ko"), ("b", "en"), ("b", "ko"), ("c", "en")]
    assert choose_varied(keys, 3) == [("a", "en"), ("b", "ko"), ("c", "en")]
    assert choose_varied(keys, 4) == [("a", "en"), ("b", "ko"), ("c", "en"), ("a", "ko")]
    assert choose_varied(keys, 0) == []
    assert sorted(choose_varied(keys, 9)) == sorted(keys)
