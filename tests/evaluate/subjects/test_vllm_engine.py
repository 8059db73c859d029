"""The vLLM subject answers as plain transformers do; it runs in a process of its own, as the engine's workers need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import json, sys
from pipeline.config.evaluate import EvaluateRecipe
from pipeline.evaluate.prompt import Prompt, PromptForm
from pipeline.evaluate.subjects.opening import describe, open_subject
from pipeline.records import Message

def prompt_of(text, **changes):
    values = {"gold": ("x",), "length": 512, "num_tokens": 0, "cluster": "d", "max_answer_tokens": 12}
    return Prompt(text, (Message("user", text),), **(values | changes))

if __name__ == "__main__":
    lease = "A lease. " + "Rent is due on day three. " * 30
    prompts = [
        prompt_of(lease + "When is rent due?"),
        prompt_of("The rent is 10 dollars. " * 4 + "When is it due?", answer_start="It is due"),
        prompt_of("The sea is", form=PromptForm.TEXT, max_answer_tokens=5),
        prompt_of(lease + "Who pays?", max_answer_tokens=3),
        prompt_of("boat " * 9000),
    ]
    settings = EvaluateRecipe.model_validate({"tasks": {}, "dtype": "float32", "device": "cpu"})
    told = {}
    for reference in ("vllm:embedded:smollm2-135m-instruct", "embedded:smollm2-135m-instruct"):
        (subject,) = describe([reference], settings=settings)
        answering = open_subject(subject, settings)
        if not subject.has_weights:
            assert len(list(answering.answer(prompts[1:3]))) == 2  # the engine starts with a short window
        answers = dict(answering.answer(prompts if not subject.has_weights else prompts[:4]))
        answering.close()
        told[reference] = [
            [answers[number].text, answers[number].num_tokens, answers[number].is_cut, answers[number].fault]
            for number in range(len(answers))
        ]
    json.dump(list(told.values()), open(sys.argv[1], "w"))
"""


@pytest.mark.vllm
def test_vllm_subject_answers_as_transformers_do_and_starts_again_for_longer_prompts(tmp_path: Path) -> None:
    pytest.importorskip("vllm")
    told, script = tmp_path / "told.json", tmp_path / "ask.py"
    script.write_text(SCRIPT)
    subprocess.run([sys.executable, str(script), str(told)], check=True, timeout=800)
    by_vllm, by_transformers = json.loads(told.read_text())
    assert by_vllm[4][:3] == ["", 0, False] and "the model's context has 8192 tokens" in by_vllm[4][3]
    assert by_vllm[:4] == by_transformers
    assert {is_cut for _, _, is_cut, _ in by_transformers} == {True, False}
