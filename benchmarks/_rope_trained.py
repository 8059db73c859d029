"""Perplexity by length of a small model under each RoPE method, before and after a short training under it.

A four-layer Llama on bytes is trained from scratch at the original length, and LongRoPE's factors are searched for it
on the training texts. Then, for each method, a copy built with the scaling is scored, trained for a few steps at four
times the length, and scored again. Weights, texts, order and learning rates are the same for all. Held-out documents
are scored, the same tokens at every length.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel

from benchmarks._rope_untrained import SEARCHED, Perplexity, scalings
from pipeline.config.rope import RopeSearchRecipe
from pipeline.identity import seeded_random
from pipeline.rope_search.candidate import Candidate, SearchSpace, seeds
from pipeline.rope_search.documents import Stream
from pipeline.rope_search.evolution import evolve, sizes_within
from pipeline.rope_search.perplexity import recomputed_nll
from pipeline.rope_search.rotation import candidate_rotary
from pipeline.train.rope.in_force import assert_rope_in_force
from pipeline.train.rope.methods.longrope import LongRope
from pipeline.train.rope.scaled_config import config_scaling, recipe_scaling, with_scaling

_BYTES = 256
FACTOR = 4.0
MULTIPLES = (1, 2, 4)
"""Of the original length: where perplexity is measured."""


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How long the small models train."""

    original_tokens: int
    base_steps: int
    base_batch: int
    steps: int
    batch: int
    scored_tokens: int
    windows: int
    search_evaluations: int
    search_streams: int


FULL = TrainingPlan(
    original_tokens=512,
    base_steps=600,
    base_batch=8,
    steps=40,
    batch=2,
    scored_tokens=256,
    windows=16,
    search_evaluations=120,
    search_streams=4,
)
QUICK = TrainingPlan(
    original_tokens=64,
    base_steps=60,
    base_batch=8,
    steps=6,
    batch=2,
    scored_tokens=32,
    windows=16,
    search_evaluations=24,
    search_streams=4,
)


@dataclass(frozen=True, slots=True)
class Texts:
    """Bytes to train on, and held-out ones; no document is in both."""

    train_T: Tensor
    held_out_T: Tensor


def split_texts(texts: Sequence[str]) -> Texts:
    """Every fifth document is held out; the rest, joined, is trained on."""

    def joined(chosen: Sequence[str]) -> Tensor:
        return torch.frombuffer(bytearray("\n\n".join(chosen).encode()), dtype=torch.uint8).long()

    held_out = [text for index, text in enumerate(texts) if index % 5 == 4]
    return Texts(joined([text for index, text in enumerate(texts) if index % 5 != 4]), joined(held_out))


class Moment(StrEnum):
    """When a model is scored."""

    BEFORE = "before"
    AFTER = "after"


def measure_trained(texts: Texts, plan: TrainingPlan) -> Iterator[tuple[Moment, Perplexity]]:
    """Every method at 1×, 2× and 4× the original length, before and after its training; `none` trains as long."""
    base = _train(_build(_config(plan)), texts, plan.original_tokens, plan.base_steps, plan.base_batch, 2e-3)
    weights = base.state_dict()
    recipes = {name: recipe for name, recipe in scalings(FACTOR).items() if name != SEARCHED}
    recipes[SEARCHED] = _search(base, texts, plan)
    for name, recipe in recipes.items():
        config = with_scaling(_config(plan), recipe, reference="small")
        model = _build(config).eval()
        model.load_state_dict(weights)
        assert_rope_in_force(model, recipe_scaling(config, recipe))
        for moment in Moment:
            if moment is Moment.AFTER:
                model = _train(model, texts, int(plan.original_tokens * FACTOR), plan.steps, plan.batch, 5e-4)
            for multiple in MULTIPLES:
                length = multiple * plan.original_tokens
                yield moment, Perplexity(name, length, _perplexity(model, texts.held_out_T, length, plan))


def _search(base: PreTrainedModel, texts: Texts, plan: TrainingPlan) -> LongRope:
    """LongRoPE's search on training texts, as `pipeline rope search` does it with recomputed prefixes."""
    scaling = config_scaling(base.config)
    target = int(plan.original_tokens * FACTOR)
    space = SearchSpace(FACTOR, plan.original_tokens, len(scaling.divisors), (0,))
    known = seeds(space, theta=scaling.theta)
    step = (len(texts.train_T) - target) // plan.search_streams
    streams = [
        Stream(tuple(texts.train_T[start : start + target].tolist()), 1)
        for start in range(0, step * plan.search_streams, step)
    ]
    sizes = sizes_within(RopeSearchRecipe(max_evaluations=plan.search_evaluations), num_seeds=len(known))
    with candidate_rotary(base, scaling) as rotary:

        def measure(candidate: Candidate) -> float:
            nll = [
                recomputed_nll(base, rotary, candidate, stream, scored_tokens=plan.scored_tokens) for stream in streams
            ]
            return math.exp(sum(nll) / len(nll))

        winner = evolve(known, measure, sizes=sizes, space=space, probability=0.3, seed=17).measured[0].candidate
    return LongRope(
        factor=FACTOR,
        long_factors=winner.divisors,
        short_factors=winner.divisors,
        attention_factor=winner.attention_factor,
    )


def _config(plan: TrainingPlan) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=_BYTES,
        hidden_size=192,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=3,
        num_key_value_heads=3,
        head_dim=64,
        max_position_embeddings=plan.original_tokens,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        tie_word_embeddings=True,
    )


def _build(config: LlamaConfig) -> PreTrainedModel:
    torch.manual_seed(17)
    model: PreTrainedModel = LlamaForCausalLM(config)
    return model


def _train(
    model: PreTrainedModel, texts: Texts, length: int, steps: int, batch: int, learning_rate: float
) -> PreTrainedModel:
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=0.1, betas=(0.9, 0.95))
    rng = seeded_random("rope benchmark", length, steps)
    model.train()
    for step in range(steps):
        share = step / steps
        warm = min(1.0, (step + 1) / max(1, steps // 10))
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * warm * (0.1 + 0.45 * (1.0 + math.cos(math.pi * share)))
        starts = [rng.randrange(len(texts.train_T) - length - 1) for _ in range(batch)]
        ids_BT = torch.stack([texts.train_T[start : start + length + 1] for start in starts])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits_BTV = model(input_ids=ids_BT[:, :-1], use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(logits_BTV.float().flatten(0, 1), ids_BT[:, 1:].flatten())
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return model.eval()


@torch.inference_mode()
def _perplexity(model: PreTrainedModel, held_out_T: Tensor, length: int, plan: TrainingPlan) -> float:
    longest = int(plan.original_tokens * FACTOR) + 1
    room = len(held_out_T) - longest
    total = 0.0
    for index in range(plan.windows):
        end = longest + room * index // (plan.windows - 1)
        ids_1T = held_out_T[None, end - length - 1 : end]
        logits_SV = model(input_ids=ids_1T[:, :-1], logits_to_keep=plan.scored_tokens, use_cache=False).logits[0]
        total += float(torch.nn.functional.cross_entropy(logits_SV.float(), ids_1T[0, -plan.scored_tokens :]))
    return math.exp(total / plan.windows)
