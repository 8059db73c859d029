"""Measures AdamW with 8-bit moments beside torch's, with every weight of a 1B training. A part of `gpu_check`.

Needs bitsandbytes and a GPU; otherwise the product's own refusal is the result, on a CPU after torch's AdamW has run.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from transformers import AutoModelForCausalLM

from benchmarks._gpu_part import CannotRunError, Check, Figure, Finding, Line, Setting
from benchmarks._train_8b import Measured, Size, Trial, llama, recipe_8b, run_trials_here
from pipeline.config.optimizer import OptimizerKind
from pipeline.errors import PipelineError
from pipeline.train.tuning.optimizer import build_optimizer

_GIB = 2**30
_TOKENS, _TINY_TOKENS, _STEPS = 8192, 1024, 6
_KINDS = (OptimizerKind.ADAMW_8BIT, OptimizerKind.PAGED_ADAMW_8BIT, OptimizerKind.ADAMW)
_SAME_LOSS = 0.02
"""Relative, at the last step."""


def measure(setting: Setting) -> Iterator[Finding]:
    """Measure steps with each kind."""
    refusal = _refusal(setting)
    if refusal and setting.device == "cuda":  # there the time is worth more
        raise CannotRunError(refusal)
    kinds = (OptimizerKind.ADAMW,) if refusal else _KINDS
    num_tokens = _TINY_TOKENS if setting.tiny else _TOKENS
    trials = [
        Trial(
            num_tokens,
            _STEPS,
            size=Size.TINY if setting.tiny else Size.LLAMA_1B,
            device=setting.device,
            settings=_settings(kind),
        )
        for kind in kinds
    ]
    yield Line("| optimizer | tokens/s | peak, GiB | predicted, GiB | losses |")
    yield Line("| --- | --- | --- | --- | --- |")
    found: dict[OptimizerKind, Measured] = {}
    for kind, measured in zip(kinds, run_trials_here(trials), strict=False):
        found[kind] = measured
        yield Line(
            f"| {kind.value} | {num_tokens / measured.seconds:,.0f} | {measured.peak_bytes / _GIB:.2f} | "
            f"{measured.predicted_bytes / _GIB:.2f} | {', '.join(f'{loss:.4f}' for loss in measured.losses)} |"
        )
        yield Figure(f"peak_gib, {kind.value}", measured.peak_bytes / _GIB)
    yield Check("every kind fits into memory", len(found) == len(kinds))
    if refusal:
        raise CannotRunError(refusal)
    if len(found) == len(_KINDS):
        last = found[OptimizerKind.ADAMW].losses[-1]
        apart = max(abs(found[kind].losses[-1] / last - 1.0) for kind in _KINDS)
        yield Check(f"the last losses agree within {_SAME_LOSS:.0%} ({apart:.2%})", apart <= _SAME_LOSS)
        saves = found[OptimizerKind.ADAMW_8BIT].peak_bytes < found[OptimizerKind.ADAMW].peak_bytes
        yield Check("8-bit moments save memory", saves)


def _settings(kind: OptimizerKind) -> dict[str, object]:
    return {"tuning": {"method": "full"}, "optimizer": {"kind": kind.value, "learning_rate": 1e-4}}


def _refusal(setting: Setting) -> str:
    """Return why 8-bit moments cannot be used here; an empty string if they can."""
    recipe = recipe_8b(1, device=setting.device, settings=_settings(OptimizerKind.ADAMW_8BIT))
    try:
        build_optimizer(AutoModelForCausalLM.from_config(llama(Size.TINY)), recipe, device=torch.device(setting.device))
    except PipelineError as error:
        return str(error)
    return ""
