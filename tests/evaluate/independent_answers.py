"""An evaluation of the embedded model on every answer task, and the same answers and scores by plain transformers.

The prompts are those of the plan. What the evaluation makes of them (answers, scores, cells) is computed a second time
without its code: see `plain_transformers` and `plain_scores`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from own_documents import HELD_OUT, documents, written_row
from plain_scores import SCORES, Values, row_scores
from plain_transformers import plain_answers
from row_build import Asked, lease, questions_about, row_about, sentences_of, write_rows
from small_student import sft_row

from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.evaluate.planning import EvaluationPlan
from pipeline.evaluate.prompt import Answer, Prompt
from pipeline.evaluate.run import EvaluationRequest, SilentEvaluation, evaluate, make_plan
from pipeline.identity import content_id
from pipeline.io.loading import resolve_weights
from pipeline.records import SftExample, Split, TaskFamily

MODEL = "embedded:smollm2-135m-instruct"
Options = Mapping[str, Any]
TASKS: Mapping[str, Options] = {
    "aggregation": {"lengths": [512, 1024], "max_items": 2, "max_answer_tokens": 96},
    "altqa": {"lengths": [512, 1024], "max_items": 1},
    "coreference": {"lengths": [384, 512], "samples": 1, "requests": [2]},
    "cwe": {"lengths": [896, 1024], "samples": 1},
    "ffqa": {"lengths": [384, 512], "max_items": 1},
    "fwe": {"lengths": [256, 512], "samples": 1},
    "graph_walks": {"lengths": [768, 1024], "samples": 1},
    "key_values": {"lengths": [384, 512], "max_items": 1, "positions": [0.0, 1.0]},
    "lines": {"lengths": [384, 512], "samples": 2},
    "niah_multikey": {"lengths": [512, 768], "samples": 1},
    "niah_multiquery": {"lengths": [384, 512], "samples": 1},
    "niah_multivalue": {"lengths": [384, 512], "samples": 1},
    "niah_single": {"lengths": [256, 512], "samples": 3},
    "passkey": {"lengths": [256, 512], "samples": 1, "depths": [0.0, 1.0]},
    "position": {"lengths": [768, 1024], "max_items": 1, "positions": [0.0, 1.0]},
    "rows": {"lengths": [512, 1024], "max_items": 2, "max_answer_tokens": 64},
    "topics": {"lengths": [512, 1024], "samples": 1},
    "vt": {"lengths": [768, 1024], "samples": 1},
    "whole": {"lengths": [512, 1024], "max_items": 2, "max_answer_tokens": 64, "chunk_tokens": 200},
}
"""Two short lengths of each task, and few questions."""
CHEAP: Mapping[str, Options] = {
    **{name: TASKS[name] for name in ("fwe", "niah_multiquery", "niah_single", "passkey", "vt")},
    "rows": {**TASKS["rows"], "lengths": [384, 512], "max_items": 1, "controls": ["evidence_only", "no_document"]},
}
"""What a CPU answers twice in a minute."""
_LEASES = [lease(1, num_sentences=2), lease(2, num_sentences=6), lease(3, language="ko", num_sentences=1)]
_KOREAN = sentences_of(_LEASES[2])
_SHORT_KOREAN = [
    Asked("차임은 얼마입니까?", "매월 340만 원", [_KOREAN[0]], "amount", "look_up"),
    Asked("보일러는 언제까지 수선합니까?", "32시간 안에", [_KOREAN[1]], "time_limit", "look_up"),
]
"""A tokenizer with three tokens for a Korean letter makes long answers slow."""
_ROWS = [*(row_about(one, questions_about(one)) for one in _LEASES[:2]), row_about(_LEASES[2], _SHORT_KOREAN)]


@dataclass(frozen=True)
class Cell:
    """The scores of a task, variant and length for one measure."""

    value: float
    n: int
    documents: int


CellKey = tuple[str, str, int, str]
"""Task, variant, length and measure."""


@dataclass(frozen=True)
class TwoComputations:
    """What the evaluation found, and what plain transformers and the definitions of the scores give."""

    evaluation: Mapping[str, Any]
    """The content of `evaluation.json`."""
    prompts: Mapping[str, Sequence[Prompt]]
    """By task, those that are only steps included."""
    stored: Mapping[str, str]
    """The answers in the evaluation's folder, by the key of the prompt."""
    plain: Mapping[str, str]
    """The plain answers, by the key of the prompt."""

    def cells(self) -> dict[CellKey, Cell]:
        """The cells of `evaluation.json`."""
        return {
            (task, row["variant"], row["length"], measure): Cell(score["value"], score["n"], score["documents"])
            for task, section in self.evaluation["tasks"].items()
            for row in section["cells"]
            for measure, score in row["scores"].items()
        }

    def plain_cells(self) -> dict[CellKey, Cell]:
        """The same cells from the plain answers."""
        found: dict[CellKey, list[tuple[str, float]]] = {}
        for task, prompts in self.prompts.items():
            for prompt in (prompt for prompt in prompts if not prompt.is_step):
                for measure, value in plain_scores(task, prompt, self.plain[prompt.key]).items():
                    if value is not None:
                        place = (task, prompt.variant, prompt.length, measure)
                        found.setdefault(place, []).append((prompt.cluster, value))
        return {
            place: Cell(round(fmean(value for _, value in scores), 4), len(scores), len({one for one, _ in scores}))
            for place, scores in found.items()
        }


