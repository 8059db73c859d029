"""Scores of a window against the plain computation."""

from __future__ import annotations

import math

import pytest
import torch
from small_student import small_config, small_tokenizer
from transformers import LlamaForCausalLM

from pipeline.errors import RunError
from pipeline.evaluate.likelihoods.perplexity import score_window

TEXT = "임차인은 매월 5일까지 월세를 지급한다. The landlord repairs the boiler within 72 hours of notice. "


@pytest.fixture(scope="module")
def model() -> LlamaForCausalLM:
    torch.manual_seed(5)
    return LlamaForCausalLM(small_config()).eval()


@pytest.mark.parametrize("num_tokens", [40, 300, 700])  # 700: beyond the model's 512 positions
def test_score_window_random_llama_equals_full_logits(model: LlamaForCausalLM, num_tokens: int) -> None:
    ids = small_tokenizer()(TEXT * 8)["input_ids"][:num_tokens]
    assert len(ids) == num_tokens
    scored = score_window(model, ids, num_scored=32)
    with torch.no_grad():
        log_probabilities = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
    plain = [-float(log_probabilities[at - 1, ids[at]]) for at in range(num_tokens - 32, num_tokens)]
    assert scored == pytest.approx(plain, abs=1e-4)
    assert math.exp(sum(scored) / 32) > 2  # a random model is uncertain


def test_score_window_projects_no_more_than_the_scored_positions(model: LlamaForCausalLM) -> None:
    projected: list[int] = []
    hook = model.lm_head.register_forward_hook(lambda module, inputs, output: projected.append(output.shape[1]))
    score_window(model, small_tokenizer()(TEXT * 4)["input_ids"], num_scored=16)
    hook.remove()
    assert projected == [17]


def test_score_window_broken_weights_raises_with_remedy() -> None:
    broken = LlamaForCausalLM(small_config()).eval()
    torch.nn.init.constant_(broken.model.norm.weight, math.nan)
    with pytest.raises(RunError, match="not finite at 64 tokens"):
        score_window(broken, list(range(64)), num_scored=8)
