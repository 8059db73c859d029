"""The wording of the prompts, read from the YAML files beside this module.

A change of wording changes `prompt_version`, which stands on every row and in every request's hash, so no answer to an
old prompt is taken for one to the new.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from pipeline.identity import content_id

_FILES = ("chat.yaml", "examples.yaml")


@cache
def templates(file_name: str, language: str) -> Mapping[str, Any]:  # Any: the tree of one YAML file
    """Templates of one language in one of the files."""
    tree: dict[str, Mapping[str, Any]] = yaml.safe_load(_read(file_name))
    return tree[language]


@cache
def prompt_version() -> str:
    """`written-` and eight hex digits of the wording of all prompts."""
    return "written-" + content_id(*(_read(name) for name in _FILES))[:8]


def _read(file_name: str) -> str:
    return files(__package__).joinpath(file_name).read_text(encoding="utf-8")
