"""Turns long documents into a long-context instruction data set and trains a long-context model on it.

The names in `__all__` are the public interface. Names whose modules need heavy libraries are imported when
they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pipeline.config.load import load_recipe
from pipeline.config.plugins import collect_with
from pipeline.config.recipe import Recipe
from pipeline.errors import PipelineError
from pipeline.recipes import collect_plugins
from pipeline.records import Context, DeadLetter, Document, Rejection, SftExample

if TYPE_CHECKING:
    from pipeline.build import build_sft
    from pipeline.evaluate.run import EvaluationRequest, evaluate
    from pipeline.finetune import finetune

__all__ = [
    "Context",
    "DeadLetter",
    "Document",
    "EvaluationRequest",
    "PipelineError",
    "Recipe",
    "Rejection",
    "SftExample",
    "build_sft",
    "evaluate",
    "finetune",
    "load_recipe",
]

_LAZY = {
    "EvaluationRequest": "pipeline.evaluate.run",
    "build_sft": "pipeline.build",
    "evaluate": "pipeline.evaluate.run",
    "finetune": "pipeline.finetune",
}


collect_with(collect_plugins)


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'pipeline' has no attribute '{name}'")
