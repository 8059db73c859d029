"""Finds the sentences of a manual that say what something is.

Takes a `Manual`; returns the terms with their sentences. Used by the task `entry`. The whole sentence must match
a pattern of the language, and no other such sentence of the document may be about the same term. A sentence that
explains a term by itself is left out, and so is one under the name of a function, whose parameters it explains.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

from pipeline.languages import Language, language_rules
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.manuals import Manual, Told

_PLACEHOLDER = re.compile(r"\*[a-z]+[-_][a-z_-]+\*")
"""A placeholder between asterisks: `*obj-id*`."""
_NAME = re.compile(r"`('?[a-z_]\w{0,40})`")
"""A name between backquotes."""
_SHORT_NAME = re.compile(r"'?[a-z]{1,2}\d{0,2}")
"""A short name, such as that of a variable: `n`, `x1`."""
_ASSIGNED = re.compile(r"(?<![\w.])([a-z_]\w{0,40})[ \t]{0,4}(?::[^=\n]{1,40})?=(?!=)")
"""A name that is assigned a value: `port = 8080`, `port: int = 8080`."""
_FUNCTION = re.compile(r"[A-Z][A-Z\d_.]{2,}(?:\(.*\))?")
"""A title that names a function of a spreadsheet or a macro: `YIELDDISC`."""
_MARKS = '`*“”"‘’ '


def find_meanings(manual: Manual) -> list[Told]:
    """Return the terms that exactly one sentence of a manual defines, each with this sentence."""
    patterns = _patterns(manual.language)
    if not patterns:
        return []
    found: dict[str, list[tuple[str, Span]]] = defaultdict(list)
    assigned = frozenset(match[1] for match in _ASSIGNED.finditer(manual.text))
    for span in manual.sentences:
        sentence = manual.marked_sentence(span)
        match = next((match for pattern in patterns if (match := pattern.fullmatch(sentence))), None)
        if match is not None and not _is_placeholder(match["term"]) and not _is_variable(match["term"], assigned):
            term = match["term"].strip(_MARKS)
            if sentence.casefold().count(term.casefold()) > 1 or _is_parameter(term, manual, span):
                continue
            found[term.casefold()].append((term, span))
    return [Told(term, manual.sentence(span), span) for told in found.values() if len(told) == 1 for term, span in told]


def _is_variable(term: str, assigned: frozenset[str]) -> bool:
    """Return whether a term is the name of a variable: a very short name, or one to which the text assigns a value."""
    name = _NAME.fullmatch(term)
    return name is not None and (name[1] in assigned or _SHORT_NAME.fullmatch(name[1]) is not None)


def _is_parameter(term: str, manual: Manual, span: Span) -> bool:
    """Return whether a sentence is in the section of a function and about something else than the function."""
    pieces = manual.finder.at(span.start).name.split(" > ")
    return term not in pieces and any(map(_FUNCTION.fullmatch, pieces))


def _is_placeholder(term: str) -> bool:
    """Return whether a term may be a placeholder in a command or call: `*`port`*`, `*obj-id*`, `Number`.

    This is assumed of every ASCII term that begins with a letter, unless the term is in capitals.
    """
    is_word = term.isascii() and term[:1].isalpha() and not term.isupper()
    return is_word or term.startswith(("*`", "**`", "`<", "`*")) or _PLACEHOLDER.fullmatch(term) is not None


@cache
def _patterns(language: Language) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in language_rules(language).manual.prose.meanings)
