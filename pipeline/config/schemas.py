"""Generates JSON Schemas from the recipe models and the records; `schemas/` holds them as files.

Editors use the schemas to complete and check recipes. A test fails if a file differs from the generated schema.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from pipeline.config.recipe import Recipe
from pipeline.records import Context, ConversationTokens, DeadLetter, Rejection, SftExample, TrainingPack

_RECORDS: dict[str, type] = {
    "corpus-row": Context,
    "sft-row": SftExample,
    "tokens-row": ConversationTokens,
    "pack": TrainingPack,
    "rejection": Rejection,
    "dead-letter": DeadLetter,
}


def generate_schemas() -> dict[str, str]:
    """Return the JSON text of every schema, by file name."""
    schemas: dict[str, dict[str, Any]] = {"recipe": Recipe.model_json_schema()}
    for name, record in _RECORDS.items():
        schemas[name] = TypeAdapter(record).json_schema()
    return {f"{name}.schema.json": _text(schema) for name, schema in schemas.items()}


def _text(schema: dict[str, Any]) -> str:
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(dialect | schema, ensure_ascii=False, indent=2) + "\n"
