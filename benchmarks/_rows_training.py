"""Builds and trainings of the benchmark of rows: the same documents as single look-ups and as composed conversations.

Takes a folder of documents; returns the held-out rows of both builds and two trained models. Everything is done by the
product's own `build_sft` and `finetune`; only recipes differ. A document is held out if both builds put it into their
validation split, so neither model was trained on it, nor on a version or duplicate of it. Used by `rows`.
"""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks._rows_documents import LANGUAGE
from pipeline.build import build_sft
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.config.tuning import TuningMethod
from pipeline.errors import InputError
from pipeline.finetune import finetune
from pipeline.identity import stable_hash64
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardReport
from pipeline.io.manifest import StageRecord
from pipeline.io.models import EMBEDDED_MODEL
from pipeline.io.outputs import Finding, built_files
from pipeline.io.parts import read_part
from pipeline.records import Context, SftExample, Split, TaskFamily
from pipeline.stages.runner import Stage
from pipeline.synthesize.tasks import structural_tasks
from pipeline.train.run.metrics import SilentObserver
from pipeline.train.run.record import TrainingRecord


class SilentBuild:
    """An observer of a build that shows nothing."""

    def stage_skipped(self, stage: Stage, record: StageRecord) -> None:
        """Do nothing."""

    def stage_damaged(self, stage: Stage, findings: Sequence[Finding]) -> None:
        """Do nothing."""

    def stage_started(self, stage: Stage, num_finished_shards: int) -> None:
        """Do nothing."""

    def stage_progressed(self, stage: Stage, reports: Mapping[str, ShardReport], num_finished_shards: int) -> None:
        """Do nothing."""

    def stage_finished(self, stage: Stage, record: StageRecord) -> None:
        """Do nothing."""


class RowKind(StrEnum):
    """What the rows of a build are."""

    LOOK_UPS = "look-ups"
    """One question a row, about one place."""
    CONVERSATIONS = "conversations"
    """Several questions a row, most of which need several places or the whole document."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of a run."""

    written_documents: int
    documents_per_domain: int
    """Of real documents, at most."""
    buckets: tuple[int, ...]
    room_tokens: int
    """The tokens of a bucket that are left for questions and answers."""
    max_answer_tokens: int
    """Longer answers are asked of neither model."""
    look_ups_per_document: int
    """Rows of single look-ups that are made of a document, and asked about a held-out one."""
    validation_share: float
    held_out_documents: int
    """At most; taken in an order by seed."""
    tokens: int
    """Processed by each training, rounded up to whole steps."""
    method: TuningMethod
    learning_rate: float
    packs_per_step: int
    warmup_steps: int
    validation_packs: int
    """Scored before and after a training."""

    @property
    def max_tokens(self) -> int:
        """The length of the longest row, and of a training pack."""
        return self.buckets[-1]


@dataclass(frozen=True, slots=True)
class Built:
    """The rows of a build."""

    folder: Path
    rows: Sequence[SftExample]
    documents: Mapping[str, str]
    """The duplicate cluster of each context, by its id: what a split never separates."""

    def document_of(self, row: SftExample) -> str:
        """Return the document of a row, or the cluster of documents that share its split."""
        return self.documents[row.doc_ids[0]]

    def split_documents(self, split: Split) -> frozenset[str]:
        """Return the documents of a split."""
        return frozenset(self.document_of(row) for row in self.rows if row.split == split)

    def families(self, split: Split) -> Counter[str]:
        """Return how many turns of a split belong to each task family."""
        return Counter(turn.family for row in self.rows if row.split == split for turn in row.turns)


def build_both(documents: Path, work: Path, plan: Plan, *, seed: int) -> dict[RowKind, Built]:
    """Build the documents as conversations; then, in a copy that has their contexts already, as single look-ups."""
    conversations, look_ups = work / "conversations", work / "look-ups"
    built = {RowKind.CONVERSATIONS: _build(_recipe(documents, plan, RowKind.CONVERSATIONS, seed=seed), conversations)}
    shutil.copytree(conversations, look_ups)
    built[RowKind.LOOK_UPS] = _build(_recipe(documents, plan, RowKind.LOOK_UPS, seed=seed), look_ups)
    return built


