"""Which rows teach a small model more: single look-ups, or composed conversations about the same documents.

    python -m benchmarks.rows [--data DIR] [--only KIND] [--work DIR] [--quick] [--seed 17] [--tokens N]
        [--method lora] [--learning-rate R] [--answers FILE]

English documents of several domains are built twice with the product's own `build_sft`: as single look-ups (one
question a row, about one place), and as conversations (up to eight turns a row, most of which need several places or
the whole document). `pipeline finetune` trains the embedded model on each build with an equal number of processed
tokens. During each training the model answers 54 held-out questions before the first step and about three times more;
the checkpoint with the best F1 is exported. That takes about as long as the steps do (`_rows_finetune`).

Then the untrained model and the trained ones answer the questions of held-out rows of both kinds, about the same
held-out documents, each turn after the gold answers before it; documents whose answers chose a checkpoint are left out.
Answers are generated greedily and scored by exact match and F1; intervals are of a paired bootstrap over documents.
Last, `pipeline evaluate` asks the untrained model and the one trained on conversations questions of held-out rows: with
the whole document, with the evidence only, and with no document.

`--only` builds, trains and scores one kind, `conversations` or `look-ups`. `--work` keeps documents, builds, models,
logs and evaluations; the same command goes on where an interrupted one ended, and repeats no finished build or
training. It needs about 4 GB for each training. DIR of `--data` has a folder for each domain (`legal`, `manual`,
`code`, `dialogue`); without it, the benchmark writes documents. `--answers` writes every question with the gold answer
and those of the models.

Prints tables, the beginning and the end of each training's log, and one JSON object as the last line: `documents`,
`held_out_documents`; `tokens`, `loss_tokens` and `seconds` by training; `exact` and `f1` by kind of held-out rows and
model; `f1_during` (F1 by step) and `exported_step` by training; `learnt_exact` and `learnt_f1` (trained − untrained on
rows of the training's kind, then the ends of the interval); `evaluation`, the figures of `evaluate` by model; and,
without `--only`, `gain_exact` and `gain_f1` (conversations − look-ups) and `taught_more`. A full run also writes
`benchmarks/results/rows.md`, or `rows-KIND.md` with `--only`. Exit 2 if the folder has no documents to use, or if DIR
of `--work` belongs to another run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks._results import table_row, write_results
from benchmarks._rows_documents import describe, draw_documents, write_documents
from benchmarks._rows_evaluation import evaluate_rows, evaluation_figures, evaluation_lines
from benchmarks._rows_finetune import Trained, log_lines, measured_lines, train, training_lines
from benchmarks._rows_scores import (
    Answers,
    Difference,
    ScoredTurn,
    answer_rows,
    difference,
    difference_text,
    exact,
    f1,
    family_lines,
    mean,
    score_lines,
)
from benchmarks._rows_training import Built, Plan, RowKind, build_rows, held_out_rows
from pipeline.config.tuning import TuningMethod
from pipeline.errors import InputError, PipelineError
from pipeline.io.files import write_text
from pipeline.io.models import EMBEDDED_MODEL
from pipeline.records import Split
from pipeline.report.page import format_plural

_RESULTS = Path(__file__).parent / "results"
_UNTRAINED = "untrained"
_MEASURES = {"exact": exact, "f1": f1}
_RUN_FILE = "run.json"
FULL = Plan(
    written_documents=240,
    documents_per_domain=100,
    buckets=(1024, 2048),
    room_tokens=512,
    max_answer_tokens=48,
    look_ups_per_document=2,
    validation_share=0.5,  # some documents choose the checkpoint, the others are scored; training needs few
    held_out_documents=30,
    tokens=60_000,
    method=TuningMethod.FULL,
    learning_rate=3e-4,
    packs_per_step=1,
    warmup_steps=5,
    validation_packs=4,
    answered_turns=54,
    measurements=3,
    evaluated_questions=40,
    evaluated_documents=24,
)
QUICK = replace(
    FULL,
    written_documents=9,
    documents_per_domain=4,
    buckets=(1280,),
    room_tokens=256,
    max_answer_tokens=16,
    look_ups_per_document=1,
    held_out_documents=1,
    tokens=600,
    warmup_steps=1,
    validation_packs=1,
    answered_turns=1,
    measurements=1,
    evaluated_questions=1,
    evaluated_documents=1,
)


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rows", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with a folder for each domain; written documents otherwise")
    parser.add_argument("--only", type=RowKind, help="conversations or look-ups; both if absent")
    parser.add_argument("--work", type=Path, help="folder that keeps everything; a temporary one otherwise")
    parser.add_argument(
        "--quick", action="store_true", help="few documents and steps; a minute of a core for each kind"
    )
    parser.add_argument("--seed", type=int, default=17, help="of the documents, the rows and the trainings")
    parser.add_argument("--tokens", type=int, help="processed by each training")
    parser.add_argument("--method", type=TuningMethod, help=f"full or lora; {FULL.method.value} if not given")
    parser.add_argument("--learning-rate", type=float, help=f"of the trainings; {FULL.learning_rate:g} if not given")
    parser.add_argument("--answers", type=Path, help="file to write all questions and answers to, as JSON lines")
    options = parser.parse_args(arguments)
    plan = QUICK if options.quick else FULL
    given = {name: getattr(options, name) for name in ("tokens", "method", "learning_rate")}
    plan = replace(plan, **{name: value for name, value in given.items() if value is not None})
    kinds = (options.only,) if options.only else tuple(RowKind)
    lines: list[str] = []

    def show(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    with tempfile.TemporaryDirectory(prefix="rows-") as temporary:
        work = (options.work or Path(temporary)).resolve()
        try:
            _prepare(work, options.data, plan, seed=options.seed)
            run = _measure(work, plan, kinds=kinds, source=describe(options.data), seed=options.seed, show=show)
        except PipelineError as error:
            print(f"{error.message} {error.remedy}")
            return 2
    if options.answers:
        options.answers.write_text("".join(_answer_lines(run.answers)), encoding="utf-8")
    if not options.quick:
        versions = {name: version(name) for name in ("torch", "transformers", "peft")}
        shown = {"only": options.only, "seed": options.seed} | given
        command = "".join(f" --{name.replace('_', '-')} {value}" for name, value in shown.items() if value is not None)
        versions["command"] = f"`python -m benchmarks.rows{' --data DIR' if options.data else ''}{command}`"
        write_results(
            _RESULTS / (f"rows-{options.only}.md" if options.only else "rows.md"),
            title="Rows: single look-ups and composed conversations",
            versions=versions,
            lines=lines,
        )
    print(json.dumps(_figures(run, seed=options.seed)))
    return 0


@dataclass(frozen=True, slots=True)
class _Run:
    """Everything that was measured."""

    built: Mapping[RowKind, Built]
    trained: Mapping[RowKind, Trained]
    answers: Answers
    evaluation: Mapping[str, Any]  # Any: the content of `evaluation.json`


def _prepare(work: Path, data: Path | None, plan: Plan, *, seed: int) -> None:
    """Write the documents, unless an earlier call has.

    Raises:
        InputError: the folder belongs to a run with other settings, or there are no documents to use.
    """
    run = json.dumps({"data": str(data and data.resolve()), "seed": seed, **asdict(plan)}, indent=2)
    record, documents = work / _RUN_FILE, work / "documents"
    if record.is_file():
        if record.read_text(encoding="utf-8") != run:
            raise InputError(
                f"{work} belongs to a run with other settings ({record}).",
                remedy="Give another folder with --work, or the options of that run.",
            )
        return
    if data is None:
        write_documents(documents, num_documents=plan.written_documents, seed=seed)
    else:
        draw_documents(data, documents, documents_per_domain=plan.documents_per_domain, seed=seed)
    write_text(str(record), run)


def _measure(
    work: Path, plan: Plan, *, kinds: Sequence[RowKind], source: str, seed: int, show: Callable[[str], None]
) -> _Run:
    def show_all(lines: Iterator[str]) -> None:
        for line in lines:
            show(line)
        show("")

    built = build_rows(work / "documents", work, plan, kinds=kinds, seed=seed)
    show(
        f"{EMBEDDED_MODEL}. {source} Contexts of at most {plan.max_tokens - plan.room_tokens:,} tokens, rows "
        f"of at most {plan.max_tokens:,}. Each training processes {plan.tokens:,} tokens, rounded up to whole "
        f"steps of {plan.packs_per_step * plan.max_tokens:,} tokens at most; {plan.method.value}, learning rate "
        f"{plan.learning_rate:g}.\n"
    )
    show_all(_row_lines(built))
    trained = {kind: train(one, work, kind, plan, seed=seed) for kind, one in built.items()}
    show_all(training_lines(trained))
    show_all(measured_lines(trained))
    chose = frozenset.union(*(built[kind].documents_of(one.asked_rows) for kind, one in trained.items()))
    rows = held_out_rows(built, plan, without=chose, seed=seed)
    models = {_UNTRAINED: EMBEDDED_MODEL} | {_trained_on(kind): str(one.model) for kind, one in trained.items()}
    answers = {
        kind: {
            name: answer_rows(model, rows[kind], one, max_answer_tokens=plan.max_answer_tokens + 8)
            for name, model in models.items()
        }
        for kind, one in built.items()
    }
    show_all(score_lines(answers, seed=seed))
    show_all(family_lines(answers))
    show_all(_learnt_lines(answers, seed=seed))
    if len(kinds) > 1:
        show_all(_comparison_lines(answers, seed=seed))
    last = kinds[-1]
    evaluation = evaluate_rows(built[last].folder, trained[last].model, work / f"evaluation-{last}", plan, seed=seed)
    show_all(evaluation_lines(evaluation))
    show_all(log_lines(trained))
    return _Run(built, trained, answers, evaluation)


def _trained_on(kind: RowKind) -> str:
    return f"trained on {kind.value}"


def _row_lines(built: Mapping[RowKind, Built]) -> Iterator[str]:
    yield "| build | documents | rows | turns | tokens | loss tokens | loss ÷ tokens | turns by task family |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
    for kind, one in built.items():
        for split in Split:
            rows = [row for row in one.rows if row.split == split]
            tokens, loss_tokens = (
                sum(getattr(row, name) for row in rows) for name in ("num_tokens", "num_loss_tokens")
            )
            yield table_row(
                f"{kind.value}, {split.value}",
                [
                    f"{len(one.split_documents(split)):,}",
                    f"{len(rows):,}",
                    f"{sum(len(row.turns) for row in rows):,}",
                    f"{tokens:,}",
                    f"{loss_tokens:,}",
                    f"{loss_tokens / max(1, tokens):.2%}",
                    ", ".join(f"{family} {count}" for family, count in one.families(split).most_common()),
                ],
            )


def _learnt_lines(answers: Answers, *, seed: int) -> Iterator[str]:
    for kind, by_model in answers.items():
        gains = _gains(by_model, _trained_on(kind), _UNTRAINED, seed=seed)
        documents = format_plural(gains["f1"].num_documents, "document")
        yield (
            f"Held-out {kind.value}: trained on {kind.value} − untrained: F1 {difference_text(gains['f1'])}, exact "
            f"match {difference_text(gains['exact'])} ({documents} of which no answer chose a checkpoint)."
        )


def _comparison_lines(answers: Answers, *, seed: int) -> Iterator[str]:
    for kind, by_model in answers.items():
        gains = _comparison(by_model, seed=seed)
        yield (
            f"Held-out {kind.value}: {_verdict(gains['f1'])} (conversations − look-ups: F1 "
            f"{difference_text(gains['f1'])}, exact match {difference_text(gains['exact'])})."
        )


def _gains(answers: Mapping[str, Sequence[ScoredTurn]], model: str, other: str, *, seed: int) -> dict[str, Difference]:
    """Return by how much the answers of a model are better than those of another one."""
    first, second = answers[model], answers[other]
    return {name: difference(first, second, measure, seed=seed) for name, measure in _MEASURES.items()}


def _comparison(answers: Mapping[str, Sequence[ScoredTurn]], *, seed: int) -> dict[str, Difference]:
    return _gains(answers, _trained_on(RowKind.CONVERSATIONS), _trained_on(RowKind.LOOK_UPS), seed=seed)


def _verdict(gain: Difference) -> str:
    if not gain.has_enough_documents:
        return f"{gain.num_documents} held-out documents are too few to tell which taught more"
    if not gain.is_shown:
        return "neither taught more than the other, within the interval"
    return f"{RowKind.CONVERSATIONS.value if gain.mean > 0 else RowKind.LOOK_UPS.value} taught more"


def _figures(run: _Run, *, seed: int) -> dict[str, Any]:
    built, trained, answers = run.built, run.trained, run.answers
    turns_of_any = [turn for by_model in answers.values() for turns in by_model.values() for turn in turns]
    learnt = {kind: _gains(answers[kind], _trained_on(kind), _UNTRAINED, seed=seed) for kind in answers}
    figures: dict[str, Any] = {
        "documents": len(frozenset.union(*(one.split_documents(split) for one in built.values() for split in Split))),
        "held_out_documents": len({turn.document for turn in turns_of_any}),
        "tokens": {kind.value: one.record.tokens for kind, one in trained.items()},
        "loss_tokens": {kind.value: one.record.trained_tokens for kind, one in trained.items()},
        "seconds": {kind.value: round(one.record.seconds) for kind, one in trained.items()},
        "f1_during": {
            kind.value: {metrics.step: round(metrics.f1, 4) for metrics in one.answers} for kind, one in trained.items()
        },
        "exported_step": {kind.value: one.record.best.step for kind, one in trained.items()},
        "evaluation": evaluation_figures(run.evaluation),
    }
    for name, measure in _MEASURES.items():
        figures[name] = {
            kind.value: {model: round(mean(turns, measure), 4) for model, turns in by_model.items()}
            for kind, by_model in answers.items()
        }
        figures[f"learnt_{name}"] = {kind.value: _interval(found[name]) for kind, found in learnt.items()}
    if len(answers) == 1:
        return figures
    gains = {kind: _comparison(by_model, seed=seed) for kind, by_model in answers.items()}
    for name in _MEASURES:
        figures[f"gain_{name}"] = {kind.value: _interval(found[name]) for kind, found in gains.items()}
    return figures | {"taught_more": {kind.value: _verdict(found["f1"]) for kind, found in gains.items()}}


def _interval(found: Difference) -> list[float]:
    return [round(value, 4) for value in (found.mean, found.interval.low, found.interval.high)]


def _answer_lines(answers: Answers) -> Iterator[str]:
    """Yield a line of JSON for each question, with the answers of all models."""
    for kind, by_model in answers.items():
        models = list(by_model)
        for turns in zip(*by_model.values(), strict=True):
            first = turns[0]
            line = {"rows": kind.value, "task": first.task, "family": first.family, "gold": first.gold}
            line |= {model: turn.answer for model, turn in zip(models, turns, strict=True)}
            line |= {f"f1 {model}": round(turn.score.f1, 3) for model, turn in zip(models, turns, strict=True)}
            yield json.dumps(line | {"question": first.question[-400:]}, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
