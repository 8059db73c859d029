"""The tokenizer of a model reference, loaded once a process, and a fingerprint of what decides its ids.

Used by pack, export, training and evaluation, so that all agree to the token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pipeline.errors import InputError
from pipeline.identity import fingerprint
from pipeline.io.loading import cannot_load
from pipeline.io.models import resolve_model
from pipeline.tokens.control import ControlTokens, control_tokens, with_hidden_names

_NOT_TOKENIZATION = ("version", "truncation", "padding", "post_processor", "decoder")
"""Parts of a tokenizer's JSON that do not decide the ids of a text without special tokens."""
_ENCODING = 2
"""Raised when the same tokenizer gives other ids: from 2 on no text is parsed for control tokens."""


@cache
def load_tokenizer(reference: str) -> Any:  # Any: a transformers tokenizer, a library without usable types
    """The transformers tokenizer of a model reference (see `io.models`).

    It parses control tokens wherever they stand; what documents say goes through `encode` and `conversation` instead.

    Raises:
        InputError: there is no tokenizer under that reference, or it needs code of its own.
    """
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(resolve_model(reference), trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise cannot_load("tokenizer", reference, error) from error


@cache
def tokenizer_fingerprint(reference: str) -> str:
    """32 hex digits of vocabulary, merges, normaliser, pre-tokenizer, added tokens, chat template and our encoding.

    The same for the same tokenizer wherever it is read from; token ids may be reused exactly where it stands.

    Raises:
        InputError: there is no tokenizer under that reference, or it has no fast form.
    """
    definition = backend_definition(_backend(reference))
    content = {key: value for key, value in definition.items() if key not in _NOT_TOKENIZATION}
    return fingerprint([_ENCODING, content, getattr(load_tokenizer(reference), "chat_template", None)])


def backend_copy(reference: str) -> Any:  # Any: a tokenizers.Tokenizer, without usable types
    """A copy of the fast tokenizer behind a model reference that only encodes, and in which text is text.

    No truncation, padding or post-processing, which adds special tokens and in some tokenizers moves the offsets of
    tokens past their spaces. Control tokens have the hidden names of `control_tokens_of`.

    Raises:
        InputError: there is no tokenizer under that reference, or it has no fast form.
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
    """The control tokens of a model's tokenizer, and the names they have in this process.

    Raises:
        InputError: there is no tokenizer under that reference, or it has no fast form.
    """
    return control_tokens(backend_definition(_backend(reference)), chat_templates(reference))


def chat_templates(reference: str) -> tuple[str, ...]:
    """The chat templates of a model's tokenizer: none, one, or several under names.

    Raises:
        InputError: there is no tokenizer under that reference.
    """
    template = getattr(load_tokenizer(reference), "chat_template", None)
    if not template:
        return ()
    return tuple(template.values()) if isinstance(template, Mapping) else (template,)


def leading_ids(reference: str) -> tuple[int, ...]:
    """Ids a model wants before a text that is no conversation, such as a beginning-of-text token; often none.

    Raises:
        InputError: there is no tokenizer under that reference.
    """
    return tuple(load_tokenizer(reference)("")["input_ids"])


def backend_definition(backend: Any) -> dict[str, Any]:
    """The JSON of a fast tokenizer."""
    definition: dict[str, Any] = json.loads(backend.to_str())
    return definition


def _backend(reference: str) -> Any:
    backend = getattr(load_tokenizer(reference), "backend_tokenizer", None)
    if backend is None:
        raise InputError(
            f"The tokenizer of '{reference}' has no fast form (tokenizer.json).",
            remedy="Use a model whose tokenizer the tokenizers library reads.",
        )
    return backend


def _check_ids(copy: Any, definition: Mapping[str, Any], names: Mapping[str, str], reference: str) -> None:
    """Refuse a tokenizer whose control tokens cannot be hidden: their ids or their normalised names differ."""
    normalizer = copy.normalizer
    for token in definition["added_tokens"]:
        name = names.get(token["content"], token["content"])
        is_found = not (normalizer and token["normalized"]) or name in normalizer.normalize_str(name)
        if copy.token_to_id(name) != token["id"] or not (is_found or name not in names.values()):
            raise InputError(
                f"The control token {token['content']!r} of '{reference}' cannot be told from text: its tokenizer.json "
                "gives it another id or form under another name.",
                remedy="Use a model with another tokenizer; please report this one.",
            )
