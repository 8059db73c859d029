"""Keys of the recipe and options of the command that messages and remedies name: they are there to be typed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import typer
from pydantic import BaseModel

import pipeline
from pipeline.cli.commands import app
from pipeline.config.plugins import ByName, OneOf, plugins_of
from pipeline.config.recipe import Recipe

ROOT = Path(pipeline.__file__).parent
KEY = re.compile(rf"(?<![\w./'])(?:{'|'.join(Recipe.model_fields)})(?:\[\d*\])?(?:\.[a-z][a-z0-9_]*)+(?![\w/])")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
NO_KEYS = {"export.partial"}
"""A folder's name."""
OF_OTHERS = {
    *(
        "--nproc-per-node",
        "--data-path",
        "--no-deps",
        "--reset-attention-mask",
        "--config",
        "--dataset",
        "--template",
        "--max-model-len",
        "--load",
    ),
    *("--runner", "--tensor-model-parallel-size", "--pipeline-model-parallel-size", "--save", "--sft"),
    *("--browser", "--direct", "--finetune", "--no-browser"),
    *("--sdk", "--environment", "--job"),  # the beginning of names with an underscore
    *("--autoscaling", "--beam", "--driver", "--max", "--no", "--num", "--worker"),  # the same
    *("--fragments", "--inputs", "--settings"),
    *("--convert-to", "--headless", "--norestore", "--outdir"),
}
"""Options of torchrun, Megatron, pip, vLLM, TRL, Beam, LibreOffice and the Flex Template."""


def _texts() -> Iterator[tuple[str, str]]:
    """Strings of the package that are no documentation, with the file they are in."""
    for path in sorted(ROOT.rglob("*.py")):
        if "bundled" in path.parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
                yield path.relative_to(ROOT).as_posix(), node.value


def _sections(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for argument in get_args(annotation):
        yield from _sections(argument)


def _is_key(parts: list[str], section: type[BaseModel] = Recipe) -> bool:
    head, *rest = parts
    if head not in section.model_fields:
        return False
    field = section.model_fields[head]
    for mark in field.metadata:
        if isinstance(mark, ByName) and rest:
            options = plugins_of(mark.family).options.get(rest[0])
            return options is not None and (len(rest) == 1 or _is_key(rest[1:], options))
    families = [plugins_of(mark.family) for mark in field.metadata if isinstance(mark, OneOf)]
    inner = [*_sections(field.annotation), *(options for family in families for options in family.options.values())]
    return not rest or any(_is_key(rest, one) for one in inner)


def _options() -> set[str]:
    found: set[str] = set()
    waiting = [typer.main.get_command(app)]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        for parameter in command.params:
            found |= {*parameter.opts, *parameter.secondary_opts}
    return found | {"--help"}


def test_recipe_keys_that_messages_name_are_keys_of_the_recipe() -> None:
    named = {(file, key) for file, text in _texts() for key in KEY.findall(text) if key not in NO_KEYS}
    assert len(named) > 50
    unknown = [one for one in sorted(named) if not _is_key(re.sub(r"\[\d*\]", "", one[1]).split("."))]
    assert unknown == []


def test_options_that_messages_name_are_options_of_a_command() -> None:
    options = _options()
    named = {(file, option) for file, text in _texts() for option in OPTION.findall(text) if option[-1] != "-"}
    assert {option for _, option in named} >= {"--output", "--fresh", "--set", "--data"}
    assert [one for one in sorted(named) if one[1] not in options | OF_OTHERS] == []
