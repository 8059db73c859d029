"""Loads recipes from YAML files, fragments and `--set` options.

Used by the command line and by `pipeline.load_recipe`; the other functions of `pipeline.api` use its messages. An error
about a value names the key, the remedy and, unless it may be a secret, the value.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from pipeline.config.base import RecipeSection
from pipeline.config.plugins import carried_over, chosen_options, named_options, plugin_key, plugins_with
from pipeline.config.recipe import Recipe
from pipeline.config.secrets import looks_like_key, url_fault
from pipeline.errors import InputError, RecipeError

QUICKSTART = "quickstart"
_MAX_KEY_DEPTH = 20
_YAML_ERRORS = (yaml.YAMLError, ValueError, OverflowError, RecursionError)
"""YAML's own error, and the errors for impossible dates and numbers (`2024-13-45`) and for too deep nesting."""
_NO_LIST = frozenset({"list_type", "tuple_type"})
"""Pydantic's errors for a value that is no list."""


def load_recipe(
    reference: str | None,
    *,
    overrides: Sequence[str] = (),
    fragments: Sequence[str] = (),
    changes: Mapping[str, Any] = MappingProxyType({}),  # Any: YAML values
) -> Recipe:
    """Read a recipe, merge fragments into it, and apply overrides.

    Args:
        reference: a YAML file, the name of a recipe that ships with the project, or None for the quickstart recipe.
        overrides: `key.subkey=value` texts with YAML values, such as `synthesize.teacher.kind=vllm`.
        fragments: YAML files with some keys of a recipe, such as the `rope.yaml` that a search writes. Sections are
            merged key by key; everything else, including lists, is replaced. Later fragments win. A section that names
            a different plug-in, such as a different RoPE method, drops the options of the earlier plug-in.
        changes: values by key, or by the path of a key, such as `synthesize.teacher.kind`. They are merged like the
            sections of a fragment, and win over fragments.

    Raises:
        InputError: the file or name does not exist, or the file cannot be read.
        RecipeError: the YAML is invalid, an override is not `key=value`, a key is missing or unknown (the error names
            valid keys or their replacement), or a value is not allowed.
    """
    path = _recipe_path(reference or QUICKSTART)
    values = _read_mapping(path)
    for fragment in fragments:
        values = _merged(values, _read_mapping(Path(fragment).expanduser()), Recipe)
    # What names a plug-in comes first, because it drops the options of the plug-in that the recipe names.
    for key in sorted(changes, key=lambda one: not _names_plugin(one.split("."))):
        values = _merged(values, _nested(key.split("."), changes[key]), Recipe)
    parsed = [_parsed_override(override) for override in overrides]
    for keys, value in parsed:
        if _names_plugin(keys):  # merged first, because this drops the options of the plug-in that the recipe names
            values = _merged(values, _nested(keys, value), Recipe)
    for keys, value in parsed:
        values = _set_path(values, keys, value)
    return validate_recipe(values, source=" with ".join((str(path), *fragments)))


def validate_recipe(values: Mapping[str, Any], *, source: str) -> Recipe:
    """Return the frozen recipe built from parsed values.

    Raises:
        RecipeError: a key is unknown or missing, or a value is invalid.
    """
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        raise explained(error, values, source=f"Recipe {source}") from error


def explained(
    error: ValidationError,
    values: Mapping[str, Any],
    *,
    source: str,
    section: type[RecipeSection] = Recipe,
    beside: Sequence[str] = (),
) -> RecipeError:
    """Return the error of pydantic as one of ours: the first fault, with its key, its value and a remedy.

    Args:
        error: what the validation of the values raised.
        values: the values.
        source: where they come from, as the beginning of the message.
        section: the section that they are the values of.
        beside: names that may stand beside the keys of the section, such as a function's own arguments.
    """
    first = error.errors()[0]
    # A part such as `literal['en','ko']` is no key: it names the branch of a union.
    where = ".".join(str(part) for part in first["loc"] if "[" not in str(part))
    if first["type"] == "extra_forbidden":
        inner, key = _section_at(first["loc"][:-1], values, section), str(first["loc"][-1])
        if key in inner.renamed:
            remedy = f"It was replaced; write {inner.renamed[key]}."
        else:
            remedy = _valid_keys(key, inner, beside=beside if len(first["loc"]) == 1 else ())
        return RecipeError(f"{source}: unknown key '{where}'.", remedy=remedy)
    if first["type"] == "missing":
        return RecipeError(
            f"{source}: key '{where}' is missing.",
            remedy="Add it (see recipes/quickstart.yaml), or merge the file into a full recipe: RECIPE --with FILE.",
        )
    if first["type"] == "unknown_plugin":
        about = first["ctx"]
        where = f"{where}.{about['key']}".rstrip(".")
        message = f"{source}: {where}: no {about['family']} has this name{_shown(about['name'])}."
        return RecipeError(message, remedy=f"{about['hint'][0].upper()}{about['hint'][1:]}")
    message = first["msg"].removeprefix("Value error, ")
    shown = _shown(first["input"]) if where else ""
    remedy = "Give a list." if first["type"] in _NO_LIST else "Correct the value."
    return RecipeError(f"{source}: {where or 'recipe'}: {message}{shown}.", remedy=remedy)


