"""The embedded model finds keys inside its own context."""

from __future__ import annotations

import pytest
from generated_checks import asked_of, score_of

from pipeline.config.evaluate import EvaluateRecipe
from pipeline.evaluate.subjects.opening import describe, open_subject
from pipeline.io.models import EMBEDDED_MODEL


@pytest.mark.model
def test_embedded_model_inside_its_context_finds_the_key() -> None:
    settings = EvaluateRecipe.model_validate({"device": "cpu"})
    (subject,) = describe([EMBEDDED_MODEL], settings=settings)
    prompts = asked_of("passkey", 1024, samples=2, depths=[0.5]).prompts
    answering = open_subject(subject, settings)
    answers = dict(answering.answer(prompts))
    answering.close()
    scores = [score_of("passkey", prompt, answers[number].text) for number, prompt in enumerate(prompts)]
    assert scores == [1.0, 1.0]
