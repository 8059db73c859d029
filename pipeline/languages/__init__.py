"""The languages of documents: one module a language, named by its ISO 639 code, with everything that depends on it.

`en` and `ko` are the modules beside this one whose names are codes; each holds `RULES`, a `LanguageRules`. Their list
is read from the folder, so a language is added by adding its module. All floors above read rules here and compare no
language by name. Importing this package reads the list only; rules are loaded when they are first asked for, some 30 ms
a language.
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
"""The code of a known language. Recipes validate it; inside the program it is the string of a record."""

_CODE = re.compile(r"[a-z]{2,3}")


@cache
def language_names() -> tuple[str, ...]:
    """Codes of the known languages, sorted: the names of the modules in this package that are ISO 639 codes."""
    # Every command reads the list, and pkgutil.iter_modules would take ten times as long.
    paths = [path for folder in __path__ for path in Path(folder).iterdir() if _CODE.fullmatch(path.stem)]
    return tuple(sorted(path.stem for path in paths if path.suffix == ".py" or (path / "__init__.py").is_file()))


@cache
def language_rules(language: str) -> LanguageRules:
    """The rules of a language.

    Raises:
        ValueError: there is no module for this language, or its rules are not whole; says what is missing.
    """
    # Here, since recipes need the list of languages alone.
    from pipeline.languages.rules import LanguageRules, rules_fault

    if language not in language_names():
        raise ValueError(f"{language!r} is no known language; known are {', '.join(language_names())}")
    rules = import_module(f"{__name__}.{language}").RULES
    if fault := rules_fault(rules):
        raise ValueError(f"pipeline/languages/{language}: {fault}")
    assert isinstance(rules, LanguageRules), "a fault otherwise"
    return rules


@cache
def all_rules() -> tuple[tuple[str, LanguageRules], ...]:
    """Every language with its rules, by code."""
    return tuple((name, language_rules(name)) for name in language_names())


@cache
def common_language() -> str:
    """The language whose words all others borrow: of code without comments, and of texts that fit several languages."""
    return next(name for name, rules in all_rules() if rules.detection.is_common)


def language_title(language: str) -> str:
    """What a report calls a language; of an unknown one its code."""
    return language_rules(language).name if language in language_names() else language


def any_of(source: Callable[[LanguageRules], str]) -> str:
    """A pattern that matches what the pattern of any language matches, in the order of codes.

    Args:
        source: picks the pattern of a language; empty where the language has none.
    """
    found = [pattern for _, rules in all_rules() if (pattern := source(rules))]
    return f"(?:{'|'.join(found)})" if found else "(?!)"


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of one language; one that matches nothing where the language has none."""
    return re.compile(pattern or "(?!)")


def together(items: Callable[[LanguageRules], frozenset[str]]) -> frozenset[str]:
    """The words of all languages."""
    return frozenset(word for _, rules in all_rules() for word in items(rules))


@cache
def final_syllables() -> tuple[str, ...]:
    """What closes a sentence even without a full stop, in any language."""
    return tuple(end for _, rules in all_rules() for end in rules.sentences.final_syllables)


def letters_of(letters: Callable[[LanguageRules], str]) -> str:
    """The inside of a character class with the letters of all languages, none twice."""
    return "".join(dict.fromkeys(found for _, rules in all_rules() if (found := letters(rules))))


def rules_by_script(word: str) -> LanguageRules:
    """The rules of the language whose own script a word begins with, else those of the common language."""
    return _rules_by_letter(word[:1])


@lru_cache(maxsize=4096)
def _rules_by_letter(letter: str) -> LanguageRules:
    for _, rules in all_rules():
        if rules.detection.owns_script and re.match(f"[{rules.detection.letters}]", letter):
            return rules
    return language_rules(common_language())
