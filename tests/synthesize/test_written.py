import json
import math
from dataclasses import replace

import pytest
from synthesis_documents import LEASE_EN, MEETING_EN, SUPPLY_KO, context_of, question_json, replied
from written_requests import judge_written, plan_written

from pipeline.config.build import PromptForm, WrittenRecipe
from pipeline.synthesize.prompts.templates import prompt_version
from pipeline.synthesize.teachers.protocol import (
    ChatPrompt,
    CompletionPrompt,
    FinishReason,
    Sampling,
    too_long_reply,
)

SAMPLING = Sampling(temperature=0.0, max_answer_tokens=64, seed=17)


def plan(context, *, form=PromptForm.CHAT, tasks=("qa",), count=4, window=8192, segment_tokens=128, seed=17):
    return plan_written(
        context=context,
        tasks=tasks,
        form=form,
        questions_per_document=count,
        segment_tokens=segment_tokens,
        max_model_tokens=window,
        sampling=replace(SAMPLING, seed=seed),
    )


def test_plan_written_keeps_room_for_the_answer_in_the_window():
    room = 2000 + 2 * 150 + SAMPLING.max_answer_tokens  # instructions, segments, answer
    fits = math.ceil(LEASE_EN.num_tokens * 1.1) + room
    for window, is_whole in ((fits, True), (fits - 2, False)):
        planned = plan(LEASE_EN, window=window, segment_tokens=150)
        assert planned
        shown = [LEASE_EN.text in item.request.prompt.messages[1].content for item in planned]
        assert set(shown) == {is_whole}, window


def judge(context, planned, replies, *, taken=()):
    return judge_written(
        context=context,
        planned=planned,
        replies=replies,
        teacher="told:teacher",
        questions_taken=taken,
        recipe=WrittenRecipe(),
    )


def test_plan_written_in_chat_form_opens_every_prompt_with_the_whole_document():
    planned = plan(LEASE_EN)
    assert len(planned) >= 3
    contents = []
    for item in planned:
        assert isinstance(item.request.prompt, ChatPrompt)
        contents.append(item.request.prompt.messages[1].content)
        assert LEASE_EN.text[item.segment.start : item.segment.end] in contents[-1]
    prefix = f"DOCUMENT\n{LEASE_EN.text}\n\n"
    assert all(content.startswith(prefix) and "SEGMENT\n" in content for content in contents)
    assert [item.segment.start for item in planned] == sorted(item.segment.start for item in planned)
    required = json.loads(planned[0].request.prompt.answer_schema)["required"]
    assert required == ["nothing", "question", "answer", "evidence"]


def test_plan_written_shows_a_document_that_does_not_fit_in_fixed_pieces():
    paragraphs = [
        f"On {day} May 2021 the harbour crew counted {day * 7} gulls near pier {day}." for day in range(1, 29)
    ]
    context = context_of("\n\n".join(paragraphs * 6))
    planned = plan(context, window=64 + 2 * 128 + 2000 + 400, count=8)
    assert len(planned) == 8
    shown = {item.request.prompt.messages[1].content.split("\n\nSEGMENT\n")[0] for item in planned}
    assert 1 < len(shown) < 8
    assert all(len(document) < len(context.text) / 2 for document in shown)


def test_plan_written_in_completion_form_asks_about_one_sentence_with_one_fact():
    planned = plan(LEASE_EN, form=PromptForm.COMPLETION, count=6)
    assert len(planned) >= 4
    for item in planned:
        assert isinstance(item.request.prompt, CompletionPrompt)
        sentence = LEASE_EN.text[item.segment.start : item.segment.end]
        assert sentence.endswith(".")
        assert sentence[item.fact.start : item.fact.end] in item.request.prompt.text
    assert len({item.segment for item in planned}) == len(planned)


def test_plan_written_gives_the_tasks_their_turns():
    planned = plan(LEASE_EN, tasks=("qa", "summary"), count=4)
    assert sorted(item.task for item in planned) == ["qa", "qa", "summary", "summary"]
    assert {item.section_title for item in planned if item.task == "summary"} <= {
        section.title for section in LEASE_EN.sections
    }


@pytest.mark.parametrize("context", [LEASE_EN, SUPPLY_KO, MEETING_EN])
def test_plan_written_is_the_same_for_the_same_seed(context):
    assert plan(context) == plan(context) != []
    assert plan(context)[0].request.prompt_version == prompt_version(context.language, "qa")


