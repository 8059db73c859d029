"""What RoPE scaling does without training: the base model with the tuned model's scaling, beside both models.

Takes the subjects of an evaluation, and losses of the three; returns a part of the perplexity task's section. A tuned
model differs from its base in two things, its scaling and its weights. The base with the scaling alone lies between
them: its distance from the base is what the scaling does, its distance from the tuned model what training added. Used
by the task `perplexity`. Does not import torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.evaluate.likelihoods.perplexities import Windows, mean_loss, perplexity_of, perplexity_ratio
from pipeline.evaluate.subjects.subject import Role, Subject
from pipeline.scoring.intervals import mean_interval

VARIANT = "scaling_alone"
"""The variant of the cells of the base with the tuned model's scaling."""

_SHAPE = ("model_type", "hidden_size", "num_hidden_layers", "num_attention_heads", "head_dim")


@dataclass(frozen=True, slots=True)
class ScalingPair:
    """A base, and a model that was tuned from it with another RoPE scaling."""

    base: Subject
    tuned: Subject


def scaling_pair(subjects: Sequence[Subject]) -> ScalingPair | None:
    """Return the base and the tuned model if the tuned model has another scaling; None otherwise.

    Also None with several bases or tuned models, of which it is unclear which belong together, and for models of
    different shapes, between which a scaling cannot be moved.
    """
    bases, tuned = ([one for one in subjects if one.role is role] for role in (Role.BASE, Role.TUNED))
    if len(bases) != 1 or len(tuned) != 1 or not tuned[0].rope or dict(bases[0].rope) == dict(tuned[0].rope):
        return None
    pair = ScalingPair(bases[0], tuned[0])
    return pair if _shape(pair.base) == _shape(pair.tuned) else None


def scaling_section(
    pair: ScalingPair,
    *,
    scaled: Mapping[int, Windows],
    base: Mapping[int, Windows],
    tuned: Mapping[int, Windows],
    seed: int,
) -> dict[str, Any]:
    """Return the perplexity of the base with the scaling alone at each length, and both steps as ratios.

    Args:
        pair: the two models.
        scaled: losses of the base with the tuned model's scaling, by length.
        base: losses of the base as it is, of the same tokens.
        tuned: losses of the tuned model, of the same tokens.
        seed: the recipe's seed.
    """
    rows = [
        {
            "length": length,
            **perplexity_of(mean_loss(scaled[length]), mean_interval(scaled[length], seed=seed)),
            "scaling": perplexity_ratio(scaled[length], base[length], seed=seed),
            "training": perplexity_ratio(tuned[length], scaled[length], seed=seed),
        }
        for length in sorted(scaled.keys() & base.keys() & tuned.keys())
    ]
    return {"base": pair.base.name, "tuned": pair.tuned.name, "results": rows}


def _shape(subject: Subject) -> list[Any]:
    from pipeline.train.rope.scaled_config import base_config

    text = base_config(subject.reference).get_text_config()
    return [getattr(text, name, None) for name in _SHAPE]
