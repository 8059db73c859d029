"""Kernels against the masked reference: values and gradients in float64, every pattern × packing × grouped queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
import torch
from small_families import RECIPES
from torch import Tensor
from torch.nn.attention.varlen import varlen_attn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from pipeline.config.attention import AttentionKernel
from pipeline.errors import InputError
from pipeline.train.attention.eager import attend_eager
from pipeline.train.attention.interface import AttentionLayout, attend, resolve_kernel
from pipeline.train.attention.patterns import FULL, HeadShare, Pattern, pattern_of
from pipeline.train.attention.sdpa import Scores, attend_sdpa, repeat_for_query_heads, takes_grouped_queries
from pipeline.train.attention.varlen import attend_varlen, can_run_varlen

HEADS = {"grouped": (4, 2), "one key": (6, 1), "odd": (9, 3)}
PACKINGS = {"one document": (150,), "packed": (40, 1, 90, 17, 2)}
PLAIN = Scores(None, 0.0)


def _inputs(heads: tuple[int, int], num_tokens: int) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(1)
    query, key, value = (
        torch.randn(1, n, num_tokens, 8, dtype=torch.float64, requires_grad=True) for n in (heads[0], *(heads[1],) * 2)
    )
    return query, key, value


def _masked(
    query: Tensor, key: Tensor, value: Tensor, pattern: Pattern, lengths: Sequence[int], scale: float
) -> Tensor:
    """One T × T mask for the whole pack, head by head: shares nothing with the kernels but the rule."""
    num_heads, num_tokens = query.shape[1:3]
    per_key = num_heads // key.shape[1]
    outputs = []
    for head in range(num_heads):
        visible = torch.block_diag(
            *(torch.from_numpy(pattern.sees(head, num_heads, length, reach=None)).double() for length in lengths)
        )
        scores = query[0, head] @ key[0, head // per_key].T * scale
        weights = torch.exp(scores - scores.max()) * visible
        outputs.append(weights @ value[0, head // per_key] / weights.sum(1, keepdim=True))
    assert visible.shape == (num_tokens, num_tokens)
    return torch.stack(outputs, dim=1)[None]


def _varlen_reference(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    cu_seq_q: Tensor,
    cu_seq_k: Tensor | None,
    max_q: int,
    max_k: int,
    *,
    scale: float | None,
    window_size: tuple[int, int],
    enable_gqa: bool,
) -> Tensor:
    """`varlen_attn` as torch 2.13 documents it, for a CPU: the real kernel needs CUDA and runs in no test here."""
    assert cu_seq_k is cu_seq_q and cu_seq_q.dtype == torch.int32
    bounds = cu_seq_q.tolist()
    assert bounds[0] == 0 and bounds[-1] == query.shape[0] == key.shape[0]
    lengths = [end - start for start, end in pairwise(bounds)]
    assert max(lengths) == max_q == max_k and min(lengths) > 0
    assert (query.shape[1] != key.shape[1]) == enable_gqa and query.shape[1] % key.shape[1] == 0
    left, right = window_size
    assert right == 0
    outputs = []
    for start, end in pairwise(bounds):
        distance = torch.arange(end - start)[:, None] - torch.arange(end - start)[None]
        visible = (distance >= 0) & ((distance <= left) if left >= 0 else True)
        out = torch.nn.functional.scaled_dot_product_attention(
            *(x[start:end].transpose(0, 1)[None] for x in (query, key, value)),
            attn_mask=visible,
            scale=scale,
            enable_gqa=enable_gqa,
        )
        outputs.append(out[0].transpose(0, 1))
    return torch.cat(outputs)


def _run(kernel: str, inputs: tuple[Tensor, ...], pattern: Pattern, lengths: Sequence[int], scale: float) -> Tensor:
    share = HeadShare(0, inputs[0].shape[1])
    if kernel == "varlen":
        return attend_varlen(
            *inputs, pattern=pattern, lengths=lengths, share=share, scale=scale, kernel=_varlen_reference
        )
    function = attend_sdpa if kernel == "sdpa" else attend_eager
    return function(*inputs, pattern=pattern, lengths=lengths, share=share, scores=Scores(scale, 0.0))


CASES = [
    (kernel, name)
    for name, recipe in RECIPES.items()
    for kernel in ("sdpa", "eager", "varlen")
    if not (kernel == "varlen" and recipe.global_tokens)  # globals are no lane; `auto` takes sdpa
]


@pytest.mark.parametrize("window", [None, 20])
@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize(("kernel", "name"), CASES)
def test_kernel_equals_masked_attention_in_values_and_gradients(
    kernel: str, name: str, heads: str, packing: str, window: int | None
) -> None:
    lengths = PACKINGS[packing]
    pattern = pattern_of(RECIPES[name], max_tokens=256).limited_to(window)
    inputs = _inputs(HEADS[heads], sum(lengths))
    ours = _run(kernel, inputs, pattern, lengths, 0.4)
    theirs = _masked(*inputs, pattern, lengths, 0.4)
    torch.manual_seed(2)
    probe = torch.randn_like(theirs)
    our_gradients = torch.autograd.grad((ours * probe).sum(), inputs)
    their_gradients = torch.autograd.grad((theirs * probe).sum(), inputs)
    assert min(float(x.detach().abs().max()) for x in (theirs, their_gradients[-1])) > 0.1
    for one, other in zip((ours, *our_gradients), (theirs, *their_gradients), strict=True):
        assert torch.allclose(one, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("kernel", ["sdpa", "eager"])
def test_kernel_in_bfloat16_is_within_its_rounding(kernel: str, name: str) -> None:
    lengths = PACKINGS["packed"]
    pattern = pattern_of(RECIPES[name], max_tokens=256)
    inputs = _inputs(HEADS["odd"], sum(lengths))
    exact = _masked(*inputs, pattern, lengths, 0.4)
    rounded = _run(kernel, tuple(x.detach().bfloat16() for x in inputs), pattern, lengths, 0.4)
    assert rounded.dtype is torch.bfloat16
    assert torch.allclose(rounded.double(), exact, atol=0.05)


class _LargestTensor(TorchDispatchMode):
    """Elements of the largest tensor any operation returns, views of views counted by what they show."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        sizes = [
            x.untyped_storage().nbytes() // x.element_size() for x in tree_flatten(out)[0] if isinstance(x, Tensor)
        ]
        self.elements = max(self.elements, *sizes, 0)
        return out


