"""Whatever the number of processes and their strategy, a training is that of one process (gloo on a CPU)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import torch
from processes import Ended, Training, run_processes, train
from safetensors.torch import load_file
from small_student import sft_row, small_tokenizer, write_small_build, write_small_model
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

from pipeline.io.layout import BuildFolder
from pipeline.io.parts import write_part
from pipeline.records import SftExample, Split
from pipeline.train.machine.memory import this_machine
from pipeline.train.run.record import TrainingRecord, read_record

pytestmark = pytest.mark.workers

RELATIVE = 1e-5
"""Float32, 4 steps."""

# Seven packs make steps of 3, 3 and 1 in an epoch: processes never have the same number of packs.
SETTINGS: dict[str, object] = {
    "max_tokens": 331,
    "packs_per_step": 3,
    "max_steps": 4,
    "epochs": 8,
    "report_to": [],
    "loss": {"chunk_tokens": 16, "weighting": "sequence"},
    "probe": {"every_steps": 3, "lengths": [330], "depths": [0.5]},
    "answers": {"turns": 3, "max_answer_tokens": 24},
}
# Which numbers dropout draws depends on how tokens lie, so slices of a pack cannot draw those of the whole.
NO_DROPOUT: dict[str, object] = {"tuning": {"rank": 4, "dropout": 0.0}}
STAGES: dict[str, object] = {
    "stages": [
        {"name": "short", "max_tokens": 256, "max_steps": 2, "rope": {"method": "none"}},
        {"name": "long", "max_tokens": 331, "max_steps": 2, "rope": {"method": "yarn", "factor": 2.0}},
    ]
}
S2: dict[str, object] = {**NO_DROPOUT, "attention": {"pattern": "s2", "group_tokens": 64}}


@dataclass(frozen=True)
class Scenario:
    processes: int
    distributed: dict[str, object]
    settings: dict[str, object] = field(default_factory=dict)
    model: str = "tied"
    build: str = "short"


SCENARIOS = {
    "ddp of 2": Scenario(2, {"strategy": "ddp"}),
    "ddp of 4, more processes than packs": Scenario(4, {"strategy": "ddp"}),
    "fsdp2 of 2": Scenario(2, {"strategy": "fsdp2"}),
    "fsdp2 of 4, more processes than packs": Scenario(4, {"strategy": "fsdp2"}),
    "fsdp2 of 2, every weight, untied head": Scenario(
        2, {"strategy": "fsdp2"}, {"tuning": {"method": "full"}, "optimizer": {"learning_rate": 0.001}}, "untied"
    ),
    "fsdp2 of 2, layers kept, not computed again": Scenario(
        2, {"strategy": "fsdp2"}, {"memory": {"gradient_checkpointing": False, "mlp_tile_tokens": 64}}
    ),
    "2 slices": Scenario(2, {"strategy": "ddp", "sequence_parallel": 2}, NO_DROPOUT),
    "2 slices, frequencies by length": Scenario(
        2,
        {"strategy": "ddp", "sequence_parallel": 2},
        {**NO_DROPOUT, "rope": {"method": "dynamic", "factor": 2.0}, "max_tokens": 901},
        build="long",
    ),
    "2 slices of 3 heads, s2": Scenario(2, {"strategy": "ddp", "sequence_parallel": 2}, S2, "three heads"),
    "2 slices, layers with windows and tables of their own": Scenario(
        2, {"strategy": "fsdp2", "sequence_parallel": 2}, NO_DROPOUT, "gemma"
    ),
    "2 slices × 2 replicas, stages": Scenario(4, {"strategy": "fsdp2", "sequence_parallel": 2}, NO_DROPOUT | STAGES),
    "4 slices, s2, more slices than key heads": Scenario(4, {"strategy": "ddp", "sequence_parallel": 4}, S2),
    "2 slices × 2 replicas, s2, fsdp2": Scenario(4, {"strategy": "fsdp2", "sequence_parallel": 2}, S2),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models, and builds of short and of long rows."""
    root = tmp_path_factory.mktemp("distributed")
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2}
    write_small_model(root / "tied", **heads)
    write_small_model(root / "untied", **heads, tie_word_embeddings=False)
    write_small_model(root / "three heads", hidden_size=48, num_attention_heads=3, num_key_value_heads=3)
    _write_gemma(root / "gemma")
    write_small_build(root / "short", num_train=10, num_validation=3)
    for split in Split:
        # Longer than the model's 512 positions, so that dynamic NTK scales.
        rows = [sft_row(index, num_clauses=9 + index % 4, split=split) for index in range(4)]
        write_part(BuildFolder(str(root / "long")).sft_part(split.value, "00000", "parquet"), rows, SftExample)
    return root


def _write_gemma(folder: Path) -> None:
    torch.manual_seed(5)
    config = Gemma3TextConfig(
        vocab_size=259,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=1,
        head_dim=16,
        max_position_embeddings=512,
        sliding_window=32,
        layer_types=["sliding_attention", "full_attention"],
        bos_token_id=257,
        eos_token_id=258,
        pad_token_id=256,
        initializer_range=0.2,
    )
    Gemma3ForCausalLM(config).save_pretrained(folder)
    small_tokenizer().save_pretrained(folder)


def _training(folder: Path, output: str, scenario: Scenario, **settings: object) -> Training:
    build = str(folder / scenario.build)
    return Training(str(folder / scenario.model), build, str(folder / output), SETTINGS | scenario.settings | settings)