def held_out_rows(built: Mapping[RowKind, Built], plan: Plan, *, seed: int) -> dict[RowKind, list[SftExample]]:
    """Return rows of both kinds about the same held-out documents.

    Of single look-ups, a few rows a document; of conversations, the one with the most turns.

    Raises:
        InputError: no document is held out by both builds.
    """
    held_out = frozenset.intersection(*(one.split_documents(Split.VALIDATION) for one in built.values()))
    trained = frozenset.union(*(one.split_documents(Split.TRAIN) for one in built.values()))
    chosen = sorted(held_out - trained, key=lambda document: stable_hash64(seed, "held out", document))
    chosen = chosen[: plan.held_out_documents]
    if not chosen:
        raise InputError(
            "No document gave rows of both kinds to the validation split.", remedy="Give more or longer documents."
        )
    limits = {RowKind.LOOK_UPS: plan.look_ups_per_document, RowKind.CONVERSATIONS: 1}
    rows: dict[RowKind, list[SftExample]] = {}
    for kind, one in built.items():
        by_document: dict[str, list[SftExample]] = defaultdict(list)
        for row in sorted(one.rows, key=lambda row: (-len(row.turns), stable_hash64(seed, "held out", row.id))):
            by_document[one.document_of(row)].append(row)
        rows[kind] = [row for document in chosen for row in by_document[document][: limits[kind]]]
    return rows


def train(built: Built, model: Path, plan: Plan, *, seed: int) -> TrainingRecord:
    """Train the embedded model on the rows of a build, and return the record of the training."""
    settings = {
        "model": EMBEDDED_MODEL,
        "rope": {"method": "none"},
        "max_tokens": plan.max_tokens,
        "packs_per_step": plan.packs_per_step,
        "stages": [{"name": "rows", "tokens": plan.tokens}],
        "optimizer": {"learning_rate": plan.learning_rate, "warmup_steps": plan.warmup_steps},
        "validate_every_steps": 10_000,
        "max_validation_packs": plan.validation_packs,
        "save_every_steps": 10_000,
        "probe": {"every_steps": None},
        "report_to": "none",
        "device": "cpu",
        "tuning": {"method": plan.method},
    }
    recipe = Recipe.model_validate(
        {"name": "rows", "seed": seed, "inputs": [{"path": "bundled:"}], "finetune": settings}
    )
    result = finetune(
        recipe,
        data=str(built.folder),
        model=None,
        output=str(model),
        start=Start.FRESH,
        observer=SilentObserver(),
    )
    return result.record


def _recipe(documents: Path, plan: Plan, kind: RowKind, *, seed: int) -> Recipe:
    inputs = [
        {"path": str(folder), "domain": folder.name, "join": "file"}
        for folder in sorted(documents.iterdir())
        if folder.is_dir()
    ]
    structural: dict[str, Any] = {"max_answer_tokens": plan.max_answer_tokens, "min_questions": 24}
    export: dict[str, Any] = {"validation_share": plan.validation_share}
    if kind is RowKind.LOOK_UPS:
        structural["tasks"] = look_up_tasks()
        export |= {
            "conversations": {"max_turns": 1},
            "short_context_turns": plan.look_ups_per_document,
            "max_turns_per_10k_chars": 0.01,  # so that `short_context_turns` is the limit for every context
            "max_look_up_share": 1.0,
        }
    return Recipe.model_validate(
        {
            "name": "rows",
            "seed": seed,
            "inputs": inputs,
            "ingest": {"min_shards": 1},
            "clean": {"languages": [LANGUAGE]},
            "pack": {
                "tokenizer": EMBEDDED_MODEL,
                "buckets": list(plan.buckets),
                "room_tokens": plan.room_tokens,
                "overflow": "drop",
            },
            "synthesize": {"written": {"tasks": []}, "structural": structural},
            "export": export,
            "finetune": {"max_tokens": plan.max_tokens},
        }
    )


def look_up_tasks() -> list[str]:
    """Return the tasks that ask about one place of one document."""
    return [task.name for task in structural_tasks() if any(form.family is TaskFamily.LOOK_UP for form in task.forms)]


def _build(recipe: Recipe, folder: Path) -> Built:
    build_sft(recipe, output=str(folder), start=Start.RESUME, beam_options=[], observer=SilentBuild())
    layout = BuildFolder(str(folder))
    rows = [
        row
        for path in built_files(layout, "sft", stage="export")
        if path.endswith(".parquet")
        for row in read_part(path, SftExample)
    ]
    contexts = [context for path in built_files(layout, "corpus", stage="pack") for context in read_part(path, Context)]
    return Built(folder, rows, {context.doc_id: context.cluster_id for context in contexts})
