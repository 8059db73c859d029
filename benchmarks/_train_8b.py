"""An 8B Llama with random weights and LoRA on one GPU: longest pack, speed, MFU and peak beside the plan's prediction.

    python -m benchmarks._train_8b TOKENS STEPS

runs steps in this process and prints one JSON object; out of memory, of the GPU or the host, is exit code 3.
`measure_8b` finds the longest pack by halving an interval, each try a process of its own, since an allocator that ran
out of memory is in no state to be measured. A try is one step; speed is that of a second one, at one length. Used by
`benchmarks.train --device cuda`. Needs no weights: they are drawn on the device.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.memory import LayerInputs
from pipeline.train.attention.placement import install_attention, model_attention
from pipeline.train.data.batch import collate
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.distributed.parallel import WHOLE
from pipeline.train.layers.checkpointing import save_memory
from pipeline.train.machine.memory import GIB, process_bytes, this_machine
from pipeline.train.machine.memory_meter import start_meter
from pipeline.train.memory.exhausted import is_out_of_memory
from pipeline.train.memory.predict import ModelShape, predict_memory
from pipeline.train.memory.process import longest_pack
from pipeline.train.memory.shapes import model_shape
from pipeline.train.model.forward import pack_loss
from pipeline.train.model.student import Student
from pipeline.train.rope.in_force import assert_rope_in_force
from pipeline.train.rope.scaled_config import config_scaling
from pipeline.train.tuning.optimizer import build_optimizer
from pipeline.train.tuning.trainable import make_trainable

_OUT_OF_MEMORY = 3
_ENDED_FOR_MEMORY = (_OUT_OF_MEMORY, -signal.SIGKILL)
"""Exit codes of a try that did not fit; the kernel kills what the host has no memory for."""
_FIRST_TOKENS = 512
_SPEED_TOKENS = 32768
_SPEED_STEPS = 2
_GRANULARITY = 8192
_ANSWER_TOKENS = 512
_PEAK_FLOPS = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12}
"""Dense bfloat16, from the vendor's data sheets; MFU is shown for these."""


def llama_8b() -> LlamaConfig:
    """Llama 3 8B's dimensions, with positions enough for any length tried."""
    return LlamaConfig(
        vocab_size=128256,
        hidden_size=4096,
        intermediate_size=14336,
        num_hidden_layers=32,
        num_attention_heads=32,
        num_key_value_heads=8,
        max_position_embeddings=1 << 21,
        rope_parameters={"rope_type": "default", "rope_theta": 500000.0},
        tie_word_embeddings=False,
    )


def recipe_8b(num_tokens: int) -> FinetuneRecipe:
    """LoRA on every linear layer, layer inputs on the host."""
    return FinetuneRecipe.model_validate(
        {
            "rope": {"method": "none"},
            "max_tokens": num_tokens,
            "device": "cuda",
            "memory": {"layer_inputs": LayerInputs.HOST},
            "tuning": {"rank": 16, "alpha": 32, "train_embeddings": False, "train_norms": False},
        }
    )


def run_steps(num_tokens: int, num_steps: int) -> dict[str, float]:
    """Steps over one document after a short one, from which on the optimizer has its state; the last is timed."""
    recipe, device = recipe_8b(num_tokens), torch.device("cuda")
    meter = start_meter(device)
    student = _random_student(recipe, device)
    optimizer = build_optimizer(student.model, recipe, device=device)
    student.model.train()
    seconds = 0.0
    for length in (_FIRST_TOKENS, *[num_tokens] * num_steps):
        batch = collate([_document(length)], device=device)
        torch.cuda.synchronize()
        started = time.perf_counter()
        sums = pack_loss(student, batch, [1.0 / _ANSWER_TOKENS], z_loss=0.0, chunk_tokens=recipe.loss.chunk_tokens)
        torch.autograd.backward(sums.loss)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        torch.cuda.synchronize()
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "peak_bytes": float(meter.peak_bytes())}


