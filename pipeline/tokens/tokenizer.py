"""The tokenizer of a model reference, loaded once a process, and a fingerprint of what decides its ids.

Used by pack, export, training and evaluation, so that all agree to the token.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pipeline.errors import InputError
from pipeline.identity import fingerprint
from pipeline.io.models import resolve_model

_NOT_TOKENIZATION = ("version", "truncation", "padding", "post_processor", "decoder")
"""Parts of a tokenizer's JSON that do not decide the ids of a text without special tokens."""


@cache
def load_tokenizer(reference: str) -> Any:  # Any: a transformers tokenizer, a library without usable types
    """The transformers tokenizer of a model reference (see `io.models`).

    Raises:
        InputError: there is no tokenizer under that reference.
    """
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(resolve_model(reference))
    except (OSError, ValueError) as error:
        raise InputError(
            f"Cannot load the tokenizer of '{reference}': {error}.",
            remedy="Check the model reference and your access to the hub.",
        ) from error


@cache
def tokenizer_fingerprint(reference: str) -> str:
    """32 hex digits of vocabulary, merges, normaliser, pre-tokenizer, added tokens and chat template.

    The same for the same tokenizer wherever it is read from; token ids may be reused exactly where it stands.

    Raises:
        InputError: there is no tokenizer under that reference, or it has no fast form.
    """
    definition = backend_definition(backend_copy(reference))
    content = {key: value for key, value in definition.items() if key not in _NOT_TOKENIZATION}
    return fingerprint([content, getattr(load_tokenizer(reference), "chat_template", None)])


def backend_copy(reference: str) -> Any:  # Any: a tokenizers.Tokenizer, without usable types
    """A copy of the fast tokenizer behind a model reference that only encodes: no truncation, padding, post-processing.

    Post-processing adds special tokens, and in some tokenizers moves the offsets of tokens past their spaces.

    Raises:
        InputError: there is no tokenizer under that reference, or it has no fast form.
    """
    from tokenizers import Tokenizer

    backend = getattr(load_tokenizer(reference), "backend_tokenizer", None)
    if backend is None:
        raise InputError(
            f"The tokenizer of '{reference}' has no fast form (tokenizer.json).",
            remedy="Use a model whose tokenizer the tokenizers library reads.",
        )
    copy = Tokenizer.from_str(backend.to_str())
    copy.encode_special_tokens = backend.encode_special_tokens
    copy.no_truncation()
    copy.no_padding()
    copy.post_processor = None
    return copy


def backend_definition(backend: Any) -> dict[str, Any]:
    """The JSON of a fast tokenizer."""
    definition: dict[str, Any] = json.loads(backend.to_str())
    return definition
