"""Training steps of a Llama with random weights, drawn on the device: losses, speed, and peak beside the prediction.

    python -m benchmarks._train_8b '[{"num_tokens": 32768, …}, …]'

runs the trials in this process, one after the other, and prints one JSON object for each; out of memory, of the GPU or
the host, is exit code 3. `run_trials` starts such a process, because an allocator that ran out of memory is in no state
to be measured. `measure_8b` measures an 8B on one GPU for `benchmarks.train --device cuda`: speed, and the longest pack
by halving an interval. `benchmarks.gpu_check` runs trials of its own. Model, loss and optimizer are the product's.
"""

from __future__ import annotations

import gc
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import AutoModelForCausalLM, LlamaConfig

from benchmarks._gpu_environment import adapt_older_torch
from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.memory import LayerInputs
from pipeline.train.attention.placement import install_attention, model_attention
from pipeline.train.data.batch import PackBatch, collate
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.distributed.parallel import WHOLE
from pipeline.train.layers.checkpointing import save_memory
from pipeline.train.layers.kept import fixed_activations
from pipeline.train.machine.device import deterministic_kernels
from pipeline.train.machine.memory import GIB, process_bytes, this_machine
from pipeline.train.machine.memory_meter import start_meter
from pipeline.train.memory.exhausted import is_out_of_memory
from pipeline.train.memory.predict import ModelShape, predict_memory
from pipeline.train.memory.process import longest_pack
from pipeline.train.memory.shapes import model_shape
from pipeline.train.model.forward import pack_loss
from pipeline.train.model.student import Student, build_student
from pipeline.train.rope.in_force import assert_rope_in_force
from pipeline.train.rope.scaled_config import config_scaling
from pipeline.train.tuning.optimizer import build_optimizer
from pipeline.train.tuning.trainable import make_trainable

_OUT_OF_MEMORY = 3
_ENDED_FOR_MEMORY = (_OUT_OF_MEMORY, -signal.SIGKILL)
"""Exit codes of a trial that did not fit; the kernel kills what the host has no memory for."""
_FIRST_TOKENS = 512
SPEED_TOKENS = 32768
_SPEED_STEPS = 2
_GRANULARITY = 8192
_ANSWER_TOKENS = 512
_SEED = 0
_PEAK_FLOPS = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12}
"""Dense bfloat16, from the vendor's data sheets; MFU is shown for these."""


class Size(StrEnum):
    """The dimensions of a model."""

    LLAMA_8B = "Llama 3 8B"
    LLAMA_1B = "Llama 3.2 1B"
    TINY = "tiny Llama"
    """For machines without a GPU: to see that a benchmark runs."""


_DIMENSIONS: Mapping[Size, Mapping[str, Any]] = {
    Size.LLAMA_8B: {
        "vocab_size": 128256,
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "tie_word_embeddings": False,
    },
    Size.LLAMA_1B: {
        "vocab_size": 128256,
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_hidden_layers": 16,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "tie_word_embeddings": True,
    },
    Size.TINY: {
        "vocab_size": 512,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "tie_word_embeddings": False,
    },
}


@dataclass(frozen=True, slots=True)
class Trial:
    """Steps of one model at one length."""

    num_tokens: int
    num_steps: int = 1
    size: str = Size.LLAMA_8B
    device: str = "cuda"
    document_tokens: int | None = None
    """The longest document of the pack; None for a pack of one document. Memory depends on the pack, time on this."""
    computed_layers: int | None = None
    """Only the first so many layers run; the other layers' weights, gradients and moments are held all the same. Every
    layer needs the same memory, so the peak on the device does not change while layer inputs are on the host."""
    memory_bytes: int | None = None
    """What torch may allocate on a GPU that has more."""
    model: str | None = None
    """A model folder to load as training does; None draws weights."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Keys of `finetune` that replace those of `recipe_8b`."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a trial measured."""

    num_tokens: int
    losses: tuple[float, ...]
    """Mean cross-entropy of the trained tokens, step by step."""
    seconds: float
    """Of the last step."""
    peak_bytes: int
    predicted_bytes: int
    pinned_bytes: int
    """The peak of pinned host memory, as torch counts it; 0 on a CPU."""


class TrialTimeError(Exception):
    """The time for the trials is up."""


def llama(size: Size) -> LlamaConfig:
    """Return the config of a size, with enough positions for any length tried."""
    return LlamaConfig(
        max_position_embeddings=1 << 21,
        rope_parameters={"rope_type": "default", "rope_theta": 500000.0},
        **_DIMENSIONS[size],
    )


def recipe_8b(num_tokens: int, *, device: str = "cuda", settings: Mapping[str, Any] | None = None) -> FinetuneRecipe:
    """LoRA on every linear layer, layer inputs on the host; `settings` replaces whole keys."""
    return FinetuneRecipe.model_validate(
        {
            "rope": {"method": "none"},
            "max_tokens": num_tokens,
            "device": device,
            "memory": {"layer_inputs": LayerInputs.HOST},
            "tuning": {"rank": 16, "alpha": 32, "train_embeddings": False, "train_norms": False},
            **(settings or {}),
        }
    )


