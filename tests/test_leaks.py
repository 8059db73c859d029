"""The leak test passes what is isolated, and catches what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from small_families import small_model, write_family
from torch import Tensor, nn
from transformers import AttentionInterface, PreTrainedModel, Qwen3Config, Qwen3ForCausalLM

from pipeline.cli.app import run
from pipeline.config.attention import AttentionKernel, AttentionPattern, AttentionRecipe
from pipeline.leaks import LeakResult, LeakVerdict, bfloat16_copy, measure_leak, model_leaks
from pipeline.train.attention.patterns import FULL, pattern_of

S2 = pattern_of(AttentionRecipe(pattern=AttentionPattern.S2, group_tokens=8), max_tokens=40)
NAIVE = "naive_shift"


def _naive_shift(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **options: object
) -> tuple[Tensor, None]:
    """As LongLoRA's released code: half the heads rolled by half a group, so the last group holds the start as well."""
    group = 8
    key, value = (x.repeat_interleave(query.shape[1] // x.shape[1], dim=1) for x in (key, value))
    halves = []
    for half, shift in ((slice(0, 2), 0), (slice(2, 4), group // 2)):
        rolled = [
            x[:, half].roll(-shift, dims=2).unflatten(2, (-1, group)).transpose(1, 2) for x in (query, key, value)
        ]
        out = nn.functional.scaled_dot_product_attention(*rolled, is_causal=True)
        halves.append(out.transpose(1, 2).flatten(2, 3).roll(shift, dims=2))
    return torch.cat(halves, dim=1).transpose(1, 2).contiguous(), None


def _hidden(model: PreTrainedModel, ids_1T: Tensor) -> Tensor:
    return model.base_model(input_ids=ids_1T, use_cache=False).last_hidden_state[0]


@pytest.mark.parametrize("family", ["llama", "gemma3", "mistral"])
def test_every_pattern_and_kernel_is_isolated_and_none_vacuously(family: str) -> None:
    results = [result for result in model_leaks(small_model(family)) if result.used]
    assert {result.verdict for result in results} == {LeakVerdict.ISOLATED}
    assert {result.pattern for result in results} == set(AttentionPattern)
    assert {result.kernel for result in results} >= {AttentionKernel.SDPA, AttentionKernel.EAGER}
    assert len(results) == len(AttentionPattern) * 2 * 2, "packed and alone"
    assert all(result.num_moved == result.num_in_reach > 2 for result in results)


def test_state_of_mamba_stays_within_its_document_and_would_not_otherwise() -> None:
    results = list(model_leaks(small_model("mamba")))
    (ours,) = [result for result in results if result.used]
    assert (ours.verdict, ours.kernel, ours.num_documents) == (LeakVerdict.ISOLATED, "one by one", 3)
    assert {result.verdict for result in results if not result.used} == {LeakVerdict.LEAKS}


@pytest.mark.parametrize("family", ["llama", "gemma3"])
def test_mask_given_to_transformers_packing_is_caught(family: str) -> None:
    stock = {result.kernel: result.verdict for result in model_leaks(small_model(family)) if not result.used}
    assert stock == {
        "transformers' sdpa": LeakVerdict.ISOLATED,
        "transformers' sdpa, attention_mask given": LeakVerdict.LEAKS,
        "transformers' eager": LeakVerdict.ISOLATED,
        "transformers' eager, attention_mask given": LeakVerdict.LEAKS,
    }


def test_bfloat16_copy_hands_the_attention_one_dtype_also_where_queries_are_normed() -> None:
    torch.manual_seed(3)
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "head_dim": 8}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 259, "tie_word_embeddings": True}
    model = Qwen3ForCausalLM(Qwen3Config(**shape, **heads)).eval()
    half = bfloat16_copy(model)
    seen = []

    def attend(
        module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **options: object
    ) -> tuple[Tensor, None]:
        seen.append({query.dtype, key.dtype, value.dtype})
        return query.transpose(1, 2), None

    AttentionInterface.register("seen dtypes", attend)
    half.set_attn_implementation("seen dtypes")
    _hidden(half, torch.arange(16)[None])
    assert seen == [{torch.bfloat16}] * 2
    assert half.lm_head.weight is half.model.embed_tokens.weight
    assert half.model.rotary_emb.inv_freq.dtype is torch.float32
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert model.config._attn_implementation != "seen dtypes"


def test_naive_shift_is_caught() -> None:
    AttentionInterface.register(NAIVE, _naive_shift)
    model = small_model("llama")
    model.set_attn_implementation(NAIVE)
    result = measure_leak(model, partial(_hidden, model), (40,), S2, name="s2", kernel=NAIVE, used=True)
    assert result.verdict is LeakVerdict.LEAKS
    assert result.change_before > 1e-3


def test_model_in_which_nothing_moves_is_not_called_isolated() -> None:
    model = small_model("llama")
    result = measure_leak(
        model, lambda ids_1T: torch.ones(ids_1T.shape[1], 4), (40,), S2, name="s2", kernel="none", used=True
    )
    assert (result.verdict, result.num_moved) == (LeakVerdict.VACUOUS, 0)


def test_change_that_is_not_a_number_leaks() -> None:
    result = LeakResult("s2", "sdpa", 3, True, float("nan"), 0.0, 5, 5)
    assert result.verdict is LeakVerdict.LEAKS


def test_doctor_prints_a_table_and_succeeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert run(["doctor", "--leaks", write_family("llama", tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert all(pattern.value in printed for pattern in AttentionPattern)
    assert "isolated" in printed and "leaks (not used" in " ".join(printed.split())


def test_doctor_fails_for_a_model_that_leaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--leaks", write_family("gemma3 that sees what comes later", tmp_path)]) == 1
    assert "full by one by one (leaks)" in " ".join(capsys.readouterr().err.split())


def test_doctor_names_a_model_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--leaks", "/no/such/model"]) == 2
    assert "/no/such/model" in capsys.readouterr().err


LENGTHS = (24, 40, 32)


def _marked(moves: dict[int, list[int]]) -> Callable[[Tensor], Tensor]:
    """Hidden states in which a change of one token moves the positions given for it, and no other."""
    seen: list[Tensor] = []

    def hidden_states(ids_1T: Tensor) -> Tensor:
        hidden_TH = torch.full((ids_1T.shape[1], 2), 4.0)
        seen.append(ids_1T[0])
        for changed in torch.nonzero(ids_1T[0] != seen[0]).flatten().tolist():
            for number, position in enumerate(moves.get(changed, [])):
                hidden_TH[position] += 0.1 * (number + 1)
        return hidden_TH

    return hidden_states


@pytest.mark.parametrize(
    ("moves", "before", "elsewhere", "verdict"),
    [
        ({}, 0.0, 0.0, LeakVerdict.VACUOUS),
        ({23: [23, 24]}, 0.0, 0.05, LeakVerdict.LEAKS),  # of the first document, into the one after it
        ({23: [23, 95]}, 0.0, 0.05, LeakVerdict.LEAKS),
        ({64: [64, 63]}, 0.0, 0.05, LeakVerdict.LEAKS),  # of the last, into the one before it
        ({33: [33, 64]}, 0.0, 0.05, LeakVerdict.LEAKS),  # of the middle one, into the last
        ({33: [33, 23]}, 0.0, 0.05, LeakVerdict.LEAKS),
        ({33: [33, 32]}, 0.05, 0.0, LeakVerdict.LEAKS),
        ({57: [57, 24]}, 0.05, 0.0, LeakVerdict.LEAKS),
        ({57: [57, 24, 40, 70]}, 0.075, 0.1, LeakVerdict.LEAKS),
    ],
)
def test_whatever_moves_where_it_must_not_is_a_leak(
    moves: dict[int, list[int]], before: float, elsewhere: float, verdict: LeakVerdict
) -> None:
    result = measure_leak(small_model("llama"), _marked(moves), LENGTHS, FULL, name="full", kernel="made", used=True)
    # Tokens replaced: the last of the first document, the first of the last, two of the middle one; all see the rest.
    in_reach = 1 + 32 + (40 - 9) + 7
    in_own = {23: range(23, 24), 64: range(64, 96), 33: range(33, 64), 57: range(57, 64)}
    moved = sum(position in in_own[token] for token, positions in moves.items() for position in positions)
    expected = LeakResult("full", "made", 3, True, before, elsewhere, moved, in_reach)
    assert replace(result, change_before=before, change_elsewhere=elsewhere) == expected
    assert (result.change_before, result.change_elsewhere) == (pytest.approx(before), pytest.approx(elsewhere))
    assert result.verdict is verdict


@pytest.mark.parametrize(
    ("before", "elsewhere", "moved", "reach", "verdict"),
    [
        (1e-6, 1e-6, 5, 10, LeakVerdict.ISOLATED),
        (1e-6, 0.0, 4, 10, LeakVerdict.VACUOUS),
        (0.0, 0.0, 0, 0, LeakVerdict.VACUOUS),
        (1.1e-6, 0.0, 10, 10, LeakVerdict.LEAKS),
        (0.0, 1.1e-6, 10, 10, LeakVerdict.LEAKS),
        (0.0, float("nan"), 10, 10, LeakVerdict.LEAKS),
        (0.0, 0.0, 10, 10, LeakVerdict.ISOLATED),
    ],
)
def test_verdict_of_a_measurement_at_its_edges(
    before: float, elsewhere: float, moved: int, reach: int, verdict: LeakVerdict
) -> None:
    assert LeakResult("s2", "sdpa", 3, True, before, elsewhere, moved, reach).verdict is verdict


@pytest.mark.parametrize(("position", "before", "elsewhere"), [(24, True, False), (5, False, True), (80, False, True)])
def test_hidden_state_that_becomes_no_number_leaks(position: int, before: bool, elsewhere: bool) -> None:
    seen: list[Tensor] = []

    def hidden_states(ids_1T: Tensor) -> Tensor:
        hidden_TH = ids_1T[0, :, None].float().cumsum(dim=0) + 1.0
        seen.append(hidden_TH)
        if len(seen) == 4:  # one of several replaced tokens, of the middle document
            hidden_TH[position] = float("nan")
        return hidden_TH

    result = measure_leak(small_model("llama"), hidden_states, LENGTHS, FULL, name="full", kernel="made", used=True)
    assert result.verdict is LeakVerdict.LEAKS
    assert (result.change_before != result.change_before) is before
    assert (result.change_elsewhere != result.change_elsewhere) is elsewhere
