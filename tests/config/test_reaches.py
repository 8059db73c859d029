"""Every key of a recipe is read by the code that does the work: a setting that nothing reads is a silent lie."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

import pipeline
from pipeline.config.base import RecipeSection
from pipeline.config.recipe import Recipe
from pipeline.train.rope.methods import method_class, method_names

ROOT = Path(pipeline.__file__).parent


def _sections(section: type[RecipeSection], found: dict[type[RecipeSection], None] | None = None) -> Iterator[type]:
    found = {} if found is None else found
    found[section] = None
    for field in section.model_fields.values():
        for inner in _models_in(field.annotation):
            if inner not in found:
                list(_sections(inner, found))
    return iter(found)


def _models_in(annotation: object) -> Iterator[type[RecipeSection]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if issubclass(annotation, RecipeSection):
            yield annotation
        return
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _names_read() -> set[str]:
    """Attributes that are read, and names in texts, in all modules but those of the recipe and its reports."""
    names: set[str] = set()
    for path in sorted(ROOT.rglob("*.py")):
        if path.relative_to(ROOT).parts[0] in ("config", "report", "bundled"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                names.add(node.value)
    return names


SECTIONS = [*_sections(Recipe), *(method_class(name) for name in method_names())]
READ = _names_read()
READ_BY_PROPERTIES = {
    key
    for section in SECTIONS
    for name, value in vars(section).items()
    if isinstance(value, property) and value.fget is not None and name in READ
    for key in value.fget.__code__.co_names
}
"""What properties of the recipe are made of that are themselves read elsewhere."""


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_every_key_of_a_section_is_read_outside_of_the_recipe(section: type[RecipeSection]) -> None:
    assert section.model_fields
    assert [name for name in section.model_fields if name not in READ and name not in READ_BY_PROPERTIES] == []


def test_sections_are_those_of_the_whole_recipe() -> None:
    names = {section.__name__ for section in SECTIONS}
    assert {"Recipe", "PackRecipe", "JoinRecipe", "OptimizerRecipe", "GuardRecipe", "RopeSearchRecipe"} <= names
    assert len(SECTIONS) > 20
