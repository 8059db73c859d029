"""Swap a loaded model's rotary angles, so that one load serves every candidate.

In: an unscaled model and candidates. Out: the model rotating by a candidate's angles, and keys turned from one
candidate's angles to another's. Used by `perplexity`.

Turning keys: rotations add up. A key stored under angles p·a becomes a key under p·b by a further rotation by
p·(b − a), and its length changes by the ratio of the attention factors.

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
    """A replacement for a model's rotary module; layer types other than the scaled one use the original module."""

    def __init__(self, original: nn.Module, scaling: RopeScaling) -> None:
        """Wrap `original`; unscaled until a candidate is set."""
        super().__init__()
        self._original = original
        self._scaling = scaling
        self._candidate: Candidate | None = None

    def turn_by(self, candidate: Candidate | None) -> None:
        """Use a candidate's angles from now on; None means the unscaled model."""
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
    """Return the radians by which each pair turns at each position, float32 as the models compute them: B × T × F."""
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
    """Put a `CandidateRotary` into a model while the block runs.

    Raises:
        InputError: the model has no or several rotary modules, or orders its rotary pairs in another way.
    """
    modules = rotary_modules(model)
    if len(modules) != 1:
        raise InputError(
            f"A {model.config.model_type} model has {len(modules)} rotary modules; the search needs one.",
            remedy="Use a model of the Llama, Qwen, Mistral or Gemma 3 family.",
        )
    (original,) = modules
    (name,) = [name for name, module in model.named_modules() if module is original]
    replacement = CandidateRotary(original, scaling)
    _check_layout(original, replacement, scaling, model.device)
    parent_name, _, own_name = name.rpartition(".")
    parent = model.get_submodule(parent_name)
    setattr(parent, own_name, replacement)
    try:
        yield replacement
    finally:
        setattr(parent, own_name, original)


class KeyTurn:
    """The further rotation that takes stored keys from one candidate's angles to another's."""

    def __init__(
        self, stored: Candidate, wanted: Candidate, scaling: RopeScaling, num_tokens: int, device: Any
    ) -> None:
        """Build the tables. Cost: two tables of `num_tokens` × F float32, shared by all layers."""
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
    theirs, ours = original(probe, positions, **layer_type), replacement(probe, positions, **layer_type)
    if theirs[0].shape != ours[0].shape or not all(
        torch.allclose(a, b, atol=1e-4) for a, b in zip(theirs, ours, strict=True)
    ):
        raise InputError(
            f"A {type(original).__name__} pairs its dimensions in a way the search does not support.",
            remedy="Use a model of the Llama, Qwen, Mistral or Gemma 3 family.",
        )
