"""Checks that a token affects neither earlier positions nor other documents in its pack.

Takes a model reference and returns one `LeakResult` for each pattern, kernel and way of packing. The check replaces one
token at a time and compares the final hidden states. Earlier positions and other documents must not change; positions
that see the token must change. For comparison, the check also measures transformers' own packing by restarting
positions, which training does not use. If the variable-length kernel can run, it runs on a bfloat16 copy of the model,
because the kernel does not accept float32.

Used by `pipeline doctor --leaks`. Cost: about 120 forward passes over 96 or 40 tokens in float32, which take half a
minute for 135M parameters on two CPU cores. In names, T is the number of tokens and H the hidden size.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from pipeline.config.attention import AttentionKernel, AttentionPattern, AttentionRecipe
from pipeline.io.loading import cannot_load, resolve_weights
from pipeline.train.attention.interface import AttentionLayout
from pipeline.train.attention.patterns import FULL, Pattern, pattern_of
from pipeline.train.attention.placement import (
    Isolation,
    install_attention,
    isolated_hidden_states,
    isolation_of,
)
from pipeline.train.attention.varlen import varlen_device
from pipeline.train.layers.text_stack import text_stack

HiddenStates = Callable[[Tensor], Tensor]
"""A function from token ids (1 × T) to final hidden states (T × H)."""

PACKED_LENGTHS = (24, 40, 32)
"""Lengths of the documents in the pack, in tokens; every pattern below has an edge inside each document."""
TINY_RECIPES = (
    AttentionRecipe(),
    AttentionRecipe(pattern=AttentionPattern.S2, group_tokens=16),
    AttentionRecipe(pattern=AttentionPattern.SLIDING_WINDOW, window_tokens=7),
    AttentionRecipe(pattern=AttentionPattern.DILATED, window_tokens=6, dilation=3),
    AttentionRecipe(pattern=AttentionPattern.STRIDED, stride_tokens=5),
    AttentionRecipe(pattern=AttentionPattern.LOCAL_GLOBAL, window_tokens=6, global_tokens=3),
)
_LAYER_WINDOW = 12
"""A model's own sliding window is shortened to this many tokens, so that the documents are longer than the window."""
_LARGEST_CHANGE = 1e-6
"""The largest change, relative to the largest hidden state, that does not count as a leak. In float32, a model without
a leak shows no change at all."""
_LEAST_SHARE_MOVED = 0.5
_SEED = 11


class LeakVerdict(StrEnum):
    """The verdict of one measurement."""

    ISOLATED = "isolated"
    LEAKS = "leaks"
    VACUOUS = "vacuous"
    """Nothing leaked, but too few of the positions that should have changed did, so the result proves nothing."""


@dataclass(frozen=True, slots=True)
class LeakResult:
    """The largest changes that replacing a token caused, relative to the largest hidden state."""

    pattern: str
    kernel: str
    num_documents: int
    used: bool
    """Whether training ever runs this way; the other ways are measured for comparison."""
    change_before: float
    """The change at earlier positions of the token's document."""
    change_elsewhere: float
    """The change in other documents."""
    num_moved: int
    """The number of positions in reach that changed."""
    num_in_reach: int
    """The number of positions that see a replaced token within one layer, including the token's own position."""

    @property
    def verdict(self) -> LeakVerdict:
        """The verdict on the measurement; a NaN counts as a leak."""
        if not (self.change_before <= _LARGEST_CHANGE and self.change_elsewhere <= _LARGEST_CHANGE):
            return LeakVerdict.LEAKS
        enough = self.num_in_reach > 0 and self.num_moved >= _LEAST_SHARE_MOVED * self.num_in_reach
        return LeakVerdict.ISOLATED if enough else LeakVerdict.VACUOUS


def leak_results(reference: str) -> Iterator[LeakResult]:
    """Measure a model in every way that training could run it on this machine, and in transformers' own way.

    Raises:
        InputError: the reference does not name a causal language model.
    """
    model = _load(reference)
    yield from model_leaks(model)


