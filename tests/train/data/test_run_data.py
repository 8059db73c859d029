"""What each stage trains on and is validated on, and what an observer is told of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from packed_build import write_small_corpus
from small_student import RecordingObserver, small_recipe, write_small_build, write_small_model

from pipeline.config.stages import StageData
from pipeline.config.start import Start
from pipeline.errors import InputError
from pipeline.io.layout import BuildFolder
from pipeline.records import Split
from pipeline.train.data.dataset import prepare_token_ids
from pipeline.train.data.pack_sources import read_stage_packs
from pipeline.train.data.rows import read_row_set
from pipeline.train.data.run_data import RunData, read_run_data
from pipeline.train.run.metrics import StagePlan, TrainingPlan
from pipeline.train.run.training_run import TrainingRun, open_run

SFT, CORPUS = StageData.SFT, StageData.CORPUS
STAGES = [
    {"name": "read", "data": "corpus", "max_tokens": 256, "rope": {"method": "none"}, "epochs": 1},
    {"name": "both", "data": "mixed", "corpus_share": 0.5, "max_tokens": 384, "packs_per_step": 3, "max_steps": 4},
    {"name": "answer", "epochs": 2},
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("run_data")
    model = write_small_model(root / "model")
    write_small_corpus(write_small_build(root / "build", num_train=10, num_validation=6), tokenizer=model,
                       num_documents=12)  # fmt: skip
    return root


def _open(base: Path, output: Path, **finetune: object) -> tuple[TrainingRun, str]:
    model = str(base / "model")
    recipe = small_recipe(model, **({"stages": STAGES, "max_steps": None, "max_validation_packs": 1} | finetune))
    run = open_run(recipe, data=str(base / "build"), base_model=model, output=str(output), start=Start.RESUME)
    return run, prepare_token_ids(run, observer=RecordingObserver())


def _read(base: Path, output: Path, **finetune: object) -> RunData:
    run, folder = _open(base, output, **finetune)
    return read_run_data(run, tokens_folder=folder, observer=RecordingObserver())


def test_every_stage_has_packs_of_its_kinds_within_its_own_length(base: Path, tmp_path: Path) -> None:
    data = _read(base, tmp_path)
    kinds = [(list(packs.train), list(packs.validation)) for packs in data.packs]
    assert kinds == [([CORPUS], [CORPUS]), ([SFT, CORPUS], [SFT, CORPUS]), ([SFT], [SFT])]
    for stage, packs in zip(data.stages, data.packs, strict=True):
        for source in (*packs.train.values(), *packs.validation.values()):
            lengths = [sum(source.lengths_of(pack)) for pack in range(len(source))]
            assert lengths and max(lengths) <= stage.settings.max_tokens
        assert [len(source) for source in packs.validation.values()] == [1] * len(packs.validation)
    longest = [max(max(s.lengths_of(p)) for s in packs.train.values() for p in range(len(s))) for packs in data.packs]
    assert 200 < longest[0] <= 256 < longest[1] <= 384, "each stage cuts documents at its own length"
    rows = read_row_set(BuildFolder(str(base / "build")).tokens, Split.TRAIN, max_tokens=640).lengths_R
    assert longest[2] == rows.max()


def test_observer_is_told_steps_lengths_and_packs_of_every_stage(base: Path, tmp_path: Path) -> None:
    data = _read(base, tmp_path)
    read, both, answer = data.packs
    plans = (
        StagePlan("read", len(read.train[CORPUS]), 256, len(read.train[CORPUS]), 1),
        StagePlan("both", 4, 384, len(both.train[SFT]) + len(both.train[CORPUS]), 2),
        StagePlan("answer", 2 * len(answer.train[SFT]), 640, len(answer.train[SFT]), 1),
    )
    assert len({plan.num_steps for plan in plans}) == 3 and len(both.train[SFT]) > 1 < len(both.train[CORPUS])
    total = sum(plan.num_steps for plan in plans)
    assert data.plan(first_step=5) == TrainingPlan(total, 5, plans)
    assert [step.step for step in data.steps] == list(range(1, total + 1))
    for stage, plan in zip(data.stages, plans, strict=True):
        steps = data.steps_of(stage)
        assert [step.step_in_stage for step in steps] == list(range(1, plan.num_steps + 1))
        assert {step.stage for step in steps} == {stage.number}


def test_stage_after_a_step_is_the_one_it_was_taken_in(base: Path, tmp_path: Path) -> None:
    data = _read(base, tmp_path)
    first, second = len(data.steps_of(data.stages[0])), len(data.steps_of(data.stages[1]))
    at = (0, 1, first, first + 1, first + second, first + second + 1, len(data.steps))
    names = ["read", "read", "read", "both", "both", "answer", "answer"]
    assert [data.stage_after(done).name for done in at] == names


def test_longest_pack_of_a_step_and_longest_row_of_a_stage_are_found_among_all_kinds(
    base: Path, tmp_path: Path
) -> None:
    data = _read(base, tmp_path)
    for stage, packs in zip(data.stages, data.packs, strict=True):
        rows = [row for s in packs.train.values() for p in range(len(s)) for row in s.rows_of(p)]
        longest = data.longest_row(stage)
        assert longest.num_tokens == max(row.num_tokens for row in rows)
        assert longest.row_id in {row.row_id for row in rows if row.num_tokens == longest.num_tokens}
    both = data.stages[1]
    for step in data.steps_of(both):
        of_packs = [sum(row.num_tokens for row in data.packs[1].train[ref.data].rows_of(ref.pack))
                    for ref in step.packs]  # fmt: skip
        assert len(of_packs) > 1 and data.longest_pack_tokens(step) == max(of_packs)


def test_schedule_step_order_and_seed_of_the_recipe_reach_the_steps(base: Path, tmp_path: Path) -> None:
    whole = _read(base, tmp_path / "run")
    by_stage = _read(base, tmp_path / "stage", schedule_over="stage")
    ends = [steps[-1].learning_rate for data in (whole, by_stage) for steps in map(data.steps_of, data.stages)]
    assert ends[3:] == pytest.approx([0.001] * 3), "a tenth of the rate, at the end of every stage"
    assert ends[2] == pytest.approx(0.001) and ends[0] > 0.005
    one = [{"name": "answer", "max_tokens": 200, "packs_per_step": 3, "epochs": 1}]
    similar = _read(base, tmp_path / "similar", stages=one, step_order="similar_cost")
    costs = [sorted(sum(n**2 for n in similar.packs[0].train[SFT].lengths_of(ref.pack)) for ref in step.packs)
             for step in similar.steps]  # fmt: skip
    full = sorted(of_step for of_step in costs if len(of_step) == 3)
    assert len(full) >= 2 and all(a[-1] <= b[0] for a, b in pairwise(full))
    assert len({_read(base, tmp_path / order, stages=one, step_order=order).plan_fingerprint
                for order in ("shuffled", "similar_cost")}) == 2  # fmt: skip


def test_limits_of_a_stage_count_its_own_packs_of_validation(base: Path, tmp_path: Path) -> None:
    few, many = (
        _read(base, tmp_path / str(n), max_validation_packs=n, stages=[{**STAGES[1], "max_tokens": 200}])
        for n in (2, 50)
    )
    assert [len(source) for source in few.packs[0].validation.values()] == [2, 2]
    assert all(len(source) > 2 for source in many.packs[0].validation.values())


def test_documents_of_a_stage_are_packed_apart_as_its_own_scaling_rotates(base: Path, tmp_path: Path) -> None:
    rope = {"method": "longrope", "factor": 4.0, "original_max_tokens": 280, "long_factors": [2.0] * 8}
    run, folder = _open(base, tmp_path, stages=[{**STAGES[0], "max_tokens": 640, "rope": rope}, {"name": "answer"}])
    packs = read_stage_packs(run, run.stages[0], tokens_folder=folder, observer=RecordingObserver())
    source = packs.train[CORPUS]
    kinds = [{length > 280 for length in source.lengths_of(pack)} for pack in range(len(source))]
    assert all(len(kind) == 1 for kind in kinds) and set.union(*kinds) == {True, False}


def test_stage_without_anything_to_train_on_is_named_with_what_would_help(base: Path, tmp_path: Path) -> None:
    model = str(base / "model")
    build = write_small_build(tmp_path / "build", num_train=2, num_validation=2)
    write_small_corpus(build, tokenizer=model, num_documents=2)  # both are held out
    recipe = small_recipe(model, stages=[STAGES[0]])
    run = open_run(recipe, data=build, base_model=model, output=str(tmp_path / "out"), start=Start.RESUME)
    with pytest.raises(InputError) as refused:
        read_run_data(run, tokens_folder="unread", observer=RecordingObserver())
    assert refused.value.message == f"Stage read trains on corpus, but {build} has no such data."
    assert refused.value.remedy == "Build more documents, or set the stage's data to sft."


def test_kind_without_held_out_packs_is_not_validated(base: Path, tmp_path: Path) -> None:
    model = str(base / "model")
    build = write_small_build(tmp_path / "build", num_train=3, num_validation=0)
    write_small_corpus(build, tokenizer=model, num_documents=4)
    recipe = small_recipe(model, stages=STAGES[1:2])
    run = open_run(recipe, data=build, base_model=model, output=str(tmp_path / "out"), start=Start.RESUME)
    folder = prepare_token_ids(run, observer=RecordingObserver())
    (packs,) = read_run_data(run, tokens_folder=folder, observer=RecordingObserver()).packs
    assert list(packs.validation) == []
    plan = replace(read_run_data(run, tokens_folder=folder, observer=RecordingObserver())).stage_plan(run.stages[0])
    assert plan.num_validation_packs == 0


def test_cost_of_a_pack_is_that_of_its_documents_not_of_its_length(base: Path, tmp_path: Path) -> None:
    # Of equal length, a pack of one document costs more than one of many; steps of similar cost tell them apart.
    stage = {"name": "read", "data": "corpus", "epochs": 1, "packs_per_step": 2, "rope": {"method": "none"}}
    data = _read(base, tmp_path, stages=[{**stage, "max_tokens": 512}], step_order="similar_cost")
    source = data.packs[0].train[CORPUS]
    lengths = [source.lengths_of(pack) for pack in range(len(source))]
    costs = [sum(n**2 for n in of_pack) for of_pack in lengths]
    by_cost = sorted(range(len(costs)), key=lambda pack: costs[pack])
    by_length = sorted(range(len(costs)), key=lambda pack: sum(lengths[pack]))
    assert by_cost != by_length
    full = [sorted(costs[ref.pack] for ref in step.packs) for step in data.steps if len(step.packs) == 2]
    assert len(full) >= 2
    ordered = sorted(full)
    assert all(a[-1] <= b[0] for a, b in pairwise(ordered))
