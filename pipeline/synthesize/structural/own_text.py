"""Decides whether a piece of a document is in the document's language, since translations leave parts untranslated.

Takes a text and a language, or findings and a language. Facts in a different language are dropped, because a question
in one language about words in another is not useful.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.languages import Language, language_rules
from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.structural.task import Trait

_MIN_SHARE = 0.25
_MIN_WORDS = 4
"""The minimum number of words for the check; a shorter text may be a name."""
_MACRO = re.compile(r"(?<![\w`])[a-z]{3,12}:{1,2}[\w./-]{1,80}\[[^\[\]\n]{0,80}\]")
"""Page markup that was not rendered: `link:lid[1]`."""
_CODE = re.compile(r"```.*?(?:```|$)|`[^`\n]*`|<[^<>\n]*>|https?://\S+", re.DOTALL)
"""Code, a tag or an address."""


def is_own_text(text: str, language: Language) -> bool:
    """Return whether at least a quarter of the letters outside code are the language's; True for a very short text."""
    letters = language_rules(language).detection.letters
    words = _CODE.sub(" ", text)
    if len(words.split()) < _MIN_WORDS:
        return True
    num_letters = sum(map(str.isalpha, words))
    return sum(map(len, _letters(letters).findall(words))) >= _MIN_SHARE * num_letters


def has_own_letter(text: str, language: Language) -> bool:
    """Return whether a text contains a letter of the language."""
    return _letters(language_rules(language).detection.letters).search(text) is not None


def without_foreign(found: Findings, language: Language) -> Findings:
    """Return findings without facts whose answer has a paragraph in a different language, or a macro (`link:lid[1]`).

    Facts whose answer consists of names and values (`Trait.QUOTED_NAMES`) are kept.
    """
    facts = tuple(
        fact
        for fact in found.facts
        if Trait.QUOTED_NAMES in fact.form.traits
        or (_is_all_own(fact.answer, language) and not _MACRO.search(fact.answer))
    )
    return Findings(facts=facts, unasked=found.unasked)


def _is_all_own(answer: str, language: Language) -> bool:
    return all(is_own_text(paragraph, language) for paragraph in answer.split("\n\n"))


@cache
def _letters(letters: str) -> re.Pattern[str]:
    return re.compile(f"[{letters}]+")
