"""The task `lm_eval`: what it refuses, and that it gives lm_eval the model. The latter needs the package."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from small_student import small_tokenizer
from transformers import LlamaForCausalLM

from pipeline.errors import InputError, MissingExtraError, RunError
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.subjects.subject import Role, Subject
from pipeline.evaluate.task import ForwardCell, ForwardPlan, Planning
from pipeline.evaluate.tasks.lm_eval import TASK, LmEvalOptions, section_of
from pipeline.scoring.intervals import wilson_interval

QUESTIONS = [
    ("The kettle is made of", [" steel", " glass"], 0),
    ("The landlord repairs the", [" boiler", " moon"], 0),
    ("Rent is due on the", [" roof", " third day"], 1),
    ("열쇠를", [" 돌려주었다", " 먹었다"], 0),
    ("The tank is", [" empty", " seventy"], 0),
]
YAML = """
task: {name}
dataset_path: json
dataset_kwargs:
  data_files: {{test: {data}}}
  cache_dir: {cache}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{question}}}}"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: "{{{{label}}}}"
target_delimiter: ""
metric_list:
  - {{metric: acc, aggregation: mean, higher_is_better: true}}
"""


def plan(base_model: str, names: Sequence[str], **options: Any) -> ForwardPlan:
    alone = Subject("only", base_model, Role.OTHER, fingerprint="only", meter=Meter(base_model))
    chosen = LmEvalOptions(names=tuple(names), **options)
    return TASK.plan(Planning(chosen, (2048,), (alone,), None, seed=17))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A task of our own with five questions, and one whose data set is missing."""
    root = tmp_path_factory.mktemp("lm_eval")
    (root / "tasks").mkdir()
    rows = [{"question": question, "choices": choices, "label": label} for question, choices, label in QUESTIONS]
    (root / "test.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    for name, data in (("house_words", "test.jsonl"), ("house_gone", "gone.jsonl")):
        text = YAML.format(name=name, data=root / data, cache=root / "cache")
        (root / "tasks" / f"{name}.yaml").write_text(text)
    return str(root / "tasks")


def test_no_names_are_refused(base_model: str) -> None:
    with pytest.raises(InputError, match="has no names"):
        plan(base_model, [])


@pytest.mark.parametrize("name", ["a/b", ""])
def test_names_that_are_no_file_names_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        LmEvalOptions(names=(name,))


def test_missing_package_says_how_to_install_it(base_model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    with pytest.raises(MissingExtraError, match="needs the package lm_eval") as raised:
        plan(base_model, ["hellaswag"])
    assert raised.value.remedy == "Install it with: pip install lm_eval"


def test_section_has_a_row_for_each_measure_with_its_interval() -> None:
    """From values as `measure` stores them; no package is needed to read them again."""
    values = {
        "results": {
            "words": {
                "acc,none": 0.6,
                "acc_stderr,none": 0.1,
                "f1,strict": 0.25,
                "bleu,none": 3.0,
                "bleu_stderr,none": 1.0,
            },
        },
        "num_samples": {"words": 5},
        "versions": {"words": 1.0},
    }
    section = section_of([(ForwardCell("only", 0, "words", "x"), values, 2.0)])
    wilson = {name: round(getattr(wilson_interval(3, 5), name), 5) for name in ("low", "high")}
    shared = {"subject": "only", "name": "words", "task": "words", "n": 5}
    assert section["cells"] == [{"subject": "only", "name": "words", "seconds": 2.0}]
    assert section["results"] == [
        {**shared, "measure": "acc", "filter": "none", "value": 0.6, **wilson},
        {**shared, "measure": "f1", "filter": "strict", "value": 0.25, "low": None, "high": None},
        {**shared, "measure": "bleu", "filter": "none", "value": 3.0, "low": 1.04004, "high": 4.95996},
    ]


def test_unknown_names_and_folders_say_what_there_is(base_model: str, folder: str) -> None:
    with pytest.raises(InputError, match="has no task 'house_word'") as raised:
        plan(base_model, ["house_word"], folder=folder)
    assert "house_words" in raised.value.remedy
    with pytest.raises(InputError, match="is not a folder"):
        plan(base_model, ["house_words"], folder=f"{folder}/none")


def test_measure_equals_the_plain_computation(base_model: str, folder: str) -> None:
    model = LlamaForCausalLM.from_pretrained(base_model, dtype=torch.float32).eval()
    planned = plan(base_model, ["house_words"], folder=folder)
    (cell,) = planned.cells
    assert (cell.subject, cell.variant, cell.length) == ("only", "house_words", 0)
    section = planned.section([(cell, planned.measure(model, cell), 1.0)])
    (row,) = section["results"]
    assert (row["measure"], row["n"]) == ("acc", len(QUESTIONS))
    assert row["value"] == pytest.approx(_plain_accuracy(model), abs=1e-5)
    assert row["low"] <= row["value"] <= row["high"] and 0 < row["value"] < 1


def test_measure_keeps_to_the_limit_and_says_what_failed(base_model: str, folder: str) -> None:
    model = LlamaForCausalLM.from_pretrained(base_model, dtype=torch.float32).eval()
    planned = plan(base_model, ["house_words", "house_gone"], folder=folder, limit=2)
    values = planned.measure(model, planned.cells[0])
    assert values["num_samples"] == {"house_words": 2}
    with pytest.raises(RunError, match="lm_eval task 'house_gone' cannot be measured"):
        planned.measure(model, planned.cells[1])


def test_content_follows_the_files_of_the_folder(base_model: str, folder: str) -> None:
    before = plan(base_model, ["house_words"], folder=folder).cells
    assert plan(base_model, ["house_words"], folder=folder).cells == before
    assert plan(base_model, ["house_words"], folder=folder, limit=3).cells != before
    path = Path(folder, "house_words.yaml")
    text = path.read_text()
    path.write_text(f"{text}\nnum_fewshot: 0\n")
    changed = plan(base_model, ["house_words"], folder=folder).cells
    path.write_text(text)
    assert changed != before


def _plain_accuracy(model: Any) -> float:
    """The share of questions whose right choice is likelier."""
    tokenizer = small_tokenizer()
    hits = 0
    for question, choices, label in QUESTIONS:
        scores = []
        for choice in choices:
            context, ids = tokenizer(question)["input_ids"], tokenizer(question + choice)["input_ids"]
            with torch.no_grad():
                log_probabilities = model(torch.tensor([ids])).logits[0].log_softmax(-1)
            scores.append(sum(float(log_probabilities[at - 1, ids[at]]) for at in range(len(context), len(ids))))
        hits += scores.index(max(scores)) == label
    return hits / len(QUESTIONS)
