"""Removes a server's API key from the text that the server returns, before any other code sees it.

A server may repeat the key in an error or an answer, and may escape or encode it. The key and its usual encodings are
replaced by `[key]`. If decoding the percent, HTML and backslash escapes in the result reveals the key, the whole text
is withheld. Used by `servers.reply` and the `openai` teacher.
"""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus, unquote

REPLACEMENT = "[key]"
WITHHELD = "[withheld: the text contains the key in an escaped form]"
_PLACEHOLDERS = frozenset(
    {"empty", "none", "null", "dummy", "ollama", "lm-studio", "not-needed", "no-key", "token-abc123"}
)
"""Values set for servers that require a key but do not check it. They are not secret, so they are not removed."""
_SHORT_KEY_CHARS = 8
"""A key with fewer characters is removed only when no letter or digit is next to it."""
_CREDENTIALS = re.compile(
    r"(?i)\b(bearer|basic)(\s+|%20|\+)[A-Za-z0-9+/=_.~%-]{6,}"
    r"|\b(authorization|x-api-key|api[-_]?key)\b([\"']?\s*[:=]\s*[\"']?)(?!bearer\b|basic\b)[^\s\"',;&}]{6,}"
)
"""A credential and the word that introduces it, such as `Bearer abc123` or `api_key=abc123`."""
_USER_IN_URL = re.compile(r"(?<=://)[^\s/@]+@")
"""The user and password in a URL, such as `user:secret@`."""
_BACKSLASH = re.compile(r"\\(?:(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2})|([\"'/\\]))")
"""A backslash escape, such as `\\u0041`, `\\x41` or `\\/`."""
_UNDO_ROUNDS = 3
"""Maximum number of layers of nested escapes that are decoded."""


class Redactor:
    """Removes one key from texts.

    If the key is empty or a placeholder such as `none`, only other credentials are removed, and only from messages.
    """

    def __init__(self, key: str) -> None:
        self._key = "" if key.lower() in _PLACEHOLDERS else key
        self._pattern = _pattern_of(self._key) if self._key else None

    def answer(self, text: str) -> str:
        """Return a model's answer without the key, or `WITHHELD` if the answer contains the key in an escaped form.

        Other credentials stay, because an answer may quote a document that mentions them.
        """
        if self._pattern is None:
            return text
        cleaned = self._pattern.sub(REPLACEMENT, text)
        return WITHHELD if self._is_hidden_in(cleaned) else cleaned

    def message(self, text: str) -> str:
        """Return a message from a server or library without the key or any other credentials."""
        return _USER_IN_URL.sub("", _CREDENTIALS.sub(_without_value, self.answer(text)))

    def _is_hidden_in(self, text: str) -> bool:
        if "%" not in text and "\\" not in text and "&" not in text:
            return False
        assert self._pattern is not None
        for _ in range(_UNDO_ROUNDS):
            text = _unescaped(text)
            if self._pattern.search(text):
                return True
        return False


def _without_value(match: re.Match[str]) -> str:
    scheme, gap, name, separator = match.groups()
    return f"{scheme}{gap}{REPLACEMENT}" if scheme else f"{name}{separator}{REPLACEMENT}"


def _pattern_of(key: str) -> re.Pattern[str]:
    encoded = key.encode()
    forms = {
        key,
        quote(key, safe=""),
        quote(key, safe="").lower(),
        quote_plus(key),
        json.dumps(key)[1:-1],
        json.dumps(key)[1:-1].replace("/", "\\/"),
        html.escape(key),
        base64.b64encode(encoded).decode(),
        base64.urlsafe_b64encode(encoded).decode(),
        base64.b64encode(f":{key}".encode()).decode(),
        encoded.hex(),
    }
    choices = "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form)))
    # A short key may be part of a word.
    return re.compile(rf"(?<![A-Za-z0-9])(?:{choices})(?![A-Za-z0-9])" if len(key) < _SHORT_KEY_CHARS else choices)


def _unescaped(text: str) -> str:
    """Return the text with one layer of percent, HTML and backslash escapes decoded."""
    return _BACKSLASH.sub(_escaped_character, html.unescape(unquote(text)))


def _escaped_character(match: re.Match[str]) -> str:
    code, plain = match.groups()
    return plain or chr(int(code[1:], 16))
