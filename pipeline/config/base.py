"""The base model of every recipe section. It is frozen and rejects unknown keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A share from 0 to 1."""


class RecipeSection(BaseModel):
    """An immutable, hashable part of a recipe. Subclasses hold the defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, protected_namespaces=())
    renamed: ClassVar[Mapping[str, str]] = {}
    """Keys that earlier versions had, each with what replaces it. If a recipe still has such a key, the error names the
    replacement."""