LONG = {
    "full": {},
    "s2": {"group_tokens": 256},
    "sliding_window": {"window_tokens": 128},
    "dilated": {"window_tokens": 128},
    "strided": {"stride_tokens": 64},
    "local_global": {"window_tokens": 128, "global_tokens": 16},
}


@pytest.mark.parametrize("name", LONG)
def test_nothing_grows_with_the_square_of_the_length(name: str) -> None:
    largest = []
    for num_tokens in (2048, 4096):
        inputs = tuple(torch.randn(1, n, num_tokens, 16, dtype=torch.float32, requires_grad=True) for n in (4, 2, 2))
        pattern = pattern_of(pattern_recipe(name), max_tokens=num_tokens)
        with _LargestTensor() as seen:
            out = attend_sdpa(*inputs, pattern=pattern, lengths=(num_tokens,), share=HeadShare(0, 4), scores=PLAIN)
            torch.autograd.grad(out.sum(), inputs)
        largest.append(seen.elements)
    assert largest[1] <= 2.2 * largest[0], "what is behind a window of 128 grows from 1,920 to 3,968 tokens"
    assert 4096 * 64 <= largest[1] < 4096 * 4096 // 8


def test_grouped_queries_are_left_to_flash_attention_on_cuda() -> None:
    cuda, cpu = torch.device("cuda"), torch.device("cpu")
    taken = {dtype for dtype in (torch.float64, torch.float32, torch.bfloat16) if takes_grouped_queries(cuda, dtype)}
    assert taken == {torch.bfloat16}
    assert takes_grouped_queries(cpu, torch.float32)


def test_key_heads_copied_for_their_queries_attend_as_grouped_ones() -> None:
    query, key, value = _inputs((6, 2), 40)
    grouped = torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
    copied = torch.nn.functional.scaled_dot_product_attention(
        query, *(repeat_for_query_heads(x, 6) for x in (key, value)), is_causal=True
    )
    assert torch.allclose(copied, grouped, atol=1e-12)
    assert repeat_for_query_heads(query, 6) is query


def pattern_recipe(name: str) -> Any:
    return type(RECIPES["full"]).model_validate({"pattern": name, **LONG[name]})


