"""Two cells of each task, computed again with plain transformers and the embedded model."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pytest
import torch
from held_out_build import DOCUMENTS, HELD_OUT, context
from plain_transformers import load_plain, plain_answers, plain_ids, plain_losses, plain_stream
from small_student import write_small_model

from pipeline.evaluate.material import read_material
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt, PromptForm
from pipeline.evaluate.subjects.subject import Role, Subject
from pipeline.evaluate.task import ForwardPlan, ForwardTask, Planning
from pipeline.evaluate.tasks import perplexity, streaming
from pipeline.identity import content_id
from pipeline.io.loading import resolve_weights
from pipeline.records import Message

EMBEDDED = "embedded:smollm2-135m-instruct"
TEXTS = {content_id(title): context(title).text for title in DOCUMENTS}


@cache
def embedded() -> tuple[Any, Any]:
    """The embedded model in float32 and its tokenizer, as transformers loads them."""
    return load_plain(resolve_weights(EMBEDDED))


def planned(task: ForwardTask, build: str, options: Any, lengths: tuple[int, ...]) -> ForwardPlan:
    alone = Subject("only", EMBEDDED, Role.OTHER, fingerprint="only", meter=Meter(EMBEDDED))
    return task.plan(Planning(options, lengths, (alone,), read_material(build), seed=17))


@pytest.mark.model
def test_perplexity_of_two_lengths_equals_the_plain_computation(build: str) -> None:
    model, tokenizer = embedded()
    options = perplexity.PerplexityOptions(scored_tokens=48, max_windows=2)
    plan = planned(perplexity.TASK, build, options, (96, 256))
    section = plan.section([(cell, plan.measure(model, cell), 0.0) for cell in plan.cells])
    assert [row["length"] for row in section["results"]] == [96, 256]
    (windows,) = section["windows"]
    for row in section["results"]:
        losses = []
        for window in windows["windows"]:
            before = [tokenizer(TEXTS[doc_id])["input_ids"] for doc_id in window["joined_doc_ids"]]
            stream = [token for ids in before for token in [*ids, *tokenizer("\n\n")["input_ids"]]]
            stream += tokenizer(TEXTS[window["doc_id"]])["input_ids"][: window["end"]]
            losses += plain_losses(model, stream[-row["length"] :])[-48:]
        assert row["num_tokens"] == len(losses) == 96
        assert row["mean_nll"] == pytest.approx(sum(losses) / 96, abs=1e-4)
        assert row["perplexity"] == pytest.approx(math.exp(sum(losses) / 96), rel=1e-3)


@pytest.mark.model
def test_streaming_of_each_variant_equals_the_plain_computation(build: str) -> None:
    model, tokenizer = embedded()
    options = streaming.StreamingOptions(stream_tokens=48, window_tokens=16, full_tokens=48, chunk_tokens=8)
    plan = planned(streaming.TASK, build, options, ())
    section = plan.section([(cell, plan.measure(model, cell), 0.0) for cell in plan.cells])
    texts = [context(title).text for title in HELD_OUT]
    first = [tokenizer(text)["input_ids"][:48] for text in texts]
    found = {row["variant"]: row for row in section["results"]}
    wholes = [plain_losses(model, ids) for ids in first]
    (ids,) = [
        ids
        for ids, whole in zip(first, wholes, strict=True)
        if found["full"]["mean_nll"] == pytest.approx(sum(whole) / 47, abs=1e-4)
    ]
    plain = {
        "window": plain_losses(model, ids, window=16),
        "sinks": plain_stream(model, ids, num_keys=16, num_sinks=4),
    }
    for variant, losses in plain.items():
        assert found[variant]["mean_nll"] == pytest.approx(sum(losses) / 47, abs=1e-4)
        assert found[variant]["after_window"]["mean_nll"] == pytest.approx(sum(losses[15:]) / 32, abs=1e-4)
    assert found["window"]["after_window"]["mean_nll"] > found["sinks"]["after_window"]["mean_nll"] + 0.1


def prompt(form: PromptForm, *texts: str, answer_start: str = "", meter: Meter, system: str = "") -> Prompt:
    messages = tuple(
        Message(role, text) for role, text in (("system", system), *(("user", text) for text in texts)) if text
    )
    return Prompt(
        item=texts[0][:12],
        messages=messages,
        gold=(),
        length=256,
        num_tokens=meter.count_prompt(messages, form=form, answer_start=answer_start),
        cluster="",
        form=form,
        answer_start=answer_start,
        max_answer_tokens=8,
    )


def various_prompts(meter: Meter) -> list[Prompt]:
    question = "The rent is 1,450 dollars a month.\n\nHow much is the rent?"
    return [
        prompt(PromptForm.CHAT, question, meter=meter),
        prompt(PromptForm.CHAT, question, meter=meter, system="Answer in one word."),
        prompt(PromptForm.CHAT, question, meter=meter, answer_start="The rent is"),
        prompt(PromptForm.TEXT, "보증금은 2천만 원이다. The deposit is", meter=meter),
        prompt(PromptForm.TEXT, "The pass key is 71432.", meter=meter, answer_start=" The pass key is"),
    ]


@pytest.mark.parametrize("has_template", [True, False])
def test_plain_ids_equal_those_that_a_subject_in_this_process_gets(tmp_path: Any, has_template: bool) -> None:
    folder = write_small_model(tmp_path)
    if not has_template:
        for path in tmp_path.glob("chat_template*"):
            path.unlink()
    _, tokenizer = load_plain(folder)
    assert bool(tokenizer.chat_template) is has_template
    meter = Meter(folder)
    for one in various_prompts(meter):
        assert plain_ids(one, tokenizer) == meter.ids(one).tolist()


@pytest.mark.model
def test_plain_answers_are_those_of_the_model_alone() -> None:
    """The helper itself: the answers are greedy, each for its own prompt, without what was asked."""
    prompts = various_prompts(Meter(EMBEDDED))
    answers = plain_answers(prompts, resolve_weights(EMBEDDED))
    model, tokenizer = embedded()
    assert answers[4].startswith("71432") and all(answers)
    for one, answer in zip(prompts, answers, strict=True):
        given = greedy_without_cache(model, tokenizer, plain_ids(one, tokenizer), steps=one.max_answer_tokens)
        assert answer == given


def greedy_without_cache(model: Any, tokenizer: Any, ids: list[int], *, steps: int) -> str:
    """Greedy decoding without a cache."""
    answer: list[int] = []
    with torch.no_grad():
        while len(answer) < steps:
            best = int(model(torch.tensor([ids + answer])).logits[0, -1].argmax())
            if best == tokenizer.eos_token_id:
                break
            answer.append(best)
    return str(tokenizer.decode(answer, skip_special_tokens=True)).strip()
