"""`finetune` in stages: continued pre-training and SFT in one run, at growing lengths, on one optimizer."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import torch
from packed_build import write_packed_build, write_small_corpus
from safetensors.torch import load_file
from small_architectures import write_random_model
from small_student import RecordingObserver, small_recipe, write_small_build, write_small_model
from torch.distributed.checkpoint.filesystem import FileSystemReader
from torch.distributed.checkpoint.state_dict_loader import load
from transformers import AutoConfig, AutoModelForCausalLM

from pipeline.config.start import Start
from pipeline.errors import InputError, TrainingError
from pipeline.finetune import finetune
from pipeline.train.loop.checkpoint import checkpoints, read_state
from pipeline.train.run.metrics import StepMetrics
from pipeline.train.run.record import RopeSetBy, TrainingResult, read_record

STAGES = (
    {"name": "read", "data": "corpus", "max_tokens": 256, "rope": {"method": "none"}, "max_steps": 3},
    {"name": "both", "data": "mixed", "corpus_share": 0.5, "max_tokens": 512, "packs_per_step": 2, "tokens": 4000},
    {"name": "answer", "max_steps": 3},
)


class ObserverThatStops(RecordingObserver):
    """Sends the process SIGTERM once a step is done."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self._step = step

    def on_step(self, metrics: StepMetrics) -> None:
        super().on_step(metrics)
        if metrics.step == self._step:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model and a build that has documents."""
    root = tmp_path_factory.mktemp("staged")
    write_small_model(root / "model")
    write_small_corpus(write_small_build(root / "build"), tokenizer=str(root / "model"))
    return root


def _train(
    base: Path, output: Path, *, observer: RecordingObserver, model: str | None = None, **settings: object
) -> TrainingResult:
    return finetune(
        small_recipe(model or str(base / "model"), **({"stages": STAGES} | settings)),
        data=str(base / "build"),
        model=None,
        output=str(output),
        start=Start.RESUME,
        observer=observer,
    )


def test_stages_train_in_order_and_the_last_ones_scaling_is_exported(base: Path, tmp_path: Path) -> None:
    observer = RecordingObserver()
    record = _train(base, tmp_path / "out", observer=observer, validate_every_steps=100).record
    read, both, answer = record.stages
    assert [stage.name for stage in observer.stages] == ["read", "both", "answer"]
    assert (read.steps, answer.steps) == (3, 3) and 4000 <= both.tokens < 4000 + 2 * 512
    assert [(s.max_tokens, s.rope_method, s.context_tokens) for s in record.stages] == [
        (256, "none", 512),
        (512, "yarn", 1024),
        (640, "yarn", 1024),
    ]
    kinds = [{(entry.data, entry.split) for entry in stage.packs} for stage in record.stages]
    corpus, sft = ({(data, split) for split in ("train", "validation")} for data in ("corpus", "sft"))
    assert kinds == [corpus, corpus | sft, sft]
    assert sum(stage.steps for stage in record.stages) == record.steps == len(observer.steps)
    # Every token of a document is trained but a piece's first; of a row the answer alone.
    assert read.trained_tokens > 0.9 * read.tokens and answer.trained_tokens < 0.3 * answer.tokens
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    assert model.config.rope_parameters["rope_type"] == "yarn"
    assert record.reload.max_abs_logit_difference == 0.0


def _scaled_base(folder: Path) -> str:
    llama3 = {
        "rope_type": "llama3",
        "rope_theta": 10000.0,
        "factor": 2.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 256,
    }
    return write_small_model(folder, rope_parameters=llama3)


def test_stages_replace_the_scaling_of_a_base_and_the_result_says_so(base: Path, tmp_path: Path) -> None:
    model = _scaled_base(tmp_path / "base")
    longer = {"method": "yarn", "factor": 4.0, "replace_existing": True}
    stages = [
        {"name": "as-it-is", "max_tokens": 512, "rope": {"method": "none"}, "max_steps": 2},
        {"name": "longer", "rope": longer, "max_steps": 2},
    ]
    observer = RecordingObserver()
    record = _train(base, tmp_path / "out", observer=observer, model=model, stages=stages).record
    assert [(s.rope_method, s.context_tokens) for s in record.stages] == [("llama3", 512), ("yarn", 1024)]
    assert (record.rope.set_by, record.rope.base_max_tokens) == (RopeSetBy.RECIPE, 512)
    assert record.rope.replaced == "llama3 × 2, 512 tokens"
    assert (record.rope.original_max_tokens, record.rope.max_tokens) == (256, 1024)
    assert read_record(str(tmp_path / "out")) == record
    saved = AutoConfig.from_pretrained(tmp_path / "out")
    assert (saved.rope_parameters["rope_type"], saved.max_position_embeddings) == ("yarn", 1024)
    assert saved.rope_parameters["original_max_position_embeddings"] == 256
    assert "the base model's own: llama3 × 2, 512 tokens" in (tmp_path / "out" / "README.md").read_text()
    # The output is a scaled base in its turn.
    again = {"method": "ntk", "factor": 8.0, "replace_existing": True}
    out = str(tmp_path / "out")
    second = _train(base, tmp_path / "again", observer=observer, model=out, stages=[], rope=again, max_steps=1).record
    assert (second.rope.replaced, second.rope.max_tokens) == ("yarn × 4, 1024 tokens", 2048)
    assert second.reload.max_abs_logit_difference == 0.0
    third = _train(
        base,
        tmp_path / "third",
        observer=observer,
        model=str(tmp_path / "again"),
        stages=[],
        rope={**longer, "original_max_tokens": 300},
        max_steps=1,
    ).record
    assert (third.rope.method, third.rope.original_max_tokens, third.rope.max_tokens) == ("yarn", 300, 1200)


def test_scaled_base_trains_as_it_is_and_the_result_claims_nothing(base: Path, tmp_path: Path) -> None:
    model = _scaled_base(tmp_path / "base")
    settings = {"rope": {"method": "none"}, "max_tokens": 512, "max_steps": 1, "stages": []}
    record = _train(base, tmp_path / "out", observer=RecordingObserver(), model=model, **settings).record
    assert (record.rope.method, record.rope.set_by, record.rope.replaced) == ("llama3", RopeSetBy.BASE, "")
    assert "fine-tuned within its context of 512 tokens" in (tmp_path / "out" / "README.md").read_text()
    with pytest.raises(InputError, match="reaches 512\\.") as refused:
        _train(base, tmp_path / "long", observer=RecordingObserver(), model=model, **(settings | {"max_tokens": 768}))
    assert "rope.factor of 3 or more and rope.replace_existing" in (refused.value.remedy or "")


def test_boundaries_are_measured_under_both_stages(base: Path, tmp_path: Path) -> None:
    observer = RecordingObserver()
    record = _train(base, tmp_path / "out", observer=observer, validate_every_steps=100).record
    ends = [record.stages[0].steps, record.stages[0].steps + record.stages[1].steps, record.steps]
    assert [(v.step, v.stage, v.data) for v in observer.validations] == [
        (0, "read", "corpus"),
        (ends[0], "read", "corpus"),
        (ends[0], "both", "sft"),
        (ends[0], "both", "corpus"),
        (ends[1], "both", "sft"),
        (ends[1], "both", "corpus"),
        (ends[1], "answer", "sft"),
        (ends[2], "answer", "sft"),
    ]
    assert [point.step for point in record.held_out] == ends[1:]
    by_kind = {(v.step, v.stage, v.data): v.loss for v in observer.validations}
    assert by_kind[ends[0], "read", "corpus"] < by_kind[0, "read", "corpus"]


def test_optimizer_state_carries_over_from_stage_to_stage(base: Path, tmp_path: Path) -> None:
    record = _train(base, tmp_path / "out", observer=RecordingObserver()).record
    newest = checkpoints(tmp_path / "out" / "checkpoints")[-1]
    names = [
        name
        for name in FileSystemReader(newest).read_metadata().state_dict_metadata
        if name.startswith("optimizer.step.")
    ]
    counts = {name: torch.zeros(()) for name in names}
    load(counts, checkpoint_id=newest, no_dist=True)
    assert len(counts) > 10
    assert {float(count) for count in counts.values()} == {float(record.steps)}
    state = read_state(newest)
    assert (state.stage, state.step_in_stage, state.packs_in_stage) == ("answer", 3, 3)


@pytest.mark.parametrize("stop_after", [2, 3, 5], ids=["within a stage", "at its end", "in the next"])
def test_stopped_run_goes_on_in_its_stage_to_the_same_weights(base: Path, tmp_path: Path, stop_after: int) -> None:
    whole, stopped, resumed = RecordingObserver(), ObserverThatStops(stop_after), RecordingObserver()
    _train(base, tmp_path / "whole", observer=whole)
    with pytest.raises(KeyboardInterrupt):
        _train(base, tmp_path / "stopped", observer=stopped)
    _train(base, tmp_path / "stopped", observer=resumed)
    assert resumed.plans[0].first_step == stop_after + 1
    joined = [*stopped.steps, *resumed.steps]
    assert [(m.stage, m.loss, m.grad_norm) for m in joined] == [(m.stage, m.loss, m.grad_norm) for m in whole.steps]
    ours, theirs = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "stopped"))
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_model_without_rope_trains_in_stages_too(base: Path, tmp_path: Path) -> None:
    stages = [
        {"name": "read", "data": "corpus", "max_tokens": 128, "max_steps": 2},
        {"name": "answer", "max_tokens": 320, "max_steps": 2},
    ]
    mamba = write_random_model(tmp_path / "mamba", "mamba")
    record = _train(
        base, tmp_path / "out", observer=RecordingObserver(), model=mamba, stages=stages, rope={"method": "none"}
    ).record
    assert [(stage.name, stage.steps, stage.context_tokens) for stage in record.stages] == [
        ("read", 2, 128),
        ("answer", 2, 320),
    ]
    assert record.reload.max_abs_logit_difference == 0.0


def test_step_that_is_not_to_be_trusted_is_named_by_stage_data_and_documents(base: Path, tmp_path: Path) -> None:
    broken = {"learning_rate": 1e30, "warmup_steps": 0}  # the first step throws the weights far away
    message = (
        r"is (nan|inf) at step 2, stage read; of all packs, corpus pack \d+ has .*, and holds the documents \w+@\d+"
    )
    with pytest.raises(TrainingError, match=message):
        _train(base, tmp_path / "out", observer=RecordingObserver(), optimizer=broken, validate_every_steps=100)


def test_stage_over_documents_that_are_not_there_is_refused(base: Path, tmp_path: Path) -> None:
    build = write_packed_build(tmp_path / "build", tokenizer=str(base / "model"), edges=(640,))
    with pytest.raises(InputError, match=r"Stage read trains on corpus, but .* has no such data"):
        finetune(
            small_recipe(str(base / "model"), stages=STAGES[:1]),
            data=build,
            model=None,
            output=str(tmp_path / "out"),
            start=Start.RESUME,
            observer=RecordingObserver(),
        )


def test_passkeys_are_asked_for_at_the_end_of_every_stage_however_short(base: Path, tmp_path: Path) -> None:
    observer = RecordingObserver()
    probe = {"every_steps": 100, "depths": [0.5]}
    record = _train(base, tmp_path / "out", observer=observer, validate_every_steps=100, probe=probe).record
    ends = [record.stages[0].steps + record.stages[1].steps, record.steps]
    # The first stage's 256 tokens, and a quarter of any, have no room for a prompt.
    assert [(p.step, p.stage, p.length) for p in observer.probes] == [(ends[0], "both", 512), (ends[1], "answer", 640)]


def test_passkeys_are_never_asked_for_without_an_interval(base: Path, tmp_path: Path) -> None:
    observer = RecordingObserver()
    _train(base, tmp_path / "out", observer=observer, stages=[], probe={"every_steps": None})
    assert not observer.probes


def test_passkeys_are_asked_for_at_the_steps_lengths_and_depths_given(base: Path, tmp_path: Path) -> None:
    observer = RecordingObserver()
    probe = {"every_steps": 2, "lengths": [100, 500, 640, 900], "depths": [0.0, 1.0], "samples": 2}
    record = _train(base, tmp_path / "out", observer=observer, stages=[], probe=probe).record
    # 100 tokens have no room for a prompt, 900 are beyond the packs.
    wanted = [(step, length, depth) for step in (2, 4) for length in (500, 640) for depth in (0.0, 1.0)]
    assert [(p.step, p.length, p.depth) for p in observer.probes] == wanted
    assert [(p.step, p.length, p.depth) for p in record.probes] == wanted
    assert all(p.samples == 2 and p.hits == 0 and p.key_loss > 1.0 for p in observer.probes), "a random model"
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "| 4 | 640 | 0 of 4 |" in card
