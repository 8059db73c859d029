"""Finds strings that common model families read as control tokens: turn markers, end of text, roles, tools.

Takes text; returns the offsets of such strings, or one regular expression for many strings. Used when the tokenizer
that will read the text is unknown: `tokens.rendering` counts the strings in each training row, because a different
model may read it later, and `synthesize.teachers.servers.harmless` breaks them in prompts to servers. For a known
tokenizer, `tokens.control` finds the control tokens. Cost: 2 ms per megabyte of prose, 20 ms per megabyte of code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

# Grouped by first character: three searches for one character each are faster than one search for any of the three.
_AFTER_ANGLE = (
    r"\|[^\s<>|]{1,64}\|>",  # ChatML, Llama 3, Phi, Granite, GPT: <|im_start|>, <|eot_id|>, <|endoftext|>
    r"｜[^\s<>｜]{1,64}｜>",  # DeepSeek
    r"</?SYS>>",  # Llama 2
    r"/?(?:s|think|tool_call|tool_calls|tool_response|function_call)>",
    r"(?:bos|eos|pad|unk|mask|cls|sep|sop|eop|eoh|eoa|eod|PAD|UNK|BOS|EOS|MASK|CLS|SEP|EOD|EOT)>",
    r"(?:start|end)_of_(?:turn|image|audio|text|role|system|user|assistant)>",
    r"(?:fim_prefix|fim_middle|fim_suffix|fim_pad|repo_name|reponame|file_sep|filename|gh_stars|empty_output)>",
    r"(?:issue|jupyter|commit)_[a-z]+>",
    r"unused\d+>",
    r"[A-Za-z]+(?:_[A-Za-z]+)*_(?:\d+|TOKEN)>",  # <extra_id_0>, <reserved_106>, <SPECIAL_12>, <BOS_TOKEN>
)
_AFTER_BRACKET = (
    r"\|[^\s\[\]|]{1,64}\|\]",  # EXAONE: [|assistant|]
    r"/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|THINK|ARGS|CALL_ID)\]",  # Mistral
    r"(?:PREFIX|MIDDLE|SUFFIX|IMG|IMG_BREAK|IMG_END|gMASK|sMASK|MASK|CLS|SEP|PAD|UNK|BOS|EOS|UNUSED_TOKEN_\d+)\]",
    r"e~\[",  # MiniMax
)
_AFTER_CLOSING_BRACKET = (r"~!?b\[?\]?",)


@cache
def known_control_strings() -> re.Pattern[str]:
    """Return a pattern that matches the control strings of all families in this module."""
    return re.compile("|".join(_shapes()))


def control_string_offsets(text: str, others: re.Pattern[str]) -> set[int]:
    """Return the start offsets of all control strings of the families in this module and all matches of `others`."""
    patterns = [*_known_by_first_character(), others]
    return {match.start() for pattern in patterns for match in pattern.finditer(text)}


@cache
def _known_by_first_character() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(shape) for shape in _shapes())


def _shapes() -> list[str]:
    by_first = (("<", _AFTER_ANGLE), (r"\[", _AFTER_BRACKET), (r"\]", _AFTER_CLOSING_BRACKET))
    return [f"{first}(?:{'|'.join(rest)})" for first, rest in by_first]


def any_of(strings: Iterable[str]) -> str:
    """Return a regular expression that matches the longest of the given strings at a position.

    The expression branches by character, so thousands of strings do not make it slower.

    Args:
        strings: at least one string; none may be empty.
    """
    return _branches(sorted(set(strings)))


def _branches(strings: Sequence[str]) -> str:
    """Return an expression that branches by first character; an empty string in `strings` means: a match may end."""
    may_end = not strings[0]
    by_first: dict[str, list[str]] = {}
    for string in strings[may_end:]:
        by_first.setdefault(string[0], []).append(string[1:])
    if not by_first:
        return ""
    parts = [re.escape(first) + _branches(rest) for first, rest in by_first.items()]
    either = parts[0] if len(parts) == 1 and not may_end else f"(?:{'|'.join(parts)})"
    return f"{either}?" if may_end else either
