"""Writes the question that a fact answers, in one of the wordings of its form.

`phrase` takes a fact, a language and a number that chooses the wording; it returns the question. In a wording,
`{name}` is replaced by the slot `name`, `{name:은}` by the slot with the matching form of the Korean particle, and
`{name|은}` by the particle alone (after a closing quotation mark). `{lead}` begins a question with a restriction and
may be empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from pipeline.identity import fingerprint
from pipeline.languages import Language, language_rules
from pipeline.synthesize.structural.facts import StructuralFact
from pipeline.synthesize.tasks import forms_by_name, structural_tasks

_VERSION_DIGITS = 8
_WORDED_SLOTS = frozenset({"lead", "time", "when", "first", "documents"})
"""Slots filled with words of the language, such as `document 1`, or with a title in quotation marks."""
_PLACEHOLDER = re.compile(r"\{(\w+)(?:([:|])(\w+))?\}")
"""A placeholder of a wording: `{name}`, `{name:은}`, `{name|은}`."""


def wordings(language: Language) -> Mapping[str, tuple[str, ...]]:
    """Return the wordings of a language by form name; every form has at least one.

    The wordings are the language's own or, if it has none for a form, those of the task.

    Raises:
        ValueError: The language has no wording for a form, has one for an unknown form, or uses particles without
            rules to attach them; the message names the form.
    """
    return _checked(language)


def check_wordings(languages: Sequence[str]) -> None:
    """Check before a build that every form has a wording in the languages of the build.

    Raises:
        ValueError: As for `wordings`.
    """
    for language in languages:
        wordings(language)


def task_version(task: str, language: Language) -> str:
    """Return the name of a task, a hyphen and eight hex digits of a hash of what determines its rows in a language.

    The hash covers the task's wordings, frames and thresholds, but not source code or comments.
    """
    return _versions(language)[task]


@cache
def _versions(language: Language) -> Mapping[str, str]:
    worded, rules = wordings(language), language_rules(language)
    found = {}
    for task in structural_tasks():
        questions = {form.name: worded[form.name] for form in task.forms}
        digest = fingerprint([questions, task.frames(rules), dict(task.thresholds)])
        found[task.name] = f"{task.name}-{digest[:_VERSION_DIGITS]}"
    return found


@cache
def _checked(language: Language) -> Mapping[str, tuple[str, ...]]:
    rules = language_rules(language)
    forms = forms_by_name()
    for unknown in rules.questions.keys() - forms.keys():
        raise ValueError(f"pipeline/languages/{language}: unknown form {unknown} in `questions`: remove or rename it")
    found = {name: form.wordings_in(language) for name, form in forms.items()}
    for name, questions in found.items():
        if not all(questions) or not questions:
            raise ValueError(
                f"no wording in {language!r} for the question form {name}: give one in pipeline/synthesize/tasks/"
                f"{forms[name].task}.py, or in `questions` of pipeline/languages/{language}"
            )
        if rules.attach is None and any(
            match[2] for question in questions for match in _PLACEHOLDER.finditer(question)
        ):
            raise ValueError(f"pipeline/languages/{language}: a question of {name} has particles: give `attach`")
    return found


def phrase(*, fact: StructuralFact, language: Language, choice: int) -> str:
    """Return the question that a fact answers.

    Args:
        fact: The fact, whose form has the wordings and whose slots fill them; a missing `lead` is empty.
        language: The language of the question.
        choice: Any integer; modulo the number of wordings, it is the index of the wording.
    """
    templates = wordings(language)[fact.form.name]
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
    """Return whether a question begins with words of the document, whose case must not change."""
    rest = template
    while (match := _PLACEHOLDER.match(rest)) is not None and not values[match[1]]:
        rest = rest[match.end() :]
    return match is not None and match[1] not in _WORDED_SLOTS
