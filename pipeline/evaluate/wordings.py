"""Reads the words of evaluation tasks from `evaluation.yaml` of each language.

The file has one section per task: short texts by name, with placeholders in braces for `str.format`. A task whose
published protocol is English, such as key-value retrieval, has its text in its own module instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import yaml

from pipeline.errors import InputError
from pipeline.languages import language_names, language_rules

FILE = "evaluation.yaml"


@cache
def wordings_of(task: str, language: str) -> Mapping[str, str]:
    """Return the words of a task in a language, by name.

    Raises:
        InputError: the language is unknown, or its file has no section for the task.
    """
    section = _sections(language).get(task)
    if section is None:
        known = ", ".join(languages_of(task)) or "none"
        raise InputError(
            f"The evaluation task {task!r} has no words in the language {language!r}; languages with words: {known}.",
            remedy=f"Add the section {task!r} to pipeline/languages/{language}/{FILE}.",
        )
    return section


@cache
def languages_of(task: str) -> tuple[str, ...]:
    """Return the codes of the languages that a task has words in, sorted."""
    return tuple(language for language in language_names() if task in _sections(language))


@cache
def _sections(language: str) -> Mapping[str, Mapping[str, str]]:
    if language not in language_names():
        return {}
    try:
        text = language_rules(language).prompts(FILE)
    except FileNotFoundError:
        return {}
    tree: Mapping[str, Mapping[str, Any]] = yaml.safe_load(text) or {}  # Any: a value of the YAML file
    for task, section in tree.items():
        for name, words in section.items():
            if not isinstance(words, str):
                raise InputError(
                    f"pipeline/languages/{language}/{FILE}: {task}.{name} is {words!r}, not a text.",
                    remedy="Put the value in quotes.",
                )
    return {task: MappingProxyType(dict(section)) for task, section in tree.items()}
