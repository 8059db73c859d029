from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from row_build import Asked, lease, row_about

from pipeline.evaluate.documents.row_turns import RowTurn, has_document
from pipeline.export.rows import QuestionPlace
from pipeline.languages import language_names, language_rules
from pipeline.records import Context, Evidence, Member, Message

QUESTIONS = st.text(min_size=1, max_size=40).filter(lambda text: text == text.strip())
CONTEXTS = {language: lease(1, language=language, num_sentences=1) for language in language_names()}


def part_of(context: Context) -> Context:
    return replace(context, num_parts=3, part=2, heading_path=("Annex",))


def joined(context: Context) -> Context:
    return replace(context, members=(Member("m", "lease", "lease.txt", 0, len(context.text), 9),))


@given(
    st.sampled_from(language_names()),
    st.sampled_from(QuestionPlace),
    st.sampled_from([lambda context: context, part_of, joined]),
    QUESTIONS,
)
def test_question_of_a_row_is_found_in_every_wording(language, place, change, question) -> None:  # type: ignore[no-untyped-def]
    context = change(CONTEXTS[language])
    turn = RowTurn(row_about(context, [Asked(question, "Yes.", [], "clause", "look_up")], place=place), 0, context)
    assert has_document(turn)
    assert turn.question == question
    assert turn.messages_without_document() == (Message("user", question),)


def test_quotes_so_far_are_those_of_the_turns_in_the_messages() -> None:
    context = CONTEXTS["en"]
    row = row_about(context, [Asked("What is it?", "Yes.", [], "clause", "look_up")] * 2)
    quotes = tuple(
        Evidence(context.doc_id, at, at + 5, context.text[at : at + 5], 0.5, turn=turn) for at, turn in [(0, 0), (9, 1)]
    )
    turns = [RowTurn(replace(row, evidence=quotes), number, context) for number in (0, 1)]
    assert [[quote.start for quote in turn.quotes_so_far] for turn in turns] == [[0], [0, 9]]


def test_question_is_found_in_all_wordings_of_a_language() -> None:
    seen = set()
    for number in range(60):
        question = f"What is {number}?"
        asked = [Asked(question, "Yes.", [], "clause", "look_up")]
        turn = RowTurn(row_about(CONTEXTS["en"], asked), 0, CONTEXTS["en"])
        assert turn.question == question
        seen.add(turn.messages[0].content.removeprefix(CONTEXTS["en"].text).strip().replace(question, "{question}"))
    assert seen == set(language_rules("en").frames.about_one)


@pytest.mark.parametrize("place", QuestionPlace)
def test_text_takes_the_place_of_the_document_and_leaves_the_words_around_it(place: QuestionPlace) -> None:
    context = part_of(CONTEXTS["en"])
    asked = [
        Asked("How much?", "40 dollars.", [], "clause", "look_up"),
        Asked("When?", "In May.", [], "clause", "look_up"),
    ]
    turn = RowTurn(row_about(context, asked, place=place), 1, context)
    assert turn.messages_with(context.text) == turn.messages
    first, *others = turn.messages_with("Only this.")
    assert first.content == turn.messages[0].content.replace(context.text, "Only this.")
    assert "Part 2 of 3" in first.content and tuple(others) == turn.messages[1:]
