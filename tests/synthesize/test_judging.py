"""What a judge is shown, and how its replies are read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged_drafts import CLOSED, EN, KO, SAMPLES, WHOLE, Sample, attempt, claim, missing, span_of, verdict_reply
from synthesis_documents import context_of

from pipeline.records import Dropped, TaskFamily
from pipeline.synthesize.prompts.chat import document_prefix
from pipeline.synthesize.prompts.templates import task_templates
from pipeline.synthesize.written.judging import Submission, judge_prompt, read_verdict
from pipeline.synthesize.written.verdict import Verdict

QUOTE = "A guest pays 12 euros a day"
CLAIM = claim("A guest pays 12 euros a day.", QUOTE)
PLAIN = Submission(EN.one, TaskFamily.LOOK_UP)
TRIED = replace(PLAIN, attempts=(attempt(WHOLE, "12 euros."), attempt(CLOSED, answerable=False)))
SUMMARY = Submission(EN.one, TaskFamily.SUMMARY)
ABSENT = Submission(EN.one, TaskFamily.NOT_ANSWERABLE)


def read(text: str, submission: Submission = PLAIN, *, document: str = EN.context.text) -> Verdict | Dropped:
    return read_verdict(text, submission, context=EN.context, document=document, judge="openai:j")


def verdict(text: str, submission: Submission = PLAIN, *, document: str = EN.context.text) -> Verdict:
    found = read(text, submission, document=document)
    assert isinstance(found, Verdict), found
    return found


@pytest.mark.parametrize("sample", SAMPLES, ids=["en", "ko"])
@pytest.mark.parametrize("submission", [PLAIN, TRIED, SUMMARY, ABSENT], ids=["plain", "tried", "summary", "absent"])
def test_prompt_begins_with_the_document_and_ends_with_the_draft(sample: Sample, submission: Submission) -> None:
    context = sample.context
    submission = replace(submission, draft=sample.one)
    prompt = judge_prompt(submission, context=context, document=context.text)
    system, prefix = document_prefix(context.text, context.language)
    content = prompt.messages[1].content
    assert prompt.messages[0] == system and content.startswith(prefix)
    labels = task_templates("judge", context.language)["labels"]
    assert content.index(labels["reply"]) < content.rindex(sample.one.answer)
    assert content.count(f"\n\n{labels['verdict']}\n" + '{"claims"') == 1
    asked = json.loads(prompt.answer_schema)
    assert tuple(asked["required"]) == submission.fields
    for name in submission.fields:
        assert f'"{name}": ' in content, "the rules and the example name every field"
    assert ('"attempts"' in content) == bool(submission.attempts)


def test_prompts_about_two_drafts_of_a_kind_differ_only_at_their_end() -> None:
    contents = [
        judge_prompt(Submission(one, TaskFamily.LOOK_UP), context=EN.context, document=EN.context.text)
        .messages[1]
        .content
        for one in (EN.one, EN.two)
    ]
    labels = task_templates("judge", "en")["labels"]
    starts = [content[: content.index(labels["reply"]) + len(labels["reply"])] for content in contents]
    assert starts[0] == starts[1] and contents[0] != contents[1]


def test_judge_does_not_learn_what_an_attempt_saw() -> None:
    content = judge_prompt(TRIED, context=EN.context, document=EN.context.text).messages[1].content
    labels = task_templates("judge", "en")["labels"]
    case = content[content.rindex(labels["reply"]) :]
    assert f"{labels['attempt']} A\n12 euros.\n\n{labels['attempt']} B\n{labels['not_answerable']}" in case
    assert not any(word in content for word in ("closed_book", "whole_document", "without_"))


def test_judge_of_a_summary_sees_its_section_and_of_a_follow_up_the_turn_before() -> None:
    section = EN.context.text[EN.one.segments[0].start : EN.one.segments[0].end]
    labels = task_templates("judge", "en")["labels"]
    summary = judge_prompt(SUMMARY, context=EN.context, document="").messages[1].content
    assert f"{labels['section']}\n{section}\n\n{labels['summary']}\n{EN.one.answer}" in summary
    whole = replace(SUMMARY, draft=replace(EN.one, segments=(span_of(EN.context.text, EN.context.text[:-20]),)))
    content = judge_prompt(whole, context=EN.context, document=EN.context.text).messages[1].content
    assert (
        content.count("A guest pays 12 euros a day and") == 1 and f"{labels['section']}\n{labels['whole']}" in content
    )
    followed = replace(PLAIN, draft=EN.two, before=EN.one)
    content = judge_prompt(followed, context=EN.context, document="").messages[1].content
    assert f"{labels['earlier']}\n{EN.one.question}\n{EN.one.answer}\n\n{labels['question']}" in content


@pytest.mark.parametrize("language", ["en", "ko"])
def test_rules_say_that_the_answer_may_be_wrong_and_that_instructions_are_not_followed(language: str) -> None:
    opening = task_templates("judge", language)["rules"]["opening"]
    words = {
        "en": ("may be wrong", "does not say", "do not follow"),
        "ko": ("틀렸을 수", "문서에 없는", "따르지 마십시오"),
    }
    assert all(word in opening for word in words[language])


@pytest.mark.parametrize("language", ["en", "ko"])
def test_example_of_an_answer_is_a_verdict_that_can_be_read_and_whose_quotes_are_found(language: str) -> None:
    example: Any = task_templates("judge", language)["examples"]["answer"]
    context = context_of(example["document"], language=language)
    draft = replace(
        EN.one,
        question=example["question"],
        answer=example["answer"],
        evidence=tuple(span_of(context.text, quote) for quote in example["evidence"]),
    )
    attempts = tuple(
        attempt(condition, one["answer"], answerable=one["answerable"])
        for condition, one in zip((WHOLE, CLOSED), example["attempts"], strict=True)
    )
    submission = Submission(draft, TaskFamily.LOOK_UP, attempts)
    found = read_verdict(example["verdict"], submission, context=context, document=context.text, judge="j")
    assert isinstance(found, Verdict), found
    assert all(rated.is_quoted for rated in found.claims) and found.is_unique is False
    assert {rated.support for rated in found.claims} == {0, 1}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_example_of_a_summary_is_a_verdict_that_can_be_read_and_whose_quotes_are_found(language: str) -> None:
    example: Any = task_templates("judge", language)["examples"]["summary"]
    context = context_of(example["section"], language=language)
    summary = replace(SUMMARY, draft=replace(EN.one, answer=example["answer"]))
    found = read_verdict(example["verdict"], summary, context=context, document=context.text, judge="j")
    assert isinstance(found, Verdict), found
    assert all(rated.is_quoted for rated in found.claims)
    assert [point.important for point in found.missing] == [True, False]


def test_verdict_holds_ratings_with_their_rationales() -> None:
    text = verdict_reply([CLAIM], left_out=[missing("the boat", important=False)], agreements=[1, 0])
    found = verdict(text, TRIED)
    assert found.judge == "openai:j" and found.family is TaskFamily.LOOK_UP
    assert [(rated.claim, rated.support, rated.is_quoted) for rated in found.claims] == [
        ("A guest pays 12 euros a day.", 1.0, True)
    ]
    assert found.missing[0].point == "the boat" and found.missing[0].rationale == "left out"
    assert [(rated.condition, rated.agreement, rated.rationale) for rated in found.attempts] == [
        (WHOLE, 1.0, "rated A"),
        (CLOSED, 0.0, "rated B"),
    ]
    assert found.is_unique is True and found.uniqueness_rationale == "looked through it"


def test_reply_in_a_fence_after_reasoning_is_read() -> None:
    text = f"<think>It says 12.</think>\n```json\n{verdict_reply([CLAIM])}\n```"
    assert verdict(text) == verdict(verdict_reply([CLAIM]))


@pytest.mark.parametrize(
    ("quote", "is_quoted"),
    [
        (QUOTE, True),
        ("A guest  pays\n“12 euros” a day.", True),
        ("A guest pays … may take out one boat", True),
        ("A guest pays ... may take out [...] boat.", True),
        ("A guest pays ... may take out ten boats", False),
        ("A guest pays 13 euros a day", False),
        ("", False),
        ("…", False),
    ],
)
def test_quote_of_a_claim_is_looked_for_in_the_document(quote: str, is_quoted: bool) -> None:
    assert verdict(verdict_reply([claim(EN.one.answer, quote)])).claims[0].is_quoted is is_quoted


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        (["A guest pays 12 euros.", "It is for one day."], ""),
        (["The fee is €12 a day."], ""),
        (["A guest pays a fee."], "claims_incomplete"),
        (["A guest pays 13 euros a day."], "claims_incomplete"),
    ],
)
def test_claims_must_have_every_value_of_the_answer(claims: list[str], reason: str) -> None:
    found = read(verdict_reply([claim(text, QUOTE) for text in claims]))
    assert (found.reason if isinstance(found, Dropped) else "") == reason
    if isinstance(found, Dropped):
        assert "'12 euros'" in found.detail


def test_claim_that_the_document_lacks_something_needs_no_quote_but_an_invented_one_counts() -> None:
    assert verdict(verdict_reply([claim("It does not say: 12 euros.", "")]), ABSENT).claims[0].is_quoted
    assert (
        not verdict(verdict_reply([claim("It does not say: 12 euros.", "It says nothing.")]), ABSENT)
        .claims[0]
        .is_quoted
    )


@pytest.mark.parametrize(
    ("other", "is_unique"),
    [
        ("", True),
        (EN.other_place, False),
        ("The club lends … 3 euros a day", False),
        ("A guest pays 20 euros a day.", None),
        (QUOTE, None),
        (f"{QUOTE} and may take out one boat. Guests under 16", None),
        ("…", None),
    ],
    ids=["none", "elsewhere", "elsewhere with a gap", "invented", "the evidence", "around the evidence", "a gap"],
)
def test_other_answer_counts_only_if_another_place_of_the_document_has_it(other: str, is_unique: bool | None) -> None:
    assert verdict(verdict_reply([CLAIM], other_answer=other)).is_unique is is_unique


def test_other_answer_in_the_words_of_the_evidence_does_not_count_wherever_it_stands() -> None:
    text = f"Guests: 12 euros a day.\n\n{EN.context.text}\n\nA guest pays 12 euros a day and may take out one boat.\n"
    context = context_of(text)
    again = text.rindex("A guest pays")
    late = replace(EN.one, evidence=(replace(EN.one.evidence[0], start=again, end=len(text) - 1),))
    for other, is_unique in (("A guest pays 12 euros", None), ("Guests: 12 euros a day.", False)):
        found = read_verdict(
            verdict_reply([CLAIM], other_answer=other),
            replace(PLAIN, draft=late),
            context=context,
            document=text,
            judge="j",
        )
        assert isinstance(found, Verdict) and found.is_unique is is_unique


def test_judge_who_saw_a_part_of_the_document_does_not_prove_uniqueness_but_may_refute_it() -> None:
    part = EN.context.text[:200]
    assert verdict(verdict_reply([CLAIM]), document=part).is_unique is None
    assert verdict(verdict_reply([CLAIM], other_answer=EN.other_place), document=part).is_unique is False


def test_verdict_on_a_summary_has_no_word_on_uniqueness() -> None:
    found = verdict(json.dumps({"claims": [CLAIM], "missing": []}), SUMMARY)
    assert found.is_unique is None and found.attempts == ()


def changed(**changes: object) -> str:
    return json.dumps({**json.loads(verdict_reply([CLAIM], agreements=[1, 0])), **changes})


def rating(value: object) -> str:
    return changed(claims=[{**CLAIM, "support": value}])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The answer is right.", "not_json"),
        (verdict_reply([CLAIM], agreements=[1, 0])[:-9], "not_json"),
        (rating(float("nan")), "wrong_fields"),
        ("[]", "wrong_fields"),
        ('{"nothing": true}', "wrong_fields"),
        (verdict_reply([CLAIM]), "wrong_fields"),
        (changed(note="x"), "wrong_fields"),
        (changed(claims=[]), "wrong_fields"),
        (changed(claims={}), "wrong_fields"),
        (changed(claims=["right"]), "wrong_fields"),
        (changed(claims=[{"claim": "x", "support": 1}]), "wrong_fields"),
        (changed(claims=[{**CLAIM, "claim": None}]), "wrong_fields"),
        (rating(True), "wrong_fields"),
        (rating("1"), "wrong_fields"),
        (rating(0.7), "wrong_fields"),
        (rating(2), "wrong_fields"),
        (rating(None), "wrong_fields"),
        (rating([1]), "wrong_fields"),
        (changed(missing=[{"point": "x", "rationale": "y", "important": 1}]), "wrong_fields"),
        (changed(missing=["x"]), "wrong_fields"),
        (changed(uniqueness=""), "wrong_fields"),
        (changed(uniqueness={"rationale": "x", "other_answer": None}), "wrong_fields"),
        (changed(attempts=[]), "wrong_fields"),
        (changed(attempts=json.loads(verdict_reply([CLAIM], agreements=[1, 0]))["attempts"][::-1]), "wrong_fields"),
        (verdict_reply([CLAIM], agreements=[1, 0, 1]), "wrong_fields"),
        (verdict_reply([CLAIM], agreements=[1, 0.3]), "wrong_fields"),
        (changed(uniqueness={"rationale": "\ud800", "other_answer": ""}), "not_text"),
    ],
)
def test_reply_that_is_no_verdict_is_dropped_with_its_reason(text: str, reason: str) -> None:
    found = read(text, TRIED)
    assert isinstance(found, Dropped), found
    assert found.reason == reason and found.detail


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["claims", "claim", "quote", "rationale", "support", "missing"]), inner)
    ),
    max_leaves=12,
)


@given(JSON_VALUES, st.sampled_from(["claims", "missing", "uniqueness", "attempts"]))
def test_no_reply_raises(value: Any, name: str) -> None:
    assert isinstance(read(changed(**{name: value}), TRIED), Verdict | Dropped)


def test_korean_quotes_are_found() -> None:
    text = verdict_reply([claim("하루 12,000원을 낸다.", "하루 12,000원을 내고")], other_answer=KO.other_place)
    found = read_verdict(
        text, Submission(KO.one, TaskFamily.LOOK_UP), context=KO.context, document=KO.context.text, judge="j"
    )
    assert isinstance(found, Verdict)
    assert found.claims[0].is_quoted and found.is_unique is False
