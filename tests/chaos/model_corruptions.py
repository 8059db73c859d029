"""Damage planted in a model folder: `verify` names each file, and the next training makes the same model again.

    python -m tests.chaos model_corruptions [--seed N] [--count N] [--work DIR]

A small student is trained twice: once to its end, and once cut off after two checkpoints. Each corruption is planted in
a copy of one of the folders: in the newest checkpoint or the run's record of the one that was cut off, in the exported
model or the training's record of the finished one. What must hold:

- `pipeline verify` finds problems and names the file;
- the same training again ends well;
- `pipeline verify` finds nothing then;
- the exported model has the bytes of the undisturbed one, and the losses of every step are the same.

`--count` says how many of the corruptions are tried, spread over all kinds; 0 tries all of them.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import logging
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipeline.config.start import Start
from pipeline.finetune import finetune
from pipeline.verify.run import verify_folder

from .tables import close_work_folder, open_work_folder, options_of, print_table, tell

_STEPS = 6
_EXPORTED = ("model.safetensors", "config.json", "generation_config.json")
_TIMING = frozenset({"seconds", "tokens_per_second", "peak_memory_gib"})


class Damage(StrEnum):
    """What is done to a file."""

    TRUNCATED = "truncated"
    DELETED = "deleted"
    FLIPPED = "flipped"
    STALE = "stale"
    """Replaced by that of the checkpoint before."""


@dataclass(frozen=True, slots=True)
class Corruption:
    """One planted damage."""

    folder: str
    """`cut` or `whole`."""
    path: str
    """Relative to the model folder."""
    damage: Damage


@dataclass(frozen=True, slots=True)
class TrainedFolders:
    """A finished training and one that was cut off, and how to go on with either."""

    root: Path
    student: Any  # the test suite's module of small models

    def train(self, folder: Path, *, cut_off_after: int = 0) -> None:
        """Train or go on; a cut-off run raises `_CutOffError`."""
        recipe = self.student.small_recipe(
            str(self.root / "base"), max_steps=_STEPS, epochs=_STEPS, report_to=["none"], save_every_steps=2
        )
        observer = self.student.RecordingObserver()
        if cut_off_after:
            observer.on_step = _cut_off(observer.on_step, cut_off_after)
        data = str(self.root / "build")
        finetune(recipe, data=data, model=None, output=str(folder), start=Start.RESUME, observer=observer)


class _CutOffError(Exception):
    """Stands for a process that ends without a chance to save."""


def main(argv: Sequence[str]) -> int:
    """Run the harness; see the module's text for what its exit code means."""
    options = options_of("model_corruptions", __doc__, count=0).parse_args(argv)
    root = open_work_folder(options.work, "model-corruptions")
    logging.getLogger("pipeline").setLevel(logging.ERROR)
    sys.path.append(str(Path(__file__).parent.parent))  # as pytest does for the modules that tests share
    folders = train_folders(root)
    every = planned(folders)
    tried = [every[index * len(every) // options.count] for index in range(options.count)] if options.count else every
    rows, deviations = [], []
    for number, corruption in enumerate(tried, start=1):
        started = time.monotonic()
        wrong = cycle(folders, corruption)
        rows.append((corruption.folder, corruption.damage, corruption.path, wrong or "named, mended, same model"))
        if wrong:
            deviations.append(f"{corruption.damage} {corruption.path}: {wrong}")
        tell(f"{number} of {len(tried)}: {corruption.damage} {corruption.path}, {time.monotonic() - started:.1f} s")
    print_table(("training", "damage", "file", "verify, finetune, verify"), rows)
    return close_work_folder(root, deviations)


def train_folders(root: Path) -> TrainedFolders:
    """Train the two folders that are damaged."""
    student = importlib.import_module("small_student")
    student.write_small_model(root / "base")
    student.write_small_build(root / "build")
    folders = TrainedFolders(root, student)
    folders.train(root / "whole")
    try:
        folders.train(root / "cut", cut_off_after=_STEPS - 1)
    except _CutOffError:
        return folders
    raise AssertionError("the second training was not cut off")


def planned(folders: TrainedFolders) -> list[Corruption]:
    """Every file of the newest checkpoint, the records and the exported weights, with every damage."""
    newest, before = sorted((folders.root / "cut" / "checkpoints").glob("step-*"), reverse=True)[:2]
    found = []
    for path in sorted(newest.iterdir()):
        name = path.relative_to(folders.root / "cut").as_posix()
        damages = [Damage.TRUNCATED, Damage.DELETED, Damage.FLIPPED]
        stale = before / path.name
        if stale.is_file() and stale.read_bytes() != path.read_bytes():
            damages.append(Damage.STALE)
        found += [Corruption("cut", name, damage) for damage in damages]
    found += [Corruption("cut", "run.json", damage) for damage in (Damage.TRUNCATED, Damage.FLIPPED)]
    for name in ("training.json", "model.safetensors", "config.json"):
        found += [Corruption("whole", name, damage) for damage in (Damage.TRUNCATED, Damage.FLIPPED)]
    return [*found, Corruption("whole", "model.safetensors", Damage.DELETED)]


def cycle(folders: TrainedFolders, corruption: Corruption) -> str:
    """Plant, verify, train, verify, compare; returns what went wrong, empty where nothing did."""
    copy = folders.root / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folders.root / corruption.folder, copy)
    plant(corruption, copy)
    named = {problem.path for problem in verify_folder(str(copy), show=_ignore).problems}
    if corruption.path not in named:
        return f"verify does not name it, but {sorted(named)}"
    folders.train(copy)
    problems = verify_folder(str(copy), show=_ignore).problems
    if problems:
        return f"verify still finds: {problems[0]}"
    different = [name for name in _EXPORTED if _hash(copy / name) != _hash(folders.root / "whole" / name)]
    if different:
        return f"other bytes in {different}"
    return "" if list(_curve(copy)) == list(_curve(folders.root / "whole")) else "another curve"


def plant(corruption: Corruption, folder: Path) -> None:
    """Do the damage."""
    path = folder / corruption.path
    data = path.read_bytes()
    if corruption.damage is Damage.DELETED:
        path.unlink()
    elif corruption.damage is Damage.TRUNCATED:
        path.write_bytes(data[: len(data) * 2 // 3])
    elif corruption.damage is Damage.FLIPPED:
        at = next(place for place in range(len(data) // 2, len(data)) if data[place] not in b" \n\t")
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    else:
        before = sorted(path.parent.parent.glob("step-*"))[-2]
        shutil.copyfile(before / path.name, path)


def _cut_off(on_step: Any, after: int) -> Any:
    def stop(metrics: Any) -> None:
        on_step(metrics)
        if metrics.step == after:
            raise _CutOffError

    return stop


def _curve(folder: Path) -> Iterator[dict[str, Any]]:
    for line in (folder / "logs" / "metrics.jsonl").read_text(encoding="utf-8").splitlines():
        yield {name: value for name, value in json.loads(line).items() if name not in _TIMING}


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _ignore(_: str) -> None:
    return