def run_steps(trial: Trial) -> Measured:
    """Steps over one pack after a short one, from which on the optimizer has its state; the last is timed."""
    device = torch.device(trial.device)
    is_cuda = device.type == "cuda"
    recipe = recipe_8b(trial.num_tokens, device=trial.device, settings=trial.settings)
    if is_cuda:
        adapt_older_torch()
        _limit_memory(trial.memory_bytes)
    meter = start_meter(device)
    with deterministic_kernels(recipe):
        student = build_student(trial.model, recipe, seed=_SEED) if trial.model else _drawn_student(trial, recipe)
        optimizer = build_optimizer(student.model, recipe, device=device)
        student.model.train()
        if trial.computed_layers is not None:
            student.model.config.num_hidden_layers = trial.computed_layers  # how many the model runs
        losses, seconds = [], 0.0
        for length in (_FIRST_TOKENS, *[trial.num_tokens] * trial.num_steps):
            batch = _pack(length, trial, student)
            _synchronize(device)
            started = time.perf_counter()
            losses.append(_step(student, optimizer, batch, recipe))
            _synchronize(device)
            seconds = time.perf_counter() - started
    predicted = predict_memory(model_shape(llama(Size(trial.size)), recipe), recipe, num_tokens=trial.num_tokens)
    pinned = torch.cuda.host_memory_stats().get("allocated_bytes.peak", 0) if is_cuda else 0
    return Measured(
        num_tokens=trial.num_tokens,
        losses=tuple(losses[1:]),
        seconds=seconds,
        peak_bytes=meter.peak_bytes(),
        predicted_bytes=predicted.peak_bytes,
        pinned_bytes=pinned,
    )


def run_trials_here(trials: Sequence[Trial]) -> Iterator[Measured]:
    """Run trials in this process; yield results as they come, and end before the first that does not fit."""
    for trial in trials:
        try:
            measured = run_steps(trial)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return
        yield measured
        gc.collect()
        if trial.device == "cuda":
            torch.cuda.empty_cache()


def run_trials(trials: Sequence[Trial], *, seconds: float | None = None) -> Iterator[Measured]:
    """Run trials in a process of their own; yield results as they come, and end before the first that does not fit.

    Raises:
        TrialTimeError: the trials took longer than `seconds`; they were ended.
        SystemExit: the process failed for a reason other than memory.
    """
    command = [sys.executable, "-m", "benchmarks._train_8b", json.dumps([asdict(trial) for trial in trials])]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        is_up = threading.Event()

        def end() -> None:
            is_up.set()
            process.kill()

        timer = threading.Timer(seconds, end) if seconds is not None else None
        if timer is not None:
            timer.start()
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line.startswith("{"):
                    yield _measured(json.loads(line))
            code = process.wait()
        finally:
            if timer is not None:
                timer.cancel()
            process.kill()
            process.wait()
        if is_up.is_set():
            raise TrialTimeError
        if code not in (0, *_ENDED_FOR_MEMORY):
            errors.seek(0)
            raise SystemExit(f"Trials of {trials[0].size} ended with {code}:\n{errors.read()[-2000:]}")


def _measured(found: Mapping[str, Any]) -> Measured:
    return Measured(**{**found, "losses": tuple(found["losses"])})


def measure_8b() -> Iterator[str]:
    """Lines that say what was measured and what the plan predicted."""
    machine = this_machine("cuda")
    shape = shape_8b()
    predicted = longest_pack(
        shape, recipe_8b(SPEED_TOKENS), memory_bytes=process_bytes(machine, local_processes=1), shards=1, slices=1
    )
    yield f"\nLlama 3 8B, random weights, LoRA rank 16, layer inputs on the host, one document, {machine.name}.\n"
    yield "| tokens | tokens/s | MFU | peak, GiB | predicted, GiB |"
    yield "| --- | --- | --- | --- | --- |"
    for measured in run_trials([Trial(SPEED_TOKENS, _SPEED_STEPS)]):
        yield _row(measured, f"{SPEED_TOKENS / measured.seconds:,.0f} | {utilisation(SPEED_TOKENS, measured.seconds)}")
    upper = longest_try(predicted, process_bytes(this_machine("cpu"), local_processes=1))
    longest = _longest(upper)
    if longest:
        yield _row(longest, "– | –")
    found = longest.num_tokens if longest else 0
    yield f"\nLongest pack: {found:,} tokens of {upper:,} tried at most; predicted: {predicted:,}."


def shape_8b() -> ModelShape:
    """Return the dimensions of the 8B with LoRA."""
    return model_shape(llama(Size.LLAMA_8B), recipe_8b(SPEED_TOKENS))


