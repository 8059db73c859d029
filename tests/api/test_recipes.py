"""Recipes loaded in Python: changes by keyword are those of `--set` and `--with`."""

from __future__ import annotations

from pathlib import Path

import pytest

import pipeline
from pipeline.config import load
from pipeline.errors import RecipeError


def test_changes_by_section_and_by_path_are_those_of_the_command_line(tmp_path: Path) -> None:
    wanted = load.load_recipe(
        None, overrides=["clean.min_chars=50", "finetune.max_steps=10", f"output={tmp_path}", "seed=3"]
    )
    by_section = pipeline.load_recipe(clean={"min_chars": 50}, finetune={"max_steps": 10}, output=tmp_path, seed=3)
    by_path = pipeline.load_recipe(
        **{"clean.min_chars": 50, "finetune.max_steps": 10, "output": str(tmp_path), "seed": 3}
    )
    assert by_section == by_path == wanted != load.load_recipe(None)


def test_other_plug_in_drops_the_options_of_the_one_that_the_recipe_names() -> None:
    url = "http://localhost:8000/v1"
    in_any_order = [
        {"synthesize.teacher.base_url": url, "synthesize.teacher.kind": "openai", "synthesize.teacher.model": "m"},
        {"synthesize": {"teacher": {"kind": "openai", "base_url": url, "model": "m"}}},
    ]
    first, second = (pipeline.load_recipe(**changes) for changes in in_any_order)
    assert first == second
    assert first.synthesize.teacher.kind == "openai"


@pytest.mark.parametrize("given", ["docs", ["docs"], [{"path": "docs"}], Path("docs"), (Path("docs"),)])
def test_inputs_may_be_paths(given: object) -> None:
    assert [source.path for source in pipeline.load_recipe(inputs=given).inputs] == ["docs"]


def test_unknown_key_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(RecipeError, match="min_chars"):
        pipeline.load_recipe(clean={"min_chras": 50})
    with pytest.raises(RecipeError, match="sed"):
        pipeline.load_recipe(sed=3)


def test_fragment_loses_to_a_keyword(tmp_path: Path) -> None:
    fragment = tmp_path / "more.yaml"
    fragment.write_text("seed: 5\nclean: {min_chars: 40}\n", encoding="utf-8")
    recipe = pipeline.load_recipe(fragments=[fragment], seed=6)
    assert (recipe.seed, recipe.clean.min_chars) == (6, 40)
