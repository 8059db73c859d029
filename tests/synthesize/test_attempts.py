"""What an attempt is shown, when it is made, and how its reply is read."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged_drafts import CLOSED, EN, KO, SAMPLES, WHOLE, WITHOUT_1, WITHOUT_2, Sample

from pipeline.config.judge import AttemptKind
from pipeline.records import Dropped, TaskFamily
from pipeline.synthesize.prompts.chat import Passage, atom_schema, document_prefix, task_prompt
from pipeline.synthesize.prompts.templates import task_templates
from pipeline.synthesize.reply_parsing import json_fields
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.written.attempts import Attempt, attempt_prompt, conditions_of, read_attempt

ALL = tuple(AttemptKind)


def test_question_about_one_segment_is_attempted_with_and_without_the_document() -> None:
    assert conditions_of(EN.one, family=TaskFamily.LOOK_UP, kinds=ALL) == (WHOLE, CLOSED)


def test_question_about_two_segments_is_also_attempted_without_each() -> None:
    found = conditions_of(EN.two, family=TaskFamily.MULTI_HOP, kinds=ALL)
    assert found == (WHOLE, CLOSED, WITHOUT_1, WITHOUT_2)
    assert [condition.name for condition in found] == ["whole_document", "closed_book", "without_1", "without_2"]


def test_kinds_of_the_recipe_decide_and_their_order_does_not() -> None:
    kinds = [AttemptKind.CLOSED_BOOK, AttemptKind.WHOLE_DOCUMENT]
    assert conditions_of(EN.two, family=TaskFamily.MULTI_HOP, kinds=kinds) == (WHOLE, CLOSED)
    assert conditions_of(EN.two, family=TaskFamily.MULTI_HOP, kinds=[]) == ()


def test_summary_is_not_attempted_and_an_absent_answer_only_with_the_document() -> None:
    assert conditions_of(EN.two, family=TaskFamily.SUMMARY, kinds=ALL) == ()
    assert conditions_of(EN.two, family=TaskFamily.NOT_ANSWERABLE, kinds=ALL) == (WHOLE,)


def test_segments_that_overlap_are_not_left_out() -> None:
    first = EN.two.segments[0]
    overlapping = replace(EN.two, segments=(first, Span(start=first.start + 1, end=first.end + 20)))
    assert conditions_of(overlapping, family=TaskFamily.MULTI_HOP, kinds=ALL) == (WHOLE, CLOSED)


@pytest.mark.parametrize("sample", SAMPLES, ids=["en", "ko"])
def test_attempt_with_the_document_begins_like_every_prompt_about_it(sample: Sample) -> None:
    context = sample.context
    prompt = attempt_prompt(WHOLE, sample.one, context=context, document=context.text)
    asked = task_prompt(
        document=context.text,
        passages=[Passage("x")],
        task="qa",
        schema=atom_schema(),
        domain="legal",
        language=context.language,
    )
    system, prefix = document_prefix(context.text, context.language)
    assert prompt.messages[0] == asked.messages[0] == system
    assert prompt.messages[1].content.startswith(prefix) and asked.messages[1].content.startswith(prefix)
    assert prompt.messages[1].content.endswith(sample.one.question)
    assert sample.one.answer not in prompt.messages[1].content
    assert json.loads(prompt.answer_schema)["required"] == ["answer", "answerable"]


@pytest.mark.parametrize("sample", SAMPLES, ids=["en", "ko"])
def test_closed_book_shows_the_title_and_the_question_and_nothing_of_the_document(sample: Sample) -> None:
    context = sample.context
    content = attempt_prompt(CLOSED, sample.one, context=context, document=context.text).messages[1].content
    assert context.title in content and content.endswith(sample.one.question)
    sentences = [line for line in context.text.splitlines() if line and not line.startswith("#")]
    assert len(sentences) == 3 and not any(line in content for line in sentences)
    untitled = attempt_prompt(CLOSED, sample.one, context=replace(context, title=" "), document=context.text)
    assert task_templates("attempts", context.language)["title_label"] not in untitled.messages[1].content


@pytest.mark.parametrize("sample", SAMPLES, ids=["en", "ko"])
def test_attempt_without_a_segment_shows_the_other_with_its_headings(sample: Sample) -> None:
    context, two = sample.context, sample.two
    texts = [context.text[span.start : span.end] for span in two.segments]
    for condition, shown, hidden in ((WITHOUT_1, 1, 0), (WITHOUT_2, 0, 1)):
        content = attempt_prompt(condition, two, context=context, document=context.text).messages[1].content
        assert texts[shown] in content and texts[hidden] not in content
    first = attempt_prompt(WITHOUT_2, two, context=context, document=context.text).messages[1].content
    titles = [section.title for section in context.sections if section.title]
    assert f"{titles[0]} > {titles[2]}\n" in first[: first.index(texts[0])]


def test_follow_up_shows_the_turn_before() -> None:
    content = attempt_prompt(CLOSED, EN.two, context=EN.context, document="", before=EN.one).messages[1].content
    assert f"{EN.one.question}\n{EN.one.answer}" in content
    assert content.index(EN.one.answer) < content.index(EN.two.question)


@pytest.mark.parametrize("kind", AttemptKind)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_examples_of_the_prompt_are_replies_that_can_be_read(language: str, kind: AttemptKind) -> None:
    lines = task_templates("attempts", language)["examples"][kind.value].splitlines()
    read = [read_attempt(line[line.index('{"answer": "') :], WHOLE) for line in lines]
    assert [one.answerable for one in read if isinstance(one, Attempt)] == [True, False]


@given(st.text(), st.booleans())
def test_reply_is_read_as_it_was_written(answer: str, answerable: bool) -> None:
    read = read_attempt(json.dumps({"answer": answer, "answerable": answerable}), CLOSED)
    if answerable and not answer.strip():
        assert isinstance(read, Dropped) and read.reason == "empty_answer"
    else:
        assert read == Attempt(CLOSED, answer.strip(), answerable)


def test_reply_in_a_fence_after_reasoning_is_read() -> None:
    text = '<think>{"answer": "no"}</think>\n```json\n{"answer": "12 euros", "answerable": true}\n```'
    assert read_attempt(text, WHOLE) == Attempt(WHOLE, "12 euros", True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not_json"),
        ('{"answer": "12 eu', "not_json"),
        ("[" * 100_000, "not_json"),
        ('{"answer": "x"}', "wrong_fields"),
        ('{"answer": "x", "answerable": "true"}', "wrong_fields"),
        ('{"answer": "x", "answerable": 1}', "wrong_fields"),
        ('{"answer": ["x"], "answerable": true}', "wrong_fields"),
        ('{"answer": "x", "answerable": true, "note": ""}', "wrong_fields"),
        ('{"answer": "  ", "answerable": true}', "empty_answer"),
        ('{"answer": "\\ud800", "answerable": true}', "not_text"),
        ('[{"answer": "x", "answerable": true}]', "wrong_fields"),
    ],
)
def test_broken_reply_is_dropped_with_its_reason(text: str, reason: str) -> None:
    read = read_attempt(text, WHOLE)
    assert isinstance(read, Dropped) and read.reason == reason and read.detail


def test_broken_text_deep_inside_a_reply_is_found() -> None:
    depth = 300
    text = '{"a": ' + "[" * depth + '{"\\udc00": 1}' + "]" * depth + "}"
    found = json_fields(text, ("a",))
    assert isinstance(found, Dropped) and found.reason == "not_text"


def test_korean_rules_are_in_korean() -> None:
    content = attempt_prompt(CLOSED, KO.one, context=KO.context, document="").messages[0].content
    assert "질문" in content
