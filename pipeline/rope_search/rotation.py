"""Swaps the rotary angles of a loaded model, so that every candidate can use the same loaded model.

Takes an unscaled model and candidates. The model then rotates by a candidate's angles, and stored keys are turned from
one candidate's angles to those of a different candidate. Used by `measuring`, `perplexity` and `run`.

Turning keys works because rotations add up: a key at position p that was stored under the angles p·a becomes a key
under p·b by a further rotation by p·(b − a). The key's length is multiplied by the ratio of the attention factors.

Shapes: B batch, K key heads, P prefix tokens, T tokens, D head dimension, F rotary frequencies (half the rotary
dimension), R = 2F.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from pipeline.errors import InputError
from pipeline.rope_search.candidate import Candidate
from pipeline.train.rope.in_force import rotary_modules
from pipeline.train.rope.scaling import RopeScaling, unscaled_inverse_frequencies

_PROBE_POSITIONS = 16


class CandidateRotary(nn.Module):
    """A replacement for a model's rotary module. Layers of a type that is not scaled use the original module."""

    def __init__(self, original: nn.Module, scaling: RopeScaling) -> None:
        """Wrap `original`. The angles are unscaled until a candidate is set."""
        super().__init__()
        self._original = original
        self._scaling = scaling
        self._candidate: Candidate | None = None

    def turn_by(self, candidate: Candidate | None) -> None:
        """Use a candidate's angles from now on; None for the unscaled angles."""
        self._candidate = candidate

    def forward(self, x: Tensor, position_ids: Tensor, layer_type: str | None = None) -> tuple[Tensor, Tensor]:
        """Return cos and sin, B × T × R, in the dtype of `x`."""
        if layer_type is not None and layer_type != self._scaling.layer_type:
            cos, sin = self._original(x, position_ids, layer_type)
            return cos, sin
        angles_BTF = candidate_angles(self._candidate, self._scaling, position_ids)
        angles_BTR = torch.cat((angles_BTF, angles_BTF), dim=-1)
        scale = self._candidate.attention_factor if self._candidate else 1.0
        return (angles_BTR.cos() * scale).to(x.dtype), (angles_BTR.sin() * scale).to(x.dtype)


def candidate_angles(candidate: Candidate | None, scaling: RopeScaling, positions_BT: Tensor) -> Tensor:
    """Return the angle by which each pair turns at each position, in radians and in float32 as in models: B × T × F."""
    unscaled = unscaled_inverse_frequencies(scaling.theta, 2 * len(scaling.divisors))
    unscaled_F = torch.tensor(unscaled, dtype=torch.float32, device=positions_BT.device)
    positions_BT1 = positions_BT[..., None].float()
    if candidate is None:
        return positions_BT1 * unscaled_F
    divisors_F = torch.tensor(candidate.divisors, dtype=torch.float32, device=positions_BT.device)
    angles_BTF = positions_BT1 * (unscaled_F / divisors_F)
    if candidate.start_tokens:
        return torch.where(positions_BT1 < candidate.start_tokens, positions_BT1 * unscaled_F, angles_BTF)
    return angles_BTF


@contextmanager
def candidate_rotary(model: PreTrainedModel, scaling: RopeScaling) -> Iterator[CandidateRotary]:
    """Put a `CandidateRotary` into a model while the `with` block runs.

    Raises:
        InputError: the model does not have exactly one rotary module, or orders its rotary pairs differently.
    """
    modules = rotary_modules(model)
    if len(modules) != 1:
        raise InputError(
            f"A {model.config.model_type} model has {len(modules)} rotary modules; the search needs exactly one.",
            remedy="Use a model of the Llama, Qwen, Mistral or Gemma 3 family.",
        )
    (original,) = modules
    (name,) = [name for name, module in model.named_modules() if module is original]
    replacement = CandidateRotary(original, scaling)
    _check_layout(original, replacement, scaling, model.device)
    parent_name, _, child_name = name.rpartition(".")
    parent = model.get_submodule(parent_name)
    setattr(parent, child_name, replacement)
    try:
        yield replacement
    finally:
        setattr(parent, child_name, original)


class KeyTurn:
    """The further rotation that turns stored keys from one candidate's angles to those of a different candidate."""

    def __init__(
        self, stored: Candidate, wanted: Candidate, scaling: RopeScaling, num_tokens: int, device: Any
    ) -> None:
        """Build the tables for `num_tokens` positions. Memory: two tables of `num_tokens` × F in float32."""
        positions_1P = torch.arange(num_tokens, device=device)[None]
        turn_PF = (candidate_angles(wanted, scaling, positions_1P) - candidate_angles(stored, scaling, positions_1P))[0]
        stretch = wanted.attention_factor / stored.attention_factor
        self._cos_PF, self._sin_PF = turn_PF.cos() * stretch, turn_PF.sin() * stretch

    def __call__(self, keys_BKPD: Tensor) -> Tensor:
        """Return the turned keys; dimensions beyond the rotary ones are unchanged."""
        half = self._cos_PF.shape[-1]
        first, second, rest = keys_BKPD[..., :half], keys_BKPD[..., half : 2 * half], keys_BKPD[..., 2 * half :]
        turned = (first * self._cos_PF - second * self._sin_PF, second * self._cos_PF + first * self._sin_PF)
        return torch.cat((*(part.to(keys_BKPD.dtype) for part in turned), rest), dim=-1)


def _check_layout(original: Any, replacement: CandidateRotary, scaling: RopeScaling, device: torch.device) -> None:
    probe, positions = torch.zeros(1, device=device), torch.arange(_PROBE_POSITIONS, device=device)[None]
    layer_type = {"layer_type": scaling.layer_type} if scaling.layer_type else {}
    expected, actual = original(probe, positions, **layer_type), replacement(probe, positions, **layer_type)
    if expected[0].shape != actual[0].shape or not all(
        torch.allclose(a, b, atol=1e-4) for a, b in zip(expected, actual, strict=True)
    ):
        raise InputError(
            f"A {type(original).__name__} pairs its dimensions in a way that the search does not support.",
            remedy="Use a model of the Llama, Qwen, Mistral or Gemma 3 family.",
        )
