"""The task `perplexity`: which cells it plans, what it gives a model, and what its section says."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from held_out_build import HELD_OUT, context, write_build
from small_student import small_tokenizer
from tokenizers.processors import TemplateProcessing
from transformers import LlamaForCausalLM

from pipeline.config.evaluate import EvaluateRecipe
from pipeline.errors import InputError
from pipeline.evaluate.likelihoods.perplexity import score_window
from pipeline.evaluate.material import read_material
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.subjects.huggingface import load_model
from pipeline.evaluate.subjects.opening import describe
from pipeline.evaluate.subjects.subject import Role, Subject
from pipeline.evaluate.task import ForwardCell, ForwardPlan, Planning
from pipeline.evaluate.tasks.perplexity import TASK, PerplexityOptions
from pipeline.identity import content_id

EMBEDDED = "embedded:smollm2-135m-instruct"


def subject(name: str, reference: str, role: Role = Role.OTHER) -> Subject:
    return Subject(name, reference, role, fingerprint=name, meter=Meter(reference))


def plan(
    build: str, subjects: Sequence[Subject], lengths: Sequence[int] = (256, 512), max_windows: int = 2
) -> ForwardPlan:
    chosen = PerplexityOptions(scored_tokens=64, max_windows=max_windows)
    return TASK.plan(Planning(chosen, tuple(lengths), tuple(subjects), read_material(build), seed=17))


def flat(nll: float, *, bump: float = 0.0) -> dict[str, Any]:
    """Two windows of 64 losses; the second is higher by `bump`."""
    return {"nll": [[nll] * 64, [nll + bump] * 64]}


def section(planned: ForwardPlan, values: Mapping[tuple[str, int], dict[str, Any]]) -> dict[str, Any]:
    found = planned.section([(cell, values[cell.subject, cell.length], 1.5) for cell in planned.cells])
    assert json.loads(json.dumps(found)) == found
    return found


def test_options_are_those_of_the_published_windows() -> None:
    assert PerplexityOptions().model_dump() == {
        "task": "perplexity",
        "lengths": (),
        "scored_tokens": 256,
        "max_windows": 8,
        "scaling_alone": False,
    }
    assert (TASK.name, TASK.options, TASK.needs_build) == ("perplexity", PerplexityOptions, True)


def test_plan_has_a_cell_for_each_subject_and_length(build: str, base_model: str, tuned_model: str) -> None:
    planned = plan(build, [subject("base", base_model, Role.BASE), subject("tuned", tuned_model, Role.TUNED)])
    assert [(cell.subject, cell.length, cell.variant) for cell in planned.cells] == [
        ("base", 256, ""),
        ("base", 512, ""),
        ("tuned", 256, ""),
        ("tuned", 512, ""),
    ]
    assert planned.num_tokens == 2 * 2 * (256 + 512)
    contents = [cell.content for cell in planned.cells]
    assert contents[:2] == contents[2:] and contents[0] != contents[1]
    assert planned.notes == ()


def test_plan_content_follows_what_is_scored(build: str, base_model: str) -> None:
    alone = [subject("base", base_model)]
    first, other = (
        plan(build, alone),
        TASK.plan(
            Planning(
                PerplexityOptions(scored_tokens=32, max_windows=2), (256, 512), tuple(alone), read_material(build), 17
            )
        ),
    )
    assert [one.content != two.content for one, two in zip(first.cells, other.cells, strict=True)] == [True, True]
    assert plan(build, alone).cells == first.cells


def test_measure_gives_the_leading_token_and_the_same_scored_tokens_at_every_length(
    build: str, base_model: str, tmp_path: Path
) -> None:
    model = LlamaForCausalLM.from_pretrained(base_model, dtype=torch.float32).eval()
    tokenizer = small_tokenizer()
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", 256)]
    )
    tokenizer.save_pretrained(tmp_path)
    planned = plan(build, [subject("led", str(tmp_path))])
    texts = [context(title).text for title in HELD_OUT]
    given: list[list[int]] = []
    hook = model.register_forward_pre_hook(
        lambda module, args, kwargs: given.append(kwargs["input_ids"][0].tolist()), with_kwargs=True
    )
    measured = [planned.measure(model, cell)["nll"] for cell in planned.cells]
    hook.remove()
    assert [len(ids) for ids in given] == [256, 256, 512, 512]
    assert {ids[0] for ids in given} == {256}
    assert any(text.endswith(small_tokenizer().decode(given[2][-500:])) for text in texts)
    assert given[0][-64:] == given[2][-64:] and given[0][1:] == given[2][-255:]
    assert [[len(window) for window in nll] for nll in measured] == [[64, 64], [64, 64]]
    assert measured[1][0] == pytest.approx(score_window(model, given[2], num_scored=64), abs=1e-5)
    assert measured[0][0] != measured[1][0], "a longer context changes the likelihoods"


def test_section_has_results_with_intervals_and_ratios_to_the_base(
    build: str, base_model: str, tuned_model: str
) -> None:
    planned = plan(build, [subject("tuned", tuned_model, Role.TUNED), subject("base", base_model, Role.BASE)])
    values = {
        ("base", 256): flat(2.0, bump=1.0),
        ("base", 512): flat(3.0),
        ("tuned", 256): flat(2.1, bump=1.0),
        ("tuned", 512): flat(1.0),
    }
    found = section(planned, values)
    (base,) = [row for row in found["results"] if (row["subject"], row["length"]) == ("base", 256)]
    assert base["mean_nll"] == 2.5 and base["perplexity"] == round(math.exp(2.5), 3)
    assert base["low"] < base["perplexity"] < base["high"]
    assert (base["num_tokens"], base["num_windows"], base["window_nll"], base["seconds"]) == (128, 2, [2.0, 3.0], 1.5)
    assert found["comparisons"] == [
        {
            "length": length,
            "subject": "tuned",
            "reference": "base",
            "ratio": pytest.approx(ratio, abs=1e-5),
            "low": pytest.approx(ratio, abs=1e-5),
            "high": pytest.approx(ratio, abs=1e-5),
        }
        for length, ratio in ((256, math.exp(0.1)), (512, math.exp(-2.0)))
    ]
    assert found["short_context_regression"] == {"length": 256, "comparisons": found["comparisons"][:1]}
    (windows,) = found["windows"]
    assert windows["subjects"] == ["tuned", "base"] and windows["lengths"] == [256, 512]
    assert {window["doc_id"] for window in windows["windows"]} == {content_id(title) for title in HELD_OUT}


def test_section_of_a_subject_alone_compares_nothing(build: str, base_model: str) -> None:
    planned = plan(build, [subject("only", base_model)])
    found = section(planned, {("only", 256): flat(1.0), ("only", 512): flat(1.0)})
    assert (found["comparisons"], found["short_context_regression"]) == ([], None)
    assert planned.section([])["results"] == []


def test_bits_per_byte_are_those_of_the_scored_text(build: str, base_model: str) -> None:
    """In the small tokenizer, a token is a byte: one nat a token is 1/ln 2 bits a byte, up to a cut character."""
    planned = plan(build, [subject("only", base_model)])
    for row in section(planned, {("only", 256): flat(1.0), ("only", 512): flat(1.0)})["results"]:
        assert row["num_bytes"] == pytest.approx(128, abs=2 * 2)
        assert row["bits_per_byte"] == pytest.approx(128 / row["num_bytes"] / math.log(2), abs=1e-4)
        assert row["bits_per_byte_low"] == row["bits_per_byte_high"] == row["bits_per_byte"]
        assert row["num_characters"] < row["num_bytes"], "one of the documents is Korean"
        assert row["bits_per_character"] == pytest.approx(128 / row["num_characters"] / math.log(2), abs=1e-4)


def test_scored_texts_of_adjacent_windows_share_no_character(tmp_path: Path) -> None:
    """Four windows of one Korean document follow each other; a token is a byte, so all four ends cut characters."""
    folder = write_build(tmp_path / "build", held_out=("manual-ko",))
    (tmp_path / "model").mkdir()
    small_tokenizer().save_pretrained(tmp_path / "model")
    planned = plan(folder, [subject("only", str(tmp_path / "model"))], lengths=(1500,), max_windows=4)
    windows = planned.section([])["windows"][0]["windows"]
    text = context("manual-ko").text
    ends = [window["end"] for window in windows]
    assert ends == [len(text.encode()) - turn * 64 for turn in range(4)]
    total = sum(window["num_scored_bytes"] for window in windows)
    assert total == pytest.approx(4 * 64, abs=2)
    tail = text.encode()[-4 * 64 :].decode(errors="ignore")
    assert sum(window["num_scored_characters"] for window in windows) in (len(tail), len(tail) + 1)


def test_subjects_with_different_tokenizers_have_their_own_windows_and_no_ratio(
    tmp_path: Path, base_model: str, tuned_model: str
) -> None:
    build = write_build(tmp_path)
    three = [
        subject("base", base_model, Role.BASE),
        subject("tuned", tuned_model, Role.TUNED),
        subject("other", EMBEDDED),
    ]
    planned = plan(build, three, lengths=(128, 256))
    values = {(cell.subject, cell.length): flat(2.0) for cell in planned.cells}
    found = section(planned, values)
    assert [(row["subject"], row["length"]) for row in found["comparisons"]] == [("tuned", 128), ("tuned", 256)]
    assert [group["subjects"] for group in found["windows"]] == [["base", "tuned"], ["other"]]
    by_name = {(row["subject"], row["length"]): row for row in found["results"]}
    other, base = by_name["other", 256], by_name["base", 256]
    assert other["perplexity"] == base["perplexity"]
    assert other["num_bytes"] > 2 * base["num_bytes"], "its tokens are longer"
    assert other["bits_per_byte"] < base["bits_per_byte"] / 2
    assert any("tokenizer of other differs from that of base" in note for note in planned.notes)
    assert any("do not depend on the tokenizer" in note for note in planned.notes)


def test_without_a_base_the_first_subject_is_the_reference(build: str, base_model: str, tuned_model: str) -> None:
    planned = plan(build, [subject("a", tuned_model), subject("b", base_model)], lengths=(256,))
    found = section(planned, {("a", 256): flat(1.0), ("b", 256): flat(1.5)})
    assert [(row["subject"], row["reference"]) for row in found["comparisons"]] == [("b", "a")]


def test_a_length_that_one_subject_did_not_measure_is_not_compared(
    build: str, base_model: str, tuned_model: str
) -> None:
    planned = plan(build, [subject("base", base_model, Role.BASE), subject("tuned", tuned_model, Role.TUNED)])
    kept: list[tuple[ForwardCell, Mapping[str, Any], float]] = [
        (cell, flat(1.0), 0.1) for cell in planned.cells if (cell.subject, cell.length) != ("base", 256)
    ]
    found = planned.section(kept)
    assert [row["length"] for row in found["comparisons"]] == [512]


def test_plan_says_what_the_windows_say(build: str, base_model: str, tmp_path: Path) -> None:
    alone = [subject("only", base_model)]
    planned = plan(build, alone, lengths=(256, 1_000_000))
    assert {cell.length for cell in planned.cells} == {256}
    assert any("1,000,000 tokens is left out" in note for note in planned.notes)
    planned = plan(write_build(tmp_path, held_out=()), alone)
    assert any("no validation documents" in note for note in planned.notes)
    with pytest.raises(InputError, match="leaves no context before the 64 scored tokens"):
        plan(build, alone, lengths=(64,))


@pytest.mark.parametrize("name", ["perplexity", "streaming", "lm_eval"])
def test_module_of_a_forward_task_imports_without_torch(name: str) -> None:
    code = f"import sys, pipeline.evaluate.tasks.{name}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def scaling_plan(build: str, subjects: Sequence[Subject]) -> ForwardPlan:
    options = PerplexityOptions(scored_tokens=64, max_windows=2, scaling_alone=True)
    return TASK.plan(Planning(options, (256, 512), tuple(subjects), read_material(build), seed=17))


def test_plan_scaling_alone_adds_cells_of_the_base_with_the_scaling_of_the_tuned_model(
    build: str, base_model: str, tuned_model: str
) -> None:
    base, tuned = describe([tuned_model], settings=EvaluateRecipe())
    assert (base.role, tuned.role) == (Role.BASE, Role.TUNED)
    planned = scaling_plan(build, [base, tuned])
    added = planned.cells[4:]
    assert [(cell.subject, cell.length, cell.variant) for cell in added] == [
        (base.name, 256, "scaling_alone"),
        (base.name, 512, "scaling_alone"),
    ]
    assert {cell.content for cell in added}.isdisjoint(cell.content for cell in planned.cells[:4])
    assert planned.num_tokens == 3 * 2 * (256 + 512)
    same = [subject("base", base_model, Role.BASE), subject("tuned", base_model, Role.TUNED)]
    several = [replace(base, name="another"), base, tuned]
    for subjects in (same, several, [base], [tuned]):
        assert not any(cell.variant for cell in scaling_plan(build, subjects).cells)


def test_base_with_the_scaling_alone_equals_a_tuned_model_that_learnt_nothing(build: str, tuned_model: str) -> None:
    subjects = describe([tuned_model], settings=EvaluateRecipe())  # both models have the same random weights
    models = {one.name: load_model(one.reference, dtype="float32", device="cpu") for one in subjects}
    planned = scaling_plan(build, subjects)
    measured = [(cell, planned.measure(models[cell.subject], cell), 1.0) for cell in planned.cells]
    found = planned.section(measured)
    base, tuned = (one.name for one in subjects)
    assert {row["subject"] for row in found["results"]} == {base, tuned} and len(found["results"]) == 4
    alone = found["scaling_alone"]
    assert (alone["base"], alone["tuned"], [row["length"] for row in alone["results"]]) == (base, tuned, [256, 512])
    for row, compared in zip(alone["results"], found["comparisons"], strict=True):
        assert row["training"]["ratio"] == pytest.approx(1.0, abs=1e-4)
        assert row["scaling"]["ratio"] == pytest.approx(compared["ratio"], abs=1e-4)
        assert abs(row["scaling"]["ratio"] - 1.0) > 1e-3, "the scaling changes something"
        assert row["low"] < row["perplexity"] < row["high"]


def test_section_scaling_alone_divides_the_change_into_scaling_and_training(build: str, tuned_model: str) -> None:
    base, tuned = describe([tuned_model], settings=EvaluateRecipe())
    planned = scaling_plan(build, [base, tuned])
    losses = {(base.name, ""): 5.0, (base.name, "scaling_alone"): 2.0, (tuned.name, ""): 1.9}
    found = planned.section([(cell, flat(losses[cell.subject, cell.variant]), 1.5) for cell in planned.cells])
    for row in found["scaling_alone"]["results"]:
        assert row["perplexity"] == round(math.exp(2.0), 3)
        assert row["scaling"]["ratio"] == pytest.approx(math.exp(-3.0), abs=1e-5)
        assert row["training"]["ratio"] == pytest.approx(math.exp(-0.1), abs=1e-5)
    without = planned.section([(c, flat(losses[c.subject, ""]), 1.5) for c in planned.cells if not c.variant])
    assert "scaling_alone" not in without
