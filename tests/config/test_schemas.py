import json
from pathlib import Path

import pytest

from pipeline.config.schemas import generate_schemas

SCHEMAS = Path(__file__).parents[2] / "schemas"


@pytest.mark.parametrize("name", sorted(generate_schemas()))
def test_schema_file_equals_what_the_code_generates(name: str) -> None:
    assert (SCHEMAS / name).read_text(encoding="utf-8") == generate_schemas()[name], (
        "run: pipeline schemas export schemas"
    )


def test_schema_folder_holds_nothing_else() -> None:
    assert sorted(path.name for path in SCHEMAS.iterdir()) == sorted(generate_schemas())


def test_recipe_schema_is_closed_and_explains_its_keys() -> None:
    schema = json.loads(generate_schemas()["recipe.schema.json"])
    assert schema["additionalProperties"] is False
    assert "NAME" in schema["properties"]["output"]["description"]
