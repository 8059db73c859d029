"""Find the control tokens of a tokenizer, and build a private copy of it in which no text can write one.

Takes a fast tokenizer and its chat templates; returns `ControlTokens`, and the tokenizer's JSON with every control
token under a *hidden name* that cannot be guessed. Used by `tokenizer.backend_copy`, so by everything that encodes.

A control token is an added token that meets one of these conditions:
- It is special.
- It is in the chat template and is markup, that is, it holds a character that is not a letter, digit or white space
  (`<think>`, `<tool_call>`, Gemma's `<start_of_turn>`).
- It looks like `<|…|>` or `<｜…｜>`, as the control tokens of all families do (Qwen does not mark `<|fim_prefix|>` as
  special).
White space, single characters and the names of bytes, such as `<0x0A>`, are never control tokens. All other added
tokens (Gemma's `<table>`, runs of spaces) are pieces of text and are not changed.

The copy differs from the tokenizer only in names: ids, flags, splits and merges are the same. So if hidden names
replace the template's own control tokens in a text, the ids are those of the text itself, and the string of a control
token in a document is ordinary text. Models also find a token by its name in their vocabulary (Unigram would find
`</s>` in "</s>"). So names are replaced there too, and merges that make one are dropped.

Not covered: markup that is not a token. Llama 2's `[INST]` or `### Human:` is plain text to its own model too. Neither
that model nor this module can distinguish a document's markup from the template's.
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

Definition = dict[str, Any]  # Any: the tree of a tokenizer's JSON

_SHAPE = re.compile(r"<\|\S+\|>|<｜\S+｜>")
_BYTE = re.compile(r"<0x[0-9A-Fa-f]{2}>")
_NEVER = re.compile(r"(?!)")

# Private-use characters of the basic plane. They take two bytes, so a text with some of them takes no more memory than
# a Korean text. The ranges do not overlap.
_STAND_INS = range(0xE000, 0xE800)
_SECRETS = range(0xE800, 0xF400)
_NUMBERS = range(0xF400, 0xF900)
_SECRET_CHARS = 12


@dataclass(frozen=True, slots=True, eq=False)
class ControlTokens:
    """The control tokens of one tokenizer, with their hidden names in one copy of it."""

    hidden_names: Mapping[str, str]
    """Hidden name by token name. All have the same length, and none contains another."""
    ids_start_anew: frozenset[str]
    """Hidden names that the tokenizer finds in raw text without looking at the text before them. The ids of the text
    before such a name and the ids of the text that begins with it do not depend on each other."""
    ids_end_whole: frozenset[str]
    """The names of `ids_start_anew` that the tokenizer also finds without looking at the text after them, if it treats
    a text the same at every position. The ids of the text that ends with such a name and the ids of the text after it
    do not depend on each other."""
    own: re.Pattern[str]
    """Pattern of the longest control token at a position."""

    def hide(self, text: str) -> str:
        """Return the text with every control token replaced by its hidden name."""
        return self.own.sub(lambda found: self.hidden_names[found.group()], text)

    def bounds(self, text: str) -> list[int]:
        """Return the ascending offsets at which the ids of both sides do not depend on each other.

        These are the beginnings and ends of some hidden names.
        """
        if not self.hidden_names:
            return []
        name = next(iter(self.hidden_names.values()))
        marker, places = name[:_SECRET_CHARS], []
        place = text.find(marker)
        while place >= 0:
            end = place + len(name)
            if text[place:end] in self.ids_start_anew:
                places.append(place)
            if text[place:end] in self.ids_end_whole:
                places.append(end)
            place = text.find(marker, end)
        return sorted(set(places))


def control_tokens(definition: Mapping[str, Any], templates: Iterable[str]) -> ControlTokens:
    """Return the control tokens of a tokenizer, each with a new hidden name.

    Args:
        definition: the tokenizer's JSON.
        templates: the tokenizer's chat templates.
    """
    sources = list(templates)
    tokens = [token for token in definition["added_tokens"] if _is_control(token, sources)]
    secret = "".join(chr(secrets.choice(_SECRETS)) for _ in range(_SECRET_CHARS))
    names = {token["content"]: secret + _numbered(number) for number, token in enumerate(tokens)}
    own = any_of(names) if names else ""
    apart = [token for token in tokens if not (token["normalized"] or token["lstrip"] or token["single_word"])]
    if '"prepend_scheme": "first"' in json.dumps(definition["pre_tokenizer"]):
        whole = []  # the tokenizer adds a space at the beginning of a text
    else:
        whole = [token for token in apart if not token["rstrip"]]
    return ControlTokens(
        hidden_names=names,
        ids_start_anew=frozenset(names[token["content"]] for token in apart),
        ids_end_whole=frozenset(names[token["content"]] for token in whole),
        own=re.compile(own) if own else _NEVER,
    )


def with_hidden_names(definition: Definition, names: Mapping[str, str]) -> Definition:
    """Return a tokenizer's JSON with other names for some tokens, which keep their ids.

    Args:
        definition: the tokenizer's JSON; not changed.
        names: the new name of each token to rename.
    """
    tokens = definition["added_tokens"]
    added = [{**token, "content": names.get(token["content"], token["content"])} for token in tokens]
    return {**definition, "added_tokens": added, "model": _renamed(definition["model"], names)}


def stand_ins(texts: Sequence[str], count: int) -> list[str]:
    """Return characters that are in none of the texts and in no hidden name.

    Raises:
        InputError: A text has nearly all characters of a private-use range.
    """
    found: list[str] = []
    for point in _STAND_INS:
        if len(found) == count:
            break
        if not any(chr(point) in text for text in texts):
            found.append(chr(point))
    if len(found) < count:
        raise InputError(
            "A text has two thousand different private-use characters.",
            remedy="Remove it from the input; it is not readable text.",
        )
    return found


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
    if isinstance(vocabulary, list):  # Unigram: pieces with their scores; an id is an index of the list
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
    """Return two characters for a number, so that 1.6 million names have the same length."""
    high, low = divmod(number, len(_NUMBERS))
    return chr(_NUMBERS[high]) + chr(_NUMBERS[low])
