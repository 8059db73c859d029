"""Two builds started together on one folder: one works, one is refused, and the bytes are right.

    python -m tests.chaos double_builds [--seed N] [--count N] [--driver warm|command] [--work DIR]

Each round starts the same command twice, on an empty folder or, in every third round, on one that an earlier build
left half finished. The second starts at once or up to a second later, as the seed says; every fifth round has two
workers. What must hold:

- one ends with exit 0, the other with exit 2, and its message names this host and the process that owns the folder;
- the finished build has the bytes of an undisturbed one.

In every second round the lone owner of a third folder is then killed by SIGKILL in the middle, and the same command
is started again at once: it must take the folder over without waiting, and end with the same bytes.
"""

from __future__ import annotations

import random
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .commands import WORKERS, RunningCommand, Starter, WarmStart, start_command
from .server import CountingServer
from .small_build import SmallBuild, check_is_real, differences, outputs_of, prepare
from .stages import stage_of
from .tables import close_work_folder, open_work_folder, options_of, print_table, tell
from .watching import FolderWatcher, can_watch

_RUN_SECONDS = 1800.0
_TAKE_OVER_SECONDS = 30.0
"""A lease of a dead process on this host is no reason to wait; importing and planning take a few seconds."""
_NUM_DOCUMENTS = 24


def main(argv: Sequence[str]) -> int:
    """Run the harness; see the module's text for what its exit code means."""
    parser = options_of("double_builds", __doc__, count=20)
    parser.add_argument("--driver", choices=("warm", "command"), default="warm")
    options = parser.parse_args(argv)
    if not can_watch():
        tell("The rounds need file events of Linux (inotify), which this platform does not have.")
        return 2
    root = open_work_folder(options.work, "double")
    starter: Starter = WarmStart() if options.driver == "warm" else start_command
    with CountingServer() as server:
        build = prepare(root / "small", base_url=server.base_url, seed=options.seed, num_documents=_NUM_DOCUMENTS)
        rounds = Rounds(build, starter, random.Random(options.seed))
        rounds.measure()
        for number in range(1, options.count + 1):
            rounds.double(number)
            if number % 2 == 0:
                rounds.take_over(number)
            tell(f"round {number}: {len(rounds.deviations)} deviations so far")
    print_table(("what", "number"), sorted(rounds.totals.items()))
    return close_work_folder(root, rounds.deviations)


@dataclass(slots=True)
class Rounds:
    """The rounds and what came out."""

    build: SmallBuild
    starter: Starter
    draw: random.Random
    totals: Counter[str] = field(default_factory=Counter)
    deviations: list[str] = field(default_factory=list)
    expected: dict[str, str] = field(default_factory=dict)

    def measure(self) -> None:
        """Build once undisturbed, for a comparison."""
        folder = self._folder("undisturbed")
        running = self._start(folder, "only")
        code = running.wait(timeout_seconds=_RUN_SECONDS)
        assert code == 0, f"the undisturbed build ended with {code}: {running.output()[-2000:]}"
        self.expected = outputs_of(folder)
        check_is_real(self.expected)
        tell(f"undisturbed: {running.seconds:.1f} s")

    def double(self, number: int) -> None:
        """Start two builds on one folder."""
        folder = self._folder(f"double-{number:03d}")
        half_finished = number % 3 == 0
        if half_finished:
            self._kill_in_the_middle(folder, "before")
        workers = WORKERS if number % 5 == 0 else ()
        gap_seconds = self.draw.choice((0.0, 0.0, self.draw.uniform(0.0, 1.0)))
        pair = [self._start(folder, "first", *workers)]
        time.sleep(gap_seconds)
        pair.append(self._start(folder, "second", *workers))
        codes = [running.wait(timeout_seconds=_RUN_SECONDS) for running in pair]
        kind = f"{'half-finished' if half_finished else 'empty'} folder, {2 if workers else 1} worker(s)"
        self.totals[f"{kind}: exit codes {' and '.join(str(code) for code in sorted(codes))}"] += 1
        if sorted(codes) != [0, 2]:
            outputs = " | ".join(running.output()[-300:] for running in pair)
            self.deviations.append(f"round {number} ({kind}): exit codes {codes}: {outputs}")
        else:
            self._check_message(number, refused=pair[codes.index(2)], owner=pair[codes.index(0)])
        for line in differences(outputs_of(folder), self.expected):
            self.deviations.append(f"round {number} ({kind}): {line}")

    def take_over(self, number: int) -> None:
        """Kill the owner of a folder in the middle, and start the same command at once."""
        folder = self._folder(f"taken-{number:03d}")
        self._kill_in_the_middle(folder, "owner")
        with FolderWatcher(folder) as watcher:
            running = self._start(folder, "third")
            while running.poll() is None:
                event = watcher.next(timeout_seconds=0.2)
                if event and stage_of(event.path):
                    break
            waited = running.seconds
        code = running.wait(timeout_seconds=_RUN_SECONDS)
        self.totals[f"owner killed, next run: exit {code}"] += 1
        if code != 0:
            self.deviations.append(
                f"round {number}: after its owner was killed, exit {code}: {running.output()[-600:]}"
            )
        elif waited > _TAKE_OVER_SECONDS:
            self.deviations.append(f"round {number}: the folder of a killed owner was taken over after {waited:.0f} s")
        for line in differences(outputs_of(folder), self.expected):
            self.deviations.append(f"round {number}, taken over: {line}")

    def _check_message(self, number: int, *, refused: RunningCommand, owner: RunningCommand) -> None:
        told = refused.output()
        for name, value in (("this host", socket.gethostname()), ("the owner's process", str(owner.pid))):
            if value not in told:
                self.deviations.append(f"round {number}: the refusal does not name {name} ({value}): {told[-600:]}")

    def _kill_in_the_middle(self, folder: Path, name: str) -> None:
        """SIGKILL after a drawn number of file events."""
        wanted = self.draw.randint(5, 250)
        with FolderWatcher(folder) as watcher:
            running = self._start(folder, name)
            while wanted and running.poll() is None:
                event = watcher.next(timeout_seconds=0.2)
                wanted -= event is not None and stage_of(event.path) is not None
        self.totals["killed in the middle"] += running.kill()

    def _start(self, folder: Path, name: str, *extra: str) -> RunningCommand:
        return self.starter(self.build.arguments(folder, *extra), folder.parent / f"{folder.name}.{name}.log")

    def _folder(self, name: str) -> Path:
        folder = self.build.root / name
        folder.mkdir()
        return folder
