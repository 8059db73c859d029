"""Questions for each `QuestionForm`, in the wordings of the document's language.

`phrase` takes a fact, a language and a number that depends on the document only, and gives the question. Placeholders:
`{name}` the slot, `{name:은}` the slot with the particle form that fits it, `{name|은}` the particle alone (after a
closing quotation mark). `{lead}` opens a question with a qualification and may be empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from pipeline.languages import Language, language_rules
from pipeline.synthesize.structural.facts import QuestionForm, StructuralFact

PROMPT_VERSION = "structural-3"
"""Written on every row; raise it when a template or the wording of an answer changes."""

_WORDED_SLOTS = frozenset({"lead", "time", "when"})
"""Slots with words of the language, not of the document."""
_PLACEHOLDER = re.compile(r"\{(\w+)(?:([:|])(\w+))?\}")


def wordings(language: Language) -> Mapping[str, tuple[str, ...]]:
    """The questions of a language by form; every form has one.

    Raises:
        ValueError: the language has no wording for a form, or one for a form that does not exist; names it.
    """
    return _checked(language)


def check_wordings(languages: Sequence[str]) -> None:
    """Find out before a build whether its languages can be asked in.

    Raises:
        ValueError: as `wordings`.
    """
    for language in languages:
        wordings(language)


@cache
def _checked(language: Language) -> Mapping[str, tuple[str, ...]]:
    rules = language_rules(language)
    for form in set(QuestionForm) ^ set(rules.questions):
        raise ValueError(f"pipeline/languages/{language}: questions must have exactly the known forms; see {form}")
    for form, questions in rules.questions.items():
        if rules.attach is None and any(
            match[2] for question in questions for match in _PLACEHOLDER.finditer(question)
        ):
            raise ValueError(f"pipeline/languages/{language}: a question of {form} has particles, attach is not given")
    return rules.questions


def phrase(*, fact: StructuralFact, language: Language, choice: int) -> str:
    """The question that a fact answers.

    Args:
        fact: its form picks the templates, its slots fill them; a missing `lead` is empty.
        language: of the question.
        choice: any number; the wording is `choice` modulo the number of wordings.
    """
    templates = wordings(language)[fact.form]
    attach = language_rules(language).attach
    values = {"lead": "", **dict(fact.slots)}
    template = templates[choice % len(templates)]
    question = _PLACEHOLDER.sub(lambda match: _fill(match, values, attach), template)
    return question if _opens_with_name(template, values) else question[:1].upper() + question[1:]


def _fill(match: re.Match[str], values: Mapping[str, str], attach: Callable[[str, str], str] | None) -> str:
    name, kind, particle = match.groups()
    value = values[name]
    if kind is None or attach is None:
        return value
    whole = attach(value, particle)
    return whole if kind == ":" else whole[len(value) :]


def _opens_with_name(template: str, values: Mapping[str, str]) -> bool:
    """Whether the first words of a question are those of the document, which are written as they stand there."""
    rest = template
    while (match := _PLACEHOLDER.match(rest)) is not None and not values[match[1]]:
        rest = rest[match.end() :]
    return match is not None and match[1] not in _WORDED_SLOTS
