"""`tokens/`: conversations as token ids, so that training never tokenises again.

A part holds `records.ConversationTokens` and the column `token_ids` (uint32), and names its tokenizer in the metadata.
The ids are valid only for tokenizers with that fingerprint. Written by export, and by a training whose model has
another tokenizer than the build; read by training.
"""

from __future__ import annotations

from pipeline.io.parts import PartWriter, part_metadata
from pipeline.records import ConversationTokens

TOKEN_IDS = "token_ids"
"""Column of token ids, here and in `corpus/`."""

_TOKENIZER, _FINGERPRINT = "tokenizer", "tokenizer_fingerprint"


def token_writer(path: str, *, tokenizer: str, fingerprint: str) -> PartWriter[ConversationTokens]:
    """Return a writer of one part; add each record with `{TOKEN_IDS: ids}`.

    Args:
        path: of the part.
        tokenizer: model reference, for people to read.
        fingerprint: of that tokenizer, from `tokens.tokenizer.tokenizer_fingerprint`.
    """
    return PartWriter(path, ConversationTokens, [TOKEN_IDS], {_TOKENIZER: tokenizer, _FINGERPRINT: fingerprint})


def stored_tokenizer(path: str) -> str:
    """Return the reference of the model whose tokenizer made the ids of a part."""
    return part_metadata(path)[_TOKENIZER]


def stored_fingerprint(path: str) -> str:
    """Return the fingerprint of the tokenizer that made the ids of a part."""
    return part_metadata(path)[_FINGERPRINT]
