"""Sentences of a manual that say what something is.

Takes a `Manual`; returns the terms with their sentences. Used by the task `entry`. The whole sentence must have a form
that the language gives, and no other sentence of the document may define the same term. Linear; sentences have limited
length.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

from pipeline.languages import Language, language_rules
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.manuals import Manual, Told

_SLOT = re.compile(r"\*[a-z]+[-_][a-z_-]+\*")
_NAME = re.compile(r"`('?[a-z_]\w{0,40})`")
_SHORT_NAME = re.compile(r"'?[a-z]{1,2}\d{0,2}")
"""A short name, as of a variable."""
_ASSIGNED = re.compile(r"(?<![\w.])([a-z_]\w{0,40})[ \t]{0,4}(?::[^=\n]{1,40})?=(?!=)")
_MARKS = '`*“”"‘’ '


def find_meanings(manual: Manual) -> list[Told]:
    """Return what a manual's sentences say that something is, without terms that two sentences define."""
    patterns = _patterns(manual.language)
    if not patterns:
        return []
    found: dict[str, list[tuple[str, Span]]] = defaultdict(list)
    assigned = frozenset(match[1] for match in _ASSIGNED.finditer(manual.text))
    for span in manual.sentences:
        sentence = manual.marked_sentence(span)
        match = next((match for pattern in patterns if (match := pattern.fullmatch(sentence))), None)
        if match is not None and not _is_slot(match["term"]) and not _is_variable(match["term"], assigned):
            term = match["term"].strip(_MARKS)
            found[term.casefold()].append((term, span))
    return [Told(term, manual.sentence(span), span) for told in found.values() if len(told) == 1 for term, span in told]


def _is_variable(term: str, assigned: frozenset[str]) -> bool:
    """Return whether a term is a name to which an example assigns a value."""
    name = _NAME.fullmatch(term)
    return name is not None and (name[1] in assigned or _SHORT_NAME.fullmatch(name[1]) is not None)


def _is_slot(term: str) -> bool:
    """Return whether a name is a placeholder in a command or call: `*`port`*`, `*obj-id*`, `Number`."""
    is_word = term.isascii() and term[:1].isalpha() and not term.isupper()
    return is_word or term.startswith(("*`", "**`", "`<", "`*")) or _SLOT.fullmatch(term) is not None


@cache
def _patterns(language: Language) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in language_rules(language).manual.prose.meanings)
