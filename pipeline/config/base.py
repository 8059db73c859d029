"""The model every recipe section derives from: frozen, unknown keys refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class RecipeSection(BaseModel):
    """Immutable, closed to unknown keys, and hashable; defaults live in its subclasses and nowhere else."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, protected_namespaces=())
    renamed: ClassVar[Mapping[str, str]] = {}
    """Keys of earlier versions, with what to write now; named in the error where a recipe still has one."""
