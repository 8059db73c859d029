"""Options of plug-ins that are added as one file: teachers, RoPE methods, structural tasks.

A plug-in defines its options model, with its defaults, in its own file. This floor imports no plug-in. Instead the top
floor collects the models and registers them here (`pipeline.recipes.collect_plugins`), once per process, before it
reads a recipe. A field of a recipe then takes one of them:

    teacher: Annotated[TeacherOptions, OneOf("teacher", key="kind")]     # {kind: openai, base_url: …}
    tasks: tuple[Annotated[str, NameOf("structural task")], ...]         # [clause, signature]
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from pipeline.config.base import RecipeSection


@dataclass(frozen=True, slots=True)
class Family:
    """The plug-ins of one kind: the options model of each by name, and the plug-in that is used by default."""

    options: Mapping[str, type[RecipeSection]]
    default: str = ""


_families: dict[str, Family] = {}


def register(name: str, family: Family) -> None:
    """Make the plug-ins of a kind known to recipes, replacing earlier ones."""
    _families[name] = family


def plugins_of(name: str) -> Family:
    """Return the plug-ins of a kind.

    Raises:
        RuntimeError: no plug-ins of this kind are registered.
    """
    if name not in _families:
        raise RuntimeError(f"no {name} is registered: call pipeline.recipes.collect_plugins() first")
    return _families[name]


def default_options(family: str) -> Callable[[], Any]:
    """Return a default factory for a field: it makes the options of the family's default plug-in."""

    def make() -> RecipeSection:
        found = plugins_of(family)
        return found.options[found.default]()

    return make


def all_names(family: str) -> Callable[[], tuple[str, ...]]:
    """Return a default factory for a field: it lists the names of all plug-ins of a family."""
    return lambda: tuple(plugins_of(family).options)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Marks a field that holds the options of one plug-in; the value of `key` names the plug-in."""

    family: str
    key: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate a mapping by the options model that it names; errors have the path of the inner key."""

        def validate(value: Any) -> Any:
            if isinstance(value, source):
                return value
            if not isinstance(value, Mapping):
                raise PydanticCustomError("plugin_options", "give a section with the key '{key}'", {"key": self.key})
            return self.model_for(value).model_validate(value)

        return core_schema.no_info_plain_validator_function(
            validate, serialization=core_schema.simple_ser_schema("any")
        )

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        """Return the union of all options models."""
        options = plugins_of(self.family).options.values()
        return {
            "discriminator": {"propertyName": self.key},
            "oneOf": [handler(model.__pydantic_core_schema__) for model in options],
        }

    def model_for(self, values: Mapping[Any, Any]) -> type[RecipeSection]:
        """Return the options model that some values name."""
        family = plugins_of(self.family)
        name = values.get(self.key, family.default)
        if not isinstance(name, str) or name not in family.options:
            raise _unknown(self.family, name, family)
        return family.options[name]


@dataclass(frozen=True, slots=True)
class NameOf:
    """Marks a field that holds the name of one plug-in."""

    family: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate that the plug-in exists."""

        def validate(value: str) -> str:
            family = plugins_of(self.family)
            if value not in family.options:
                raise _unknown(self.family, value, family)
            return value

        return core_schema.no_info_after_validator_function(validate, core_schema.str_schema())

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the names of all plug-ins."""
        return {"type": "string", "enum": list(plugins_of(self.family).options)}


def chosen_options(model: type[BaseModel], field: str, values: Mapping[Any, Any]) -> type[RecipeSection] | None:
    """Return the options model that the values of a field name; None if the field holds no plug-in options."""
    marks = (mark for mark in model.model_fields[field].metadata if isinstance(mark, OneOf))
    return next((mark.model_for(values) for mark in marks), None)


def _unknown(family: str, name: Any, known: Family) -> PydanticCustomError:
    near = difflib.get_close_matches(str(name), known.options, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(known.options)}"
    return PydanticCustomError(
        "unknown_plugin", "there is no {family} of this name; {hint}", {"family": family, "hint": hint}
    )
