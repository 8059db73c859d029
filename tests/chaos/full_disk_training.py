"""Disks that fill up under a training: at the token ids, a checkpoint, the log and the export.

    python -m tests.chaos full_disk_training [--seed N] [--count N] [--work DIR]

Needs the right to mount a tmpfs (root); without it says so and exits 2. Of the `--count` trials every second trains on
a tmpfs of a drawn size between nothing and what a whole training takes. The others lose the room they have as soon as
something is written at the token ids, a checkpoint, the log or the export, in turn. What must hold:

- the training ends with exit 1, not with a traceback, and its message names a path on that disk, the bytes that are
  needed or free, and what to do;
- every checkpoint that stands under its name is whole, and nothing half written is left;
- after the tmpfs has grown the same command ends with exit 0, the undisturbed curve and the undisturbed model.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.train.loop.checkpoint import checkpoints, find_damage

from .commands import Starter, WarmStart
from .full_disk import can_mount, grow, mounted, squeeze, used_bytes
from .killed_trainings import place_of
from .small_training import PRELOADED, SmallTraining, differing, outcome_of, prepare_training
from .tables import close_work_folder, open_work_folder, options_of, print_table, tell
from .watching import FolderWatcher

_LARGE_BYTES = 2**28
_SMALL_BYTES = 16 * 4096
_RUN_SECONDS = 300.0
PLACES = ("start", "tokens", "checkpoint", "log", "export")
_AIMS = (None, "tokens", None, "export", None, "checkpoint", None, "steps")
"""Where room is taken away; None draws the disk's size instead."""


def main(argv: Sequence[str]) -> int:
    """Run the harness; see the module's text for what its exit code means."""
    options = options_of("full_disk_training", __doc__, count=24).parse_args(argv)
    if not can_mount():
        tell("The full disks need the right to mount a tmpfs: run this as root on Linux.")
        return 2
    root = open_work_folder(options.work, "training-disk")
    trials = TrainingTrials(prepare_training(root / "small"), WarmStart(PRELOADED))
    trials.measure()
    draw = random.Random(options.seed)
    for number in range(options.count):
        trials.fill(number, draw, aim=_AIMS[number % len(_AIMS)])
        tell(f"trial {number}: {dict(trials.full)}, {len(trials.deviations)} deviations so far")
    print_table(
        ("disk full at", "trainings", "exit 1", "resumed to the same curve and model"),
        [[place, trials.full[place], trials.ended[place], trials.same[place]] for place in PLACES],
    )
    print(f"\n{trials.num_fitted} of the drawn disks were large enough after all.")
    return close_work_folder(root, trials.deviations)


@dataclass(slots=True)
class TrainingTrials:
    """Trainings on small disks, and what came out."""

    training: SmallTraining
    starter: Starter
    expected: dict[str, str] = field(default_factory=dict)
    most_bytes: int = 0
    num_fitted: int = 0
    full: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    same: Counter[str] = field(default_factory=Counter)
    deviations: list[str] = field(default_factory=list)

    def measure(self) -> None:
        """Train once with room, and note the most bytes that were in use."""
        disk = self.training.root / "undisturbed"
        with mounted(disk, num_bytes=_LARGE_BYTES):
            folder = disk / "model"
            folder.mkdir()
            with FolderWatcher(folder) as watcher:
                running = self.starter(self.training.arguments(folder), self.training.root / "undisturbed.log")
                while watcher.next(timeout_seconds=0.2) or running.poll() is None:
                    self.most_bytes = max(self.most_bytes, used_bytes(disk))
                code = running.wait(timeout_seconds=_RUN_SECONDS)
            assert code == 0, running.output()[-2000:]
            self.expected = outcome_of(folder)
        tell(f"undisturbed: {self.most_bytes:,} bytes in use at most")

    def fill(self, number: int, draw: random.Random, *, aim: str | None) -> None:
        """Train on a disk that is too small, or becomes so; make room; train to the end."""
        disk, log = self.training.root / f"disk-{number:03d}", self.training.root / f"disk-{number:03d}.log"
        num_bytes = draw.randrange(_SMALL_BYTES, self.most_bytes) // 4096 * 4096 if aim is None else _LARGE_BYTES
        at_event = draw.randint(1, 4)
        with mounted(disk, num_bytes=num_bytes):
            folder = disk / "model"
            folder.mkdir()
            with FolderWatcher(folder) as watcher:
                running = self.starter(self.training.arguments(folder), log)
                while (event := watcher.next(timeout_seconds=0.05)) or running.poll() is None:
                    if aim is not None and event is not None and place_of(event.path) == aim:
                        at_event -= 1
                        if at_event == 0:
                            squeeze(disk)
            code, told = running.wait(timeout_seconds=_RUN_SECONDS), running.output()
            name, place = f"trial {number}, {aim or f'{num_bytes:,} bytes'}", _place(told)
            if code == 0:
                self.num_fitted += 1
            else:
                self.full[place] += 1
                self.ended[place] += code == 1
                self._check_failure(f"{name}, full at {place}", code, told, disk)
                self._check_left(name, folder)
            grow(disk, num_bytes=_LARGE_BYTES)
            again = self.starter(self.training.arguments(folder), log)
            if again.wait(timeout_seconds=_RUN_SECONDS) != 0:
                self.deviations.append(f"{name}: with room again: {again.output()[-800:]}")
                return
            found = differing(outcome_of(folder), self.expected)
            self.deviations += [f"{name}: {line}" for line in found]
            self.same[place] += code != 0 and not found

    def _check_failure(self, name: str, code: int, told: str, disk: Path) -> None:
        error = told[told.rfind("error:") :] if "error:" in told else ""
        wrong = {
            f"exit {code} instead of 1": code != 1,
            "a traceback": "Traceback" in told,
            "no path on the disk": str(disk) not in error,
            "not a word of space": not any(word in error.lower() for word in ("space", "free")),
            "no remedy": "run the same command again" not in error.lower(),
        }
        self.deviations += [f"{name}: {what}: {told[-600:]}" for what, is_so in wrong.items() if is_so]

    def _check_left(self, name: str, folder: Path) -> None:
        for checkpoint in checkpoints(folder / "checkpoints"):
            if damage := find_damage(checkpoint):
                self.deviations.append(f"{name}: {checkpoint.name}: {damage}")
        left = [path.name for path in folder.rglob("*") if path.name.endswith(".partial")]
        if left:
            self.deviations.append(f"{name}: left half written: {', '.join(left)}")


def _place(told: str) -> str:
    """What the message says could not be written."""
    error = told[told.rfind("error:") :]
    if "checkpoint of step" in error:
        return "checkpoint"
    if "trained model" in error or "export.partial" in error:
        return "export"
    if "metrics.jsonl" in error:
        return "log"
    return "tokens" if "/tokens/" in error else "start"
