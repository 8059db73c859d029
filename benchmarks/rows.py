"""Which rows teach a small model more: single look-ups, or composed conversations about the same documents.

    python -m benchmarks.rows [--data DIR] [--quick] [--seed 17] [--tokens N] [--method lora]
        [--learning-rate R] [--answers FILE]

English documents of several domains are built twice with the product's own `build_sft`: as single look-ups (one
question a row, about one place), and as conversations (up to eight turns a row, most of which need several places or
the whole document). `finetune` trains the embedded model on each build with an equal number of processed tokens. Then
the untrained model and both trained ones answer the questions of held-out rows of both kinds, about the same held-out
documents, each turn after the gold answers before it. Answers are generated greedily and scored by exact match and F1;
intervals are of a paired bootstrap over documents.

DIR has a folder for each domain (`legal`, `manual`, `code`, `dialogue`); without it, the benchmark writes documents.
`--answers` writes every question with the gold answer and those of the models. Prints tables, and one JSON object as
the last line: `documents`, `held_out_documents`; `tokens`, `loss_tokens` and `seconds` by training; `exact` and `f1` by
kind of held-out rows and model; `gain_exact` and `gain_f1` (conversations − look-ups, then the ends of the interval);
`taught_more`. A full run also writes `benchmarks/results/rows.md`. Exit 2 if the folder has no documents to use.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks._results import table_row, write_results
from benchmarks._rows_documents import describe, draw_documents, write_documents
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
from benchmarks._rows_training import Built, Plan, RowKind, build_both, held_out_rows, train
from pipeline.config.tuning import TuningMethod
from pipeline.errors import PipelineError
from pipeline.io.models import EMBEDDED_MODEL
from pipeline.records import Split
from pipeline.train.run.record import TrainingRecord

_RESULTS = Path(__file__).parent / "results" / "rows.md"
_UNTRAINED = "untrained"
FULL = Plan(
    written_documents=240,
    documents_per_domain=100,
    buckets=(1024, 2048),
    room_tokens=512,
    max_answer_tokens=48,
    look_ups_per_document=2,
    validation_share=0.25,
    held_out_documents=30,
    tokens=60_000,
    method=TuningMethod.FULL,
    learning_rate=3e-4,
    packs_per_step=1,
    warmup_steps=5,
    validation_packs=4,
)
QUICK = replace(
    FULL,
    written_documents=9,
    documents_per_domain=4,
    buckets=(1280,),
    room_tokens=256,
    max_answer_tokens=16,
    look_ups_per_document=1,
    validation_share=0.3,
    held_out_documents=1,
    tokens=600,
    warmup_steps=1,
    validation_packs=1,
)


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rows", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with a folder for each domain; written documents otherwise")
    parser.add_argument("--quick", action="store_true", help="few documents and steps; ends within 50 s on 2 cores")
    parser.add_argument("--seed", type=int, default=17, help="of the documents, the rows and the trainings")
    parser.add_argument("--tokens", type=int, help="processed by each training")
    parser.add_argument("--method", type=TuningMethod, help=f"full or lora; {FULL.method.value} if not given")
    parser.add_argument("--learning-rate", type=float, help=f"of both trainings; {FULL.learning_rate:g} if not given")
    parser.add_argument("--answers", type=Path, help="file to write all questions and answers to, as JSON lines")
    options = parser.parse_args(arguments)
    plan = QUICK if options.quick else FULL
    given = {name: getattr(options, name) for name in ("tokens", "method", "learning_rate")}
    plan = replace(plan, **{name: value for name, value in given.items() if value is not None})
    lines: list[str] = []

    def show(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    with tempfile.TemporaryDirectory(prefix="rows-") as root:
        try:
            figures, answers = _measure(options.data, Path(root), plan, seed=options.seed, show=show)
        except PipelineError as error:
            print(f"{error.message} {error.remedy}")
            return 2
    if options.answers:
        options.answers.write_text("".join(_answer_lines(answers)), encoding="utf-8")
    if not options.quick:
        versions = {name: version(name) for name in ("torch", "transformers", "peft")}
        shown = {"seed": options.seed} | {name: value for name, value in given.items() if value is not None}
        command = "".join(f" --{name.replace('_', '-')} {value}" for name, value in shown.items())
        versions["command"] = f"`python -m benchmarks.rows{' --data DIR' if options.data else ''}{command}`"
        write_results(
            _RESULTS, title="Rows: single look-ups and composed conversations", versions=versions, lines=lines
        )
    print(json.dumps(figures))
    return 0


def _measure(
    data: Path | None, work: Path, plan: Plan, *, seed: int, show: Callable[[str], None]
) -> tuple[dict[str, Any], Answers]:
    documents = work / "documents"
    if data is None:
        write_documents(documents, num_documents=plan.written_documents, seed=seed)
    else:
        draw_documents(data, documents, documents_per_domain=plan.documents_per_domain, seed=seed)
    built = build_both(documents, work, plan, seed=seed)
    rows = held_out_rows(built, plan, seed=seed)
    show(
        f"{EMBEDDED_MODEL}. {describe(data)} Contexts of at most {plan.max_tokens - plan.room_tokens:,} tokens, rows "
        f"of at most {plan.max_tokens:,}. Each training processes {plan.tokens:,} tokens, rounded up to whole "
        f"steps of {plan.packs_per_step * plan.max_tokens:,} tokens at most; {plan.method.value}, learning rate "
        f"{plan.learning_rate:g}.\n"
    )
    for line in _row_lines(built):
        show(line)
    records: dict[RowKind, TrainingRecord] = {}
    models = {_UNTRAINED: EMBEDDED_MODEL}
    for kind in RowKind:
        model = work / f"model-{kind.value}"
        records[kind] = train(built[kind], model, plan, seed=seed)
        models[f"trained on {kind.value}"] = str(model)
    show("")
    for line in _training_lines(records):
        show(line)
    answers = {
        kind: {
            name: answer_rows(model, rows[kind], built[kind], max_answer_tokens=plan.max_answer_tokens + 8)
            for name, model in models.items()
        }
        for kind in RowKind
    }
    show("")
    for line in score_lines(answers, seed=seed):
        show(line)
    show("")
    for line in family_lines(answers):
        show(line)
    gains = {kind: _gains(answers[kind], seed=seed) for kind in RowKind}
    verdicts = {kind: _verdict(gains[kind]["f1"]) for kind in RowKind}
    show("")
    for kind in RowKind:
        show(
            f"Held-out {kind.value}: {verdicts[kind]} (conversations − look-ups: F1 "
            f"{difference_text(gains[kind]['f1'])}, exact match {difference_text(gains[kind]['exact'])})."
        )
    return _figures(built, records, answers, gains, verdicts), answers


def _row_lines(built: Mapping[RowKind, Built]) -> Iterator[str]:
    yield "| build | documents | rows | turns | tokens | loss tokens | loss ÷ tokens | turns by task family |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
    for kind in RowKind:
        for split in Split:
            rows = [row for row in built[kind].rows if row.split == split]
            tokens, loss_tokens = (
                sum(getattr(row, name) for row in rows) for name in ("num_tokens", "num_loss_tokens")
            )
            yield table_row(
                f"{kind.value}, {split.value}",
                [
                    f"{len(built[kind].split_documents(split)):,}",
                    f"{len(rows):,}",
                    f"{sum(len(row.turns) for row in rows):,}",
                    f"{tokens:,}",
                    f"{loss_tokens:,}",
                    f"{loss_tokens / max(1, tokens):.2%}",
                    ", ".join(f"{family} {count}" for family, count in built[kind].families(split).most_common()),
                ],
            )


def _training_lines(records: Mapping[RowKind, TrainingRecord]) -> Iterator[str]:
    yield "| training | steps | tokens | loss tokens | loss ÷ tokens | threads | minutes | validation loss |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
    for kind, record in records.items():
        yield table_row(
            kind.value,
            [
                str(record.steps),
                f"{record.tokens:,}",
                f"{record.trained_tokens:,}",
                f"{record.trained_tokens / record.tokens:.2%}",
                str(record.threads),
                f"{record.seconds / 60:.1f}",
                " → ".join(f"{point.loss:.3f}" for point in record.held_out),
            ],
        )


def _gains(answers: Mapping[str, Sequence[ScoredTurn]], *, seed: int) -> dict[str, Difference]:
    """Return by how much the answers of the model trained on conversations are better."""
    first, second = (answers[f"trained on {kind.value}"] for kind in (RowKind.CONVERSATIONS, RowKind.LOOK_UPS))
    return {name: difference(first, second, measure, seed=seed) for name, measure in (("exact", exact), ("f1", f1))}


def _verdict(gain: Difference) -> str:
    if not gain.has_enough_documents:
        return f"{gain.num_documents} held-out documents are too few to tell which taught more"
    if not gain.is_shown:
        return "neither taught more than the other, within the interval"
    return f"{RowKind.CONVERSATIONS.value if gain.mean > 0 else RowKind.LOOK_UPS.value} taught more"


def _figures(
    built: Mapping[RowKind, Built],
    records: Mapping[RowKind, TrainingRecord],
    answers: Answers,
    gains: Mapping[RowKind, Mapping[str, Difference]],
    verdicts: Mapping[RowKind, str],
) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "documents": len(frozenset.union(*(one.split_documents(split) for one in built.values() for split in Split))),
        "held_out_documents": len({turn.document for turns in answers[RowKind.LOOK_UPS].values() for turn in turns}),
        "tokens": {kind.value: record.tokens for kind, record in records.items()},
        "loss_tokens": {kind.value: record.trained_tokens for kind, record in records.items()},
        "seconds": {kind.value: round(record.seconds) for kind, record in records.items()},
    }
    for name, measure in (("exact", exact), ("f1", f1)):
        figures[name] = {
            kind.value: {model: round(mean(turns, measure), 4) for model, turns in by_model.items()}
            for kind, by_model in answers.items()
        }
        figures[f"gain_{name}"] = {
            kind.value: [round(value, 4) for value in (found.mean, found.interval.low, found.interval.high)]
            for kind, found in ((kind, gains[kind][name]) for kind in RowKind)
        }
    return figures | {"taught_more": {kind.value: verdict for kind, verdict in verdicts.items()}}


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
