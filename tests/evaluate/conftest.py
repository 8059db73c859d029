"""A build, two small models and a recipe, for tests of evaluation."""

from __future__ import annotations

import pytest
from held_out_build import write_build
from small_student import write_small_model

from pipeline.config.recipe import Recipe
from pipeline.io.checked_json import write_checked


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_build(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="session")
def base_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_small_model(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def tuned_model(tmp_path_factory: pytest.TempPathFactory, base_model: str) -> str:
    folder = tmp_path_factory.mktemp("tuned")
    rope = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 512}
    write_small_model(folder, rope_parameters=rope, max_position_embeddings=2048)
    write_checked(str(folder / "training.json"), {"base_model": base_model})
    return str(folder)


@pytest.fixture
def recipe() -> Recipe:
    section = {
        "tasks": {
            "perplexity": {"lengths": [512, 2048], "scored_tokens": 64, "max_windows": 3},
            "passkey": {"lengths": [512, 1024], "depths": [0.0, 1.0], "samples": 2},
        },
        "dtype": "float32",
        "device": "cpu",
    }
    return Recipe.model_validate({"name": "small", "inputs": [{"path": "bundled:"}], "evaluate": section})
