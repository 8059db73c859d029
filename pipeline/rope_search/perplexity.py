"""Measures the negative log likelihood of a stream's last tokens under a candidate's rotation.

Takes a loaded, unscaled model, streams and candidates. Returns mean nats per scored token. Used by `measuring`.
Computes no gradients; logits exist for one chunk of scored tokens at a time.

There are two kinds of measurement:

`recomputed`  one forward pass over the whole stream. Exact. Cost: attention over length².
`reused`      the keys and values before the scored tokens are computed once, under YaRN, and the keys are turned to
              each candidate's angles. Cost: attention of scored tokens × length. An estimate, because it ignores how a
              candidate would change the states of earlier tokens. Memory: keys and values of each stream.

Shapes: P prefix tokens, T tokens, S scored tokens, H hidden size, V vocabulary.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer

from pipeline.errors import InputError, RunError
from pipeline.rope_search.candidate import Candidate
from pipeline.rope_search.documents import Stream
from pipeline.rope_search.rotation import CandidateRotary, KeyTurn
from pipeline.train.layers.text_stack import text_stack
from pipeline.train.loss.cross_entropy import chunked_cross_entropy
from pipeline.train.loss.head import output_head
from pipeline.train.rope.scaling import RopeScaling

_LOSS_CHUNK_TOKENS = 512


@torch.inference_mode()
def recomputed_nll(
    model: PreTrainedModel, rotary: CandidateRotary, candidate: Candidate, stream: Stream, *, scored_tokens: int
) -> float:
    """Return the mean nats per token over the last `scored_tokens`, from one forward pass over the whole stream.

    Raises:
        RunError: the likelihood is not finite.
    """
    rotary.turn_by(candidate)
    ids_1T = torch.tensor([stream.ids], device=model.device)
    hidden_TH = text_stack(model)(input_ids=ids_1T[:, :-1], use_cache=False).last_hidden_state[0]
    return _mean_nll(model, hidden_TH[-scored_tokens:], ids_1T[0, -scored_tokens:])


class ReusedPrefix:
    """A stream for which the keys and values of all tokens but the last `scored_tokens` + 1 are kept."""

    @torch.inference_mode()
    def __init__(
        self,
        model: PreTrainedModel,
        rotary: CandidateRotary,
        stored: Candidate,
        stream: Stream,
        *,
        scaling: RopeScaling,
        scored_tokens: int,
    ) -> None:
        """Compute the prefix under the candidate `stored`, in one forward pass.

        Raises:
            InputError: the model's stored keys cannot be turned to other angles.
        """
        _check_turnable(model, scaling)
        self._model, self._rotary, self._stored, self._scaling = model, rotary, stored, scaling
        self._ids_1T = torch.tensor([stream.ids], device=model.device)
        self._scored_tokens = scored_tokens
        rotary.turn_by(stored)
        self._cache = DynamicCache(config=model.config)
        prefix_1P = self._ids_1T[:, : -scored_tokens - 1]
        text_stack(model)(input_ids=prefix_1P, past_key_values=self._cache, use_cache=True)

    @torch.inference_mode()
    def nll(self, candidate: Candidate) -> float:
        """Return the mean nats per scored token, with the prefix's keys turned to the candidate's angles.

        Raises:
            RunError: the likelihood is not finite.
        """
        self._rotary.turn_by(candidate)
        num_prefix = self._ids_1T.shape[1] - self._scored_tokens - 1
        turn = KeyTurn(self._stored, candidate, self._scaling, num_prefix, self._ids_1T.device)
        layers = [
            _TurnedLayer(layer, turn) if type(layer) is DynamicLayer else copy.copy(layer)
            for layer in self._cache.layers
        ]
        hidden_SH = text_stack(self._model)(
            input_ids=self._ids_1T[:, -self._scored_tokens - 1 : -1],
            past_key_values=Cache(layers=layers),
            use_cache=True,
        ).last_hidden_state[0]
        return _mean_nll(self._model, hidden_SH, self._ids_1T[0, -self._scored_tokens :])


class _TurnedLayer(DynamicLayer):  # type: ignore[misc]  # transformers has no types here
    """Keys and values of a prefix. The keys are turned when the layer runs, and the turned keys are not kept."""

    def __init__(self, stored: DynamicLayer, turn: KeyTurn) -> None:
        super().__init__()
        self.keys, self.values, self.is_initialized = stored.keys, stored.values, True
        self._turn = turn

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        return (
            torch.cat((self._turn(self.keys), key_states), dim=-2),
            torch.cat((self.values, value_states), dim=-2),
        )


def _check_turnable(model: PreTrainedModel, scaling: RopeScaling) -> None:
    config = model.config.get_text_config()
    kinds = getattr(config, "layer_types", None) or ["full_attention"] * config.num_hidden_layers
    mixed = not scaling.layer_type and any(kind != "full_attention" for kind in kinds)
    if mixed or getattr(config, "no_rope_layers", None):
        raise InputError(
            f"The stored keys of a {model.config.model_type} model cannot be turned to other angles: its layers treat "
            "positions differently.",
            remedy="Set rope_search.prefix_states to recomputed.",
        )


def _mean_nll(model: PreTrainedModel, hidden_SH: Tensor, targets_S: Tensor) -> float:
    weights_S = torch.full((len(targets_S),), 1.0 / len(targets_S), device=targets_S.device)
    head = output_head(model)
    sums = chunked_cross_entropy(
        hidden_SH.to(head.weight_VH.dtype), head, targets_S, weights_S, z_loss=0.0, chunk_tokens=_LOSS_CHUNK_TOKENS
    )
    nll = float(sums.cross_entropy)
    if not nll < float("inf"):
        raise RunError(
            "The model's likelihoods are not finite under a candidate of the search.",
            remedy="Set rope_search.dtype to float32.",
        )
    return nll
