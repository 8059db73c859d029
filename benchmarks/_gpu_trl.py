"""Measures the trainer beside TRL's SFTTrainer on the GPU: the jobs of `benchmarks.train`, on a 1B of random weights.

Needs trl and datasets. The rows are spans of the bundled documents; the tokenizer has one token a byte. A part of
`gpu_check`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import torch

import pipeline
from benchmarks._gpu_models import write_random_model
from benchmarks._gpu_part import CannotRunError, Check, Clock, Figure, Finding, Line, Setting
from benchmarks._train_8b import Size
from benchmarks._train_peers import Contestant, Job, Outcome, run_job_here
from benchmarks.train import device_memory_bytes, run_job

_GIB = 2**30
_TOKENS, _TINY_TOKENS, _STEPS = 32768, 512, 3
_SAME_LOSS = 0.01
_SEED = 17
_ORDER = (Contestant.OURS, Contestant.TRL_PACKED, Contestant.TRL_ONE_BY_ONE, Contestant.TRL_DEFAULT)
_MODEL_TOKENS = 8192
"""The model's own context; the jobs double it by YaRN, and no row is longer than 18 32nds of a step."""


def measure(setting: Setting) -> Iterator[Finding]:
    """Measure each contestant at one length."""
    missing = [name for name in ("trl", "datasets") if find_spec(name) is None]
    if missing:
        raise CannotRunError(f"Not installed: {', '.join(missing)}.")
    clock = Clock(setting.seconds)
    length = _TINY_TOKENS if setting.tiny else _TOKENS
    data = Path(pipeline.__file__).parent / "bundled" / "documents"
    with tempfile.TemporaryDirectory(prefix="gpu-check-") as folder:
        size = Size.TINY if setting.tiny else Size.LLAMA_1B
        model = write_random_model(Path(folder), size, device=setting.device, max_tokens=max(_MODEL_TOKENS, length))
        job = Job(
            Contestant.OURS.value,
            str(data),
            length,
            1 if setting.tiny else _STEPS,
            setting.device,
            torch.get_num_threads(),
            _SEED,
            model=model,
        )
        yield Line(f"{size.value}, random weights, LoRA, {length:,} tokens a step in eight rows; see `train.md`.\n")
        yield Line("| trainer | tokens/s | ours is × | peak, GiB | loss of step 1 |")
        yield Line("| --- | --- | --- | --- | --- |")
        found: dict[Contestant, Outcome] = {}
        for contestant in _ORDER:
            if clock.left <= 0:
                yield Line(f"| {contestant.value} | not run: the time was up | | | |")
                continue
            outcome = _run(replace(job, contestant=contestant.value), setting)
            if outcome is None:
                yield Line(f"| {contestant.value} | out of memory | | | |")
                continue
            found[contestant] = outcome
            rates = {one: out.tokens / out.seconds for one, out in found.items()}
            yield Line(
                f"| {contestant.value} | {rates[contestant]:,.0f} | {rates[Contestant.OURS] / rates[contestant]:.2f} | "
                f"{outcome.peak_bytes / _GIB:.2f} | {outcome.loss:.4f} |"
            )
            yield Figure(f"tokens_per_second, {contestant.value}", rates[contestant])
            yield Figure(f"peak_gib, {contestant.value}", outcome.peak_bytes / _GIB)
    ours = found[Contestant.OURS].loss
    # Packing mixes the rows of all steps, so its first step has other rows unless there is one step.
    comparable = [one for one in found if setting.tiny or one is not Contestant.TRL_PACKED]
    apart = max(abs(found[one].loss / ours - 1.0) for one in comparable)
    yield Check(f"the first losses agree within {_SAME_LOSS:.0%} ({apart:.2%})", apart <= _SAME_LOSS)


def _run(job: Job, setting: Setting) -> Outcome | None:
    return run_job(job, device_memory_bytes(job.device)) if setting.own_processes else run_job_here(job)
