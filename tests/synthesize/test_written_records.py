"""Whole records of written rows: the candidate, and each rejection with its sentence."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from synthesis_documents import LEASE_EN, question_json, replied
from written_requests import judge_written, plan_written

from pipeline.config.build import PromptForm, WrittenRecipe
from pipeline.config.written_checks import WrittenChecksRecipe
from pipeline.identity import content_id
from pipeline.records import Candidate, Checks, Evidence, Page, Rejection
from pipeline.synthesize.prompts.templates import prompt_version
from pipeline.synthesize.teachers.protocol import (
    FinishReason,
    Sampling,
    TeacherReply,
    too_long_reply,
)
from pipeline.synthesize.written.draft import PlannedRequest

PAGED = replace(LEASE_EN, pages=(Page(0, "1"), Page(LEASE_EN.text.index("2. RENT"), "2")), bucket=4096, source_offset=9)
SENTENCE = "The Club shall pay the Board an annual rent of GBP 4,800 for the shed."
QUESTION = "How much annual rent does the Club pay for the shed?"
GOOD = question_json(f" {QUESTION} ", "GBP 4,800", SENTENCE)


def planned(**changes: object) -> list[PlannedRequest]:
    settings = {
        "tasks": ("qa",),
        "form": PromptForm.CHAT,
        "questions_per_document": 8,
        "segment_tokens": 64,
        "max_model_tokens": 8192,
        **changes,
    }
    sampling = Sampling(temperature=0.0, max_answer_tokens=64, seed=17)
    return plan_written(context=PAGED, sampling=sampling, **settings)  # type: ignore[arg-type]


RENT = next(item for item in planned() if "annual rent" in PAGED.text[item.segment.start : item.segment.end])


def judged(reply: TeacherReply, item: PlannedRequest = RENT, **changes: object) -> list[Candidate | Rejection]:
    settings = {"questions_taken": (), "recipe": WrittenRecipe(), **changes}
    candidates, rejections = judge_written(
        context=PAGED,
        planned=[item],
        replies=[reply],
        teacher="told:teacher",
        **settings,  # type: ignore[arg-type]
    )
    return [*candidates, *rejections]


def test_written_candidate_holds_everything_about_its_row() -> None:
    start = PAGED.text.index(SENTENCE)
    assert judged(replied(GOOD)) == [
        Candidate(
            candidate_id=content_id(PAGED.doc_id, "qa", QUESTION, "GBP 4,800", start),
            doc_id=PAGED.doc_id,
            parent_id=PAGED.parent_id,
            task="qa",
            family="look_up",
            form="qa",
            origin="written",
            domain="legal",
            language="en",
            bucket=4096,
            question=QUESTION,
            answer="GBP 4,800",
            evidence=(
                Evidence(
                    doc_id=PAGED.doc_id,
                    start=start,
                    end=start + len(SENTENCE),
                    quote=SENTENCE,
                    depth=start / len(PAGED.text),
                    page="2",
                ),
            ),
            checks=Checks(True, 1.0, True, 1.0, True, None),
            teacher="told:teacher",
            prompt_version=prompt_version("en", "qa"),
            is_trivial=False,
        )
    ]


@pytest.mark.parametrize(
    ("reply", "reason", "detail"),
    [
        (
            TeacherReply("half", FinishReason.LENGTH, 100, 0, 64, ""),
            "answer_cut",
            "The reply reached its limit of 64 tokens.",
        ),
        (
            too_long_reply(num_prompt_tokens=9, room_tokens=8),
            "prompt_too_long",
            "Not answered: the prompt has 9 tokens, but the window has room for 8.",
        ),
        (replied("{"), "not_json", "Expecting property name enclosed in double quotes at character 1."),
        (replied("[" * 100_000), "not_json", "RecursionError."),
        (
            replied('{"question": "a"}'),
            "wrong_fields",
            "The reply must be an object with exactly these fields: question, answer, evidence.",
        ),
        (replied(GOOD.replace("GBP 4,800", "\\ud83d")), "not_text", "A string holds half of a surrogate pair."),
        (
            replied(question_json(QUESTION, "GBP 4,800", "x" * 200)),
            "evidence_not_found",
            f"The quote is not in the document: {'x' * 160}",
        ),
        (
            replied(question_json(QUESTION, "GBP 5,000", SENTENCE)),
            "value_not_in_evidence",
            "'GBP 5,000' of the answer is not in the evidence.",
        ),
    ],
)
def test_written_rejection_says_what_was_wrong(reply: TeacherReply, reason: str, detail: str) -> None:
    assert judged(reply) == [
        Rejection(
            stage="synthesize",
            item_id=content_id(PAGED.doc_id, "qa", RENT.segment.start, "", reply.text),
            reason=reason,
            detail=detail,
            score=None,
            source_uri=PAGED.source_uri,
            source_offset=9,
            excerpt=" ".join(reply.text.split())[:400],
        )
    ]


def test_written_question_that_is_taken_is_named() -> None:
    (rejection,) = judged(replied(GOOD), questions_taken=[QUESTION.upper()])
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.detail) == (
        "duplicate_question",
        f"The document already has this question: {QUESTION}",
    )


def test_written_limits_are_those_given() -> None:
    reply = replied(question_json(QUESTION, "GBP 4,800 of golden coins", SENTENCE))

    def limited(**limits: float) -> WrittenRecipe:
        return WrittenRecipe(checks=WrittenChecksRecipe(**limits))  # type: ignore[arg-type]

    share = 1 / 3  # the sum of golden and coins
    assert isinstance(judged(reply, recipe=limited(min_answer_support=0.3))[0], Candidate)
    (rejection,) = judged(reply, recipe=limited(min_answer_support=0.4))
    assert isinstance(rejection, Rejection) and (rejection.reason, rejection.score) == ("answer_not_supported", share)
    strange = replied(GOOD.replace("How much annual rent", "How much tasty annual rent"))
    assert isinstance(judged(strange, recipe=limited(min_question_grounding=0.8))[0], Candidate)
    (rejection,) = judged(strange, recipe=limited(min_question_grounding=0.9))
    assert isinstance(rejection, Rejection) and rejection.reason == "question_not_grounded"


def test_written_summary_without_words_is_rejected() -> None:
    item = next(one for one in planned(tasks=("summary",)) if one.section_title == "2. RENT")
    for text, detail in (
        (json.dumps({"summary": " "}), "The summary is empty."),
        (json.dumps({"text": "a"}), "The reply must be an object with exactly these fields: summary."),
    ):
        (rejection,) = judged(replied(text), item)
        assert isinstance(rejection, Rejection) and rejection.detail == detail


def test_written_plan_stands_in_the_order_of_the_document_with_its_prompt_version_and_sampling() -> None:
    items = planned(tasks=("qa", "summary"), questions_per_document=5, segment_tokens=200)
    assert [item.segment.start for item in items] == sorted(item.segment.start for item in items)
    tasks = [item.task for item in items]
    assert (tasks.count("qa"), tasks.count("summary")) == (3, 2)
    for item in items:
        assert item.form is PromptForm.CHAT
        assert item.request.prompt_version == prompt_version("en", item.task)
        assert item.request.sampling == Sampling(temperature=0.0, max_answer_tokens=64, seed=17)
        assert (item.section_title != "") is (item.task == "summary")
        assert (item.fact, item.opening) == (None, "")
