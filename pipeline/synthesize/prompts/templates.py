"""Reads the wording of the prompts from the YAML files of each language.

`chat.yaml` holds what all chat prompts have in common, `examples.yaml` the prompts in completion form, and
`written/TASK.yaml` the prompts of one written task. A change of the wording changes the `prompt_version` of new rows of
that task; a change of a comment does not. The cache finds answers by the text of their request, so an answer to an old
prompt is never used for a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from pipeline.domains import domain_rules
from pipeline.identity import fingerprint
from pipeline.languages import language_rules

CHAT = "chat.yaml"
EXAMPLES = "examples.yaml"


@cache
def templates(file_name: str, language: str) -> Mapping[str, Any]:  # Any: the tree of one YAML file
    """Return the templates of a language from one of its YAML files."""
    tree: Mapping[str, Any] = yaml.safe_load(language_rules(language).prompts(file_name))
    return tree


def task_templates(task: str, language: str) -> Mapping[str, Any]:
    """Return the templates of a written task in a language: its file or, without one, what the task's module holds.

    Raises:
        LookupError: there are none.
    """
    try:
        return templates(f"written/{task}.yaml", language)
    except FileNotFoundError:
        from pipeline.synthesize.written_tasks import written_tasks  # the tasks import this module

        return written_tasks()[task].wordings[language]


def has_templates(task: str, language: str) -> bool:
    """Return whether a written task has templates in a language."""
    try:
        task_templates(task, language)
    except LookupError:
        return False
    return True


def for_domain(by_domain: Mapping[str, Any], domain: str) -> Any:
    """Return the wording for a domain or, if the language has none, for the domain that is asked about the same way."""
    return by_domain[domain if domain in by_domain else domain_rules(domain).asked_like]


@cache
def prompt_version(language: str, task: str) -> str:
    """Return `written-` and eight hex digits of a hash of all prompts of a written task in a language."""
    files = [templates(name, language) for name in (CHAT, EXAMPLES)]
    return "written-" + fingerprint([*files, task_templates(task, language)])[:8]
