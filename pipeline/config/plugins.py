"""The options of plug-ins: teachers, RoPE methods and structural tasks, one file each.

A plug-in defines its options model, with its defaults, in its own file. This floor imports no plug-in. Instead the top
floor collects the models and registers them here (`pipeline.recipes.collect_plugins`), once per process, when a recipe
first needs one. A field of a recipe takes one of them:

    teacher: Annotated[TeacherOptions, OneOf("teacher", key="kind")]     # {kind: openai, base_url: …}
    tasks: tuple[Annotated[str, NameOf("structural task")], ...]         # [clause, signature]
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

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
_collectors: list[Callable[[], None]] = []


def register(name: str, family: Family) -> None:
    """Make the plug-ins of a kind known to recipes; they replace earlier ones of that kind."""
    _families[name] = family


def collect_with(collect: Callable[[], None]) -> None:
    """Set what registers all plug-ins; it is called when the first one is asked for."""
    _collectors[:] = [collect]


def plugins_of(name: str) -> Family:
    """Return the plug-ins of a kind; the first call collects all plug-ins.

    Raises:
        RuntimeError: no plug-in of this kind is registered.
    """
    if name not in _families:
        for collect in _collectors:
            collect()
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
        family = plugins_of(self.family)
        choices: dict[Hashable, core_schema.CoreSchema] = {
            name: _named_schema(model) for name, model in family.options.items()
        }
        union = handler(core_schema.tagged_union_schema(choices, discriminator=self.key))
        options = [
            option if name == family.default else {**option, "required": [self.key]}
            for name, option in zip(family.options, union["oneOf"], strict=True)
        ]
        return {"discriminator": {"propertyName": self.key}, "oneOf": options}

    def model_for(self, values: Mapping[Any, Any]) -> type[RecipeSection]:
        """Return the options model that some values name."""
        family = plugins_of(self.family)
        name = values.get(self.key, family.default)
        if not isinstance(name, str) or name not in family.options:
            raise _unknown(self.family, name, family, key=self.key)
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


def chosen_options(model: type[BaseModel], field: str, values: Any) -> type[RecipeSection] | None:
    """Return the options model that the values of a field name; None if the field holds no plug-in options."""
    mark = _mark_of(model, field)
    return mark.model_for(values) if mark is not None and isinstance(values, Mapping) else None


def plugin_key(model: type[BaseModel], field: str) -> str | None:
    """Return the key that names the plug-in of a field; None for a field that holds no plug-in's options."""
    mark = _mark_of(model, field)
    return mark.key if mark else None


def carried_over(
    model: type[BaseModel], field: str, values: Mapping[Any, Any], laid_over: Mapping[Any, Any]
) -> Mapping[Any, Any]:
    """Return the values of a field that stay when others are laid over them.

    The options of one plug-in mean nothing to another. If `laid_over` names another plug-in, only the options that all
    plug-ins of the family share stay.
    """
    mark = _mark_of(model, field)
    if mark is None:
        return values
    named = values.get(mark.key, plugins_of(mark.family).default)
    if laid_over.get(mark.key, named) == named:
        return values
    shared = model.model_fields[field].annotation
    assert isinstance(shared, type) and issubclass(shared, RecipeSection), "a field that is laid over is not optional"
    return {key: value for key, value in values.items() if key in shared.model_fields}


def _mark_of(model: type[BaseModel], field: str) -> OneOf | None:
    info = model.model_fields.get(field)
    if info is None:
        return None
    return next((mark for mark in (*info.metadata, *_marks_in(info.annotation)) if isinstance(mark, OneOf)), None)


def _named_schema(model: type[RecipeSection]) -> core_schema.CoreSchema:
    ref = (
        f"{model.__module__}.{model.__qualname__}:plugin"  # pydantic names the definition by the part before the colon
    )
    return cast(core_schema.CoreSchema, {**model.__pydantic_core_schema__, "ref": ref})


def plugins_with(key: str, *, beside: type[RecipeSection]) -> list[str]:
    """Return the names of the plug-ins that have an option `key`, from the families that `beside` belongs to."""
    families = [family for family in _families.values() if beside in family.options.values()]
    return [name for family in families for name, model in family.options.items() if key in model.model_fields]


def _marks_in(annotation: Any) -> Iterator[Any]:
    """Yield the metadata of `Annotated` types in an annotation, such as `Annotated[RopeOptions, OneOf(…)] | None`."""
    yield from getattr(annotation, "__metadata__", ())
    for argument in get_args(annotation):
        yield from _marks_in(argument)


def _unknown(family: str, name: Any, known: Family, *, key: str = "") -> PydanticCustomError:
    near = difflib.get_close_matches(str(name), known.options, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"known names: {', '.join(known.options)}."
    return PydanticCustomError(
        "unknown_plugin",
        "no {family} has this name; {hint}",
        {"family": family, "hint": hint, "name": str(name), "key": key},
    )
