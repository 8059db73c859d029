"""Scored answers made without a model, for tests of tables, files and pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.config.evaluate import EvaluationTaskOptions
from pipeline.evaluate.prompt import Answer, Prompt, ScoredAnswer
from pipeline.evaluate.results.figures import figures_of
from pipeline.evaluate.results.headline import headline
from pipeline.evaluate.results.tables import answer_section
from pipeline.evaluate.task import AnswerTask, Asked
from pipeline.records import Message

ROWS_VARIANTS = ("document", "evidence_only", "no_document", "retrieved")


def task(
    name: str = "rows",
    *,
    measures: Sequence[str] = ("f1",),
    variants: Sequence[str] = (),
    counts: bool = False,
    title: str = "",
) -> AnswerTask:
    """A task that asks nothing; its answers come from `answered`."""
    return AnswerTask(
        name=name,
        title=title or name.title(),
        about=f"What {name} asks.",
        options=EvaluationTaskOptions,
        ask=lambda asking: Asked(()),
        score=lambda prompt, text: {},
        measure=measures[0],
        measures=tuple(measures[1:]),
        variants=tuple(variants),
        counts_for_effective_length=counts,
    )


def answered(
    subject: str = "tuned",
    score: float | None = 1.0,
    *,
    task: str = "rows",
    item: str = "q1",
    length: int = 2048,
    variant: str = "document",
    cluster: str = "",
    kind: str = "",
    language: str = "en",
    depth: float | None = None,
    scores: Mapping[str, float | None] | None = None,
    answer: str = "the answer",
    text: str = "A document.\n\nA question?",
    fault: str = "",
    is_cut: bool = False,
) -> ScoredAnswer:
    """One scored answer; `score` is the F1, unless `scores` gives all."""
    prompt = Prompt(
        item=item,
        messages=(Message(role="user", content=text),),
        gold=("gold",),
        length=length,
        num_tokens=length - 64,
        cluster=cluster or item,
        variant=variant,
        kind=kind,
        language=language,
        depth=depth,
    )
    return ScoredAnswer(
        subject,
        task,
        prompt,
        Answer(answer, 3, is_cut=is_cut, fault=fault),
        {"f1": score} if scores is None else scores,
    )


def evaluation_of(
    tasks: Sequence[AnswerTask],
    scored: Sequence[ScoredAnswer],
    *,
    subjects: Mapping[str, str],
    main: str,
    reference: str | None,
    forward: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The content of `evaluation.json` as `evaluate.run` puts it together, for subjects by name with their roles."""
    by_task = {one.name: [answer for answer in scored if answer.task == one.name] for one in tasks}
    figures = {name: figures_of(tasks, by_task, subject=name, threshold=0.856, seed=17) for name in subjects}
    evaluation: dict[str, Any] = {
        "headline": "",
        **figures[main],
        "main": main,
        "reference": reference,
        "subjects": [
            {
                "name": name,
                "reference": f"models/{name}",
                "role": role,
                "fingerprint": "ab" * 8,
                "context_tokens": 8192 if role == "base" else 16384,
                "original_context_tokens": 8192,
                "rope": {"rope_type": "default"} if role == "base" else {"rope_type": "yarn", "factor": 2.0},
                "tokenizer": f"models/{name}",
            }
            for name, role in subjects.items()
        ],
        "figures": figures,
        "data": "out/quickstart/build",
        "device": "cpu",
        "seed": 17,
        "recipe": {"dtype": "bfloat16", "effective_score": 0.856},
        "versions": {"longdoc-pipeline": "0.1.0", "python": "3.11.9"},
        "notes": [],
        "tasks": {
            one.name: {
                **answer_section(one, by_task[one.name], subjects=list(subjects), reference=reference, seed=17),
                "notes": [],
                "skipped": {},
            }
            for one in tasks
        },
        "forward": dict(forward or {}),
    }
    return {**evaluation, "headline": headline(evaluation)}