def measure_8b() -> Iterator[str]:
    """Lines that say what was measured and what the plan predicted."""
    machine = this_machine("cuda")
    shape = model_shape(llama_8b(), recipe_8b(_SPEED_TOKENS))
    predicted = longest_pack(
        shape, recipe_8b(_SPEED_TOKENS), memory_bytes=process_bytes(machine, local_processes=1), shards=1, slices=1
    )
    yield f"\nLlama 3 8B, random weights, LoRA rank 16, layer inputs on the host, one document, {machine.name}.\n"
    yield "| tokens | tokens/s | MFU | peak, GiB | predicted, GiB |"
    yield "| --- | --- | --- | --- | --- |"
    if at_speed := _try(_SPEED_TOKENS, _SPEED_STEPS):
        speed = f"{_SPEED_TOKENS / at_speed['seconds']:,.0f} | {_utilisation(_SPEED_TOKENS, at_speed['seconds'])}"
        yield _row(shape, _SPEED_TOKENS, speed, at_speed)
    upper = longest_try(predicted, process_bytes(this_machine("cpu"), local_processes=1))
    longest, at_longest = _longest(upper)
    if at_longest:
        yield _row(shape, longest, "– | –", at_longest)
    yield f"\nLongest pack: {longest:,} tokens of {upper:,} tried at most; predicted: {predicted:,}."


def longest_try(predicted: int, host_bytes: int) -> int:
    """Tokens to look for the longest pack below: twice what the plan predicts, within what the host can hold.

    Args:
        predicted: tokens that fit the GPU.
        host_bytes: for layer inputs.
    """
    config = llama_8b()
    input_bytes = int(config.num_hidden_layers * config.hidden_size * torch.bfloat16.itemsize)
    return min(max(2 * _GRANULARITY, 2 * predicted), host_bytes // input_bytes)


def _row(shape: ModelShape, num_tokens: int, speed: str, measured: Mapping[str, float]) -> str:
    expected = predict_memory(shape, recipe_8b(num_tokens), num_tokens=num_tokens).peak_bytes
    return f"| {num_tokens:,} | {speed} | {measured['peak_bytes'] / GIB:.1f} | {expected / GIB:.1f} |"


def _document(num_tokens: int) -> TokenizedRow:
    ids_T = np.random.default_rng(0).integers(32, 128000, num_tokens).astype(np.int32)
    return TokenizedRow("row", ids_T, np.arange(num_tokens) >= num_tokens - _ANSWER_TOKENS, 1.0)


def _random_student(recipe: FinetuneRecipe, device: torch.device) -> Student:
    config = llama_8b()
    torch.manual_seed(0)
    with device:
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    attention = model_attention(model, recipe.attention, max_tokens=recipe.max_tokens)
    install_attention(model, attention.isolation)
    adapted = make_trainable(model, recipe.tuning, dtype=torch.bfloat16)
    model.to(device)
    save_memory(model, recipe.memory, device=device)
    scaling = config_scaling(config)
    return Student(
        model=model,
        adapted=adapted,
        attention=attention,
        scaling=scaling,
        dtype=torch.bfloat16,
        device=device,
        num_parameters=model.num_parameters(),
        inv_freq_error=assert_rope_in_force(model, scaling),
        parallel=WHOLE,
    )


def _longest(upper: int) -> tuple[int, dict[str, float] | None]:
    low, high, at_low = 0, upper // _GRANULARITY, None
    while low < high:
        middle = (low + high + 1) // 2
        measured = _try(middle * _GRANULARITY, 1)
        low, high, at_low = (middle, high, measured) if measured else (low, middle - 1, at_low)
    return low * _GRANULARITY, at_low


def _try(num_tokens: int, num_steps: int) -> dict[str, float] | None:
    command = [sys.executable, "-m", "benchmarks._train_8b", str(num_tokens), str(num_steps)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode in _ENDED_FOR_MEMORY:
        return None
    if finished.returncode != 0:
        raise SystemExit(f"8B at {num_tokens} tokens ended with {finished.returncode}:\n{finished.stderr[-2000:]}")
    found: dict[str, float] = json.loads(finished.stdout.splitlines()[-1])
    return found


def _utilisation(num_tokens: int, seconds: float) -> str:
    name = torch.cuda.get_device_name()
    peak = next((flops for key, flops in _PEAK_FLOPS.items() if key in name), None)
    if peak is None:
        return "–"
    config = llama_8b()
    weights = 8.03e9 - config.vocab_size * config.hidden_size
    # Forward 2 operations a weight and token, backward through frozen weights 2 more; recomputation is no useful work.
    # Attention: causal, half of T² pairs, 4 operations a head dimension forward and 8 backward.
    products = 4.0 * weights * num_tokens
    attention = 0.5 * num_tokens**2 * config.hidden_size * config.num_hidden_layers * (4 + 8)
    return f"{(products + attention) / seconds / peak:.0%}"


def main(arguments: Sequence[str]) -> int:
    """Steps at a length; returns the exit code."""
    num_tokens, num_steps = (int(argument) for argument in arguments)
    try:
        print(json.dumps(run_steps(num_tokens, num_steps)))
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        return _OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
