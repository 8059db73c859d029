"""The worked examples in the prompts are replies that a strong model imitates, so each must pass its own checks."""

import pytest
from worked_examples import read, worked_examples, written_document

from pipeline.records import Dropped
from pipeline.synthesize.prompts.templates import task_templates
from pipeline.synthesize.sentences import Span
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
