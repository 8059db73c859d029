"""Finds a tokenizer's control tokens, and renames them so that the text of a document can never produce one.

Takes a fast tokenizer's JSON and its chat templates; returns `ControlTokens`, and the JSON in which every control token
has a *hidden name* that cannot be guessed. Used by `tokenizer`, `encode` and `rendering`.

A control token is an added token that meets one of these conditions:
- It is special.
- It occurs in a chat template and is markup: it contains a character that is not a letter, digit or white space
  (`<think>`, `<tool_call>`, Gemma's `<start_of_turn>`).
- It looks like `<|…|>` or `<｜…｜>`. Many families use this form, and Qwen does not mark `<|fim_prefix|>` as special.
White space, single characters and the names of bytes, such as `<0x0A>`, are never control tokens. All other added
tokens (Gemma's `<table>`, runs of spaces) are ordinary text and are not changed.

Renaming keeps all ids, flags and splits. So when the template's control tokens are written with their hidden names, the
text has the same ids as before, and the string of a control token in a document is ordinary text. The tokenizer's model
(BPE, Unigram) has its own vocabulary, in which it could find a token by its original name: Unigram would encode the
text `</s>` as that token. So names are replaced there too, and BPE merges that produce or use a renamed token are
removed.

Not covered: markup that is not a token. Llama 2's `[INST]` or `### Human:` is plain text for the model as well. Neither
the model nor this module can distinguish such markup in a document from that of the template.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import InputError
from pipeline.tokens.control_strings import any_of

Definition = dict[str, Any]  # Any: the parsed JSON of a tokenizer

_SHAPE = re.compile(r"<\|\S+\|>|<｜\S+｜>")
"""The usual shape of a control token, such as `<|im_end|>`."""
_BYTE = re.compile(r"<0x[0-9A-Fa-f]{2}>")
"""The name of a byte, such as `<0x0A>`."""
_NEVER = re.compile(r"(?!)")
"""Matches nothing."""

# Private-use characters of the Basic Multilingual Plane. Python stores them in two bytes, so a text that contains some
# takes no more memory than a Korean text. The ranges do not overlap.
_PLACEHOLDERS = range(0xE000, 0xE800)
_SECRETS = range(0xE800, 0xF400)
_NUMBERS = range(0xF400, 0xF900)
_SECRET_CHARS = 12


@dataclass(frozen=True, slots=True, eq=False)
class ControlTokens:
    """The control tokens of one tokenizer, with their hidden names in this process."""

    hidden_names: Mapping[str, str]
    """Hidden name by token name. All hidden names have the same length, and none contains a different one."""
    safe_before: frozenset[str]
    """Hidden names before which a text can be cut without changing its ids, because the tokenizer finds such a name in
    raw text without looking at the text before it."""
    safe_after: frozenset[str]
    """Hidden names of `safe_before` after which a text can be cut as well, because the tokenizer does not look at the
    text after the name either. Empty if the tokenizer adds a space only at the beginning of a text."""
    pattern: re.Pattern[str]
    """Matches the longest control token at a position, by its original name."""

    def hide(self, text: str) -> str:
        """Return the text with every control token replaced by its hidden name."""
        return self.pattern.sub(lambda match: self.hidden_names[match.group()], text)

    def bounds(self, text: str) -> list[int]:
        """Return the ascending offsets at the edges of hidden names where a cut does not change the ids."""
        if not self.hidden_names:
            return []
        name = next(iter(self.hidden_names.values()))
        secret, offsets = name[:_SECRET_CHARS], []
        start = text.find(secret)
        while start >= 0:
            end = start + len(name)
            if text[start:end] in self.safe_before:
                offsets.append(start)
            if text[start:end] in self.safe_after:
                offsets.append(end)
            start = text.find(secret, end)
        return sorted(set(offsets))


def control_tokens(definition: Mapping[str, Any], templates: Iterable[str]) -> ControlTokens:
    """Return a tokenizer's control tokens, each with a new random hidden name.

    Args:
        definition: the tokenizer's parsed JSON.
        templates: the tokenizer's chat templates.
    """
    sources = list(templates)
    tokens = [token for token in definition["added_tokens"] if _is_control(token, sources)]
    secret = "".join(chr(secrets.choice(_SECRETS)) for _ in range(_SECRET_CHARS))
    names = {token["content"]: secret + _numbered(number) for number, token in enumerate(tokens)}
    safe_before = [token for token in tokens if not (token["normalized"] or token["lstrip"] or token["single_word"])]
    if '"prepend_scheme": "first"' in json.dumps(definition["pre_tokenizer"]):
        safe_after = []  # the tokenizer adds a space at the beginning of a text, but not after a token
    else:
        safe_after = [token for token in safe_before if not token["rstrip"]]
    return ControlTokens(
        hidden_names=names,
        safe_before=frozenset(names[token["content"]] for token in safe_before),
        safe_after=frozenset(names[token["content"]] for token in safe_after),
        pattern=re.compile(any_of(names)) if names else _NEVER,
    )


def with_hidden_names(definition: Definition, names: Mapping[str, str]) -> Definition:
    """Return a tokenizer's JSON in which some tokens have new names but the same ids.

    Args:
        definition: the tokenizer's parsed JSON; not changed.
        names: new name by old name.
    """
    tokens = definition["added_tokens"]
    added = [{**token, "content": names.get(token["content"], token["content"])} for token in tokens]
    return {**definition, "added_tokens": added, "model": _renamed(definition["model"], names)}


def unused_characters(texts: Sequence[str], count: int) -> list[str]:
    """Return `count` characters that occur in none of the texts and in no hidden name.

    Raises:
        InputError: The texts use nearly all characters of a private-use range.
    """
    unused: list[str] = []
    for point in _PLACEHOLDERS:
        if len(unused) == count:
            break
        if not any(chr(point) in text for text in texts):
            unused.append(chr(point))
    if len(unused) < count:
        raise InputError(
            "A conversation uses two thousand different private-use characters.",
            remedy="Remove it from the input; it is not readable text.",
        )
    return unused


def _is_control(token: Mapping[str, Any], templates: Sequence[str]) -> bool:
    content: str = token["content"]
    if len(content) < 2 or not content.strip() or _BYTE.fullmatch(content):
        return False
    if token["special"] or _SHAPE.fullmatch(content):
        return True
    is_markup = any(not (letter.isalnum() or letter.isspace()) for letter in content)
    return is_markup and any(content in template for template in templates)


def _renamed(model: Definition, names: Mapping[str, str]) -> Definition:
    vocabulary = model["vocab"]
    changed = dict(model)
    if isinstance(vocabulary, list):  # Unigram: a list of pieces with their scores; an id is an index into the list
        changed["vocab"] = [[names.get(piece, piece), score] for piece, score in vocabulary]
        return changed
    if not any(name in vocabulary for name in names):
        return changed
    changed["vocab"] = {names.get(piece, piece): number for piece, number in vocabulary.items()}
    if model.get("unk_token") in names:
        changed["unk_token"] = names[model["unk_token"]]
    if "merges" in model:
        changed["merges"] = [
            [left, right]
            for left, right in model["merges"]
            if left + right not in names and left not in names and right not in names
        ]
    return changed


def _numbered(number: int) -> str:
    """Return two characters that encode a number; 1.6 million numbers are possible."""
    high, low = divmod(number, len(_NUMBERS))
    return chr(_NUMBERS[high]) + chr(_NUMBERS[low])
