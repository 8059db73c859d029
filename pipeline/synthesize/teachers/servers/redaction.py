"""Remove a server's key from every text that comes from the server, before any other code sees the text.

A server may echo the key in an error, a header or an answer, and may escape it. Matches are replaced by `[key]`. If the
key is still found after escapes are undone, the whole text is withheld. Used by the `openai` teacher.
"""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus, unquote

REPLACEMENT = "[key]"
WITHHELD = "[withheld: the text holds the key in an escaped form]"
_PLACEHOLDERS = frozenset(
    {"empty", "none", "null", "dummy", "ollama", "lm-studio", "not-needed", "no-key", "token-abc123"}
)
"""Values that people set for servers that require a key but do not check it; these are words, not secrets."""
_SHORT_KEY_CHARS = 8
_CREDENTIALS = re.compile(
    r"(?i)\b(bearer|basic)(\s+|%20|\+)[A-Za-z0-9+/=_.~%-]{6,}"
    r"|\b(authorization|x-api-key|api[-_]?key)\b([\"']?\s*[:=]\s*[\"']?)(?!bearer\b|basic\b)[^\s\"',;&}]{6,}"
)
_USER_IN_URL = re.compile(r"(?<=://)[^\s/@]+@")
_BACKSLASH = re.compile(r"\\(?:(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2})|([\"'/\\]))")
_UNDO_ROUNDS = 3


class Redactor:
    """A redactor for one key; without a key, it removes only credentials from messages."""

    def __init__(self, key: str) -> None:
        self._key = "" if key.lower() in _PLACEHOLDERS else key
        self._pattern = _pattern_of(self._key) if self._key else None

    def answer(self, text: str) -> str:
        """Return a model's answer without the key; other text stays unchanged, since documents may mention keys."""
        if self._pattern is None:
            return text
        cleaned = self._pattern.sub(REPLACEMENT, text)
        return WITHHELD if self._is_hidden_in(cleaned) else cleaned

    def message(self, text: str) -> str:
        """Return a message of a server or library without the key and without any other credentials."""
        return _USER_IN_URL.sub("", _CREDENTIALS.sub(_without_value, self.answer(text)))

    def _is_hidden_in(self, text: str) -> bool:
        if "%" not in text and "\\" not in text and "&" not in text:
            return False
        assert self._pattern is not None
        for _ in range(_UNDO_ROUNDS):
            text = _undone(text)
            if self._pattern.search(text):
                return True
        return False


def _without_value(match: re.Match[str]) -> str:
    scheme, gap, name, sign = match.groups()
    return f"{scheme}{gap}{REPLACEMENT}" if scheme else f"{name}{sign}{REPLACEMENT}"


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


def _undone(text: str) -> str:
    """Return the text without one layer of percent, HTML and backslash escapes."""
    return _BACKSLASH.sub(_character, html.unescape(unquote(text)))


def _character(match: re.Match[str]) -> str:
    code, plain = match.groups()
    return plain or chr(int(code[1:], 16))
