"""A training of some seconds: a random model of two layers, eight rows, thirty steps, a checkpoint every three."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

# `python -m tests.chaos` has only the project's root on its path.
sys.path.append(str(Path(__file__).parents[1]))

from small_student import small_recipe, write_small_build, write_small_model

PRELOADED = (
    "pipeline.__main__",
    "pipeline.cli.finetune_command",
    "pipeline.train.loop.fit",
    "pipeline.train.export.model_folder",
    "pipeline.train.data.dataset",
)
NUM_STEPS = 30
_TIMING = frozenset({"seconds", "tokens_per_second", "peak_memory_gib"})
_MODEL_FILES = ("*.safetensors", "config.json", "generation_config.json", "tokenizer*", "chat_template*")


@dataclass(frozen=True, slots=True)
class SmallTraining:
    """A base model, rows and a recipe, in one folder."""

    root: Path

    def arguments(self, output: Path) -> list[str]:
        """Of the command that trains into a folder."""
        return ["finetune", str(self.root / "recipe.yaml"), "--data", str(self.root / "build"), "--output", str(output)]


def prepare_training(root: Path, *, num_steps: int = NUM_STEPS) -> SmallTraining:
    """Write all of it into a new folder."""
    root.mkdir(parents=True)
    model = write_small_model(root / "base")
    write_small_build(root / "build")
    recipe = small_recipe(
        model,
        max_steps=num_steps,
        epochs=num_steps,
        save_every_steps=3,
        validate_every_steps=5,
        report_to=["none"],
    )
    (root / "recipe.yaml").write_text(yaml.safe_dump(recipe.model_dump(mode="json")), encoding="utf-8")
    return SmallTraining(root)


def outcome_of(model_folder: Path) -> dict[str, str]:
    """What must be equal: each number of the curve that no clock and no allocator measured, and the model's bytes."""
    lines = (model_folder / "logs" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    curve = {
        f"{event['event']} {event['step']}": json.dumps(
            {name: value for name, value in event.items() if name not in _TIMING}
        )
        for event in events
    }
    files = sorted(path for pattern in _MODEL_FILES for path in model_folder.glob(pattern))
    model = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files if "damaged" not in path.name}
    return {**curve, **model, "lines of the log": str(len(lines))}


def differing(found: dict[str, str], expected: dict[str, str]) -> list[str]:
    """What is not as in the undisturbed run, in words."""
    return [
        f"{name} differs" for name in sorted(found.keys() | expected.keys()) if found.get(name) != expected.get(name)
    ]
