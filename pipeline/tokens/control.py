"""The control tokens of a tokenizer, and a private copy of it in which no text can write one.

In: a fast tokenizer and its chat templates. Out: `ControlTokens`, and the tokenizer's JSON with every control token
under a *hidden name* that cannot be guessed. Used by `tokenizer.backend_copy`, so by everything that encodes.

A control token is an added token that
- is special, or
- is in the chat template and is markup, that is, holds a character that is neither letter, digit nor white space
  (`<think>`, `<tool_call>`, Gemma's `<start_of_turn>`), or
- looks like `<|…|>` or `<｜…｜>`, as those of all families do (`<|fim_prefix|>` of Qwen is not marked special).
White space, single characters and the names of bytes, `<0x0A>`, are never control. All other added tokens (Gemma's
`<table>`, runs of spaces) are pieces of text and stay what they are.

The copy differs from the tokenizer in names alone: same ids, flags, splits and merges. So a text with the template's
own control tokens replaced by hidden names has the ids of the text itself, and a control token's string that is in
a document is ordinary text. Models find a token by its name in their vocabulary too (Unigram would find `</s>` in
"</s>"), so names are replaced there as well, and merges that make one are dropped.

What remains: markup that is no token. Llama 2's `[INST]` or `### Human:` are plain text to their own models too, which
cannot tell a document's from the template's; nor can anything here.
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

# Private-use characters of the basic plane: of two bytes, so that a text with some of them takes no more memory than
# Korean does. No character of one range is in another.
_STAND_INS = range(0xE000, 0xE800)
_SECRETS = range(0xE800, 0xF400)
_NUMBERS = range(0xF400, 0xF900)
_SECRET_CHARS = 12


@dataclass(frozen=True, slots=True, eq=False)
class ControlTokens:
    """Of one tokenizer, with the hidden names of one copy of it."""

    hidden_names: Mapping[str, str]
    """By name; all of one length, and none is in another."""
    ids_start_anew: frozenset[str]
    """Hidden names that are found in raw text and look at nothing before them: ids of what stands before and of what
    begins with such a name do not depend on each other."""
    ids_end_whole: frozenset[str]
    """Those of them that look at nothing behind them either, in a tokenizer that treats every text alike wherever it
    stands: ids of what ends with such a name and of what comes after do not depend on each other."""
    own: re.Pattern[str]
    """Matches the longest control token at a place."""

    def hide(self, text: str) -> str:
        """The text with every control token in it under its hidden name."""
        return self.own.sub(lambda found: self.hidden_names[found.group()], text)

    def bounds(self, text: str) -> list[int]:
        """Places, ascending, between whose sides ids do not depend on each other: where some hidden names begin and
        end."""
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
    """The control tokens of a tokenizer, each with a new hidden name.

    Args:
        definition: the tokenizer's JSON.
        templates: its chat templates.
    """
    sources = list(templates)
    tokens = [token for token in definition["added_tokens"] if _is_control(token, sources)]
    secret = "".join(chr(secrets.choice(_SECRETS)) for _ in range(_SECRET_CHARS))
    names = {token["content"]: secret + _numbered(number) for number, token in enumerate(tokens)}
    own = any_of(names) if names else ""
    apart = [token for token in tokens if not (token["normalized"] or token["lstrip"] or token["single_word"])]
    if '"prepend_scheme": "first"' in json.dumps(definition["pre_tokenizer"]):
        whole = []  # a text is given a space where it begins
    else:
        whole = [token for token in apart if not token["rstrip"]]
    return ControlTokens(
        hidden_names=names,
        ids_start_anew=frozenset(names[token["content"]] for token in apart),
        ids_end_whole=frozenset(names[token["content"]] for token in whole),
        own=re.compile(own) if own else _NEVER,
    )


def with_hidden_names(definition: Definition, names: Mapping[str, str]) -> Definition:
    """A tokenizer's JSON with other names for some tokens, which keep their ids.

    Args:
        definition: is not changed.
        names: the new name of each token.
    """
    tokens = definition["added_tokens"]
    added = [{**token, "content": names.get(token["content"], token["content"])} for token in tokens]
    return {**definition, "added_tokens": added, "model": _renamed(definition["model"], names)}


def stand_ins(texts: Sequence[str], count: int) -> list[str]:
    """Characters that are in none of the texts and in no hidden name.

    Raises:
        InputError: a text has nearly all characters of a private-use range.
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
            remedy="Take it out of the input; it is no text.",
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
    if isinstance(vocabulary, list):  # Unigram: pieces with their scores; an id is a place
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
    """Two characters, so that sixteen million names have one length."""
    high, low = divmod(number, len(_NUMBERS))
    return chr(_NUMBERS[high]) + chr(_NUMBERS[low])
