"""The options of plug-ins in recipes. Teachers, RoPE methods and structural tasks are plug-ins, each in its own file.

A plug-in's file defines its options model, with the defaults. `config` imports no plug-in. Instead,
`pipeline.recipes.collect_plugins` registers the options models here, once per process, when a recipe first needs one.
The plug-ins of one kind form a family. A recipe field refers to a family in one of three ways:

    teacher: Annotated[TeacherOptions, OneOf("teacher", key="kind")]     # {kind: openai, base_url: …}
    tasks: tuple[Annotated[str, NameOf("structural task")], ...]         # [clause, signature]
    tasks: Annotated[tuple[TaskOptions, ...], ByName("evaluation task", key="task")]   # {rows: {max_items: 9}}
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast, get_args

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError, core_schema
from pydantic_core.core_schema import ErrorType

from pipeline.config.base import RecipeSection
from pipeline.plugin_collectors import collect_plugins

Annotation = TypeVar("Annotation")

STRUCTURAL_TASK = "structural task"
"""The family of plug-ins in `synthesize/tasks/`."""
WRITTEN_TASK = "written task"
"""The family of plug-ins in `synthesize/written_tasks/`."""
EVALUATION_TASK = "evaluation task"
"""The family of plug-ins in `evaluate/tasks/`."""


@dataclass(frozen=True, slots=True)
class Family:
    """The plug-ins of one kind."""

    options: Mapping[str, type[RecipeSection]]
    """The options model of each plug-in, by the plug-in's name."""
    default: str = ""
    """The name of the plug-in that is used by default; empty for a family without a default."""


_families: dict[str, Family] = {}


def register(name: str, family: Family) -> None:
    """Make a family of plug-ins known to recipes. It replaces an earlier family with the same name."""
    _families[name] = family


def plugins_of(name: str) -> Family:
    """Return a family of plug-ins. If it is not registered, collect all plug-ins first.

    Raises:
        RuntimeError: the family is not registered after that.
    """
    if name not in _families:
        collect_plugins()
    if name not in _families:
        raise RuntimeError(f"no {name} is registered; call pipeline.recipes.collect_plugins() first")
    return _families[name]


def default_options(family: str) -> Callable[[], Any]:
    """Return a default factory for a field, which makes the options of the family's default plug-in."""

    def make() -> RecipeSection:
        found = plugins_of(family)
        return found.options[found.default]()

    return make


def all_names(family: str) -> Callable[[], tuple[str, ...]]:
    """Return a default factory for a field, which lists the names of all plug-ins of the family."""
    return lambda: tuple(plugins_of(family).options)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Annotates a field that holds the options of one plug-in; the value of `key` names the plug-in."""

    family: str
    key: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate a mapping with the options model that it names; errors contain the path of the inner key."""

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
        """Return the options model of the plug-in that the values name, or of the default plug-in.

        Raises:
            PydanticCustomError: no plug-in of the family has this name.
        """
        family = plugins_of(self.family)
        name = values.get(self.key, family.default)
        if not isinstance(name, str) or name not in family.options:
            raise _unknown(self.family, name, family, key=self.key)
        return family.options[name]


@dataclass(frozen=True, slots=True)
class ByName:
    """Annotates a field that holds the options of several plug-ins, in the order of the recipe.

    The recipe has a mapping from the names of plug-ins to their options. `key` is the options' field with the name.
    """

    family: str
    key: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate each plug-in's options with its own model; errors contain the path of the inner key."""
        return core_schema.no_info_plain_validator_function(
            self._validated, serialization=core_schema.plain_serializer_function_ser_schema(self._mapping)
        )

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        """Return an object schema with one property for each plug-in."""
        models = plugins_of(self.family).options
        properties = {name: handler(_named_schema(model)) for name, model in models.items()}
        return {"type": "object", "properties": properties, "additionalProperties": False}

    def model_for(self, name: str) -> type[RecipeSection]:
        """Return the options model of a plug-in.

        Raises:
            PydanticCustomError: no plug-in of the family has this name.
        """
        family = plugins_of(self.family)
        if name not in family.options:
            raise _unknown(self.family, name, family)
        return family.options[name]

    def made(self, *names: str) -> tuple[Any, ...]:
        """Return the default options of the plug-ins that exist of those named."""
        models = plugins_of(self.family).options
        return tuple(models[name]() for name in names if name in models)

    def _validated(self, value: Any) -> tuple[Any, ...]:
        if isinstance(value, tuple):
            return value
        if not isinstance(value, Mapping):
            raise PydanticCustomError("named_options", "give a mapping from names to options, such as {rows: {}}")
        named = {name: options or {} for name, options in value.items()}
        found, faults = [], []
        for name, options in named.items():
            try:
                found.append(self.model_for(name).model_validate(options))
            except ValidationError as error:
                faults += [_below(name, fault) for fault in error.errors()]
        if faults:
            raise ValidationError.from_exception_data(self.family, faults)
        return tuple(found)

    def _mapping(self, options: Sequence[RecipeSection]) -> dict[str, Any]:
        dumped = [one.model_dump(mode="json") for one in options]
        return {one[self.key]: {name: value for name, value in one.items() if name != self.key} for one in dumped}


