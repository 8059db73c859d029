"""Checks the variable-length kernel: no leaks in small models and at length, and values and gradients beside float32.

The product's leak test (`pipeline.leaks`) runs on random models of three families, with every pattern and kernel; then
with full attention on a pack of thousands of tokens and heads of 128. Last, the kernel's output and gradients are
compared with eager attention in float32. A part of `gpu_check`; without a GPU, the other kernels are checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import torch
from torch import Tensor, nn
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from benchmarks._gpu_part import Check, Figure, Finding, Line, Setting
from pipeline.config.attention import AttentionKernel, AttentionPattern
from pipeline.leaks import TINY_RECIPES, LeakResult, LeakVerdict, measure_leak, model_leaks
from pipeline.train.attention.interface import AttentionLayout, attend
from pipeline.train.attention.patterns import FULL, Pattern, pattern_of
from pipeline.train.attention.placement import Isolation, install_attention, isolated_hidden_states
from pipeline.train.attention.varlen import varlen_device

_SHAPE = {
    "vocab_size": 512,
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 64,
    "initializer_range": 0.2,
}
_WINDOW = 12
_LONG, _LONG_TINY = (700, 3000, 1200), (24, 40, 32)
"""Tokens of the documents of the long pack."""
_LARGEST_ERROR = 2e-2
"""Of bfloat16 outputs and gradients, relative to the largest: 2⁻⁸ a rounding, several of them in a row."""


def measure(setting: Setting) -> Iterator[Finding]:
    """Measure leaks and errors."""
    device = torch.device(setting.device)
    kernel = AttentionKernel.VARLEN if varlen_device(device) else AttentionKernel.SDPA
    if setting.device == "cuda":
        yield Check("the variable-length kernel can run on this GPU", kernel is AttentionKernel.VARLEN)
    yield Line("| model | kernel | measurements | isolated | largest change elsewhere | largest change before |")
    yield Line("| --- | --- | --- | --- | --- | --- |")
    leaking: list[str] = []
    num_used = 0
    for name, model in _models(device, tiny=setting.tiny).items():
        results = [result for result in model_leaks(model) if result.used]
        for used_kernel, group in groupby(sorted(results, key=lambda result: result.kernel), lambda one: one.kernel):
            found = list(group)
            num_used += len(found)
            leaking += [_words(name, result) for result in found if result.verdict is not LeakVerdict.ISOLATED]
            yield Line(_row(name, used_kernel, found))
    lengths = _LONG_TINY if setting.tiny else _LONG
    long = _long_leak(device, kernel, lengths)
    yield Line(_row(f"Llama, heads of 128, documents of {', '.join(map(str, lengths))} tokens", kernel, [long]))
    leaking += [_words("long pack", long)] if long.verdict is not LeakVerdict.ISOLATED else []
    yield Check(f"no leak in {num_used + 1} measurements{''.join(f'; {words}' for words in leaking)}", not leaking)
    yield Line(f"\nThe kernel {kernel.value} in bfloat16 beside eager attention in float32, largest relative error.\n")
    yield Line("| pattern | output | gradient of queries | of keys | of values |")
    yield Line("| --- | --- | --- | --- | --- |")
    worst = 0.0
    for recipe in TINY_RECIPES:
        if kernel is AttentionKernel.VARLEN and recipe.pattern is AttentionPattern.LOCAL_GLOBAL:
            continue
        errors = _errors(pattern_of(recipe, max_tokens=max(_LONG_TINY)), kernel, device)
        worst = max(worst, *errors)
        yield Line(f"| {recipe.pattern.value} | {' | '.join(f'{error:.1e}' for error in errors)} |")
    yield Figure("largest_error", worst)
    yield Check(f"values and gradients differ by at most {_LARGEST_ERROR:g}", worst <= _LARGEST_ERROR)


def _models(device: torch.device, *, tiny: bool) -> Mapping[str, PreTrainedModel]:
    torch.manual_seed(5)
    models: dict[str, PreTrainedModel] = {"Llama, grouped queries": LlamaForCausalLM(LlamaConfig(**_SHAPE))}
    if not tiny:
        window = {"sliding_window": _WINDOW, "layer_types": ["sliding_attention", "full_attention"]}
        models["Qwen 3, queries with norms"] = Qwen3ForCausalLM(Qwen3Config(**_SHAPE))
        models["Gemma 3, sliding window"] = Gemma3ForCausalLM(Gemma3TextConfig(**_SHAPE, **window))
    return {name: model.to(device).eval() for name, model in models.items()}


def _long_leak(device: torch.device, kernel: AttentionKernel, lengths: tuple[int, ...]) -> LeakResult:
    """Return the leak of a pack as long as in training, in the dtype that the kernel takes."""
    shape = _SHAPE | {"head_dim": 128, "num_attention_heads": 8}
    dtype = torch.bfloat16 if kernel is AttentionKernel.VARLEN else torch.float32
    model: PreTrainedModel = LlamaForCausalLM(LlamaConfig(**shape)).to(device, dtype).eval()
    install_attention(model, Isolation.LAYOUT)
    layout = AttentionLayout(lengths, FULL, kernel, None)
    positions_1T = torch.cat([torch.arange(length) for length in lengths])[None].to(device)

    def hidden_states(ids_1T: Tensor) -> Tensor:
        embedded_1TH = model.get_input_embeddings()(ids_1T)
        return isolated_hidden_states(model, embedded_1TH, positions_1T, layout, Isolation.LAYOUT)

    return measure_leak(model, hidden_states, lengths, FULL, name="full", kernel=kernel, used=True)


def _errors(pattern: Pattern, kernel: AttentionKernel, device: torch.device) -> list[float]:
    """Return the largest relative errors of the output and of the gradients of queries, keys and values."""
    random = torch.Generator().manual_seed(3)
    num_tokens = sum(_LONG_TINY)
    given = [torch.randn(1, heads, num_tokens, 64, generator=random).bfloat16() for heads in (8, 2, 2)]
    towards = torch.randn(1, num_tokens, 8, 64, generator=random).to(device)
    found = []
    for dtype, used in ((torch.bfloat16, kernel), (torch.float32, AttentionKernel.EAGER)):
        inputs = [tensor.to(device, dtype).requires_grad_() for tensor in given]
        query, key, value = inputs
        layout = AttentionLayout(_LONG_TINY, pattern, used, None)
        out, _ = attend(nn.Identity(), query, key, value, None, attention_layout=layout)
        gradients = torch.autograd.grad((out.float() * towards).sum(), inputs)
        found.append([out.detach().float(), *(gradient.float() for gradient in gradients)])
    ours, exact = found
    return [float((one - other).abs().max() / other.abs().max()) for one, other in zip(ours, exact, strict=True)]


def _row(name: str, kernel: str, results: Sequence[LeakResult]) -> str:
    isolated = sum(result.verdict is LeakVerdict.ISOLATED for result in results)
    elsewhere = max(result.change_elsewhere for result in results)
    before = max(result.change_before for result in results)
    return f"| {name} | {kernel} | {len(results)} | {isolated} | {elsewhere:.1e} | {before:.1e} |"


def _words(name: str, result: LeakResult) -> str:
    return f"{name}: {result.pattern} by {result.kernel}, {result.num_documents} documents {result.verdict.value}"
