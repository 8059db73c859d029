"""The base model of every recipe section. It is frozen and rejects unknown keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class RecipeSection(BaseModel):
    """An immutable, hashable part of a recipe. Subclasses hold the defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, protected_namespaces=())
    renamed: ClassVar[Mapping[str, str]] = {}
    """Keys of earlier versions, each with a replacement that the error names if a recipe still has the key."""
