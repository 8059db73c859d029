"""The document languages. Each has one module or package, named by its ISO 639 code, with its patterns and words.

Each language module, such as `en` or `ko`, has a `RULES` constant, a `LanguageRules`. The list of languages is read
from this folder, so adding a module adds a language. Other packages read the rules here and never compare languages by
name. Importing this package loads no rules; a language's rules are loaded on first use.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pipeline.known_names import KnownName

if TYPE_CHECKING:
    from pipeline.languages.rules import LanguageRules

Language = Annotated[str, KnownName(lambda: language_names())]
"""The code of a known language. Recipes validate it; everywhere else it is a plain string."""

_CODE = re.compile(r"[a-z]{2,3}")


@cache
def language_names() -> tuple[str, ...]:
    """Return the sorted codes of the known languages: the modules here whose names have two or three lower-case
    letters."""
    # Every command reads the list; pkgutil.iter_modules would take ten times as long.
    paths = [path for folder in __path__ for path in Path(folder).iterdir() if _CODE.fullmatch(path.stem)]
    return tuple(sorted(path.stem for path in paths if path.suffix == ".py" or (path / "__init__.py").is_file()))


@cache
def language_rules(language: str) -> LanguageRules:
    """Return the rules of a language.

    Raises:
        ValueError: the language has no module, or its rules are incomplete; the message says what is missing.
    """
    # Imported here because recipes need only the list of languages.
    from pipeline.languages.rules import LanguageRules, rules_fault

    if language not in language_names():
        raise ValueError(f"{language!r} is not a known language; known languages: {', '.join(language_names())}")
    rules = import_module(f"{__name__}.{language}").RULES
    if fault := rules_fault(rules):
        raise ValueError(f"pipeline/languages/{language}: {fault}")
    assert isinstance(rules, LanguageRules), f"rules_fault accepts a {type(rules).__name__}"
    return rules


@cache
def all_rules() -> tuple[tuple[str, LanguageRules], ...]:
    """Return all pairs of language code and rules, sorted by code."""
    return tuple((name, language_rules(name)) for name in language_names())


@cache
def common_language() -> str:
    """Return the language whose words all other languages borrow.

    It is used for source code with few comments, for words that match no language's own script, and when language
    detection is tied.
    """
    return next(name for name, rules in all_rules() if rules.detection.is_common)


def language_title(language: str) -> str:
    """Return the name of a language for a report; for an unknown language, return the code."""
    return language_rules(language).name if language in language_names() else language


def any_of(source: Callable[[LanguageRules], str]) -> str:
    """Return a pattern that matches whatever the pattern of any language matches; without patterns, it never matches.

    Args:
        source: returns the pattern of a language, or an empty string if the language has none.
    """
    found = [pattern for _, rules in all_rules() if (pattern := source(rules))]
    return f"(?:{'|'.join(found)})" if found else "(?!)"


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a compiled pattern; for an empty pattern, return one that never matches."""
    return re.compile(pattern or "(?!)")


def together(items: Callable[[LanguageRules], frozenset[str]]) -> frozenset[str]:
    """Return the union of a set of words over all languages.

    Args:
        items: returns the words of a language.
    """
    return frozenset(word for _, rules in all_rules() for word in items(rules))


@cache
def final_syllables() -> tuple[str, ...]:
    """Return the syllables that can end a sentence without a full stop, over all languages."""
    return tuple(end for _, rules in all_rules() for end in rules.sentences.final_syllables)


def letters_of(letters: Callable[[LanguageRules], str]) -> str:
    """Return the letters of all languages, for use inside a character class.

    Args:
        letters: returns the letters of a language in the form of a character class, such as `A-Za-z`.
    """
    return "".join(dict.fromkeys(found for _, rules in all_rules() if (found := letters(rules))))


def rules_by_script(word: str) -> LanguageRules:
    """Return the rules of the language in whose own script a word begins, otherwise those of the common language."""
    return _rules_by_letter(word[:1])


@lru_cache(maxsize=4096)
def _rules_by_letter(letter: str) -> LanguageRules:
    for _, rules in all_rules():
        if rules.detection.owns_script and re.match(f"[{rules.detection.letters}]", letter):
            return rules
    return language_rules(common_language())
