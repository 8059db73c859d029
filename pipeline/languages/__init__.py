"""The languages of documents: one module per language, named by its ISO 639 code, with everything that depends on it.

`en` and `ko` are such modules; each holds `RULES`, a `LanguageRules`. The list of languages is read from the folder, so
adding a module adds a language. All floors above read rules here and never compare languages by name. Importing this
package reads only the list. The rules of a language are loaded at their first use, in about 30 ms.
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
"""The code of a known language. Recipes validate it; inside the program it is the string in a record."""

_CODE = re.compile(r"[a-z]{2,3}")


@cache
def language_names() -> tuple[str, ...]:
    """Return the codes of the known languages, sorted: the modules of this package with an ISO 639 code as name."""
    # Every command reads the list; pkgutil.iter_modules would take ten times as long.
    paths = [path for folder in __path__ for path in Path(folder).iterdir() if _CODE.fullmatch(path.stem)]
    return tuple(sorted(path.stem for path in paths if path.suffix == ".py" or (path / "__init__.py").is_file()))


@cache
def language_rules(language: str) -> LanguageRules:
    """Return the rules of a language.

    Raises:
        ValueError: The language has no module, or its rules are incomplete; the message says what is missing.
    """
    # Imported here, since recipes need only the list of languages.
    from pipeline.languages.rules import LanguageRules, rules_fault

    if language not in language_names():
        raise ValueError(f"{language!r} is not a known language; known languages: {', '.join(language_names())}")
    rules = import_module(f"{__name__}.{language}").RULES
    if fault := rules_fault(rules):
        raise ValueError(f"pipeline/languages/{language}: {fault}")
    assert isinstance(rules, LanguageRules), "a fault otherwise"
    return rules


@cache
def all_rules() -> tuple[tuple[str, LanguageRules], ...]:
    """Return every language with its rules, sorted by code."""
    return tuple((name, language_rules(name)) for name in language_names())


@cache
def common_language() -> str:
    """Return the language whose words all others borrow.

    It is the language of code without comments and of texts that fit several languages.
    """
    return next(name for name, rules in all_rules() if rules.detection.is_common)


def language_title(language: str) -> str:
    """Return the name of a language for a report; an unknown language keeps its code."""
    return language_rules(language).name if language in language_names() else language


def any_of(source: Callable[[LanguageRules], str]) -> str:
    """Return a pattern that matches what the pattern of any language matches, in the order of codes.

    Args:
        source: returns the pattern of a language; empty if the language has none.
    """
    found = [pattern for _, rules in all_rules() if (pattern := source(rules))]
    return f"(?:{'|'.join(found)})" if found else "(?!)"


def compiled(pattern: str) -> re.Pattern[str]:
    """Return the compiled pattern of one language; an empty pattern becomes one that never matches."""
    return re.compile(pattern or "(?!)")


def together(items: Callable[[LanguageRules], frozenset[str]]) -> frozenset[str]:
    """Return the words of all languages."""
    return frozenset(word for _, rules in all_rules() for word in items(rules))


@cache
def final_syllables() -> tuple[str, ...]:
    """Return the syllables that end a sentence even without a full stop, in any language."""
    return tuple(end for _, rules in all_rules() for end in rules.sentences.final_syllables)


def letters_of(letters: Callable[[LanguageRules], str]) -> str:
    """Return the inside of a character class with the letters of all languages, each once."""
    return "".join(dict.fromkeys(found for _, rules in all_rules() if (found := letters(rules))))


def rules_by_script(word: str) -> LanguageRules:
    """Return the rules of the language whose own script a word begins with, else those of the common language."""
    return _rules_by_letter(word[:1])


@lru_cache(maxsize=4096)
def _rules_by_letter(letter: str) -> LanguageRules:
    for _, rules in all_rules():
        if rules.detection.owns_script and re.match(f"[{rules.detection.letters}]", letter):
            return rules
    return language_rules(common_language())
