"""Load the tokenizer of a model reference, once per process, and compute a fingerprint of what decides its ids.

Used by pack, export, training and evaluation, so that all of them get exactly the same tokens.
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
"""Version of our encoding, increased when the same tokenizer gives other ids. Since 2, no text is parsed for control
tokens."""


@cache
def load_tokenizer(reference: str) -> Any:  # Any: a transformers tokenizer, a library without usable types
    """Return the transformers tokenizer of a model reference (see `io.models`).

    It parses control tokens anywhere in a text. So the text of documents goes through `encode` and `conversation`.

    Raises:
        InputError: The reference has no tokenizer, or the tokenizer needs code of its own.
    """
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(resolve_model(reference), trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise cannot_load("tokenizer", reference, error) from error


@cache
def tokenizer_fingerprint(reference: str) -> str:
    """Return 32 hex digits of vocabulary, merges, normaliser, pre-tokenizer, added tokens, template and our encoding.

    The same tokenizer has the same fingerprint wherever it is read from. Token ids may be reused only if the
    fingerprint is the same.

    Raises:
        InputError: The reference has no tokenizer, or the tokenizer has no fast form.
    """
    definition = backend_definition(_backend(reference))
    content = {key: value for key, value in definition.items() if key not in _NOT_TOKENIZATION}
    return fingerprint([_ENCODING, content, getattr(load_tokenizer(reference), "chat_template", None)])


def backend_copy(reference: str) -> Any:  # Any: a tokenizers.Tokenizer, without usable types
    """Return a copy of the fast tokenizer of a model reference that only encodes, and reads every text as text.

    The copy has no truncation, no padding and no post-processing, which adds special tokens and in some tokenizers
    moves the offsets of tokens past their spaces. Control tokens have the hidden names of `control_tokens_of`.

    Raises:
        InputError: The reference has no tokenizer, or the tokenizer has no fast form.
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
    """Return the control tokens of a model's tokenizer, with their hidden names in this process.

    Raises:
        InputError: The reference has no tokenizer, or the tokenizer has no fast form.
    """
    return control_tokens(backend_definition(_backend(reference)), chat_templates(reference))


def chat_templates(reference: str) -> tuple[str, ...]:
    """Return the chat templates of a model's tokenizer: none, one, or several named ones.

    Raises:
        InputError: The reference has no tokenizer.
    """
    template = getattr(load_tokenizer(reference), "chat_template", None)
    if not template:
        return ()
    return tuple(template.values()) if isinstance(template, Mapping) else (template,)


def leading_ids(reference: str) -> tuple[int, ...]:
    """Return the ids a model wants before a text that is not a conversation, such as a beginning-of-text token.

    Often there are none.

    Raises:
        InputError: The reference has no tokenizer.
    """
    return tuple(load_tokenizer(reference)("")["input_ids"])


def backend_definition(backend: Any) -> dict[str, Any]:
    """Return the JSON of a fast tokenizer."""
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
    """Refuse a tokenizer whose control tokens cannot be renamed, because their ids or normalised names would change."""
    normalizer = copy.normalizer
    for token in definition["added_tokens"]:
        name = names.get(token["content"], token["content"])
        is_found = not (normalizer and token["normalized"]) or name in normalizer.normalize_str(name)
        if copy.token_to_id(name) != token["id"] or not (is_found or name not in names.values()):
            raise InputError(
                f"The control token {token['content']!r} of '{reference}' cannot be distinguished from text: its "
                "tokenizer.json gives it another id or form under another name.",
                remedy="Use a model with another tokenizer, and please report this one.",
            )
