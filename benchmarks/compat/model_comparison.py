"""Compares what a program answered about exported models with what it must answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FREQUENCY_TOLERANCE = 1e-5
"""Largest relative error of a rotary frequency or an attention factor; ours are float64, those of torch float32."""
LOGIT_TOLERANCE = 1e-4
"""Largest difference of a logit, in shares of the largest logit: another version may add in another order."""


@dataclass(frozen=True, slots=True)
class ModelResult:
    """How a loaded model compares with the exported one."""

    ids_equal: bool
    """Whether texts and conversations have the same token ids."""
    logit_difference: float
    """Largest difference of a logit, as a share of the largest logit."""
    frequency_error: float
    """Largest relative error of a rotary frequency or an attention factor; infinite if a table is missing."""
    error: str
    """Why the folder does not load; empty if it does."""

    @property
    def is_equal(self) -> bool:
        """Whether ids, logits and frequencies are those of the exported model."""
        return (
            not self.error
            and self.ids_equal
            and self.logit_difference <= LOGIT_TOLERANCE
            and self.frequency_error <= FREQUENCY_TOLERANCE
        )


def compare_model(answered: Mapping[str, Any], expected: Mapping[str, Any]) -> ModelResult:
    """Return how one case compares.

    Args:
        answered: a line of `loaders.load_models`.
        expected: `Case.expected`.
    """
    if "error" in answered:
        return ModelResult(False, float("inf"), float("inf"), answered["error"])
    return ModelResult(
        ids_equal=all(answered[name] == expected[name] for name in ("token_ids", "chat_ids")),
        logit_difference=logit_difference(answered["logits"], expected["logits"]),
        frequency_error=_frequency_error(answered["tables"], expected["tables"]),
        error="",
    )


def logit_difference(one: Sequence[Sequence[float]], other: Sequence[Sequence[float]]) -> float:
    """Return the largest difference of a logit, as a share of the largest of `other`; infinite if shapes differ."""
    first, second = np.asarray(one), np.asarray(other)
    if first.shape != second.shape:
        return float("inf")
    return float(np.max(np.abs(first - second)) / np.max(np.abs(second)))


def _frequency_error(answered: Mapping[str, Any], expected: Mapping[str, Any]) -> float:
    errors = [0.0]
    for length, wanted in expected.items():
        found = answered.get(length, {})
        if found.keys() != wanted.keys():
            return float("inf")
        for kind, table in wanted.items():
            ours = np.asarray([*table["inv_freq"], table["attention_factor"]])
            theirs = np.asarray([*found[kind]["inv_freq"], found[kind]["attention_factor"]])
            if ours.shape != theirs.shape:
                return float("inf")
            # A stopped frequency is below 1e-15 radians per token in both.
            errors.append(float(np.max(np.abs(theirs - ours) / np.maximum(ours, 1e-15))))
    return float(np.max(errors))
