"""Disks that fill up in every stage of a build: exit 1, a message with path and remedy, no damage, a right resume.

    python -m tests.chaos full_disk [--seed N] [--count N] [--work DIR]

Needs the right to mount a tmpfs (root); without it says so and exits 2. An undisturbed build on a large tmpfs is
measured first: how many bytes are in use when each stage begins and ends. Each of the `--count` trials then builds on
a tmpfs of a drawn size that ends within one stage, every stage in turn; `cache/` fills in synthesize. What must hold:

- the build ends with exit 1, not with a traceback, and its message names a path on that disk and what to do; the same
  holds when the command is started again while the disk is still full;
- every JSON file that stands under its final name can be read;
- after the tmpfs has grown (`mount -o remount,size=…`) the same command ends with exit 0 and the undisturbed bytes,
  and no answer that was stored is asked again.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .commands import RunningCommand, Starter, WarmStart
from .server import CountingServer, marks_in
from .small_build import SmallBuild, check_is_real, differences, outputs_of, prepare
from .stages import MANIFEST, STAGES, stage_of
from .tables import close_work_folder, open_work_folder, options_of, print_table, tell
from .watching import FolderWatcher

_LARGE_BYTES = 2**30
_PAGE_BYTES = 4096
_MOST_SQUEEZES = 200
_RUN_SECONDS = 1800.0
_NUM_DOCUMENTS = 36


def main(argv: Sequence[str]) -> int:
    """Run the harness; see the module's text for what its exit code means."""
    parser = options_of("full_disk", __doc__, count=3 * len(STAGES))
    options = parser.parse_args(argv)
    if not can_mount():
        tell("The full disks need the right to mount a tmpfs: run this as root on Linux.")
        return 2
    root = open_work_folder(options.work, "disk")
    with CountingServer() as server:
        build = prepare(root / "small", base_url=server.base_url, seed=options.seed, num_documents=_NUM_DOCUMENTS)
        trials = Trials(build, server, WarmStart())
        trials.measure()
        draw = random.Random(options.seed)
        for number in range(options.count):
            trials.fill(number, STAGES[number % len(STAGES)], draw)
            tell(f"trial {number}: {len(trials.deviations)} deviations so far")
    print_table(
        ("stage", "disk full in it", "exit 1", "resumed to the same bytes"),
        [
            [stage, trials.totals[stage, "full"], trials.totals[stage, "exit 1"], trials.totals[stage, "same"]]
            for stage in (*STAGES, MANIFEST)
        ],
    )
    print(f"\n{trials.totals['', 'fitted']} of the drawn disks were large enough after all.")
    return close_work_folder(root, trials.deviations)


@contextmanager
def mounted(folder: Path, *, num_bytes: int) -> Iterator[None]:
    """A tmpfs of that size on a folder, made and removed."""
    folder.mkdir(parents=True)
    options = f"size={num_bytes // _PAGE_BYTES * _PAGE_BYTES}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def grow(folder: Path, *, num_bytes: int) -> None:
    """Give a mounted tmpfs another size."""
    subprocess.run(["mount", "-o", f"remount,size={num_bytes}", str(folder)], check=True)


def squeeze(folder: Path) -> None:
    """Take away what room a mounted tmpfs has left, while somebody writes to it."""
    for _ in range(_MOST_SQUEEZES):
        shrink = ["mount", "-o", f"remount,size={used_bytes(folder)}", str(folder)]
        if subprocess.run(shrink, capture_output=True, check=False).returncode == 0:
            return
        # More was written in between: a tmpfs never becomes smaller than what it holds.
    raise RuntimeError(f"{folder} fills up faster than it can be measured.")


def used_bytes(folder: Path) -> int:
    """Bytes in use on the filesystem of a folder."""
    usage = os.statvfs(folder)
    return (usage.f_blocks - usage.f_bfree) * usage.f_frsize


