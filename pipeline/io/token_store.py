"""Defines the files with token ids of conversations: `tokens/` for this project, `exports/trl/` for TRL.

A file in `tokens/` holds `records.ConversationTokens` and the column `token_ids` (uint32), so that a training does not
have to tokenize the rows. A file in `exports/trl/` has the same rows in the same order, as TRL reads them: `input_ids`
(int32) and `assistant_masks` (int8, 1 for the tokens of answers). The metadata of both names the tokenizer and its
fingerprint; the ids are valid only for tokenizers with the same fingerprint. Written by export, and by a training whose
model has a different tokenizer from the build; read by training and `verify`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.io.parts import PartWriter, part_metadata
from pipeline.records import AnswerSpan, ConversationTokens

TOKEN_IDS = "token_ids"
"""The column of token ids, in `tokens/` and in `corpus/`."""
INPUT_IDS, ASSISTANT_MASKS = "input_ids", "assistant_masks"
"""The columns of `exports/trl/`, by the names that TRL expects."""

_TOKENIZER, _FINGERPRINT = "tokenizer", "tokenizer_fingerprint"


@dataclass(frozen=True, slots=True)
class RowId:
    """A row of `exports/trl/`, without its ids and mask."""

    row_id: str
    """The `id` of the `sft/` row."""


def token_writer(path: str, *, tokenizer: str, fingerprint: str) -> PartWriter[ConversationTokens]:
    """Return a writer for one file in `tokens/`; each record is added together with `{TOKEN_IDS: ids}`.

    Args:
        path: the path of the file.
        tokenizer: the reference of the model whose tokenizer made the ids.
        fingerprint: the tokenizer's fingerprint, from `tokens.tokenizer.tokenizer_fingerprint`.
    """
    return PartWriter(path, ConversationTokens, [TOKEN_IDS], {_TOKENIZER: tokenizer, _FINGERPRINT: fingerprint})


def trl_writer(path: str, *, tokenizer: str, fingerprint: str) -> PartWriter[RowId]:
    """Return a writer for one file in `exports/trl/`; each record is added with `INPUT_IDS` and `ASSISTANT_MASKS`.

    Args:
        path: the path of the file.
        tokenizer: see `token_writer`.
        fingerprint: see `token_writer`.
    """
    return PartWriter(
        path,
        RowId,
        [INPUT_IDS, ASSISTANT_MASKS],
        {_TOKENIZER: tokenizer, _FINGERPRINT: fingerprint},
        list_types={INPUT_IDS: pa.int32(), ASSISTANT_MASKS: pa.int8()},
    )


def answer_mask(num_tokens: int, spans: Sequence[AnswerSpan]) -> npt.NDArray[np.int8]:
    """Return 1 for the tokens of answers and 0 for the others, shape [num_tokens]."""
    mask = np.zeros(num_tokens, dtype=np.int8)
    for span in spans:
        mask[span.start : span.end] = 1
    return mask


def stored_tokenizer(path: str) -> str:
    """Return the reference of the model whose tokenizer made the ids in a file."""
    return part_metadata(path)[_TOKENIZER]


def stored_fingerprint(path: str) -> str:
    """Return the fingerprint of the tokenizer that made the ids in a file."""
    return part_metadata(path)[_FINGERPRINT]