def test_plan_written_korean_prompts_are_korean():
    content = plan(SUPPLY_KO)[0].request.prompt.messages[1].content
    assert content.startswith("문서\n")
    assert "근거" in content


def segment_with(planned, context, words):
    for item in planned:
        if words in context.text[item.segment.start : item.segment.end]:
            return item
    raise AssertionError(f"no segment holds {words!r}")


def test_judge_written_chat_reply_becomes_a_candidate_with_located_evidence():
    planned = plan(LEASE_EN, count=8, segment_tokens=64)
    item = segment_with(planned, LEASE_EN, "annual rent")
    reply = replied(
        question_json(
            "How much annual rent does the Club pay for the shed?",
            "An annual rent of GBP 4,800.",
            "The Club shall pay the Board  an annual rent of GBP 4,800 for the shed.",
        )
    )
    candidates, rejections = judge(LEASE_EN, [item], [reply])
    assert rejections == []
    evidence = candidates[0].evidence[0]
    assert LEASE_EN.text[evidence.start : evidence.end] == evidence.quote
    assert evidence.quote == "The Club shall pay the Board an annual rent of GBP 4,800 for the shed."
    assert (candidates[0].origin, candidates[0].task, candidates[0].teacher) == ("written", "qa", "told:teacher")
    assert candidates[0].prompt_version == prompt_version("en", "qa")


def test_judge_written_korean_reply_becomes_a_candidate():
    planned = plan(SUPPLY_KO, count=8, segment_tokens=64)
    item = segment_with(planned, SUPPLY_KO, "12,500,000원")
    reply = replied(
        question_json(
            "을이 갑에게 매월 지급하는 대금은 얼마입니까?",
            "을은 갑에게 매월 12,500,000원을 지급합니다.",
            "을은 갑에게 매월 대금 12,500,000원을 지급한다.",
        )
    )
    candidates, rejections = judge(SUPPLY_KO, [item], [reply])
    assert rejections == []
    assert candidates[0].language == "ko"
    assert SUPPLY_KO.text[candidates[0].evidence[0].start :].startswith("을은 갑에게")


GOOD = question_json(
    "How much annual rent does the Club pay for the shed?",
    "GBP 4,800",
    "The Club shall pay the Board an annual rent of GBP 4,800 for the shed.",
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("How much is it? GBP 4,800", "not_json"),
        (GOOD + " I hope this helps!", "not_json"),
        ('{"question": "How much?", "answer": "GBP 4,800"}', "wrong_fields"),
        ('{"question": 1, "answer": "GBP 4,800", "evidence": "x"}', "wrong_fields"),
        ('["question"]', "wrong_fields"),
        ('{"nothing": true}', "nothing_to_ask"),
        ('{"nothing": true, "question": "", "answer": "", "evidence": []}', "nothing_to_ask"),
        ('{"nothing": false}', "wrong_fields"),
        ('{"nothing": 1}', "wrong_fields"),
        ('{"question": "a", "answer": "b", "evidence": []}', "wrong_fields"),
        ('{"question": "a", "answer": "b", "evidence": ["c", "d", "e", "f"]}', "wrong_fields"),
        (GOOD.replace("4,800 for", "5,800 for"), "evidence_not_found"),
        (GOOD.replace("an annual rent of GBP 4,800 for the shed.", "the Moon"), "evidence_not_found"),
        (GOOD.replace('"GBP 4,800"', '"GBP 9,800"'), "value_not_in_evidence"),
        (GOOD.replace("for the shed?", "according to this passage?"), "refers_to_passage"),
    ],
)
def test_judge_written_bad_reply_becomes_a_rejection(text, reason):
    item = segment_with(plan(LEASE_EN, count=8, segment_tokens=64), LEASE_EN, "annual rent")
    candidates, rejections = judge(LEASE_EN, [item], [replied(text)])
    assert candidates == []
    assert [(r.reason, r.stage, r.source_uri) for r in rejections] == [(reason, "synthesize", LEASE_EN.source_uri)]
    assert rejections[0].detail
    assert rejections[0].excerpt == " ".join(text.split())[:400]


def test_judge_written_cut_reply_is_rejected():
    item = plan(LEASE_EN)[0]
    _, rejections = judge(LEASE_EN, [item], [replied(GOOD[:30], finish_reason=FinishReason.LENGTH)])
    assert rejections[0].reason == "answer_cut"


