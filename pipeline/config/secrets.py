"""Detection of secrets in a recipe or a URL: API keys, bearer tokens, passwords before a host.

Used to refuse a recipe that holds a key, and to keep such values out of messages. Keys belong only in environment
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
_LONG_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9]{32,}")


def looks_like_key(text: str) -> bool:
    """Return whether a text contains a string in the format of a provider's keys, or is one long mix of them."""
    return bool(_KEY.search(text) or _LONG_RANDOM.fullmatch(text))


def url_fault(url: str) -> str:
    """Return why a server's address must not be written down, without its value; empty if it may be."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "is not a URL"
    if parts.username is not None or parts.password is not None:
        return "holds a user name or password before the host"
    if parts.query or parts.fragment:
        return "has a query or fragment"
    return "holds what looks like a key" if looks_like_key(parts.path) else ""