def _alone(folder: Path, scenario: Scenario) -> tuple[Ended, Path]:
    (ended,) = run_processes(1, train, _training(folder, "alone", scenario))
    assert ended.how == "done"
    return ended, (folder / "alone").rename(folder / f"alone {len(list(folder.iterdir()))}")


@pytest.mark.parametrize("name", SCENARIOS)
def test_processes_give_the_losses_and_the_model_of_one(folder: Path, name: str) -> None:
    scenario = SCENARIOS[name]
    alone, alone_folder = _alone(folder, scenario)
    training = _training(folder, name, scenario, distributed=scenario.distributed)
    first, *others = run_processes(scenario.processes, train, training)
    assert len(first.losses) == 4 and len(set(alone.losses)) == 4
    assert first.losses == pytest.approx(alone.losses, rel=RELATIVE)
    assert first.grad_norms == pytest.approx(alone.grad_norms, rel=RELATIVE)
    assert [(ended.how, list(ended.losses)) for ended in others] == [("done", [])] * (scenario.processes - 1)
    records = [_record(path) for path in (alone_folder, Path(training.output))]
    assert [point.loss for point in records[1].validation] == pytest.approx(
        [point.loss for point in records[0].validation], rel=RELATIVE
    )
    assert records[0].probes and records[1].probes == records[0].probes
    assert records[0].answers and records[1].answers == records[0].answers
    assert records[1].trainable_parameters == records[0].trainable_parameters
    _assert_same_model(alone_folder, Path(training.output), folder / scenario.model)


def test_auto_shards_weights_where_a_whole_training_is_predicted_not_to_fit(folder: Path) -> None:
    """The recipe allows packs beyond this machine's memory; its rows make none of them."""
    longest = this_machine("cpu").memory_bytes // 1024  # this model needs more than 1 KiB a token
    beyond: dict[str, object] = {
        "max_tokens": longest,
        "rope": {"method": "linear", "factor": longest / 512},
        "probe": {"every_steps": None},
        "max_steps": 1,
    }
    scenarios: list[tuple[str, dict[str, object], bool]] = [
        ("auto whole", {"max_steps": 1}, False),
        ("auto sharded", beyond, True),
    ]
    for name, settings, sharded in scenarios:
        training = _training(folder, name, Scenario(2, {}), **settings, distributed={"strategy": "auto"})
        assert {ended.how for ended in run_processes(2, train, training)} == {"done"}
        terms = {term.name for term in _record(Path(training.output)).memory.terms}
        assert ("weights gathered from other processes" in terms) is sharded


def test_patterns_and_weighting_are_in_force(folder: Path) -> None:
    """What the scenarios vary changes the loss by far more than they tolerate."""
    settings: list[dict[str, object]] = [NO_DROPOUT, S2, {**NO_DROPOUT, "loss": {"chunk_tokens": 16}}]
    curves = [_alone(folder, Scenario(1, {}, changed))[0].losses for changed in settings]
    for other in curves[1:]:
        assert abs(other[0] - curves[0][0]) > 100 * RELATIVE * curves[0][0]


def test_a_checkpoint_of_four_resumes_on_two_and_on_one(folder: Path) -> None:
    scenario = Scenario(1, {}, NO_DROPOUT | {"save_every_steps": 100})
    alone, alone_folder = _alone(folder, scenario)
    sharded = {"strategy": "fsdp2", "sequence_parallel": 1}
    sliced = {"strategy": "ddp", "sequence_parallel": 2}
    runs = [(4, sharded, 2), (2, sliced, 3), (1, {}, None)]
    losses: list[float] = []
    for processes, distributed, stop_after in runs:
        training = replace(_training(folder, "resharded", scenario, distributed=distributed), stop_after=stop_after)
        ended = run_processes(processes, train, training)
        assert {each.how for each in ended} == {"interrupted" if stop_after else "done"}
        assert ended[0].first_step == len(losses) + 1
        losses += ended[0].losses
    assert losses == pytest.approx(alone.losses, rel=RELATIVE)
    _assert_same_model(alone_folder, folder / "resharded", folder / "tied")


def test_a_checkpoint_of_one_resumes_on_four(folder: Path) -> None:
    scenario = Scenario(1, {})
    alone, alone_folder = _alone(folder, scenario)
    (begun,) = run_processes(1, train, replace(_training(folder, "spread", scenario), stop_after=1))
    first, *_ = run_processes(4, train, _training(folder, "spread", scenario, distributed={"strategy": "fsdp2"}))
    assert (begun.how, first.how, first.first_step) == ("interrupted", "done", 2)
    assert [*begun.losses, *first.losses] == pytest.approx(alone.losses, rel=RELATIVE)
    _assert_same_model(alone_folder, folder / "spread", folder / "tied")


def _record(folder: Path) -> TrainingRecord:
    record = read_record(str(folder))
    assert record is not None
    return record


def _assert_same_model(one: Path, other: Path, base: Path) -> None:
    ours, theirs, untrained = (load_file(path / "model.safetensors") for path in (one, other, base))
    assert ours.keys() == theirs.keys() == untrained.keys()
    moved = max(float((ours[name] - untrained[name]).abs().max()) for name in ours)
    apart = max(float((ours[name] - theirs[name]).abs().max()) for name in ours)
    assert moved > 5e-4, "training changes the model"
    assert apart < moved / 100, f"{apart:.1e} apart after moving {moved:.1e}"
    assert all(torch.isfinite(weight).all() for weight in theirs.values())
