"""The RoPE methods: one module per method, with the method's name and one class derived from `RopeMethod`.

The list of methods is read from the folder: to add a method, add its module. A module is imported on first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from pipeline.config.rope import RopeOptions
from pipeline.train.rope.method import RopeMethod


@cache
def method_names() -> tuple[str, ...]:
    """Return the names of all methods, sorted: the modules in this package."""
    paths = [path for folder in __path__ for path in Path(folder).iterdir()]
    return tuple(sorted(path.stem for path in paths if path.suffix == ".py" and not path.stem.startswith("_")))


@cache
def method_class(name: str) -> type[RopeMethod]:
    """Return the class of a method.

    Raises:
        ValueError: the method does not exist, or its module does not define exactly one class whose `method` is this
            name.
    """
    if name not in method_names():
        raise ValueError(f"{name!r} is not a RoPE method; the methods are: {', '.join(method_names())}")
    module = import_module(f"{__name__}.{name}")
    found = [value for value in vars(module).values() if _is_method_of(value, module.__name__)]
    if len(found) != 1 or found[0].model_fields["method"].default != name:
        raise ValueError(f"{module.__name__} must define one RopeMethod whose `method` is {name!r}")
    method: type[RopeMethod] = found[0]
    return method


def make_method(name: str, **options: Any) -> RopeMethod:  # Any: pydantic validates them
    """Return a method with the given options, and default values for the others.

    Raises:
        ValueError: the method does not exist.
        ValidationError: an option is unknown or has an invalid value.
    """
    return method_class(name).model_validate(options)


def rope_method(options: RopeOptions) -> RopeMethod:
    """Return a recipe's RoPE options as a `RopeMethod`, which they always are."""
    assert isinstance(options, RopeMethod), f"{type(options).__name__} is not a RopeMethod"
    return options


@cache
def methods_by_rope_type() -> Mapping[str, type[RopeMethod]]:
    """Return the method that reads each `rope_type` of transformers."""
    methods = (method_class(name) for name in method_names())
    return {method.rope_type: method for method in methods if method.rope_type}


def search_seeds(*, factor: float) -> list[RopeMethod]:
    """Return the methods that the LongRoPE search starts from, in the order of their `search_seed`."""
    seeds = {name: method_class(name).search_seed for name in method_names()}
    positions = {name: position for name, position in seeds.items() if position is not None}
    return [make_method(name, factor=factor) for name in sorted(positions, key=lambda name: positions[name])]


def _is_method_of(value: object, module: str) -> bool:
    return isinstance(value, type) and issubclass(value, RopeMethod) and value.__module__ == module
