"""The forward pass over one pack and its loss.

In: a student and a `PackBatch`. Out: the weighted sum of cross-entropies over its answer tokens. Used by the loop for
training and validation.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pipeline.train.batch import PackBatch
from pipeline.train.loss import chunked_cross_entropy
from pipeline.train.model import Student, reset_rotary


def final_hidden_states(student: Student, batch: PackBatch) -> Tensor:
    """Hidden states after the final norm, T × H, each document seeing itself alone.

    No mask and no cache: only then do all attention implementations separate documents by their restarting positions
    (ours gets the lengths instead).
    """
    reset_rotary(student.model)
    with torch.autocast(student.device.type, dtype=student.dtype, enabled=student.dtype is torch.bfloat16):
        # Float32 embeddings would make the whole residual stream float32.
        embedded_1TH = student.model.get_input_embeddings()(batch.ids_1T).to(student.dtype)
        hidden_1TH: Tensor = student.model.base_model(
            inputs_embeds=embedded_1TH,
            position_ids=batch.positions_1T,
            attention_mask=None,
            use_cache=False,
            document_lengths=batch.lengths,
        ).last_hidden_state
    return hidden_1TH[0]


def answer_loss_sum(student: Student, batch: PackBatch, weights_N: Tensor, *, chunk_tokens: int) -> Tensor:
    """Σ weight · cross-entropy over the pack's answer tokens; logits exist for those tokens only, a chunk at a time."""
    hidden_NH = final_hidden_states(student, batch)[batch.predictors_N].to(student.dtype)
    head_VH = student.model.get_output_embeddings().weight
    return chunked_cross_entropy(hidden_NH, head_VH, batch.targets_N, weights_N, chunk_tokens=chunk_tokens)
