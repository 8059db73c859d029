"""Packs of a stage, whatever they are made of: rows with answers, or documents.

In: a run and a stage. Out: a `PackSource` for each kind of data, for training and for validation. The loop and the
plan of steps see packs through this protocol alone; ids are read when a pack is trained on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.config.stages import StageData
from pipeline.errors import InputError
from pipeline.records import Split
from pipeline.train.data.corpus_packs import read_corpus_packs
from pipeline.train.data.dataset import read_dataset
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.run.metrics import TrainingObserver
from pipeline.train.run.record import RowCounts
from pipeline.train.run.stages import Stage
from pipeline.train.run.training_run import TrainingRun


class PackSource(Protocol):
    """Packs of one kind of data and one split, by number."""

    def __len__(self) -> int:
        """How many packs there are."""

    @property
    def counts(self) -> RowCounts:
        """What the packs were made of, and what was left out."""

    def lengths_of(self, pack: int) -> Sequence[int]:
        """Tokens of each row of a pack; nothing is read."""

    def rows_of(self, pack: int) -> Sequence[TokenizedRow]:
        """The rows of a pack, in order; a document is a row whose every token is to be predicted."""


@dataclass(frozen=True, slots=True)
class StagePacks:
    """What a stage trains on and is validated on, by kind: `sft`, `corpus` or both."""

    train: Mapping[StageData, PackSource]
    validation: Mapping[StageData, PackSource]
    """At most `max_validation_packs` of each kind; no kind that has none."""


def read_stage_packs(run: TrainingRun, stage: Stage, *, tokens_folder: str, observer: TrainingObserver) -> StagePacks:
    """Find or make the packs of a stage.

    Args:
        run: whose build is read.
        stage: its data, lengths and scaling count.
        tokens_folder: of the rows' ids, as `dataset.prepare_token_ids` says.
        observer: told what has to be made anew, and why.

    Raises:
        InputError: nothing fits a pack, or there is nothing of that kind.
    """
    train: dict[StageData, PackSource] = {}
    validation: dict[StageData, PackSource] = {}
    if stage.data is not StageData.CORPUS:
        dataset = read_dataset(run.for_stage(stage), tokens_folder=tokens_folder, observer=observer)
        train[StageData.SFT], validation[StageData.SFT] = dataset.train, dataset.validation
    if stage.data is not StageData.SFT:
        documents, held_out = (
            read_corpus_packs(
                run.data,
                split,
                tokenizer=run.base_model,
                max_tokens=stage.settings.max_tokens,
                regime_of=stage.scaling.regime,
            )
            for split in (Split.TRAIN, Split.VALIDATION)
        )
        train[StageData.CORPUS] = documents
        validation[StageData.CORPUS] = held_out.sample(stage.settings.max_validation_packs, seed=run.seed)
    for data, source in train.items():
        if not len(source):
            raise InputError(
                f"Stage {stage.name} trains on {data.value}, and {run.data} has nothing of it.",
                remedy="Build more documents, or set the stage's data to sft.",
            )
    return StagePacks(train, {data: source for data, source in validation.items() if len(source)})