def longest_try(predicted: int, host_bytes: int) -> int:
    """Tokens to look for the longest pack below: twice what the plan predicts, within what the host can hold.

    Args:
        predicted: tokens that fit the GPU.
        host_bytes: for layer inputs.
    """
    config = llama(Size.LLAMA_8B)
    input_bytes = int(config.num_hidden_layers * config.hidden_size * torch.bfloat16.itemsize)
    return min(max(2 * _GRANULARITY, 2 * predicted), host_bytes // input_bytes)


def utilisation(num_tokens: int, seconds: float) -> str:
    """Return the model FLOP utilisation of a step of the 8B over one document; a dash for an unknown GPU."""
    name = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    peak = next((flops for key, flops in _PEAK_FLOPS.items() if key in name), None)
    if peak is None:
        return "–"
    config = llama(Size.LLAMA_8B)
    weights = 8.03e9 - config.vocab_size * config.hidden_size
    # Forward 2 operations a weight and token, backward through frozen weights 2 more; recomputation is no useful work.
    # Attention: causal, half of T² pairs, 4 operations a head dimension forward and 8 backward.
    products = 4.0 * weights * num_tokens
    attention = 0.5 * num_tokens**2 * config.hidden_size * config.num_hidden_layers * (4 + 8)
    return f"{(products + attention) / seconds / peak:.0%}"


def _row(measured: Measured, speed: str) -> str:
    peaks = f"{measured.peak_bytes / GIB:.1f} | {measured.predicted_bytes / GIB:.1f}"
    return f"| {measured.num_tokens:,} | {speed} | {peaks} |"


def _step(student: Student, optimizer: torch.optim.Optimizer, batch: PackBatch, recipe: FinetuneRecipe) -> float:
    """Take one step, and return its mean cross-entropy."""
    for parameter in _left_out(student):
        parameter.grad = torch.zeros_like(parameter)
    num_rows = len(batch.num_targets)
    weight = 1.0 / batch.num_answer_tokens
    sums = pack_loss(
        student, batch, [weight] * num_rows, z_loss=recipe.loss.z_loss, chunk_tokens=recipe.loss.chunk_tokens
    )
    torch.autograd.backward(sums.loss)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return float(sums.cross_entropy)


def _left_out(student: Student) -> list[nn.Parameter]:
    """Return the trained parameters of layers that do not run."""
    layers = student.model.model.layers[student.model.config.num_hidden_layers :]
    return [parameter for layer in layers for parameter in layer.parameters() if parameter.requires_grad]


def _pack(num_tokens: int, trial: Trial, student: Student) -> PackBatch:
    longest = trial.document_tokens or num_tokens
    lengths = [longest] * (num_tokens // longest)
    lengths += [num_tokens - sum(lengths)] if num_tokens > sum(lengths) else []
    vocabulary = student.model.config.vocab_size
    documents = [_document(length, vocabulary, index) for index, length in enumerate(lengths)]
    return collate(documents, device=student.device)


def _document(num_tokens: int, vocabulary: int, index: int) -> TokenizedRow:
    ids_T = np.random.default_rng(index).integers(32, vocabulary - 256, num_tokens).astype(np.int32)
    answers = min(_ANSWER_TOKENS, num_tokens // 4)
    return TokenizedRow(f"row{index}", ids_T, np.arange(num_tokens) >= num_tokens - answers, 1.0)


def _drawn_student(trial: Trial, recipe: FinetuneRecipe) -> Student:
    config, device = llama(Size(trial.size)), torch.device(trial.device)
    dtype = getattr(torch, recipe.dtype)
    torch.manual_seed(_SEED)
    with device:
        model = AutoModelForCausalLM.from_config(config, dtype=dtype)
    attention = model_attention(model, recipe.attention, max_tokens=recipe.max_tokens)
    install_attention(model, attention.isolation)
    adapted = make_trainable(model, recipe.tuning, dtype=dtype)
    model.to(device)
    kept = fixed_activations(recipe.memory, num_layers=config.num_hidden_layers)
    save_memory(model, recipe.memory, device=device, kept=kept)
    scaling = config_scaling(config)
    return Student(
        model=model,
        adapted=adapted,
        attention=attention,
        scaling=scaling,
        dtype=dtype,
        device=device,
        num_parameters=model.num_parameters(),
        inv_freq_error=assert_rope_in_force(model, scaling),
        parallel=WHOLE,
        activations=kept,
    )


def _limit_memory(memory_bytes: int | None) -> None:
    total = torch.cuda.get_device_properties(0).total_memory
    share = 1.0 if memory_bytes is None else min(1.0, memory_bytes / total)
    torch.cuda.set_per_process_memory_fraction(share)


def _synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _longest(upper: int) -> Measured | None:
    low, high, at_low = 0, upper // _GRANULARITY, None
    while low < high:
        middle = (low + high + 1) // 2
        measured = next(run_trials([Trial(middle * _GRANULARITY)]), None)
        low, high, at_low = (middle, high, measured) if measured else (low, middle - 1, at_low)
    return at_low


def main(arguments: Sequence[str]) -> int:
    """Run trials; returns the exit code."""
    trials = [Trial(**found) for found in json.loads(arguments[0])]
    num_measured = 0
    for measured in run_trials_here(trials):
        print(json.dumps(asdict(measured)), flush=True)
        num_measured += 1
    return 0 if num_measured == len(trials) else _OUT_OF_MEMORY


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