@dataclass(frozen=True, slots=True)
class NameOf:
    """Annotates a field that holds the name of one plug-in."""

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


def _below(name: str, fault: ErrorDetails) -> InitErrorDetails:
    """Return an error in a plug-in's options as an error in the mapping that names the plug-in."""
    known = fault["type"] in get_args(ErrorType)
    kind = fault["type"] if known else PydanticCustomError(fault["type"], fault["msg"], fault.get("ctx"))
    return InitErrorDetails(type=kind, loc=(name, *fault["loc"]), input=fault["input"], ctx=fault.get("ctx", {}))


def named_options(model: type[BaseModel], field: str, name: int | str) -> type[RecipeSection] | None:
    """Return the options model that a name in a field's mapping stands for; None if the field has no such mapping."""
    by_name = _annotation_of(model, field, ByName)
    return plugins_of(by_name.family).options.get(str(name)) if by_name is not None else None


def chosen_options(model: type[BaseModel], field: str, values: Any) -> type[RecipeSection] | None:
    """Return the options model that a field's values name; None if the field holds no plug-in options, or the values
    are not a mapping."""
    one_of = _annotation_of(model, field, OneOf)
    return one_of.model_for(values) if one_of is not None and isinstance(values, Mapping) else None


def plugin_key(model: type[BaseModel], field: str) -> str | None:
    """Return the key that names the plug-in of a field; None if the field holds no plug-in options."""
    one_of = _annotation_of(model, field, OneOf)
    return one_of.key if one_of else None


def carried_over(
    model: type[BaseModel], field: str, values: Mapping[Any, Any], override: Mapping[Any, Any]
) -> Mapping[Any, Any]:
    """Return the values of a field that remain when an override is merged into the field.

    If the override names a different plug-in, only the options that all plug-ins of the family share remain, because a
    plug-in cannot use the options of a different one.
    """
    one_of = _annotation_of(model, field, OneOf)
    if one_of is None:
        return values
    named = values.get(one_of.key, plugins_of(one_of.family).default)
    if override.get(one_of.key, named) == named:
        return values
    shared = model.model_fields[field].annotation
    assert isinstance(shared, type) and issubclass(shared, RecipeSection), f"{field} is not a recipe section"
    return {key: value for key, value in values.items() if key in shared.model_fields}


def _annotation_of(model: type[BaseModel], field: str, kind: type[Annotation]) -> Annotation | None:
    """Return the annotation of a kind that a field has, or None."""
    info = model.model_fields.get(field)
    if info is None:
        return None
    return next((item for item in (*info.metadata, *_metadata_in(info.annotation)) if isinstance(item, kind)), None)


def _named_schema(model: type[RecipeSection]) -> core_schema.CoreSchema:
    # pydantic names the definition after the part before the colon.
    ref = f"{model.__module__}.{model.__qualname__}:plugin"
    return cast(core_schema.CoreSchema, {**model.__pydantic_core_schema__, "ref": ref})


def plugins_with(key: str, *, beside: type[RecipeSection]) -> list[str]:
    """Return the names of the plug-ins that have an option `key`, from the families that contain the model `beside`."""
    families = [family for family in _families.values() if beside in family.options.values()]
    return [name for family in families for name, model in family.options.items() if key in model.model_fields]


def _metadata_in(annotation: Any) -> Iterator[Any]:
    """Yield the metadata of the `Annotated` types inside a type, such as `Annotated[RopeOptions, OneOf(…)] | None`."""
    yield from getattr(annotation, "__metadata__", ())
    for argument in get_args(annotation):
        yield from _metadata_in(argument)


def _unknown(family: str, name: Any, known: Family, *, key: str = "") -> PydanticCustomError:
    near = difflib.get_close_matches(str(name), known.options, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"known names: {', '.join(known.options)}."
    return PydanticCustomError(
        "unknown_plugin",
        "no {family} has this name; {hint}",
        {"family": family, "hint": hint, "name": str(name), "key": key},
    )