def write_mixed_build(folder: Path) -> str:
    """A build of English and Korean leases: some with look-ups, some with rows of several turns."""
    others = sft_row(1, num_clauses=1, split=Split.VALIDATION)
    about = replace(others, doc_ids=(content_id(HELD_OUT[1]),), evidence=())
    contexts = [replace(one, bucket=_LEASES[0].bucket) for one in documents()]
    return write_rows(folder, [*contexts, *_LEASES], [*_ROWS, written_row(), about])


def recipe_of(tasks: Mapping[str, Options]) -> Recipe:
    """A recipe of some tasks on a CPU, without rounding to fewer bits."""
    section = {"tasks": dict(tasks), "dtype": "float32", "device": "cpu"}
    return Recipe.model_validate({"name": "independent", "inputs": [{"path": "bundled:"}], "evaluate": section})


def plan_of(tasks: Mapping[str, Options], build: str) -> EvaluationPlan:
    return make_plan(recipe_of(tasks), EvaluationRequest([MODEL], build), on_phase=SilentEvaluation().on_phase)


def compute_twice(tasks: Mapping[str, Options], build: str, output: Path) -> TwoComputations:
    """Evaluate the embedded model on some tasks, and compute its answers again."""
    result = evaluate(
        recipe_of(tasks),
        EvaluationRequest([MODEL], build),
        output=str(output),
        start=Start.RESUME,
        observer=SilentEvaluation(),
    )
    plan = plan_of(tasks, build)
    prompts = {planned.task.name: list(planned.asked.prompts) for planned in plan.answers}
    plain = _plain_answers([prompt for asked in prompts.values() for prompt in asked])
    for planned in plan.answers:
        if planned.task.follow_up is not None:
            pairs = [(prompt, Answer(plain[prompt.key], num_tokens=1)) for prompt in planned.asked.prompts]
            more = planned.task.follow_up(planned.asking, pairs).prompts
            prompts[planned.task.name] += more
            plain |= _plain_answers(more)
    lines = [
        json.loads(line) for path in output.glob("answers/**/*.jsonl") for line in path.read_text("utf-8").splitlines()
    ]
    return TwoComputations(result.evaluation, prompts, {line["key"]: line["text"] for line in lines}, plain)


def plain_scores(task: str, prompt: Prompt, answer: str) -> Values:
    """The scores of an answer by the definitions of a task's scores."""
    if task in SCORES:
        return SCORES[task](prompt, answer)
    row, turn = _turn_of(prompt)
    return row_scores(
        prompt,
        answer,
        quotes=[quote.quote for quote in row.evidence if quote.turn == turn],
        is_absent=row.turns[turn].family == TaskFamily.NOT_ANSWERABLE,
    )


def _turn_of(prompt: Prompt) -> tuple[SftExample, int]:
    row_id, turn = prompt.item.split(".")
    return next(row for row in _ROWS if row.id == row_id), int(turn)


def _plain_answers(prompts: Sequence[Prompt]) -> dict[str, str]:
    answers = plain_answers(prompts, resolve_weights(MODEL))
    return {prompt.key: answer for prompt, answer in zip(prompts, answers, strict=True)}
