"""What small trainings measure, step by step, and what they leave, as approved."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from approved_outcome import check_approved
from packed_build import write_small_corpus
from safetensors.torch import load_file
from small_student import RecordingObserver, small_recipe, write_small_build, write_small_model

from pipeline.config.start import Start
from pipeline.finetune import finetune
from pipeline.train.run.record import TrainingRecord

ADAPTERS_IN_STAGES: Mapping[str, object] = {
    "rope": {"method": "yarn", "factor": 2.0, "beta_fast": 24.0, "attention_factor": 1.1},
    "attention": {"pattern": "s2", "group_tokens": 64, "evaluate_with": "full"},
    "tuning": {"rank": 4, "alpha": 12.0, "dropout": 0.1, "rslora": True, "loraplus_lr_ratio": 4.0},
    "optimizer": {
        "learning_rate": 0.01,
        "weight_decay": 0.1,
        "beta1": 0.8,
        "beta2": 0.9,
        "warmup_steps": 2,
        "final_learning_rate_share": 0.3,
        "max_grad_norm": 0.5,
    },
    "loss": {"weighting": "sequence", "z_loss": 0.01, "chunk_tokens": 16},
    "probe": {"every_steps": 2, "lengths": [128, 250], "depths": [0.0, 0.7], "samples": 2},
    "validate_every_steps": 3,
    "max_validation_packs": 3,
    "max_steps": None,
    "epochs": 1,
    "stages": [
        {"name": "read", "data": "corpus", "max_tokens": 256, "rope": {"method": "none"}, "max_steps": 2},
        {"name": "both", "data": "mixed", "corpus_share": 0.5, "max_tokens": 384, "packs_per_step": 2, "tokens": 1500},
        {"name": "answer", "max_steps": 2, "learning_rate": 0.005},
    ],
    "schedule_over": "stage",
}
EVERY_WEIGHT: Mapping[str, object] = {
    "rope": {"method": "longrope", "factor": 2.0, "long_factors": [1.0, 1.1, 1.3, 1.6, 1.8, 1.9, 2.0, 2.0]},
    "tuning": {"method": "full"},
    "optimizer": {"learning_rate": 0.003, "weight_decay": 0.05, "warmup_steps": 1, "final_learning_rate_share": 0.0},
    "max_tokens": 400,
    "packs_per_step": 2,
    "step_order": "similar_cost",
    "epochs": 2,
    "max_steps": 5,
    "validate_every_steps": 2,
    "probe": {"every_steps": None},
}


@pytest.mark.parametrize(
    ("name", "settings"), [("adapters_in_stages", ADAPTERS_IN_STAGES), ("every_weight", EVERY_WEIGHT)]
)
def test_training_measures_and_leaves_what_was_approved(
    tmp_path: Path, name: str, settings: Mapping[str, object]
) -> None:
    model = write_small_model(tmp_path / "model")
    build = write_small_build(tmp_path / "build", num_train=12, num_validation=4)
    write_small_corpus(build, tokenizer=model, num_documents=9)
    observer = RecordingObserver()
    recipe = small_recipe(model, **settings).model_copy(update={"seed": 21})
    record = finetune(
        recipe, data=build, model=None, output=str(tmp_path / "out"), start=Start.RESUME, observer=observer
    ).record
    lines = [*_measured(observer), *_recorded(record), *_left(tmp_path / "out")]
    check_approved(f"training_{name}.txt", lines, relative=2e-3)


def _measured(observer: RecordingObserver) -> list[str]:
    (plan,) = observer.plans
    lines = [f"plan: {plan.num_steps} steps from {plan.first_step}"]
    lines += [
        f"stage {s.name}: {s.num_steps} steps of {s.max_tokens} tokens, {s.num_packs} packs, "
        f"{s.num_validation_packs} held out"
        for s in plan.stages
    ]
    lines += [
        f"step {s.step} {s.stage}: loss {s.loss:.5f}, rate {s.learning_rate:.3e}, norm {s.grad_norm:.5f}, "
        f"{s.tokens} tokens, {s.trained_tokens} trained"
        for s in observer.steps
    ]
    lines += [
        f"held out after {v.step} {v.stage} {v.data}: {v.loss:.5f} over {v.trained_tokens}"
        for v in observer.validations
    ]
    lines += [
        f"probe after {p.step} {p.stage}: {p.length} at {p.depth:.1f}: {p.hits} of {p.samples}, key {p.key_loss:.5f}"
        for p in observer.probes
    ]
    return [*lines, f"checkpoints {observer.checkpoints}"]


def _recorded(record: TrainingRecord) -> list[str]:
    lines = [
        f"{record.steps} steps, {record.tokens} tokens, {record.trainable_parameters} of {record.parameters} train",
        f"loss {record.first_loss:.5f} to {record.last_loss:.5f}",
        f"rope {record.rope.method} {record.rope.factor} from {record.rope.original_max_tokens} to "
        f"{record.rope.max_tokens}, attention {record.rope.attention_factor:.5f}",
        f"from {Path(record.base_model).name} on {Path(record.data).name}, seed {record.seed}, on {record.device}",
        f"reloaded {record.reload.num_tokens} tokens at {record.reload.first_positions}, "
        f"{record.reload.max_abs_logit_difference} of {record.reload.tolerance}",
        f"memory of {record.memory.pack_tokens} tokens, predicted {record.memory.predicted_gib:.5f} at "
        f"{record.memory.peak_moment}, {[(t.name, round(t.gib, 6), t.at_peak) for t in record.memory.terms]}",
        f"rope set by {record.rope.set_by}, base {record.rope.base_max_tokens}, replaced '{record.rope.replaced}'",
        "divisors " + " ".join(f"{divisor:.4f}" for divisor in record.rope.divisors),
    ]
    for stage in record.stages:
        lines.append(
            f"{stage.name}: {stage.data} {stage.rope_method} {stage.context_tokens}, {stage.steps} steps, "
            f"{stage.tokens} tokens, {stage.trained_tokens} trained, {stage.first_loss:.5f} to {stage.last_loss:.5f}"
        )
        lines += [f"  {pack.data} {pack.split}: {pack.packs} packs of {pack.counts}" for pack in stage.packs]
    return lines


def _left(folder: Path) -> list[str]:
    """Names of files, and the size of each weight's change summed up."""
    names = sorted(path.relative_to(folder).parts[0] for path in folder.iterdir())
    weights = load_file(folder / "model.safetensors")
    norms = [f"{name} {float(weight.double().norm()):.4f}" for name, weight in sorted(weights.items())]
    config = (folder / "config.json").read_text(encoding="utf-8")
    return [f"files {names}", *norms, f"config {hashlib.sha256(config.encode()).hexdigest()[:8]}"]
