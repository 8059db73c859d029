"""Loads the tokenizer of a model reference once per process, and computes a fingerprint of what decides its ids.

Takes a model reference (a name or folder, see `io.models`); returns the tokenizer or a property of it. Used by the
build stages, training and evaluation, so that all of them get exactly the same tokens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pipeline.errors import InputError
from pipeline.identity import fingerprint
from pipeline.io.loading import cannot_load
from pipeline.io.models import resolve_model
from pipeline.tokens.control import ControlTokens, control_tokens, with_hidden_names
from pipeline.tokens.generic_class import load_tokenizer_of

_NOT_TOKENIZATION = ("version", "truncation", "padding", "post_processor", "decoder")
"""Parts of a tokenizer's JSON that do not affect the ids of a text without special tokens."""
_ENCODING = 2
"""Version of our encoding, increased when our code changes the ids that a tokenizer gives. Since version 2, control
tokens in a text are read as plain text."""
_END_OF_TEXT = ("<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>")
"""The end-of-text tokens of GPT-2, SmolLM and Qwen; Llama 3; Llama 2 and Mistral; Gemma."""


@dataclass(frozen=True, slots=True)
class EndOfText:
    """The token that separates documents."""

    token: str
    token_id: int


@cache
def load_tokenizer(reference: str) -> Any:  # Any: a transformers tokenizer, a library without usable types
    """Return the transformers tokenizer of a model reference (see `io.models`).

    This tokenizer reads control tokens anywhere in a text. So document text must go through `encode` or `conversation`.

    Raises:
        InputError: The reference has no tokenizer, or the tokenizer needs custom code.
        MissingExtraError: See `io.models.resolve_model`.
    """
    try:
        return load_tokenizer_of(resolve_model(reference))
    except (OSError, ValueError) as error:
        raise cannot_load("tokenizer", reference, error) from error


@cache
def tokenizer_fingerprint(reference: str) -> str:
    """Return a fingerprint (32 hex digits) of everything that decides the ids of a text or conversation.

    It covers the vocabulary, merges, normaliser, pre-tokenizer, added tokens, chat template and our encoding. The same
    tokenizer has the same fingerprint in any folder. Token ids may be reused only if the fingerprint is the same.

    Raises:
        InputError: The reference has no tokenizer, or the tokenizer has no fast form.
    """
    definition = backend_definition(_backend(reference))
    content = {key: value for key, value in definition.items() if key not in _NOT_TOKENIZATION}
    return fingerprint([_ENCODING, content, getattr(load_tokenizer(reference), "chat_template", None)])


def backend_copy(reference: str) -> Any:  # Any: a tokenizers.Tokenizer, without usable types
    """Return a copy of a model's fast tokenizer that reads control tokens in a text as plain text.

    The copy has no truncation and no padding. It has no post-processing either, because this would add special tokens
    and, in some tokenizers, remove leading spaces from token offsets. Its control tokens have the hidden names of
    `control_tokens_of`.

    Raises:
        InputError: The reference has no tokenizer; the tokenizer has no fast form, or has a control token that cannot
            be renamed.
    """
    from tokenizers import Tokenizer

    names = control_tokens_of(reference).hidden_names
    definition = backend_definition(_backend(reference))
    copy = Tokenizer.from_str(json.dumps(with_hidden_names(definition, names), ensure_ascii=False))
    copy.no_truncation()
    copy.no_padding()
    copy.post_processor = None
    _check_ids(copy, definition, names, reference)
    return copy


@cache
def control_tokens_of(reference: str) -> ControlTokens:
    """Return the control tokens of a model's tokenizer, with hidden names that this process keeps.

    Raises:
        InputError: The reference has no tokenizer, or the tokenizer has no fast form.
    """
    return control_tokens(backend_definition(_backend(reference)), chat_templates(reference))


def chat_templates(reference: str) -> tuple[str, ...]:
    """Return the chat templates of a model's tokenizer; a tokenizer can have none, one or several.

    Raises:
        InputError: The reference has no tokenizer.
    """
    template = getattr(load_tokenizer(reference), "chat_template", None)
    if not template:
        return ()
    return tuple(template.values()) if isinstance(template, Mapping) else (template,)


def leading_ids(reference: str) -> tuple[int, ...]:
    """Return the ids that the tokenizer adds to an empty text, such as a beginning-of-text token; often none.

    Raises:
        InputError: The reference has no tokenizer.
    """
    return tuple(load_tokenizer(reference)("")["input_ids"])


def end_of_text(reference: str) -> EndOfText | None:
    """Return the token that separates documents in continued pre-training; None if the tokenizer has none.

    This is the end-of-text token of the model's family, which its base model saw between documents. The `eos_token` of
    an instruct model ends a turn, so it is only used if the vocabulary has none of the known end-of-text tokens.

    Raises:
        InputError: The reference has no tokenizer.
    """
    tokenizer = load_tokenizer(reference)
    added = tokenizer.get_added_vocab()
    token = next((name for name in _END_OF_TEXT if name in added), tokenizer.eos_token)
    return EndOfText(token, int(tokenizer.convert_tokens_to_ids(token))) if token else None


def backend_definition(backend: Any) -> dict[str, Any]:
    """Return the parsed JSON of a fast tokenizer."""
    definition: dict[str, Any] = json.loads(backend.to_str())
    return definition


def _backend(reference: str) -> Any:
    backend = getattr(load_tokenizer(reference), "backend_tokenizer", None)
    if backend is None:
        raise InputError(
            f"The tokenizer of '{reference}' has no fast form (tokenizer.json).",
            remedy="Use a model whose tokenizer the tokenizers library can read.",
        )
    return backend


def _check_ids(copy: Any, definition: Mapping[str, Any], names: Mapping[str, str], reference: str) -> None:
    """Raise an `InputError` if renaming changed the id of a token, or if the normaliser would change a hidden name."""
    normalizer = copy.normalizer
    for token in definition["added_tokens"]:
        name = names.get(token["content"], token["content"])
        is_found = not (normalizer and token["normalized"]) or name in normalizer.normalize_str(name)
        if copy.token_to_id(name) != token["id"] or not (is_found or name not in names.values()):
            raise InputError(
                f"The control token {token['content']!r} of '{reference}' cannot be distinguished from text: its "
                "tokenizer.json gives it a different id or form when it is renamed.",
                remedy="Use a model with a different tokenizer, and please report this one.",
            )