@pytest.mark.parametrize("name", ["s2", "strided", "dilated"])
@pytest.mark.parametrize("kernel", ["sdpa", "eager", "varlen"])
def test_shares_of_the_heads_together_are_the_whole_layer(name: str, kernel: str) -> None:
    # What a rank of sequence parallelism computes after exchanging heads for tokens.
    pattern = pattern_of(RECIPES[name], max_tokens=64)
    query, key, value = _inputs((8, 4), 64)
    whole = _run(kernel, (query, key, value), pattern, (40, 24), 0.4)
    parts = []
    for rank in range(4):
        part = (query[:, 2 * rank : 2 * rank + 2], key[:, rank : rank + 1], value[:, rank : rank + 1])
        arguments = {"pattern": pattern, "lengths": (40, 24), "share": HeadShare(2 * rank, 8)}
        if kernel == "varlen":
            parts.append(attend_varlen(*part, **arguments, scale=0.4, kernel=_varlen_reference))
        else:
            function = attend_sdpa if kernel == "sdpa" else attend_eager
            parts.append(function(*part, **arguments, scores=Scores(0.4, 0.0)))
    assert torch.allclose(torch.cat(parts, dim=2), whole, atol=1e-12)


@pytest.mark.parametrize("name", ["full", "s2", "sliding window", "dilated", "strided"])
def test_torchs_own_varlen_accepts_our_arguments(name: str) -> None:
    # Meta tensors have shapes alone: this checks schema and shapes of torch 2.13's operator, forward and backward.
    query, key, value = (
        torch.empty(1, n, 64, 16, dtype=torch.bfloat16, device="meta", requires_grad=True) for n in (4, 2, 2)
    )
    out = attend_varlen(
        query,
        key,
        value,
        pattern=pattern_of(RECIPES[name], max_tokens=64),
        lengths=(40, 24),
        share=HeadShare(0, 4),
        scale=0.25,
        kernel=varlen_attn,
    )
    assert out.shape == (1, 64, 4, 16)
    gradients = torch.autograd.grad(out.sum(), (query, key, value))
    assert [gradient.shape for gradient in gradients] == [query.shape, key.shape, value.shape]


def test_varlen_is_refused_where_it_cannot_run() -> None:
    query, key, value = _inputs((4, 2), 8)
    layout = AttentionLayout((8,), FULL, AttentionKernel.VARLEN, None)
    with pytest.raises(InputError, match=r"varlen cannot run on cpu with torch.float64"):
        attend(torch.nn.Identity(), query, key, value, None, attention_layout=layout)


def test_option_that_alters_the_scores_is_refused() -> None:
    query, key, value = _inputs((4, 2), 8)
    with pytest.raises(InputError, match="softcap"):
        attend(torch.nn.Identity(), query, key, value, None, softcap=50.0)


def test_dropout_drops_while_a_dropout_of_zero_does_not() -> None:
    inputs = _inputs((4, 2), 60)
    pattern = pattern_of(RECIPES["local and global"], max_tokens=64)
    arguments = {"pattern": pattern, "lengths": (60,), "share": HeadShare(0, 4)}
    for function in (attend_sdpa, attend_eager):
        kept = function(*inputs, **arguments, scores=PLAIN)
        dropped = function(*inputs, **arguments, scores=Scores(None, 0.5))
        assert not torch.allclose(kept, dropped)
        assert torch.equal(kept, function(*inputs, **arguments, scores=PLAIN))


@pytest.mark.parametrize("option", ["softcap", "s_aux", "position_bias"])
def test_refusals_of_a_layer_say_what_it_does_and_what_would_do(option: str) -> None:
    query, key, value = _inputs((4, 2), 8)
    with pytest.raises(InputError) as altered:
        attend(torch.nn.Identity(), query, key, value, None, **{option: 1.0})
    assert altered.value.message == (
        f"Identity changes its attention scores with {option}, which our attention does not support."
    )
    assert altered.value.remedy == "Use a model of the Llama, Qwen2, Qwen3, Mistral or Gemma 3 family."
    attend(torch.nn.Identity(), query, key, value, None, **{option: None})
    with pytest.raises(InputError) as kernel:
        resolve_kernel(AttentionKernel.VARLEN, query.bfloat16(), value.bfloat16(), FULL, dropout=0.25)
    assert kernel.value.message == (
        "attention.kernel varlen cannot run on cpu with torch.bfloat16, head dimension 8, attention dropout 0.25 "
        "and this pattern."
    )
    assert kernel.value.remedy == (
        "Set finetune.attention.kernel to auto, or train in bfloat16 on a CUDA device of 2020 or later."
    )


