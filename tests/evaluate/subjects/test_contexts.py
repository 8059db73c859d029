"""The context length of a model, read before it is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_student import write_small_model

from pipeline.evaluate.subjects.huggingface import describe_model
from pipeline.evaluate.subjects.subject import Role


@pytest.mark.parametrize(
    ("rope", "max_positions", "context", "original"),
    [
        ({"rope_type": "default"}, 512, 512, 512),
        # Linear and dynamic scaling keep the length that they multiply.
        ({"rope_type": "linear", "factor": 4.0}, 512, 2048, 512),
        ({"rope_type": "dynamic", "factor": 2.0}, 512, 1024, 512),
        ({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 512}, 2048, 2048, 512),
        # A type that this project does not scale reaches what the config names.
        ({"rope_type": "proportional"}, 512, 512, 512),
    ],
)
def test_subject_reaches_what_its_scaling_reaches(
    tmp_path: Path, rope: dict[str, object], max_positions: int, context: int, original: int
) -> None:
    model = write_small_model(
        tmp_path, max_position_embeddings=max_positions, rope_parameters={"rope_theta": 10_000.0, **rope}
    )
    subject = describe_model(model, name="model", role=Role.TUNED)
    assert (subject.context_tokens, subject.original_context_tokens) == (context, original)
