"""The task `streaming`: its stream, its cells, what it measures, and what its section says."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from held_out_build import HELD_OUT, context, write_build
from pydantic import ValidationError
from small_student import small_tokenizer
from tokenizers.processors import TemplateProcessing
from transformers import LlamaForCausalLM, MistralConfig, MistralForCausalLM

from pipeline.evaluate.likelihoods.streaming_cache import CachePolicy
from pipeline.evaluate.likelihoods.streaming_losses import cache_bytes_of, stream_losses
from pipeline.evaluate.material import read_material
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.subjects.subject import Role, Subject
from pipeline.evaluate.task import ForwardPlan, Planning
from pipeline.evaluate.tasks.streaming import TASK, StreamingOptions
from pipeline.tokens.encode import encode_documents

OPTIONS: dict[str, Any] = {"stream_tokens": 400, "window_tokens": 64, "full_tokens": 200, "chunk_tokens": 16}
EMBEDDED = "embedded:smollm2-135m-instruct"


def subject(name: str, reference: str, role: Role = Role.OTHER) -> Subject:
    return Subject(name, reference, role, fingerprint=name, meter=Meter(reference))


def plan(build: str, *subjects: Subject, seed: int = 17, **changes: Any) -> ForwardPlan:
    options = StreamingOptions(**(OPTIONS | changes))
    return TASK.plan(Planning(options, (2048,), subjects, read_material(build), seed=seed))


def given_to(model: Any, planned: ForwardPlan, variant: str) -> list[int]:
    """All ids that a variant runs through the model."""
    ids: list[int] = []
    hook = model.register_forward_pre_hook(
        lambda module, args, kwargs: ids.extend(kwargs["input_ids"][0].tolist()), with_kwargs=True
    )
    (cell,) = [cell for cell in planned.cells if cell.variant == variant]
    planned.measure(model, cell)
    hook.remove()
    return ids[-cell.length :]  # without the probe of the keys


def section(planned: ForwardPlan, values: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    found = planned.section([(cell, values[cell.variant], 2.5) for cell in planned.cells])
    assert json.loads(json.dumps(found)) == found
    return found


def flat(nll: float, num_tokens: int, *, cache_tokens: int = 64) -> dict[str, Any]:
    sizes = {"cache_tokens": cache_tokens, "cache_bytes": cache_tokens * 8, "measured_cache_bytes": cache_tokens * 8}
    return {"nll": [nll] * (num_tokens - 1), **sizes}


@pytest.fixture(scope="module")
def model(base_model: str) -> Any:
    return LlamaForCausalLM.from_pretrained(base_model, dtype=torch.float32).eval()


def test_plan_has_three_variants_for_each_subject(build: str, base_model: str, tuned_model: str) -> None:
    planned = plan(build, subject("base", base_model, Role.BASE), subject("tuned", tuned_model, Role.TUNED))
    assert [(cell.subject, cell.variant, cell.length) for cell in planned.cells] == [
        (name, variant, length)
        for name in ("base", "tuned")
        for variant, length in (("full", 200), ("window", 400), ("sinks", 400))
    ]
    assert planned.num_tokens == 2 * 1000 and planned.notes == ()
    contents = [cell.content for cell in planned.cells]
    assert contents[:3] == contents[3:] and len(set(contents)) == 3


def test_content_follows_the_options_that_matter(build: str, base_model: str) -> None:
    def changed(**changes: Any) -> list[bool]:
        one, other = plan(build, subject("a", base_model)), plan(build, subject("a", base_model), **changes)
        return [a.content != b.content for a, b in zip(one.cells, other.cells, strict=True)]

    assert changed() == [False, False, False]
    assert changed(sink_tokens=2) == [False, False, True]
    assert changed(window_tokens=32) == [False, True, True]
    assert changed(full_tokens=100) == [True, False, False]
    assert changed(stream_tokens=390) == [False, True, True]


def test_stream_is_held_out_documents_one_after_another(build: str, base_model: str, model: Any) -> None:
    total = sum(context(title).num_tokens for title in HELD_OUT) + 2
    planned = plan(build, subject("only", base_model), stream_tokens=total, full_tokens=total, chunk_tokens=512)
    text = small_tokenizer().decode(given_to(model, planned, "full"))
    assert text in {"\n\n".join(context(title).text for title in order) for order in (HELD_OUT, HELD_OUT[::-1])}
    cut = plan(build, subject("only", base_model))
    assert small_tokenizer().decode(given_to(model, cut, "sinks")) == small_tokenizer().decode(
        encode_documents([text], base_model)[0][:400]
    )


def test_stream_begins_with_the_leading_token(build: str, model: Any, tmp_path: Path) -> None:
    tokenizer = small_tokenizer()
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", 256)]
    )
    tokenizer.save_pretrained(tmp_path)
    ids = given_to(model, plan(build, subject("led", str(tmp_path))), "window")
    assert ids[0] == 256 and 256 not in ids[1:] and len(ids) == 400


def test_measure_is_the_loss_of_each_token_and_the_cache(build: str, base_model: str, model: Any) -> None:
    planned = plan(build, subject("only", base_model))
    ids = given_to(model, planned, "sinks")
    values = {cell.variant: planned.measure(model, cell) for cell in planned.cells}
    assert [len(values[variant]["nll"]) for variant in ("full", "window", "sinks")] == [199, 399, 399]
    for variant, policy in (("full", None), ("window", CachePolicy(64, 0)), ("sinks", CachePolicy(64, 4))):
        length = 200 if variant == "full" else 400
        plain = stream_losses(model, ids[:length], policy=policy, chunk_tokens=1)
        assert values[variant]["nll"] == pytest.approx(plain.nll, abs=3e-4)
        assert values[variant]["cache_tokens"] == (200 if variant == "full" else 64)
        assert values[variant]["cache_bytes"] == values[variant]["measured_cache_bytes"] == plain.cache_bytes
    assert values["window"]["nll"][:63] == pytest.approx(values["sinks"]["nll"][:63], abs=1e-4)
    assert values["window"]["nll"][100:] != pytest.approx(values["sinks"]["nll"][100:], abs=1e-2)
    assert values["full"]["cache_bytes"] == cache_bytes_of(model, 200)


def test_section_compares_the_variants_after_the_window_is_full(build: str, base_model: str) -> None:
    planned = plan(build, subject("only", base_model))
    window = flat(1.0, 400)
    window["nll"][63:] = [3.0] * (399 - 63)
    found = section(planned, {"full": flat(0.9, 200, cache_tokens=200), "window": window, "sinks": flat(1.0, 400)})
    rows = {row["variant"]: row for row in found["results"]}
    assert rows["window"]["after_window"]["perplexity"] == round(math.exp(3.0), 3)
    assert rows["window"]["after_window"]["num_tokens"] == 400 - 64
    assert rows["sinks"]["after_window"]["mean_nll"] == 1.0 == rows["sinks"]["mean_nll"]
    assert rows["window"]["low"] < rows["window"]["perplexity"] < rows["window"]["high"]
    assert (rows["full"]["num_tokens"], rows["full"]["cache_bytes"], rows["full"]["seconds"]) == (199, 1600, 2.5)
    ratios = {(row["variant"], row["reference"]): (row["ratio"], row["num_tokens"]) for row in found["comparisons"]}
    assert ratios == {
        ("window", "full"): (round(math.exp(2.1), 5), 200 - 64),
        ("sinks", "full"): (round(math.exp(0.1), 5), 200 - 64),
        ("sinks", "window"): (round(math.exp(-2.0), 5), 400 - 64),
    }
    assert found["refused"] == [] and found["options"]["window_tokens"] == 64


def test_section_has_perplexity_by_position(build: str, base_model: str) -> None:
    planned = plan(build, subject("only", base_model), stream_tokens=2500, full_tokens=1024)
    long = flat(1.0, 2500)
    long["nll"][1023:2047] = [2.0] * 1024
    found = section(planned, {"full": flat(1.0, 1024), "window": long, "sinks": long})
    rows = {row["variant"]: row["by_position"] for row in found["results"]}
    assert rows["window"] == [
        {"start": 0, "end": 1024, "perplexity": round(math.exp(1.0), 3)},
        {"start": 1024, "end": 2048, "perplexity": round(math.exp(2.0), 3)},
        {"start": 2048, "end": 2500, "perplexity": round(math.exp(1.0), 3)},
    ]
    assert [row["end"] for row in rows["full"]] == [1024]


def test_model_that_cannot_stream_is_named_with_the_reason(build: str, base_model: str) -> None:
    config = MistralConfig(
        vocab_size=259, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, sliding_window=32,
    )  # fmt: skip
    windowed = MistralForCausalLM(config).eval()
    planned = plan(build, subject("only", base_model))
    found = planned.section([(cell, planned.measure(windowed, cell), 0.1) for cell in planned.cells])
    assert (found["results"], found["comparisons"]) == ([], [])
    assert [row["variant"] for row in found["refused"]] == ["full", "window", "sinks"]
    assert "do not attend to all tokens" in found["refused"][0]["reason"]


def test_notes_say_what_the_stream_lacks(build: str, base_model: str, tmp_path: Path) -> None:
    total = sum(context(title).num_tokens for title in HELD_OUT) + 2
    planned = plan(build, subject("only", base_model), stream_tokens=1_000_000)
    assert planned.notes == (f"The held-out documents make a stream of {total:,} tokens, not 1,000,000.",)
    (note,) = plan(build, subject("only", base_model), window_tokens=400).notes
    assert note.startswith("The stream of 400 tokens fits into the window of 400")
    (note,) = plan(write_build(tmp_path, held_out=()), subject("only", base_model)).notes
    assert "no validation documents" in note


def test_each_tokenizer_has_its_own_stream(build: str, base_model: str) -> None:
    planned = plan(build, subject("a", base_model), subject("b", EMBEDDED))
    contents = {(cell.subject, cell.variant): cell.content for cell in planned.cells}
    assert contents["a", "sinks"] != contents["b", "sinks"]
    assert plan(build, subject("a", base_model), seed=3).cells != plan(build, subject("a", base_model), seed=4).cells


@pytest.mark.parametrize("sink_tokens", [64, 65])
def test_options_leave_room_beside_the_sinks(sink_tokens: int) -> None:
    with pytest.raises(ValidationError, match=f"sink_tokens \\({sink_tokens}\\) must be below window_tokens"):
        StreamingOptions(window_tokens=64, sink_tokens=sink_tokens)
    assert StreamingOptions(window_tokens=64, sink_tokens=63).sink_tokens == 63