def can_mount() -> bool:
    """Whether this process may mount a tmpfs."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt"]
    try:
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@dataclass(slots=True)
class Trials:
    """The trials and what came out."""

    build: SmallBuild
    server: CountingServer
    starter: Starter
    totals: Counter[tuple[str, str]] = field(default_factory=Counter)
    deviations: list[str] = field(default_factory=list)
    expected: dict[str, str] = field(default_factory=dict)
    in_use: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Bytes in use at the first and the last file event of each stage."""

    def measure(self) -> None:
        """Build once on a disk with room, and note what is in use by stage."""
        disk = self.build.root / "undisturbed"
        with mounted(disk, num_bytes=_LARGE_BYTES):
            folder = disk / "build"
            folder.mkdir()
            with FolderWatcher(folder) as watcher:
                running = self._start(folder)
                while (event := watcher.next(timeout_seconds=0.2)) or running.poll() is None:
                    stage = stage_of(event.path) if event else None
                    if stage is not None:
                        used = used_bytes(disk)
                        self.in_use[stage] = (self.in_use.get(stage, (used, used))[0], used)
            code = running.wait(timeout_seconds=_RUN_SECONDS)
            assert code == 0, f"the undisturbed build ended with {code}: {running.output()[-2000:]}"
            self.expected = outputs_of(folder)
            check_is_real(self.expected)
        tell("KiB in use: " + ", ".join(f"{stage} {a // 1024}–{b // 1024}" for stage, (a, b) in self.in_use.items()))

    def fill(self, number: int, stage: str, draw: random.Random) -> None:
        """Build on a disk that ends within a stage; make room; build to the end."""
        num_bytes = self._size_within(stage, draw)
        disk = self.build.root / f"disk-{number:03d}"
        with mounted(disk, num_bytes=num_bytes):
            reached, running = self._run(disk / "build")
            self._judge(f"trial {number}, {num_bytes:,} bytes, aimed at {stage}", reached, running)

    def squeeze(self, number: int, stage: str) -> None:
        """The same without a measurement: take the room away as soon as the stage has written something."""
        disk = self.build.root / f"disk-{number:03d}"
        with mounted(disk, num_bytes=_LARGE_BYTES):
            reached, running = self._run(disk / "build", squeezed_in=stage)
            self._judge(f"trial {number}, squeezed in {stage}", reached, running)

    def _judge(self, name: str, reached: str, running: RunningCommand) -> None:
        """Check how the command ended; run it again without room, and with room to the end."""
        disk = self.build.root / running.log.stem
        folder = disk / "build"
        code = running.wait(timeout_seconds=_RUN_SECONDS)
        name = f"{name}, filled in {reached}"
        if code == 0:
            self.totals["", "fitted"] += 1
        else:
            self.totals[reached, "full"] += 1
            self.totals[reached, "exit 1"] += code == 1
            self._check_failure(name, code, running.output(), disk)
            again = self._start(folder)
            code_again = again.wait(timeout_seconds=_RUN_SECONDS)
            self._check_failure(f"{name}, started again while it was full", code_again, again.output(), disk)
        self._check_readable(name, folder)
        grow(disk, num_bytes=_LARGE_BYTES)
        self._resume(name, reached if code else "", folder)

    def _size_within(self, stage: str, draw: random.Random) -> int:
        """Bytes of a disk that is full before the stage has written its last file."""
        first, last = self.in_use[stage]
        earlier = [self.in_use[name][1] for name in STAGES[: STAGES.index(stage)] if self.in_use[name][1] < last]
        # An event comes after the first bytes of its file, so the range opens where the stage before ended.
        opens = min([*earlier[-1:], first - _PAGE_BYTES])
        return draw.randrange(max(opens, 16 * _PAGE_BYTES), max(last, opens + 1)) + _PAGE_BYTES

    def _run(self, folder: Path, *, squeezed_in: str = "") -> tuple[str, RunningCommand]:
        """Run to the end, on a disk that shrinks to what is in use in one stage; returns the latest stage reached."""
        folder.mkdir()
        reached = STAGES[0]
        with FolderWatcher(folder) as watcher:
            running = self._start(folder)
            deadline = time.monotonic() + _RUN_SECONDS
            while (event := watcher.next(timeout_seconds=0.2)) or running.poll() is None:
                if time.monotonic() > deadline:
                    break
                reached = (stage_of(event.path) if event else None) or reached
                if reached == squeezed_in:
                    squeeze(folder.parent)
                    squeezed_in = ""
        return reached, running

    def _check_failure(self, name: str, code: int, told: str, disk: Path) -> None:
        if code != 1:
            self.deviations.append(f"{name}: exit {code} instead of 1: {told[-500:]}")
            return
        error = told[told.rfind("error:") :] if "error:" in told else ""
        if "Traceback" in told:
            self.deviations.append(f"{name}: a traceback was printed: {told[-500:]}")
        if str(disk) not in error:
            self.deviations.append(f"{name}: the message names no path on the disk: {error[-500:]!r}")
        if not any(word in error.lower() for word in ("space", "disk", "free")):
            self.deviations.append(f"{name}: the message does not say that the disk is full: {error[-500:]!r}")
        if "run the same command again" not in error.lower():
            self.deviations.append(f"{name}: the message has no remedy: {error[-500:]!r}")

    def _check_readable(self, name: str, folder: Path) -> None:
        for path in sorted(folder.rglob("*.json")):
            try:
                json.loads(path.read_bytes())
            except ValueError as error:
                self.deviations.append(f"{name}: {path.relative_to(folder)} is damaged: {error}")

    def _resume(self, name: str, reached: str, folder: Path) -> None:
        asked, stored = self.server.asked(), self.server.keys_of_marks(marks_in(folder / "cache"))
        running = self._start(folder)
        code = running.wait(timeout_seconds=_RUN_SECONDS)
        found = differences(outputs_of(folder), self.expected)
        if code != 0:
            self.deviations.append(f"{name}: with room again, exit {code}: {running.output()[-500:]}")
        elif not found and reached:
            self.totals[reached, "same"] += 1
        self.deviations += [f"{name}: {line}" for line in found]
        now = self.server.asked()
        twice = sum(now[key] > asked[key] for key in stored)
        if twice:
            self.deviations.append(f"{name}: {twice} of {len(stored)} stored answers were asked again")

    def _start(self, folder: Path) -> RunningCommand:
        return self.starter(self.build.arguments(folder), self.build.root / f"{folder.parent.name}.log")
