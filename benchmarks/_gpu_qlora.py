"""Measures QLoRA beside LoRA on a 1B of random weights, loaded and merged as training does. A part of `gpu_check`.

Needs bitsandbytes and a GPU; otherwise the product's own refusal is the result, on a CPU after LoRA has run.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks._gpu_models import write_random_model
from benchmarks._gpu_part import CannotRunError, Check, Figure, Finding, Line, Setting
from benchmarks._train_8b import Size, Trial, llama, recipe_8b, run_trials_here
from pipeline.config.tuning import TuningMethod
from pipeline.errors import PipelineError
from pipeline.train.export.model_folder import merge
from pipeline.train.model.student import build_student
from pipeline.train.tuning.quantization import quantization_config

_GIB = 2**30
_TOKENS, _TINY_TOKENS, _STEPS = 8192, 1024, 6
_PROBE_TOKENS = 64
_LARGEST_CHANGE = 0.05
"""Of logits by merging, relative to the largest: the trained model computes products of bfloat16, the merged one has
weights that were rounded to it."""


def measure(setting: Setting) -> Iterator[Finding]:
    """Measure steps of both methods, and what merging changes."""
    size = Size.TINY if setting.tiny else Size.LLAMA_1B
    num_tokens = _TINY_TOKENS if setting.tiny else _TOKENS
    refusal = _refusal(setting, size)
    if refusal and setting.device == "cuda":  # there the time is worth more
        raise CannotRunError(refusal)
    methods = (TuningMethod.LORA,) if refusal else (TuningMethod.QLORA, TuningMethod.LORA)
    recipes = {method: _tuning(method) for method in methods}
    with tempfile.TemporaryDirectory(prefix="gpu-check-") as folder:
        reference = write_random_model(Path(folder), size, device=setting.device, max_tokens=num_tokens)
        trials = [
            Trial(num_tokens, _STEPS, size=size, device=setting.device, model=reference, settings=settings)
            for settings in recipes.values()
        ]
        yield Line("| method | tokens/s | peak, GiB | predicted, GiB | losses |")
        yield Line("| --- | --- | --- | --- | --- |")
        falls, peaks = [], []
        for method, measured in zip(recipes, run_trials_here(trials), strict=False):
            falls.append(measured.losses[-1] < measured.losses[0])
            peaks.append(measured.peak_bytes / _GIB)
            yield Line(
                f"| {method.value} | {num_tokens / measured.seconds:,.0f} | {peaks[-1]:.2f} | "
                f"{measured.predicted_bytes / _GIB:.2f} | {', '.join(f'{loss:.4f}' for loss in measured.losses)} |"
            )
            yield Figure(f"peak_gib, {method.value}", peaks[-1])
        yield Check("every method learns the pack", falls == [True] * len(methods))
        if refusal:
            raise CannotRunError(refusal)
        change = _change_by_merging(setting, reference, num_tokens)
    yield Figure("change_by_merging", change)
    yield Check(f"merging changes logits by at most {_LARGEST_CHANGE:.0%} of the largest", change <= _LARGEST_CHANGE)


def _refusal(setting: Setting, size: Size) -> str:
    """Return why 4-bit weights cannot be used here; an empty string if they can."""
    recipe = recipe_8b(1, device=setting.device, settings=_tuning(TuningMethod.QLORA))
    try:
        quantization_config(recipe.tuning, llama(size), dtype=torch.bfloat16, device=torch.device(setting.device))
    except PipelineError as error:
        return str(error)
    return ""


def _tuning(method: TuningMethod) -> dict[str, object]:
    tuning = {"method": method.value, "rank": 16, "alpha": 32, "train_embeddings": False, "train_norms": False}
    return {"tuning": tuning, "optimizer": {"learning_rate": 1e-3}}


@torch.no_grad()
def _change_by_merging(setting: Setting, reference: str, num_tokens: int) -> float:
    """Return the largest change of a logit, relative to the largest logit."""
    recipe = recipe_8b(num_tokens, device=setting.device, settings=_tuning(TuningMethod.QLORA))
    student = build_student(reference, recipe, seed=0)
    for name, parameter in student.trainables().items():
        if "lora_B" in name:  # zero until trained
            parameter.normal_(std=0.01)
    ids_1T = torch.arange(_PROBE_TOKENS, device=student.device)[None]
    # In training mode, as trained: bitsandbytes repacks the weights of a CPU in evaluation mode. There is no dropout.
    student.model.train().set_attn_implementation("sdpa")
    with torch.autocast(student.device.type, dtype=torch.bfloat16):
        trained = student.model(input_ids=ids_1T, use_cache=False).logits.float().cpu()
    plain = merge(student).to(student.device)(input_ids=ids_1T, use_cache=False).logits.float().cpu()
    return float((plain - trained).abs().max() / trained.abs().max())
