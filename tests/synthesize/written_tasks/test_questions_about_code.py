"""Questions about code in another language than the code: identifiers ground them where words cannot."""

from __future__ import annotations

import pytest
from worked_examples import planned_about, read, worked_examples, written_document

from pipeline.records import Dropped
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.written.draft import Draft
from pipeline.synthesize.written.questions import question_request

CODE = '''"""Index files of the harbour office."""


def load(path):
    """Read the index of a folder."""
    if not path.exists():
        raise MissingIndexError(path)
    return parse(path.read_text())


def parse(text):
    """Split an index into its entries."""
    entries = [line.partition("=") for line in text.splitlines()]
    if not entries:
        return None
    return {name.strip(): value.strip() for name, _, value in entries}
'''
LOAD = {
    "question": "`load`에 존재하지 않는 폴더의 경로를 넘기면 무슨 일이 벌어집니까?",
    "answer": "그 경로로 `MissingIndexError`를 일으킵니다.",
    "evidence": ["if not path.exists():\n        raise MissingIndexError(path)"],
}


def about_load(**change: object) -> Draft | Dropped:
    document = written_document(f"# file: index.py\n{CODE}", domain="code", language="ko", segment_tokens=64)
    return read(document, planned_about(document, "qa", "def load"), **{**LOAD, **change})


def test_korean_question_about_english_code_is_grounded_by_its_identifiers() -> None:
    draft = about_load()
    assert isinstance(draft, Draft), draft
    assert draft.checks.question_grounded == 1.0


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("`load` 함수는 파일이 없는 경우에 어떤 예외를 일으킵니까?", "`MissingIndexError`를 일으킵니다."),
        ("load()는 존재하지 않는 폴더를 받으면 무슨 예외를 던집니까?", "`path`를 담은 `MissingIndexError`를 던집니다."),
    ],
)
def test_korean_question_in_other_words_is_grounded_too(question: str, answer: str) -> None:
    draft = about_load(question=question, answer=answer)
    assert isinstance(draft, Draft), draft


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("없는 경로를 받은 함수는 그 경로를 어떻게 처리합니까?", "question_not_grounded"),
        ("`unload`에 없는 경로를 주면 어떤 일이 벌어집니까?", "question_not_grounded"),
    ],
)
def test_question_without_an_identifier_of_the_code_is_rejected(question: str, reason: str) -> None:
    fault = about_load(question=question)
    assert isinstance(fault, Dropped)
    assert fault.reason == reason, fault


def test_answer_with_an_identifier_of_other_code_is_rejected() -> None:
    fault = about_load(answer="그 경로로 `EmptyIndexError`를 일으킵니다.")
    assert isinstance(fault, Dropped)
    assert fault.reason == "value_not_in_evidence", fault


@pytest.mark.parametrize("language", ["en", "ko"])
def test_worked_example_about_code_passes_without_a_judge(language: str) -> None:
    """The example asks about a function of a document that is English code, whatever the language of the question."""
    segments, reply = next(
        (segments, reply) for domain, segments, reply in worked_examples("qa", language) if domain == "code"
    )
    document = written_document(
        f"{segments[0]}\n\n\n{CODE[CODE.index('def parse') :]}", domain="code", language=language
    )
    item = question_request(document, (Span(start=0, end=len(segments[0])),), task="qa")
    draft = read(document, item, **reply)
    assert isinstance(draft, Draft), draft