def bundled_recipes() -> dict[str, Path]:
    """Return the recipes that ship with the project, by name."""
    return {path.stem: path for path in sorted(_recipes_folder().glob("*.yaml"))}


def _recipes_folder() -> Path:
    package = Path(__file__).parents[1]
    installed = package / "bundled" / "recipes"  # in the wheel
    return installed if installed.is_dir() else package.parent / "recipes"


def _recipe_path(reference: str) -> Path:
    path = Path(reference).expanduser()
    if path.is_file():
        return path
    bundled = bundled_recipes()
    if reference in bundled:
        return bundled[reference]
    near = difflib.get_close_matches(reference, bundled, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else f"Give a YAML file, or one of: {', '.join(bundled)}."
    raise InputError(f"Recipe '{reference}' does not exist.", remedy=hint)


def _read_mapping(path: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except _YAML_ERRORS as error:  # UnicodeDecodeError is a ValueError
        raise RecipeError(f"Recipe {path} is not valid YAML: {_one_line(error)}.", remedy="Fix the YAML.") from error
    except OSError as error:
        raise InputError(
            f"Cannot read recipe {path}: {error.strerror}.", remedy="Check its path and permissions."
        ) from error
    if not isinstance(values, dict):
        raise RecipeError(f"Recipe {path} is not a mapping of keys to values.", remedy="See recipes/quickstart.yaml.")
    return values


def _merged(
    values: Mapping[str, Any], fragment: Mapping[str, Any], section: type[RecipeSection] | None
) -> dict[str, Any]:
    """Return `values` with `fragment` merged into it; sections that are in both are merged key by key."""
    merged = {**values, **fragment}
    for key in values.keys() & fragment.keys():
        below, above = values[key], fragment[key]
        if isinstance(below, Mapping) and isinstance(above, Mapping):
            kept = carried_over(section, key, below, above) if section else below
            merged[key] = _merged(kept, above, _inner_section(section, key))
    return merged


def _inner_section(section: type[RecipeSection] | None, key: str) -> type[RecipeSection] | None:
    return _section_in(section.model_fields[key].annotation) if section and key in section.model_fields else None


def _names_plugin(keys: Sequence[str]) -> bool:
    if len(keys) < 2:
        return False
    *path, field, key = keys
    section: type[RecipeSection] | None = Recipe
    for part in path:
        section = _inner_section(section, part)
    return section is not None and plugin_key(section, field) == key


def _nested(keys: Sequence[str], value: Any) -> dict[str, Any]:
    head, *rest = keys
    return {head: _nested(rest, value) if rest else value}


def _parsed_override(override: str) -> tuple[list[str], Any]:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise RecipeError(
            f"--set {override} is not key=value.", remedy="Write for example: --set finetune.max_steps=10"
        )
    try:
        value = yaml.safe_load(text)
    except _YAML_ERRORS as error:
        raise RecipeError(f"--set {override}: the value is not valid YAML.", remedy="Quote the value.") from error
    path = key.split(".")
    if len(path) > _MAX_KEY_DEPTH:
        raise RecipeError(f"--set: a recipe key cannot have {len(path)} parts.", remedy="Check the key's path.")
    return path, value


def _set_path(values: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    head, *rest = path
    if not rest:
        return {**values, head: value}
    inner = values.get(head, {})
    if not isinstance(inner, Mapping):
        raise RecipeError(f"--set: '{head}' is not a section of the recipe.", remedy="Check the key's path.")
    return {**values, head: _set_path(inner, rest, value)}


def _valid_keys(key: str, section: type[RecipeSection], *, beside: Sequence[str]) -> str:
    """Return the remedy for an unknown key: the plug-ins that have it, the nearest key, or all valid keys."""
    valid = list(dict.fromkeys((*section.model_fields, *beside)))
    if owners := plugins_with(key, beside=section):
        return f"It belongs to {', '.join(owners)}; valid keys there: {', '.join(valid)}."
    near = difflib.get_close_matches(key, valid, n=1, cutoff=0.5)
    return f"Did you mean '{near[0]}'?" if near else f"Valid keys there: {', '.join(valid)}."


def _shown(value: Any) -> str:
    """Return a value in parentheses; an empty string for a section, a list, None or a possible secret."""
    is_secret = isinstance(value, str) and (looks_like_key(value) or ("://" in value and bool(url_fault(value))))
    return f" (it is {value!r})" if isinstance(value, (str, int, float, bool)) and not is_secret else ""


def _section_at(location: Sequence[int | str], values: Any, section: type[RecipeSection]) -> type[RecipeSection]:
    """Return the section at an error's location; for a plug-in field, the options model that the values choose."""
    holder: tuple[type[RecipeSection], str] | None = None  # the field whose mapping the next part is a name in
    for part in location:
        values = values[part]
        if isinstance(part, int):
            continue
        if holder is not None and (named := named_options(*holder, part)) is not None:
            section, holder = named, None
            continue
        holder = (section, part)
        chosen = chosen_options(section, part, values)
        section = chosen or _section_in(section.model_fields[part].annotation) or section
    return section


def _section_in(annotation: Any) -> type[RecipeSection] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation if issubclass(annotation, RecipeSection) else None
    return next((found for arg in get_args(annotation) if (found := _section_in(arg))), None)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
