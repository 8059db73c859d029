"""Everything that a task writes in a row is in the register of the rows about its document, whatever the task."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from merged_documents import document_of, example_request
from merged_documents import planned as planned_from
from synthesis_documents import CONTRACT_KO
from worked_examples import planned, planned_about, read, worked_examples, written_document

from pipeline.records import Dropped
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest
from pipeline.synthesize.written.questions import question_request
from pipeline.synthesize.written_tasks import written_task_names

Asked = tuple[WrittenDocument, PlannedRequest, Mapping[str, object]]
ABOUT = "".join(f"항구 도서관의 {n}호실은 정오에 열며, 자원봉사자 {n + 30}명이 그곳에서 일한다.\n" for n in range(9))
POLITE = " 그렇게 적혀 있어요."
"""A sentence in another register than the examples, which are formal."""
TITLES = ("제1조 (목적)", "제2조 (대금)", "제3조 (하자)")
SUMMARY = (
    "을은 갑에게 매월 대금 12,500,000원을 지급하며, 세금계산서를 받은 날부터 15일 이내에 지급하여야 합니다."
    " 갑은 하자 통지를 받은 날부터 10영업일 이내에 부품을 교체합니다. 계약은 2023년 3월 2일에 체결되었습니다."
)


def of_example(task: str) -> Asked:
    domain, (segment,), reply = next(iter(worked_examples(task, "ko")))
    document = written_document(f"{segment}\n\n{ABOUT}", domain=domain, language="ko")
    return document, question_request(document, (Span(start=0, end=len(segment)),), task=task), reply


def of_merge(task: str) -> Asked:
    document, item, example = example_request(task, "ko", "legal")
    return document, item, {"nothing": False, **example.reply}


def qa() -> Asked:
    document = written_document(CONTRACT_KO, domain="legal", language="ko", segment_tokens=128)
    reply = {
        "question": "갑은 하자 통지를 받은 날부터 언제까지 부품을 교체합니까?",
        "answer": "하자 통지를 받은 날부터 10영업일 이내에 교체합니다.",
        "evidence": ["갑은 하자 통지를 받은 날부터 10영업일 이내에 부품을 교체한다."],
    }
    return document, planned_about(document, "qa", "하자"), reply


def what_breaks() -> Asked:
    ((_, segments, reply),) = worked_examples("what_breaks", "ko")
    unused = [f"def unused_{n}(config):\n    limit = {n}\n    return config.host, limit\n" for n in range(12)]
    text = "# file: net/ports.py\n" + "\n\n\n".join([*segments, *unused])
    document = written_document(text, domain="code", language="ko")
    (item,) = planned(document, "what_breaks")
    return document, item, reply


def summary() -> Asked:
    text = f"{CONTRACT_KO}\n{ABOUT}"
    document = written_document(
        text, domain="legal", language="ko", titles=TITLES, segment_tokens=128, min_section_tokens=1
    )
    item = planned_about(document, "summary", "세금계산서")
    return document, item, {"summary": "을은 매월 대금 12,500,000원을 15일 이내에 지급하여야 합니다."}


def document_summary() -> Asked:
    document = document_of(f"{CONTRACT_KO}\n{ABOUT[:160]}", titles=TITLES, language="ko")
    (item,) = planned_from(document, "document_summary", [])
    return document, item, {"summary": SUMMARY}


ASKED: dict[str, Callable[[], Asked]] = {
    **{
        task: lambda task=task: of_example(task)
        for task in ("application", "decisions", "explanation", "not_answerable", "procedure")
    },
    **{task: lambda task=task: of_merge(task) for task in ("comparison", "follow_up", "multi_hop")},
    "qa": qa,
    "what_breaks": what_breaks,
    "summary": summary,
    "document_summary": document_summary,
}
WRITTEN = {
    "application": ("question", "answer"),
    "comparison": ("question", "difference"),
    "decisions": ("question", "items.item"),
    "document_summary": ("summary",),
    "explanation": ("question", "answer"),
    "follow_up": ("question", "answer"),
    "multi_hop": ("question", "answer"),
    "not_answerable": ("question", "refusal", "nearest"),
    "procedure": ("question", "steps.step"),
    "qa": ("question", "answer"),
    "summary": ("summary",),
    "what_breaks": ("question", "answer"),
}
"""The fields of each task's reply that become text of a row."""


def polite(reply: Mapping[str, object], field: str) -> dict[str, object]:
    """The reply with one more sentence in a field, or in that field of the last of its items."""
    name, _, inner = field.partition(".")
    value = reply[name]
    if not inner:
        return {**reply, name: f"{value}{POLITE}"}
    assert isinstance(value, list)
    return {**reply, name: [*value[:-1], {**value[-1], inner: f"{value[-1][inner]}{POLITE}"}]}


def test_register_every_written_task_is_tried() -> None:
    assert set(ASKED) == set(WRITTEN) == set(written_task_names())


@pytest.mark.parametrize("task", sorted(ASKED))
def test_register_reply_in_that_of_the_document_is_kept(task: str) -> None:
    document, item, reply = ASKED[task]()
    assert document.register == "formal"
    draft = read(document, item, **reply)
    assert isinstance(draft, Draft), draft


@pytest.mark.parametrize(("task", "field"), [(task, field) for task, fields in WRITTEN.items() for field in fields])
def test_register_another_one_in_any_field_of_a_row_is_rejected(task: str, field: str) -> None:
    document, item, reply = ASKED[task]()
    fault = read(document, item, **polite(reply, field))
    assert isinstance(fault, Dropped)
    assert (fault.reason, "있어요" in fault.detail) == ("other_register", True), fault
