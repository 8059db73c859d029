"""The package from outside: what importing it loads, its names, and the examples in its docstrings."""

from __future__ import annotations

import doctest
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import pipeline
import pipeline.evaluate.run
import pipeline.finetune
from pipeline import api

_HEAVY = ("torch", "apache_beam", "transformers", "datasets", "pyarrow", "numpy", "pydantic", "yaml", "rich")
_NEEDS_TORCH = {"memory"}


def test_import_of_the_package_loads_no_library_and_takes_less_than_300_ms() -> None:
    code = (
        "import sys, time; began = time.process_time(); import pipeline; took = time.process_time() - began;"
        f" print([name for name in {_HEAVY!r} if name in sys.modules], took)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded, _, took = ran.stdout.strip().rpartition(" ")
    assert loaded == "[]"
    assert float(took) < 0.3


def test_names_of_the_package_are_ten_to_sixteen_and_all_have_a_docstring() -> None:
    assert 10 <= len(pipeline.__all__) <= 16
    assert pipeline.__all__ == sorted(pipeline.__all__)
    for name in pipeline.__all__:
        assert getattr(pipeline, name).__doc__, name
        assert name in dir(pipeline)


def test_names_that_modules_have_too_stay_functions_after_the_modules_are_imported() -> None:
    import_module("pipeline.finetune")
    import_module("pipeline.evaluate")
    assert callable(pipeline.finetune)
    assert callable(pipeline.evaluate)
    assert "functions" not in dir(pipeline)


def test_name_that_the_package_lacks_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'build_stf'"):
        _ = pipeline.build_stf  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted({one.name for one in iter_modules(api.__path__)} - _NEEDS_TORCH))
def test_examples_in_docstrings_do_what_they_say(name: str) -> None:
    assert doctest.testmod(import_module(f"pipeline.api.{name}")).failed == 0


def test_every_piece_has_an_example_that_runs() -> None:
    pieces = ["answers", "cleaning", "duplicates", "outlines", "packs", "questions", "reading", "recipes", "rope"]
    for name in pieces:
        tests = doctest.DocTestFinder().find(import_module(f"pipeline.api.{name}"))
        assert sum(len(one.examples) for one in tests) >= 3, name


def test_example_of_the_memory_plan_does_what_it_says() -> None:
    assert doctest.testmod(import_module("pipeline.api.memory")).failed == 0


def test_readme_shows_no_name_that_the_package_lacks() -> None:
    readme = Path(__file__).parents[2] / "README.md"
    words = readme.read_text(encoding="utf-8").replace("(", " ").replace("`", " ").split()
    used = {word.removeprefix("pipeline.") for word in words if word.startswith("pipeline.") and word.isidentifier()}
    assert used <= set(pipeline.__all__)
