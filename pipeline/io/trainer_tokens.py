"""Defines the files in `exports/` with the token ids of rows, as other trainers read them.

A file has the same rows in the same order as its twin in `tokens/`, and exactly the columns that its trainer reads,
because some trainers pass every column to the model:

- `trl`: `input_ids` and `assistant_masks` (1 for the tokens of answers, otherwise 0);
- `axolotl`: `input_ids`, `attention_mask` (all 1) and `labels` (the ids of answers, otherwise -100). Other trainers
  that are built on transformers' `Trainer` read these columns too.

The metadata names the tokenizer and its fingerprint; the ids are valid only for tokenizers with the same fingerprint.
Written by export, checked by `verify`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from pipeline.io.parts import NumberLists, Numbers, PartWriter
from pipeline.io.token_store import tokenizer_metadata
from pipeline.records import AnswerSpan

INPUT_IDS, ASSISTANT_MASKS, ATTENTION_MASK, LABELS = "input_ids", "assistant_masks", "attention_mask", "labels"
IGNORED = -100
"""The label of a token that is not in the loss."""
TOKEN_FORMATS: Mapping[str, Mapping[str, pa.DataType]] = MappingProxyType(
    {
        "trl": MappingProxyType({INPUT_IDS: pa.int32(), ASSISTANT_MASKS: pa.int8()}),
        "axolotl": MappingProxyType({INPUT_IDS: pa.int32(), ATTENTION_MASK: pa.int8(), LABELS: pa.int32()}),
    }
)
"""The columns of a trainer's files, by the name of their folder in `exports/`. A row has a list of numbers in each."""


@dataclass(frozen=True, slots=True)
class OnlyLists:
    """A row without fields of its own: all its columns are lists of numbers."""


def trainer_token_writer(path: str, trainer: str, *, tokenizer: str, fingerprint: str) -> PartWriter[OnlyLists]:
    """Return a writer for one file of a trainer; each row is added as `OnlyLists()` with `trainer_columns(…)`.

    Args:
        path: the path of the file.
        trainer: a key of `TOKEN_FORMATS`.
        tokenizer: the reference of the model whose tokenizer made the ids.
        fingerprint: the tokenizer's fingerprint, from `tokens.tokenizer.tokenizer_fingerprint`.
    """
    columns = TOKEN_FORMATS[trainer]
    metadata = tokenizer_metadata(tokenizer, fingerprint)
    return PartWriter(path, OnlyLists, list(columns), metadata, list_types=columns)


def trainer_columns(ids: Numbers, spans: Sequence[AnswerSpan]) -> NumberLists:
    """Return the columns of all trainers for one row, each of shape [tokens].

    Args:
        ids: the token ids of the row, shape [tokens].
        spans: the answers, which are in the loss.
    """
    is_answer = np.zeros(len(ids), dtype=np.bool_)
    for span in spans:
        is_answer[span.start : span.end] = True
    input_ids = ids.astype(np.int32)
    return {
        INPUT_IDS: input_ids,
        ASSISTANT_MASKS: is_answer.astype(np.int8),
        ATTENTION_MASK: np.ones(len(ids), dtype=np.int8),
        LABELS: np.where(is_answer, input_ids, np.int32(IGNORED)),
    }
