"""Holds the function that makes all plug-ins known to recipes, so that importing `pipeline` loads no recipe section.

`pipeline/__init__.py` sets the function; `config.plugins` calls it when a recipe first needs a plug-in.
"""

from __future__ import annotations

from collections.abc import Callable

_collectors: list[Callable[[], None]] = []


def collect_with(collect: Callable[[], None]) -> None:
    """Set the function that registers all plug-ins. It is called when a family of plug-ins is first needed."""
    _collectors[:] = [collect]


def collect_plugins() -> None:
    """Call the function that registers all plug-ins; without one, do nothing."""
    for collect in _collectors:
        collect()
