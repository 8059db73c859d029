"""Normalise Unicode and white space without losing any content of a document.

In: raw text and its domain. Out: NFC text, to which the offsets of all later stages refer. Used by the ingest stage.
`normalise` is idempotent. Cost: 15 to 30 MB/s on one core.

Numbers, case, hyphenation and line breaks stay: two contracts that differ in an amount must stay different.
"""

from __future__ import annotations

import re

from pipeline.clean.places import PlacedText
from pipeline.domains import domain_rules

_LINE_ENDS = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_JOINER_IN_TEXT = re.compile("\u200d+(?=[\\w\\s]|$)|(?<=[\\w\\s])\u200d+")
"""A zero-width joiner between emoji belongs to them; next to letters it is noise."""
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_TRAILING = re.compile("(?<![ \t])[ \t]+$", re.MULTILINE)
"""The look-behind keeps the search linear in a long run of spaces. Without it, a search to the end of the run starts at
every space."""
_BLANK_RUN = re.compile("\n{4,}")
_TAB_COLUMNS = 4


def normalise(*, text: str, domain: str) -> str:
    """Return the text after both steps: `normalise_characters`, then `spaces_for_tabs`."""
    return spaces_for_tabs(text=normalise_characters(text), domain=domain)


def normalise_characters(text: str) -> str:
    """Return the text in NFC with `\\n` line ends, plain spaces and at most two blank lines in a row.

    BOMs, zero-width characters and control characters are removed. So are blank lines at both ends and white space at
    the end of a line. Lone surrogates (from JSON escapes) become U+FFFD. Tabs stay, because they help to detect the
    domain.
    """
    return normalise_places(PlacedText(text)).text


def normalise_places(raw: PlacedText) -> PlacedText:
    """Return a text with places, normalised as by `normalise_characters`."""
    placed = raw.sub(_LINE_ENDS, "\n")
    placed = placed.sub(_LONE_SURROGATE, "\ufffd")
    placed = placed.sub(_INVISIBLE, "")
    placed = placed.sub(_CONTROL, "")
    placed = placed.sub(_SPACES, " ")
    placed = _without_joiners(placed.composed())
    placed = placed.sub(_TRAILING, "")
    return placed.sub(_BLANK_RUN, "\n\n\n").strip("\n")


def spaces_for_tabs(*, text: str, domain: str) -> str:
    """Return the text with tabs expanded to spaces.

    Code and dialogue keep their tabs; in dialogue, tabs separate names from words.
    """
    return spaces_for_tabs_in(PlacedText(text), domain=domain).text


def spaces_for_tabs_in(placed: PlacedText, *, domain: str) -> PlacedText:
    """Return a text with places, its tabs expanded as by `spaces_for_tabs`."""
    return placed if "\t" not in placed.text or domain_rules(domain).keeps_tabs else placed.expandtabs(_TAB_COLUMNS)


def normalise_line(text: str) -> str:
    """Return a title or excerpt on one line."""
    return " ".join(normalise_characters(text).split())


def _without_joiners(composed: PlacedText) -> PlacedText:
    """Return the text without joiners next to letters.

    Repeats, because removing a joiner may compose a letter with its accent, and the result may be next to another
    joiner.
    """
    while (shorter := composed.sub(_JOINER_IN_TEXT, "").composed()).text != composed.text:
        composed = shorter
    return composed
