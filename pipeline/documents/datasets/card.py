"""Reads the licence and the language from the card of a data set, the YAML at the head of its README.

Takes the card's values; returns an SPDX expression and a language code. Used by `datasets.resolving`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml

_UNNAMED = frozenset({"", "other", "unknown"})
_UPPER = re.compile(r"(?:afl|bsl|cc0?|epl|eupl|gfdl|isc|lppl|mit|mpl|ms-pl|ncsa|ofl|osl|wtfpl)(?:-.*|\Z)")
"""The hub's ids that are SPDX ids in lower case; see hf.co/docs/hub/repositories-licenses."""
_SPDX = {
    "agpl-3.0": "AGPL-3.0-only",
    "apache-2.0": "Apache-2.0",
    "artistic-2.0": "Artistic-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "cdla-permissive-1.0": "CDLA-Permissive-1.0",
    "cdla-permissive-2.0": "CDLA-Permissive-2.0",
    "cdla-sharing-1.0": "CDLA-Sharing-1.0",
    "gpl-2.0": "GPL-2.0-only",
    "gpl-3.0": "GPL-3.0-only",
    "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-3.0": "LGPL-3.0-only",
    "odbl": "ODbL-1.0",
    "odc-by": "ODC-By-1.0",
    "pddl": "PDDL-1.0",
    "unlicense": "Unlicense",
    "zlib": "Zlib",
}


def card_of(readme: str) -> Mapping[str, object]:
    """Return the values of the YAML at the head of a README; empty if there is none that can be parsed."""
    match = re.match(r"\ufeff?---[ \t]*\r?\n(.*?)\n---[ \t]*(?:\r?\n|\Z)", readme, re.DOTALL)
    try:
        values = yaml.safe_load(match[1]) if match else None
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def card_licence(card: Mapping[str, object]) -> str:
    """Return the card's licences as an SPDX expression; empty if it names none.

    Example:
        >>> card_licence({"license": ["cc-by-sa-3.0", "gfdl"]})
        'CC-BY-SA-3.0 AND GFDL'
        >>> card_licence({"license": "other"})
        ''
    """
    found = [_spdx(name) for name in _texts(card.get("license"))]
    return " AND ".join(found) if all(found) else ""


def card_language(card: Mapping[str, object]) -> str:
    """Return the card's language; empty if the card names none or several."""
    found = _texts(card.get("language"))
    return found[0] if len(found) == 1 else ""


def _spdx(name: str) -> str:
    lower = name.lower()
    if lower in _UNNAMED:
        return ""
    return lower.upper() if _UPPER.match(lower) else _SPDX.get(lower, name)


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one.strip() for one in values if isinstance(one, str)]