@pytest.mark.parametrize(
    ("requested", "kernel"),
    [(AttentionKernel.AUTO, AttentionKernel.SDPA), (AttentionKernel.SDPA, AttentionKernel.SDPA),
     (AttentionKernel.EAGER, AttentionKernel.EAGER)],
)  # fmt: skip
def test_kernel_without_cuda_is_the_one_asked_for_or_sdpa(requested: AttentionKernel, kernel: AttentionKernel) -> None:
    query, _, value = _inputs((4, 2), 8)
    assert resolve_kernel(requested, query, value, FULL, dropout=0.0) is kernel


def test_attention_of_a_layer_follows_its_window_scale_and_layout() -> None:
    inputs = _inputs((4, 2), 24)
    module = torch.nn.Identity()

    def expected(pattern: Pattern, lengths: tuple[int, ...], scale: float | None) -> torch.Tensor:
        return attend_eager(*inputs, pattern=pattern, lengths=lengths, share=HeadShare(0, 4), scores=Scores(scale, 0.0))

    plain, weights = attend(module, *inputs, None)
    assert weights is None and plain.is_contiguous() and plain.shape == (1, 24, 4, 8)
    assert torch.allclose(plain, expected(FULL, (24,), None), atol=1e-12)
    scaled, _ = attend(module, *inputs, None, scaling=0.5)
    assert torch.allclose(scaled, expected(FULL, (24,), 0.5), atol=1e-12)
    window, _ = attend(module, *inputs, None, sliding_window=6)
    assert torch.allclose(window, expected(FULL.limited_to(6), (24,), None), atol=1e-12)
    for kernel in (AttentionKernel.AUTO, AttentionKernel.SDPA, AttentionKernel.EAGER):
        layout = AttentionLayout((10, 14), pattern_of(RECIPES["s2 of odd groups"], max_tokens=64), kernel, None)
        packed, _ = attend(module, *inputs, None, attention_layout=layout, sliding_window=4)
        assert torch.allclose(packed, expected(layout.pattern.limited_to(4), (10, 14), None), atol=1e-12)
    dropped, _ = attend(module, *inputs, None, dropout=0.5)
    assert not torch.allclose(dropped, plain)


@pytest.mark.parametrize(
    ("changes", "runs"),
    [
        ({}, True),
        ({"capability": (7, 5)}, False),
        ({"capability": (8, 0)}, True),
        ({"hip": "6.0"}, False),
        ({"available": False}, False),
        ({"dtype": torch.float32}, False),
        ({"dtype": torch.float16}, True),
        ({"value_dtype": torch.float16}, False),
        ({"head": 256}, True),
        ({"head": 264}, False),
        ({"head": 20}, False),
        ({"value_head": 32}, False),
        ({"dropout": 0.1}, False),
        ({"pattern": "local and global"}, False),
        ({"pattern": "s2"}, True),
    ],
)
def test_varlen_takes_what_flash_attention_takes(
    changes: dict[str, Any], runs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: changes.get("available", True))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: changes.get("capability", (9, 0)))
    monkeypatch.setattr(torch.version, "hip", changes.get("hip"))

    @dataclass
    class OnCuda:
        """What is asked of a tensor on a device that is not here."""

        dtype: torch.dtype
        head: int

        @property
        def device(self) -> torch.device:
            return torch.device("cuda")

        @property
        def shape(self) -> tuple[int, ...]:
            return (1, 4, 8, self.head)

    dtype, head = changes.get("dtype", torch.bfloat16), changes.get("head", 64)
    query = OnCuda(dtype, head)
    value = OnCuda(changes.get("value_dtype", dtype), changes.get("value_head", head))
    pattern = pattern_of(RECIPES[changes.get("pattern", "full")], max_tokens=64)
    assert can_run_varlen(query, value, pattern, dropout=changes.get("dropout", 0.0)) is runs  # type: ignore[arg-type]
    kernel = AttentionKernel.VARLEN if runs else AttentionKernel.SDPA
    dropout = changes.get("dropout", 0.0)
    assert resolve_kernel(AttentionKernel.AUTO, query, value, pattern, dropout=dropout) is kernel  # type: ignore[arg-type]
