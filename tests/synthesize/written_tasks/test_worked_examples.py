"""The worked examples in the prompts are replies that a strong model imitates, so each must pass its own checks."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worked_examples import planned, read, worked_examples, written_document

from pipeline.records import Dropped
from pipeline.synthesize.prompts.templates import task_templates
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.written.draft import Draft
from pipeline.synthesize.written.questions import question_request
from pipeline.synthesize.written_tasks import written_tasks

TASKS = ("application", "decisions", "explanation", "not_answerable", "procedure")
ABOUT = {
    "en": "".join(
        f"Room {n} of the harbour library opens at noon, and {n + 30} volunteers work in it.\n" for n in range(9)
    ),
    "ko": "".join(f"항구 도서관의 {n}호실은 정오에 열며, 자원봉사자 {n + 30}명이 그곳에서 일한다.\n" for n in range(9)),
}
"""What the rest of each document says."""
EXAMPLES = [
    pytest.param(task, language, domain, segments, reply, id=f"{task}-{language}-{domain}")
    for task in TASKS
    for language in ("en", "ko")
    for domain, segments, reply in worked_examples(task, language)
]


def test_every_served_domain_has_an_example_or_one_that_it_falls_back_to() -> None:
    for task in TASKS:
        domains = written_tasks()[task].domains or ("legal", "manual", "code", "dialogue")
        for language in ("en", "ko"):
            words = task_templates(task, language)
            assert set(words["examples"]) == set(domains)
            assert set(words.get("focus", words["examples"])) == set(domains)
            assert ("focus" in words) == ("FOCUS" in words["rules"])
    assert len(EXAMPLES) == 2 * (2 + 1 + 1 + 4 + 2)


@pytest.mark.parametrize(("task", "language", "domain", "segments", "reply"), EXAMPLES)
def test_worked_example_passes_the_checks_of_its_task(task, language, domain, segments, reply):
    (segment,) = segments
    document = written_document(f"{segment}\n\n{ABOUT[language]}", domain=domain, language=language)
    item = question_request(document, (Span(start=0, end=len(segment)),), task=task)
    draft = read(document, item, **reply)
    assert not isinstance(draft, Dropped), draft
    assert all(document.text(span) in segment for span in draft.evidence)


SIMPLE = st.none() | st.booleans() | st.integers() | st.text(max_size=30)
VALUES = st.recursive(SIMPLE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner))


@settings(max_examples=20)
@given(st.sampled_from(EXAMPLES), st.data())
def test_any_reply_becomes_a_draft_or_a_reason(example, data):
    task, language, domain, (segment,), reply = example.values
    document = written_document(f"{segment}\n\n{ABOUT[language]}", domain=domain, language=language)
    item = question_request(document, (Span(start=0, end=len(segment)),), task=task)
    changed = dict(reply)
    for key in data.draw(st.sets(st.sampled_from(sorted(changed)), min_size=1)):
        changed[key] = data.draw(VALUES, label=key)
    text = json.dumps(changed, ensure_ascii=False)
    read_reply = written_tasks()[task].chat.read
    for cut in (text, text[: data.draw(st.integers(0, len(text)))]):
        found = read_reply(document, item, cut)
        assert isinstance(found, Draft) or (isinstance(found, Dropped) and found.reason and found.detail)
        if isinstance(found, Draft):
            assert found.evidence and all(segment[span.start : span.end].strip() for span in found.evidence)


@pytest.mark.parametrize("task", [*TASKS, "what_breaks"])
def test_schema_asks_for_nothing_first_and_for_every_field_of_the_examples(task):
    for language in ("en", "ko"):
        ((domain, segments, reply), *_) = worked_examples(task, language)
        joined = "\n\n\n".join(segments)
        text = f"# file: a.py\n{joined}\n" if domain == "code" else f"{joined}\n\n{ABOUT[language]}"
        item = planned(written_document(text, domain=domain, language=language), task)[0]
        schema = json.loads(item.request.prompt.answer_schema)
        assert next(iter(schema["properties"])) == "nothing"
        assert list(schema["properties"]) == schema["required"] == list(reply)
        assert schema["additionalProperties"] is False
