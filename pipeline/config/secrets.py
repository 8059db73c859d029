"""Detects secrets in a recipe or URL: API keys, bearer tokens, and user names or passwords before a host.

Used to refuse a recipe that contains a secret, and to keep secrets out of messages. Secrets belong only in environment
variables.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:sk-|xai-|gsk_|hf_|r8_|nvapi-|pplx-|glpat-|ghp_|gho_|github_pat_)(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{8,}"
    r"|AIza[A-Za-z0-9_-]{30,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|(?i:bearer|basic)\s+[A-Za-z0-9+/=_.~-]{8,}"
    r")"
)
"""A string in the format of a provider's keys, such as `sk-proj-a1b2c3d4` or `Bearer eyJhbGci`."""
_LONG_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9]{32,}")
"""A text of at least 32 characters that consists of letters and digits, with at least one of each."""


def looks_like_key(text: str) -> bool:
    """Return whether a text contains a string in the format of a provider's keys, or matches `_LONG_RANDOM`."""
    return bool(_KEY.search(text) or _LONG_RANDOM.fullmatch(text))


def url_fault(url: str) -> str:
    """Return why a server URL must not be stored, without quoting the URL; an empty string if it may be stored."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "is not a URL"
    if parts.username is not None or parts.password is not None:
        return "contains a user name or password before the host"
    if parts.query or parts.fragment:
        return "has a query or fragment"
    return "contains what looks like a key" if looks_like_key(parts.path) else ""
