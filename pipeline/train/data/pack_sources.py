"""Defines one protocol for packs of rows and packs of documents, and reads the packs of a stage.

Takes a run and a stage. Returns a `PackSource` for each kind of data, for training and for validation. The loop and the
plan of steps use packs only through this protocol; token ids are read when a pack is needed.
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
from pipeline.train.run.stages import TrainingStage
from pipeline.train.run.training_run import TrainingRun


class PackSource(Protocol):
    """Packs of one kind of data and one split, by number."""

    def __len__(self) -> int:
        """Return the number of packs."""

    @property
    def counts(self) -> RowCounts:
        """Numbers of rows or documents used and left out."""

    def lengths_of(self, pack: int) -> Sequence[int]:
        """Return the number of tokens in each row of a pack, without reading the rows."""

    def num_trained(self, pack: int) -> int:
        """Return the number of tokens in a pack that the loss counts, without reading the rows."""

    def rows_of(self, pack: int) -> Sequence[TokenizedRow]:
        """Read the rows of a pack, in order. In a piece of a document, every token counts as an answer token."""


@dataclass(frozen=True, slots=True)
class StagePacks:
    """What a stage trains on and is validated on, by kind of data: `sft`, `corpus` or both."""

    train: Mapping[StageData, PackSource]
    validation: Mapping[StageData, PackSource]
    """A sample of packs of each kind (`data.validation_sample`); a kind without packs is left out."""


def read_stage_packs(
    run: TrainingRun, stage: TrainingStage, *, tokens_folder: str, observer: TrainingObserver
) -> StagePacks:
    """Return the packs of a stage: those that the build planned, or new packs if that plan does not suit the stage.

    Args:
        run: the run whose build is read.
        stage: the stage, with its kinds of data, lengths and scaling.
        tokens_folder: folder with the rows' token ids, from `dataset.prepare_token_ids`.
        observer: told which rows are packed again, and why.

    Raises:
        InputError: no training row both fits a pack and has an answer, or the build lacks a kind of data that the stage
            trains on. For documents also: the build has no pack plan, or its token ids come from a different tokenizer.
        DamagedFileError: a file of the build is missing or does not have the size in its report.
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
                languages=stage.settings.languages,
                regime_of=stage.scaling.regime,
            )
            for split in (Split.TRAIN, Split.VALIDATION)
        )
        train[StageData.CORPUS] = documents
        validation[StageData.CORPUS] = held_out.sample(stage.settings, seed=run.seed)
    for data, source in train.items():
        if not len(source):
            raise InputError(
                f"Stage {stage.name} trains on {data.value}, but {run.data} has no such data.",
                remedy="Build more documents, or set the stage's data to sft.",
            )
    return StagePacks(train, {data: source for data, source in validation.items() if len(source)})
