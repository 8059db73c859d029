"""The base model of every recipe section. It is frozen and rejects unknown keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class RecipeSection(BaseModel):
    """An immutable, hashable part of a recipe. Subclasses hold the defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, protected_namespaces=())
    renamed: ClassVar[Mapping[str, str]] = {}
    """Keys that earlier versions had, each with what replaces it. If a recipe still has such a key, the error names the
    replacement."""
