"""Defines the files in `tokens/`: conversations as token ids, so that a training does not have to tokenize them.

A file holds `records.ConversationTokens` and the column `token_ids` (uint32). Its metadata names the tokenizer and its
fingerprint; the ids are valid only for tokenizers with the same fingerprint. Written by export, and by a training whose
model has a different tokenizer from the build; read by training and `verify`.
"""

from __future__ import annotations

from pipeline.io.parts import PartWriter, part_metadata
from pipeline.records import ConversationTokens

TOKEN_IDS = "token_ids"
"""The column of token ids, in `tokens/` and in `corpus/`."""

_TOKENIZER, _FINGERPRINT = "tokenizer", "tokenizer_fingerprint"


def token_writer(path: str, *, tokenizer: str, fingerprint: str) -> PartWriter[ConversationTokens]:
    """Return a writer for one file; each record is added together with `{TOKEN_IDS: ids}`.

    Args:
        path: the path of the file.
        tokenizer: the reference of the model whose tokenizer made the ids.
        fingerprint: the tokenizer's fingerprint, from `tokens.tokenizer.tokenizer_fingerprint`.
    """
    return PartWriter(path, ConversationTokens, [TOKEN_IDS], tokenizer_metadata(tokenizer, fingerprint))


def tokenizer_metadata(tokenizer: str, fingerprint: str) -> dict[str, str]:
    """Return the metadata of a file with ids; `stored_tokenizer` and `stored_fingerprint` read it."""
    return {_TOKENIZER: tokenizer, _FINGERPRINT: fingerprint}


def stored_tokenizer(path: str) -> str:
    """Return the reference of the model whose tokenizer made the ids in a file."""
    return part_metadata(path)[_TOKENIZER]


def stored_fingerprint(path: str) -> str:
    """Return the fingerprint of the tokenizer that made the ids in a file."""
    return part_metadata(path)[_FINGERPRINT]
