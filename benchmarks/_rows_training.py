"""Builds of the benchmark of rows: the same documents as single look-ups and as composed conversations.

Takes a folder of documents; returns the builds and their held-out rows. The product's own `build_sft` builds; only
recipes differ. A document is held out if every build put it into its validation split, so no model was trained on it,
nor on a version or duplicate of it. Used by `rows` and `evaluation`.
"""

from __future__ import annotations

import math
import shutil
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
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

_PACK_FILL = 0.88
"""The share of a pack of 2,048 tokens that rows of 1,000 tokens fill, as measured."""


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
    answered_turns: int
    """Held-out questions that a training answers, before its first step and then again and again. With less than one
    for each held-out row, each is about a row of its own; so their prompts cost about as many tokens as those rows."""
    measurements: int
    """How often a training answers them after its first step, roughly: packs are seldom full."""
    evaluated_questions: int
    """Asked by `evaluate` afterwards, in each way of asking."""
    evaluated_documents: int
    """That those questions are about, at most."""

    @property
    def max_tokens(self) -> int:
        """The length of the longest row, and of a training pack."""
        return self.buckets[-1]

    @property
    def answers_every_steps(self) -> int:
        """The number of steps between two measurements of answers."""
        num_steps = self.tokens / (_PACK_FILL * self.max_tokens * self.packs_per_step)
        return max(1, math.ceil(num_steps / self.measurements))


@dataclass(frozen=True, slots=True)
class Built:
    """The rows of a build."""

    folder: Path
    rows: Sequence[SftExample]
    documents: Mapping[str, str]
    """The duplicate cluster of each context, by its id: what a split never separates; the id if it has none."""

    def document_of(self, row: SftExample) -> str:
        """Return the document of a row, or the cluster of documents that share its split."""
        return self.documents[row.doc_ids[0]]

    def documents_of(self, row_ids: Collection[str]) -> frozenset[str]:
        """Return the documents of some rows."""
        return frozenset(self.document_of(row) for row in self.rows if row.id in row_ids)

    def split_documents(self, split: Split) -> frozenset[str]:
        """Return the documents of a split."""
        return frozenset(self.document_of(row) for row in self.rows if row.split == split)

    def families(self, split: Split) -> Counter[str]:
        """Return how many turns of a split belong to each task family."""
        return Counter(turn.family for row in self.rows if row.split == split for turn in row.turns)


def build_rows(documents: Path, work: Path, plan: Plan, *, kinds: Sequence[RowKind], seed: int) -> dict[RowKind, Built]:
    """Build the documents as rows of each kind; a finished build in `work` is only read.

    The conversations come first. Single look-ups are built in a copy of theirs, which has the contexts already.
    """
    conversations, look_ups = (work / kind.value for kind in (RowKind.CONVERSATIONS, RowKind.LOOK_UPS))
    built = {RowKind.CONVERSATIONS: _build(_recipe(documents, plan, RowKind.CONVERSATIONS, seed=seed), conversations)}
    if RowKind.LOOK_UPS in kinds:
        if not look_ups.exists():
            unfinished = work / f"{look_ups.name}.copying"
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(conversations, unfinished)
            unfinished.rename(look_ups)
        built[RowKind.LOOK_UPS] = _build(_recipe(documents, plan, RowKind.LOOK_UPS, seed=seed), look_ups)
    return {kind: built[kind] for kind in kinds}


def held_out_rows(
    built: Mapping[RowKind, Built], plan: Plan, *, without: frozenset[str] = frozenset(), seed: int
) -> dict[RowKind, list[SftExample]]:
    """Return rows of all kinds about the same held-out documents.

    Of single look-ups, a few rows a document; of conversations, the one with the most turns.

    Args:
        built: the builds.
        plan: how many documents, and rows of each.
        without: documents that are not taken.
        seed: decides which documents are taken.

    Raises:
        InputError: no document is held out by all builds.
    """
    held_out = frozenset.intersection(*(one.split_documents(Split.VALIDATION) for one in built.values()))
    trained = frozenset.union(*(one.split_documents(Split.TRAIN) for one in built.values()))
    chosen = sorted(held_out - trained - without, key=lambda document: stable_hash64(seed, "held out", document))
    chosen = chosen[: plan.held_out_documents]
    if not chosen:
        raise InputError(
            "No document gave rows of every kind to the validation split.", remedy="Give more or longer documents."
        )
    limits = {RowKind.LOOK_UPS: plan.look_ups_per_document, RowKind.CONVERSATIONS: 1}
    rows: dict[RowKind, list[SftExample]] = {}
    for kind, one in built.items():
        by_document: dict[str, list[SftExample]] = defaultdict(list)
        for row in sorted(one.rows, key=lambda row: (-len(row.turns), stable_hash64(seed, "held out", row.id))):
            by_document[one.document_of(row)].append(row)
        rows[kind] = [row for document in chosen for row in by_document[document][: limits[kind]]]
    return rows


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
    return Built(folder, rows, {context.doc_id: context.cluster_id or context.doc_id for context in contexts})