def model_leaks(model: PreTrainedModel) -> Iterator[LeakResult]:
    """Measure a loaded model like `leak_results`. Changes the model's attention implementation.

    Args:
        model: the model, in evaluation mode.
    """
    isolation = isolation_of(model)
    install_attention(model, isolation)
    if isolation is Isolation.LAYOUT:
        yield from _pattern_leaks(model)
    else:
        yield _layout_leak(model, isolation, AttentionLayout(PACKED_LENGTHS, FULL, AttentionKernel.AUTO, None), "full")
    yield from _stock_leaks(model)


@torch.no_grad()
def measure_leak(
    model: PreTrainedModel,
    hidden_states: HiddenStates,
    lengths: Sequence[int],
    pattern: Pattern,
    *,
    name: str,
    kernel: str,
    used: bool,
) -> LeakResult:
    """Replace tokens one at a time and compare the hidden states.

    Args:
        model: the model whose vocabulary and sliding window are used.
        hidden_states: the way of running the model to be measured.
        lengths: the lengths of the documents in the pack, in tokens.
        pattern: the attention pattern, which determines the positions that see a token.
        name: the pattern name to report.
        kernel: the attention kernel to report.
        used: whether training runs this way, also only reported.
    """
    config = model.config.get_text_config()
    random = torch.Generator().manual_seed(_SEED)
    ids_1T = torch.randint(0, config.vocab_size, (1, sum(lengths)), generator=random).to(model.device)
    before_TH = hidden_states(ids_1T).float()
    scale = float(before_TH.abs().max())
    starts = np.cumsum([0, *lengths])
    change_before = change_elsewhere = 0.0
    num_moved = num_in_reach = 0
    for document, token in _replaced(lengths):
        start, length = int(starts[document]), lengths[document]
        changed_1T = ids_1T.clone()
        changed_1T[0, start + token] = (ids_1T[0, start + token] + 1) % config.vocab_size
        moved_T = (hidden_states(changed_1T).float() - before_TH).abs().amax(dim=-1) / scale
        within_T = moved_T[start : start + length]
        # NumPy's `max` returns NaN if any value is NaN; Python's may drop it.
        change_before = float(np.max([change_before, *within_T[:token].tolist()]))
        elsewhere = [*moved_T[:start].tolist(), *moved_T[start + length :].tolist()]
        change_elsewhere = float(np.max([change_elsewhere, *elsewhere]))
        in_reach = torch.from_numpy(_in_reach(model, pattern, length, token)).to(within_T.device)
        num_moved += int((within_T[in_reach] > 0).sum())
        num_in_reach += int(in_reach.sum())
    return LeakResult(name, kernel, len(lengths), used, change_before, change_elsewhere, num_moved, num_in_reach)


