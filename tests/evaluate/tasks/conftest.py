"""The material of leases, two of them held out."""

from __future__ import annotations

import pytest
from own_documents import documents, write_build

from pipeline.evaluate.material import Material, read_material
from pipeline.evaluate.meter import Meter


@pytest.fixture(scope="session")
def leases(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return read_material(write_build(tmp_path_factory.mktemp("leases"), rows=documents()))


@pytest.fixture(scope="session")
def meter() -> Meter:
    return Meter("embedded:smollm2-135m-instruct")
