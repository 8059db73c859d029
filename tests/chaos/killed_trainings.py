"""Random SIGKILLs of a small training, also while it writes a checkpoint or the model: the same curve and bytes.

    python -m tests.chaos killed_trainings [--seed N] [--count N] [--per-training N] [--work DIR]

An undisturbed training is measured first: how long it takes, and how many files it touches. Then trainings are
started, killed, started again and killed again, until `--count` kills have landed; each is brought to its end after
`--per-training` of them. A kill lands at a random moment, or right after the n-th file event (a file appears, is
closed, has just been renamed), in turn.

What must hold at the end of each training:

- exit 0; every number of the curve and every byte of the model equal to the undisturbed run's;
- the same command once more exits 0 and changes nothing; `pipeline verify` exits 0; nothing half written is left.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .commands import RunningCommand, Starter, WarmStart
from .small_training import PRELOADED, SmallTraining, differing, outcome_of, prepare_training
from .tables import close_work_folder, open_work_folder, options_of, print_table, tell
from .watching import FolderWatcher, can_watch

PLACES = ("start", "tokens", "steps", "checkpoint", "export")
_RUN_SECONDS = 300.0


def main(argv: Sequence[str]) -> int:
    """Run the harness; see the module's text for what its exit code means."""
    parser = options_of("killed_trainings", __doc__, count=100)
    parser.add_argument("--kills", dest="count", type=int, help="the same as --count")
    parser.add_argument("--per-training", type=int, default=5)
    options = parser.parse_args(argv)
    if not can_watch():
        tell("Kills at file events need Linux's inotify.")
        return 2
    root = open_work_folder(options.work, "trainings")
    campaign = TrainingCampaign(prepare_training(root / "small"), WarmStart(PRELOADED))
    campaign.measure()
    campaign.run(options.count, per_training=options.per_training, draw=random.Random(options.seed))
    print_table(
        ("training", *(f"kills in {place}" for place in PLACES), "kills", "trainings", "same curve and model"),
        [
            [
                "one process",
                *(campaign.hits[place] for place in PLACES),
                campaign.hits.total(),
                campaign.num_trainings,
                campaign.num_same,
            ]
        ],
    )
    return close_work_folder(root, campaign.deviations)


@dataclass(slots=True)
class TrainingCampaign:
    """Trainings that are killed, and what came out."""

    training: SmallTraining
    starter: Starter
    expected: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    num_events: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    num_trainings: int = 0
    num_same: int = 0
    deviations: list[str] = field(default_factory=list)

    def measure(self) -> None:
        """Train once undisturbed."""
        folder = self.training.root / "whole"
        folder.mkdir()
        with FolderWatcher(folder) as watcher:
            running = self._start(folder)
            while watcher.next(timeout_seconds=0.2) or running.poll() is None:
                self.num_events += 1
            code = running.wait(timeout_seconds=_RUN_SECONDS)
        assert code == 0, running.output()[-2000:]
        self.seconds = running.seconds
        self.expected = outcome_of(folder)
        assert len(self.expected) > 30, "the curve has every step"
        tell(f"undisturbed: {self.seconds:.1f} s, {self.num_events} file events")

    def run(self, count: int, *, per_training: int, draw: random.Random) -> None:
        """Kill until so many kills have landed."""
        while self.hits.total() < count:
            folder = self.training.root / f"training-{self.num_trainings:03d}"
            folder.mkdir()
            for num_before in range(min(per_training, count - self.hits.total())):
                place = self._kill_once(folder, draw, share_left=1 / (1 + num_before))
                if place is None:  # it was quicker
                    break
                self.hits[place] += 1
            self._finish(folder)
            self.num_trainings += 1
            tell(f"{self.hits.total()} kills, {len(self.deviations)} deviations so far")

    def _kill_once(self, folder: Path, draw: random.Random, *, share_left: float) -> str | None:
        """Start and kill; where it was, None where it had ended. About this share of a training is left to do."""
        by_event = draw.random() < 0.6
        wanted_events = (
            draw.randint(1, max(1, int(self.num_events * share_left))) if by_event else self.num_events * 100
        )
        until = draw.uniform(0.0, self.seconds * share_left)
        place, num_events = "start", 0
        with FolderWatcher(folder) as watcher:
            running = self._start(folder)
            while running.poll() is None and num_events < wanted_events:
                if not by_event and running.seconds >= until:
                    break
                event = watcher.next(timeout_seconds=0.01)
                if event is not None:
                    num_events += 1
                    place = place_of(event.path) or place
            return place if running.kill() else None

    def _finish(self, folder: Path) -> None:
        name = folder.name
        running = self._start(folder)
        code = running.wait(timeout_seconds=_RUN_SECONDS)
        if code != 0 or "Traceback" in running.output():
            self.deviations.append(f"{name}: exit {code}: {running.output()[-800:]}")
            return
        found = differing(outcome_of(folder), self.expected)
        self.num_same += not found
        self.deviations += [f"{name}: {line}" for line in found]
        left = [path.name for path in folder.rglob("*") if path.name.endswith((".partial", ".discarded", ".damaged"))]
        if left:
            self.deviations.append(f"{name}: left behind or set aside: {', '.join(left)}")
        before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
        again = self._start(folder)
        if again.wait(timeout_seconds=_RUN_SECONDS) != 0 or "Nothing to do" not in again.output():
            self.deviations.append(f"{name}: the same command once more: {again.output()[-500:]}")
        if {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} != before:
            self.deviations.append(f"{name}: the same command once more changed a file")
        verified = self.starter(["verify", str(folder)], self.training.root / f"{name}.verify.log")
        if verified.wait(timeout_seconds=_RUN_SECONDS) != 0:
            self.deviations.append(f"{name}: verify: {verified.output()[-500:]}")

    def _start(self, folder: Path) -> RunningCommand:
        return self.starter(self.training.arguments(folder), self.training.root / f"{folder.name}.log")


def place_of(path: str) -> str | None:
    """What a file event below the model folder belongs to; None for the lease and the like."""
    first = path.split("/")[0]
    if first == "tokens":
        return "tokens"
    if first == "checkpoints":
        return "checkpoint"
    if first == "logs":
        return "steps"
    is_of_the_model = first.startswith(
        ("export.partial", "model", "config.json", "tokenizer", "training.json", "README")
    )
    return "export" if is_of_the_model else None
