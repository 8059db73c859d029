"""What a run's data say of its stages and steps, over packs whose lengths are given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.stages import StageData
from pipeline.train.metrics import StagePlan, TrainingPlan
from pipeline.train.pack_sources import StagePacks
from pipeline.train.record import RowCounts
from pipeline.train.rope.scaling import without_rotary
from pipeline.train.rows import TokenizedRow
from pipeline.train.run_data import RunData
from pipeline.train.stages import Stage
from pipeline.train.steps import PackRef, PlannedStep

SFT, CORPUS = StageData.SFT, StageData.CORPUS


class Packs:
    """Packs of rows of given lengths, each row named by its place."""

    def __init__(self, name: str, *packs: Sequence[int]) -> None:
        self._name = name
        self._packs = packs

    def __len__(self) -> int:
        return len(self._packs)

    @property
    def counts(self) -> RowCounts:
        return RowCounts(0, 0, 0, 0, 0, 0)

    def lengths_of(self, pack: int) -> Sequence[int]:
        return self._packs[pack]

    def rows_of(self, pack: int) -> Sequence[TokenizedRow]:
        return [
            TokenizedRow(f"{self._name} {pack}.{place}", np.zeros(n, np.int32), np.ones(n, np.bool_), 1.0)
            for place, n in enumerate(self._packs[pack])
        ]


def _stage(number: int, name: str, data: StageData, max_tokens: int) -> Stage:
    settings = FinetuneRecipe(max_tokens=max_tokens)
    return Stage(number, name, data, 0.5, None, 1, None, settings, without_rotary(max_tokens))


def _step(number: int, stage: int, *packs: PackRef) -> PlannedStep:
    return PlannedStep(number, stage, number, False, 1e-4, packs)


@pytest.fixture
def data() -> RunData:
    short, mixed = _stage(0, "short", SFT, 100), _stage(1, "mixed", StageData.MIXED, 200)
    rows, documents = Packs("row", [30, 60], [80], [10, 10, 10]), Packs("document", [90, 5], [40, 95])
    steps = (
        _step(1, 0, PackRef(SFT, 0), PackRef(SFT, 2)),
        _step(2, 0, PackRef(SFT, 1)),
        _step(3, 1, PackRef(SFT, 2), PackRef(CORPUS, 0)),
        _step(4, 1, PackRef(CORPUS, 1)),
        _step(5, 1, PackRef(SFT, 1)),
    )
    packs = (
        StagePacks({SFT: rows}, {SFT: Packs("held out", [1])}),
        StagePacks({SFT: rows, CORPUS: documents}, {SFT: Packs("held out", [1]), CORPUS: Packs("held out", [2], [3])}),
    )
    return RunData((short, mixed), packs, steps, "f")


@pytest.mark.parametrize(("done", "name"), [(0, "short"), (1, "short"), (2, "short"), (3, "mixed"), (5, "mixed")])
def test_stage_in_force_is_that_of_the_last_step_done(data: RunData, done: int, name: str) -> None:
    assert data.stage_after(done).name == name


def test_steps_of_a_stage_are_its_own(data: RunData) -> None:
    assert [[step.step for step in data.steps_of(stage)] for stage in data.stages] == [[1, 2], [3, 4, 5]]


def test_longest_pack_of_a_step_is_counted_over_its_rows(data: RunData) -> None:
    assert [data.longest_pack_tokens(step) for step in data.steps] == [90, 80, 95, 135, 80]


def test_longest_row_of_a_stage_may_stand_beside_others_and_be_of_either_kind(data: RunData) -> None:
    longest = [data.longest_row(stage) for stage in data.stages]
    assert [(row.row_id, row.num_tokens) for row in longest] == [("row 1.0", 80), ("document 1.1", 95)]


def test_plan_tells_steps_lengths_and_packs_of_every_stage(data: RunData) -> None:
    expected = (
        StagePlan(name="short", num_steps=2, max_tokens=100, num_packs=3, num_validation_packs=1),
        StagePlan(name="mixed", num_steps=3, max_tokens=200, num_packs=5, num_validation_packs=3),
    )
    assert data.plan(first_step=3) == TrainingPlan(5, 3, expected)
