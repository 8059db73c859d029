"""Turns long documents into a long-context instruction data set and trains a long-context model on it.

The names in `__all__` are the public interface. Importing this package takes some milliseconds: each name is imported
when it is first used, and a heavy library when a function needs it.

    import pipeline

    build = pipeline.build_sft(pipeline.load_recipe(inputs=["contracts/"]), output="out/build")
    rows = build.to_datasets()["train"]

`load_recipe` makes a recipe. Runs: `build_sft`, `finetune`, `evaluate`; they do what the commands of the same names do.
Pieces, as functions on plain values: `read_file`, `clean_text`, `read_outline`, `find_duplicates`, `plan_packs`,
`structural_questions`, `judge_answer`, `scale_rope`, `plan_memory`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from pipeline.plugin_collectors import collect_with

if TYPE_CHECKING:
    from pipeline.api.answers import judge_answer
    from pipeline.api.building import build_sft
    from pipeline.api.cleaning import clean_text
    from pipeline.api.duplicates import find_duplicates
    from pipeline.api.evaluating import evaluate
    from pipeline.api.memory import plan_memory
    from pipeline.api.outlines import read_outline
    from pipeline.api.packs import plan_packs
    from pipeline.api.questions import structural_questions
    from pipeline.api.reading import read_file
    from pipeline.api.recipes import load_recipe
    from pipeline.api.rope import scale_rope
    from pipeline.api.training import finetune
    from pipeline.config.recipe import Recipe
    from pipeline.errors import PipelineError
    from pipeline.records import Document

__all__ = [
    "Document",
    "PipelineError",
    "Recipe",
    "build_sft",
    "clean_text",
    "evaluate",
    "find_duplicates",
    "finetune",
    "judge_answer",
    "load_recipe",
    "plan_memory",
    "plan_packs",
    "read_file",
    "read_outline",
    "scale_rope",
    "structural_questions",
]

_HOMES = {
    "Document": "records",
    "PipelineError": "errors",
    "Recipe": "config.recipe",
    "build_sft": "api.building",
    "clean_text": "api.cleaning",
    "evaluate": "api.evaluating",
    "find_duplicates": "api.duplicates",
    "finetune": "api.training",
    "judge_answer": "api.answers",
    "load_recipe": "api.recipes",
    "plan_memory": "api.memory",
    "plan_packs": "api.packs",
    "read_file": "api.reading",
    "read_outline": "api.outlines",
    "scale_rope": "api.rope",
    "structural_questions": "api.questions",
}
"""The module below this package that defines each public name."""


class _Package(ModuleType):
    """This package. `pipeline.finetune` and `pipeline.evaluate` are public functions, and there are modules with these
    names too; Python would put a module in the function's place when it is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _HOMES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def _collect_plugins() -> None:
    from pipeline.recipes import collect_plugins

    collect_plugins()


collect_with(_collect_plugins)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'pipeline' has no attribute '{name}'")
    found = getattr(import_module(f"pipeline.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