def test_judge_written_prompt_that_does_not_fit_the_window_is_rejected():
    item = plan(LEASE_EN)[0]
    candidates, rejections = judge(LEASE_EN, [item], [too_long_reply(num_prompt_tokens=9000, room_tokens=4000)])
    assert candidates == []
    assert rejections[0].reason == "prompt_too_long"
    assert "9000 tokens, but the window has room for 4000" in rejections[0].detail


@pytest.mark.parametrize(
    "wrapped",
    [
        f"<think>\nIt says {{rent}}.\n</think>\n\n{GOOD}",
        f"It says rent.\n</think>\n{GOOD}",
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```\n",
        f"<think>a</think>```json\n{GOOD}\n```",
        f"\n{GOOD}\n",
    ],
)
def test_judge_written_takes_reasoning_and_one_fence_off(wrapped):
    item = segment_with(plan(LEASE_EN, count=8, segment_tokens=64), LEASE_EN, "annual rent")
    candidates, _ = judge(LEASE_EN, [item], [replied(wrapped)])
    plain, _ = judge(LEASE_EN, [item], [replied(GOOD)])
    assert candidates == plain
    assert len(plain) == 1


@pytest.mark.parametrize(
    "wrapped",
    [
        f"Sure:\n```json\n{GOOD}\n```",
        f"```json\n{GOOD}\n```\nAnything else?",
        f"```python\n{GOOD}\n```",
        f"{GOOD}</think>",
        f"<think>{GOOD}",
        "[" * 100_000,
        "9" * 10_000,
    ],
)
def test_judge_written_takes_nothing_else_off(wrapped):
    item = segment_with(plan(LEASE_EN, count=8, segment_tokens=64), LEASE_EN, "annual rent")
    candidates, rejections = judge(LEASE_EN, [item], [replied(wrapped)])
    assert candidates == []
    assert rejections[0].reason == "not_json"


def test_judge_written_rejects_half_a_surrogate_pair():
    item = segment_with(plan(LEASE_EN, count=8, segment_tokens=64), LEASE_EN, "annual rent")
    _, rejections = judge(LEASE_EN, [item], [replied(GOOD.replace("How much", "\\ud800 How much"))])
    assert rejections[0].reason == "not_text"


def test_judge_written_question_asked_twice_is_kept_once():
    item = segment_with(plan(LEASE_EN, count=8, segment_tokens=64), LEASE_EN, "annual rent")
    candidates, rejections = judge(LEASE_EN, [item, item], [replied(GOOD), replied(GOOD)])
    assert (len(candidates), [r.reason for r in rejections]) == (1, ["duplicate_question"])
    taken = ["how much annual rent does the Club pay for the shed"]
    assert judge(LEASE_EN, [item], [replied(GOOD)], taken=taken)[0] == []


def test_judge_written_completion_reply_continues_the_opening():
    planned = plan(LEASE_EN, form=PromptForm.COMPLETION, count=12)
    item = segment_with(planned, LEASE_EN, "repaint the doors")
    assert item.opening == "By what date must"
    candidates, rejections = judge(LEASE_EN, [item], [replied(" the Club repaint the doors?")])
    assert rejections == []
    assert (candidates[0].question, candidates[0].answer) == (
        "By what date must the Club repaint the doors?",
        "30 September 2024",
    )
    assert candidates[0].evidence[0].quote == LEASE_EN.text[item.segment.start : item.segment.end]
    _, rejections = judge(LEASE_EN, [item], [replied(" the arbitrator be appointed?")])
    assert len(rejections) == 1


@pytest.mark.parametrize("form", list(PromptForm))
def test_judge_written_summary_asks_for_the_section_by_its_title(form):
    planned = plan(LEASE_EN, form=form, tasks=("summary",), count=6)
    item = next(item for item in planned if item.section_title == "2. RENT")
    summary = "The Club pays the Board an annual rent of GBP 4,800 within 30 days after the invoice."
    text = json.dumps({"summary": summary}) if form is PromptForm.CHAT else f" {summary}"
    candidates, rejections = judge(LEASE_EN, [item], [replied(text)])
    assert rejections == []
    assert candidates[0].question == "Summarise what the document says under “2. RENT”."
    assert candidates[0].answer == summary
    assert candidates[0].evidence[0].quote.startswith("2. RENT")