def _replaced(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the tokens to replace, as (document, position): next to the middle document's borders, and inside it."""
    middle = len(lengths) // 2
    if len(lengths) > 1:
        yield 0, lengths[0] - 1
        yield len(lengths) - 1, 0
    # Position 9 is odd and lies after the first half-group, window and stride; the other is in the last half-group.
    yield middle, 9
    yield middle, lengths[middle] - 7


def _in_reach(model: PreTrainedModel, pattern: Pattern, length: int, token: int) -> npt.NDArray[np.bool_]:
    config = model.config.get_text_config()
    num_heads = int(getattr(config, "num_attention_heads", 1))
    window = getattr(config, "sliding_window", None)
    seen = [pattern.sees(head, num_heads, length, reach=window)[:, token] for head in range(num_heads)]
    return np.asarray(np.logical_or.reduce(seen))


def _pattern_leaks(model: PreTrainedModel) -> Iterator[LeakResult]:
    """Yield results for every pattern and every kernel that runs on this machine, for a pack and for one document."""
    model_of = _models_by_kernel(model)
    for recipe in TINY_RECIPES:
        pattern = pattern_of(recipe, max_tokens=max(PACKED_LENGTHS))
        for kernel in model_of:
            if kernel is AttentionKernel.VARLEN and recipe.pattern is AttentionPattern.LOCAL_GLOBAL:
                continue
            for lengths in (PACKED_LENGTHS, PACKED_LENGTHS[1:2]):
                layout = AttentionLayout(lengths, pattern, kernel, None)
                yield _layout_leak(model_of[kernel], Isolation.LAYOUT, layout, recipe.pattern)


def _layout_leak(model: PreTrainedModel, isolation: Isolation, layout: AttentionLayout, name: str) -> LeakResult:
    kernel = layout.kernel if isolation is Isolation.LAYOUT else isolation
    hidden = partial(_isolated, model, layout, isolation)
    return measure_leak(model, hidden, layout.lengths, layout.pattern, name=name, kernel=kernel, used=True)


def _stock_leaks(model: PreTrainedModel) -> Iterator[LeakResult]:
    """Yield results for transformers' own packing by restarting positions, with and without an attention mask."""
    stock = ["sdpa"] if model._supports_sdpa else []
    for implementation in (*stock, "eager"):
        model.set_attn_implementation(implementation)
        for masked in (None, torch.ones(1, sum(PACKED_LENGTHS), dtype=torch.long, device=model.device)):
            hidden = partial(_stock, model, masked)
            kernel = f"transformers' {implementation}" + ("" if masked is None else ", attention_mask given")
            yield measure_leak(model, hidden, PACKED_LENGTHS, FULL, name="full", kernel=kernel, used=False)


def _stock(model: PreTrainedModel, mask_1T: Tensor | None, ids_1T: Tensor) -> Tensor:
    hidden_1TH: Tensor = text_stack(model)(
        input_ids=ids_1T,
        position_ids=_positions(PACKED_LENGTHS, ids_1T.device),
        attention_mask=mask_1T,
        use_cache=False,
    ).last_hidden_state
    return hidden_1TH[0]


def _isolated(model: PreTrainedModel, layout: AttentionLayout, isolation: Isolation, ids_1T: Tensor) -> Tensor:
    embedded_1TH = model.get_input_embeddings()(ids_1T)
    positions_1T = _positions(layout.lengths, ids_1T.device)
    return isolated_hidden_states(model, embedded_1TH, positions_1T, layout, isolation)


def _positions(lengths: Sequence[int], device: torch.device) -> Tensor:
    return torch.cat([torch.arange(length) for length in lengths])[None].to(device)


def _models_by_kernel(model: PreTrainedModel) -> Mapping[AttentionKernel, PreTrainedModel]:
    everywhere = {AttentionKernel.SDPA: model, AttentionKernel.EAGER: model}
    return everywhere | ({AttentionKernel.VARLEN: bfloat16_copy(model)} if varlen_device(model.device) else {})


def bfloat16_copy(model: PreTrainedModel) -> PreTrainedModel:
    """Return a copy of the model with bfloat16 weights. Tied weights stay tied. Buffers, such as rotary frequencies,
    keep their dtype.

    Autocast is not enough: query norms (Qwen3) return the dtype of their weights, and the kernel needs a single dtype.
    """
    halved = {id(p): nn.Parameter(p.detach().bfloat16(), requires_grad=False) for p in model.parameters()}
    return copy.deepcopy(model, halved)  # the second argument holds the objects that need no copying


def _load(reference: str) -> PreTrainedModel:
    resolved = resolve_weights(reference)
    device = "cuda" if varlen_device(torch.device("cuda")) else "cpu"
    try:
        config = AutoConfig.from_pretrained(resolved, trust_remote_code=False)
        if getattr(config.get_text_config(), "sliding_window", None):
            config.get_text_config().sliding_window = _LAYER_WINDOW
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            resolved, config=config, dtype=torch.float32, trust_remote_code=False, use_safetensors=True
        )
    except (OSError, ValueError) as error:
        raise cannot_load(
            "model",
            reference,
            error,
            remedy="Give a model folder, a hub name owner/model, or embedded:smollm2-135m-instruct.",
        ) from error
    return model.to(device).eval()
