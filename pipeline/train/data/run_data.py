"""Reads the data of every stage of a run, and plans all steps.

Takes a `TrainingRun`. Returns `RunData`. The build, the recipe and the seed determine the result, so a resumed run has
the same packs and steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.config.stages import StageData
from pipeline.train.data.corpus_packs import CorpusPacks
from pipeline.train.data.dataset import PackedRows
from pipeline.train.data.documents import held_out_documents
from pipeline.train.data.pack_sources import PackSource, StagePacks, read_stage_packs
from pipeline.train.data.questions import HeldOutQuestion, draw_questions
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.data.steps import PackSize, PlannedStep, plan_fingerprint, plan_steps
from pipeline.train.run.metrics import StagePlan, TrainingObserver, TrainingPlan
from pipeline.train.run.stages import TrainingStage
from pipeline.train.run.training_run import TrainingRun


@dataclass(frozen=True, slots=True)
class RunData:
    """The packs of every stage, and the steps that train on them."""

    stages: tuple[TrainingStage, ...]
    packs: tuple[StagePacks, ...]
    """The packs of each stage, in the order of `stages`."""
    steps: tuple[PlannedStep, ...]
    """The steps of the whole run."""
    plan_fingerprint: str
    """Fingerprint of all steps, which fix the order of the data."""
    documents: Mapping[str, str]
    """The documents of the held-out rows and pieces (`data.documents`)."""
    questions: tuple[tuple[HeldOutQuestion, ...], ...]
    """The questions that the model answers during each stage; none in a stage without rows."""

    def stage_after(self, done: int) -> TrainingStage:
        """Return the stage of step `done`; the first stage if no step is done."""
        return self.stages[self.steps[max(done, 1) - 1].stage]

    def steps_of(self, stage: TrainingStage) -> list[PlannedStep]:
        """Return the steps of one stage."""
        return [step for step in self.steps if step.stage == stage.number]

    def longest_pack_tokens(self, planned: PlannedStep) -> int:
        """Return the number of tokens in a step's longest pack."""
        sources = self.packs[planned.stage].train
        return max(sum(sources[ref.data].lengths_of(ref.pack)) for ref in planned.packs)

    def longest_row(self, stage: TrainingStage) -> TokenizedRow:
        """Return the longest row, or piece of a document, that a stage trains on."""
        source, pack = max(
            ((source, pack) for source in self.packs[stage.number].train.values() for pack in range(len(source))),
            key=lambda candidate: max(candidate[0].lengths_of(candidate[1])),
        )
        return max(source.rows_of(pack), key=lambda row: row.num_tokens)

    def plan(self, *, first_step: int) -> TrainingPlan:
        """Return the plan of the whole run, for an observer."""
        return TrainingPlan(len(self.steps), first_step, tuple(self.stage_plan(stage) for stage in self.stages))

    def stage_plan(self, stage: TrainingStage) -> StagePlan:
        """Return the plan of one stage, for an observer."""
        packs = self.packs[stage.number]
        return StagePlan(
            name=stage.name,
            num_steps=len(self.steps_of(stage)),
            max_tokens=stage.settings.max_tokens,
            num_packs=sum(len(source) for source in packs.train.values()),
            num_validation_packs=sum(len(source) for source in packs.validation.values()),
        )


def read_run_data(run: TrainingRun, *, tokens_folder: str, observer: TrainingObserver) -> RunData:
    """Return the packs of every stage and the plan of all steps.

    Args:
        run: the run, with its stages and its build.
        tokens_folder: folder with the rows' token ids, from `dataset.prepare_token_ids`.
        observer: told which rows are packed again, and why.

    Raises:
        InputError, DamagedFileError: a stage has nothing to train on, or its data cannot be used (see
            `read_stage_packs`).
    """
    packs = tuple(read_stage_packs(run, stage, tokens_folder=tokens_folder, observer=observer) for stage in run.stages)
    steps = plan_steps(
        run.stages,
        [{data: _pack_sizes(source) for data, source in stage.train.items()} for stage in packs],
        schedule_over=run.settings.schedule_over,
        seed=run.seed,
    )
    documents = held_out_documents(run.data, pieces_of=_validated_documents(packs))
    questions = tuple(
        _questions(run, stage, stage_packs, documents) for stage, stage_packs in zip(run.stages, packs, strict=True)
    )
    return RunData(run.stages, packs, steps, plan_fingerprint(steps), documents, questions)


def _validated_documents(packs: Sequence[StagePacks]) -> set[str]:
    sources = (stage.validation.get(StageData.CORPUS) for stage in packs)
    return {doc_id for source in sources if isinstance(source, CorpusPacks) for doc_id in source.doc_ids_N}


def _questions(
    run: TrainingRun, stage: TrainingStage, packs: StagePacks, documents: Mapping[str, str]
) -> tuple[HeldOutQuestion, ...]:
    source = packs.validation.get(StageData.SFT)
    if not isinstance(source, PackedRows):
        return ()
    return draw_questions(
        run.data,
        source.rows,
        stage.settings.answers,
        documents=documents,
        max_tokens=stage.scaling.max_tokens,
        seed=run.seed,
    )


def _pack_sizes(source: PackSource) -> Sequence[PackSize]:
    return [pack_size(source, pack) for pack in range(len(source))]


def pack_size(source: PackSource, pack: int) -> PackSize:
    """Return the size of one pack."""
    lengths = source.lengths_of(pack)
    return PackSize(sum(lengths), sum(length**2 for length in lengths), source.num_trained(pack))
