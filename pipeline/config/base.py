"""The base model of every recipe section: frozen, and strict about unknown keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class RecipeSection(BaseModel):
    """Immutable and hashable; rejects unknown keys. Subclasses hold the defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, protected_namespaces=())
    renamed: ClassVar[Mapping[str, str]] = {}
    """Keys of earlier versions, with their replacements; named in the error if a recipe still has one."""
