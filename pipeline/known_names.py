"""A pydantic type for strings that must be in a list of names, such as language codes or domains.

Used by `languages` and `domains`, which read their lists from a folder.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic_core import CoreSchema


class KnownName:
    """Restricts a recipe field to known names; the error message and the JSON schema list them."""

    def __init__(self, names: Callable[[], tuple[str, ...]]) -> None:
        self._names = names

    def __get_pydantic_core_schema__(self, source: object, handler: Any) -> CoreSchema:  # Any: pydantic's handler
        """Return the schema of a string that is one of the names."""
        from pydantic_core import core_schema

        return core_schema.literal_schema(list(self._names()))
