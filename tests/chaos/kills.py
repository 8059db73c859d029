"""Random SIGKILLs of a small build, in every stage, with one and two workers: the same bytes, and nothing asked twice.

    python -m tests.chaos kills [--seed N] [--count N] [--two-workers N] [--per-build N] [--victim group|main|worker]
                                [--driver warm|command] [--work DIR]

An undisturbed build is measured first: how long each stage takes, and how many files it writes. Then builds are
started, killed, started again and killed again, until `--count` kills have landed; each build is brought to its end
after `--per-build` of them. Kills aim at a stage in two ways, in turn: at a random moment of it, or right after its
n-th file event (a `.partial` appears, is closed, has just been renamed). A stage that is finished already in that
folder is answered by a kill at the next thing that happens.

What must hold at the end of each build:

- exit 0, and every file of corpus/, sft/, tokens/, exports/, packs.parquet, rejected/ and dead/ equal to the
  undisturbed build's;
- no answer that stood in cache/ when a kill landed was asked again;
- the same command once more exits 0, asks nothing and changes nothing; `pipeline verify`, where there is one, exits
  0.

`--victim main` kills the main process alone, so that Beam's workers are orphans while the next run starts; `worker`
kills one worker, after which the command must end by itself. Both need two workers.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .commands import WORKERS, RunningCommand, Starter, WarmStart, processes_of_session, start_command
from .server import CountingServer, marks_in
from .small_build import SmallBuild, check_is_real, differences, outputs_of, prepare
from .stages import MANIFEST, STAGES, stage_of
from .tables import close_work_folder, open_work_folder, options_of, print_table, tell
from .watching import FolderWatcher, can_watch

_START = "start"
"""Before the first file of a stage."""
_PLACES = (_START, *STAGES, MANIFEST)
_RUN_SECONDS = 1800.0
_WORKER_LOSS_SECONDS = 300.0
_NUM_DOCUMENTS = 36


@dataclass(slots=True)
class Undisturbed:
    """What a build does when nothing happens to it."""

    outputs: dict[str, str]
    seconds: dict[str, float] = field(default_factory=dict)
    """From the first to the last file event, by place."""
    num_events: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a kill is meant to land."""

    place: str
    at_event: int
    """Right after so many file events of the place; 0 for a moment."""
    after_seconds: float
    """Of a moment: after the first file event of the place."""


def main(argv: Sequence[str]) -> int:
    """Run the harness; see the module's text for what its exit code means."""
    parser = options_of("kills", __doc__, count=100)
    parser.add_argument("--two-workers", type=int, help="kills of builds with two workers; a third where not given")
    parser.add_argument("--per-build", type=int, default=9, help="kills before a build is brought to its end")
    parser.add_argument("--victim", choices=("group", "main", "worker"), default="group")
    parser.add_argument("--driver", choices=("warm", "command"), default="warm")
    options = parser.parse_args(argv)
    if not can_watch():
        tell("The kills need file events of Linux (inotify), which this platform does not have.")
        return 2
    two_workers = options.count // 3 if options.two_workers is None else options.two_workers
    if options.victim != "group":
        two_workers = options.count
    root = open_work_folder(options.work, "kills")
    starter: Starter = WarmStart() if options.driver == "warm" else start_command
    with CountingServer() as server:
        build = prepare(root / "small", base_url=server.base_url, seed=options.seed, num_documents=_NUM_DOCUMENTS)
        tell(f"{build.documents} in {root}")
        deviations: list[str] = []
        hits: Counter[tuple[str, str, int]] = Counter()
        totals: Counter[str] = Counter()
        expected: dict[str, str] = {}
        for num_workers, count in ((1, options.count - two_workers), (2, two_workers)):
            if not count:
                continue
            campaign = Campaign(build, server, starter, num_workers=num_workers, victim=options.victim)
            expected = campaign.measure(expected)
            drawn = random.Random(f"{options.seed}/{num_workers}/{options.victim}")
            campaign.run(count, per_build=options.per_build, draw=drawn)
            deviations += campaign.deviations
            hits += campaign.hits
            totals += campaign.totals
    _print(hits, totals, victim=options.victim)
    return close_work_folder(root, deviations)


class Campaign:
    """Kills of builds with one number of workers."""

    def __init__(
        self, build: SmallBuild, server: CountingServer, starter: Starter, *, num_workers: int, victim: str
    ) -> None:
        self.hits: Counter[tuple[str, str, int]] = Counter()
        """By place, way (`moment` or `event`) and number of workers."""
        self.totals: Counter[str] = Counter()
        self.deviations: list[str] = []
        self._build = build
        self._server = server
        self._starter = starter
        self._num_workers = num_workers
        self._victim = victim
        self._extra = WORKERS if num_workers == 2 else ()
        self._undisturbed = Undisturbed({})
        self._orphans: list[RunningCommand] = []

    @property
    def expected(self) -> dict[str, str]:
        """Outputs of the undisturbed build."""
        return self._undisturbed.outputs

    def measure(self, expected: dict[str, str]) -> dict[str, str]:
        """Build once undisturbed and return its outputs; they must be those of an earlier undisturbed build."""
        folder = self._folder("undisturbed")
        first: dict[str, float] = {}
        with FolderWatcher(folder) as watcher:
            running = self._start(folder)
            for place in self._places_until_end(running, watcher):
                first.setdefault(place, running.seconds)
                self._undisturbed.seconds[place] = running.seconds - first[place]
                self._undisturbed.num_events[place] += 1
        code = running.wait(timeout_seconds=_RUN_SECONDS)
        assert code == 0, f"the undisturbed build ended with {code}: {running.output()[-2000:]}"
        self._undisturbed.seconds[_START] = min(first.values())
        self._undisturbed.outputs = outputs_of(folder)
        check_is_real(self._undisturbed.outputs)
        for line in differences(self._undisturbed.outputs, expected) if expected else ():
            self.deviations.append(f"undisturbed with {self._num_workers} workers, beside 1 worker: {line}")
        asked, stored = self._server.asked(), self._server.keys_of_marks(marks_in(folder / "cache"))
        assert stored and stored == set(asked), f"{len(stored)} of {len(asked)} answers can be seen in the cache"
        told = ", ".join(f"{place} {self._undisturbed.seconds.get(place, 0):.1f} s" for place in _PLACES)
        tell(f"undisturbed, {self._num_workers} worker(s): {running.seconds:.1f} s ({told}), {len(asked)} questions")
        return self._undisturbed.outputs

    def run(self, count: int, *, per_build: int, draw: random.Random) -> None:
        """Kill builds until `count` kills have landed, and check each build at its end."""
        deck = self._deck(draw)
        number = 0
        while count > 0:
            number += 1
            hand = sorted((next(deck) for _ in range(min(per_build, count))), key=lambda t: _PLACES.index(t.place))
            name = f"{self._victim}-{self._num_workers}-{number:03d}"
            count -= self._disturb(name, hand)
        self.totals["builds"] += number

    def _deck(self, draw: random.Random) -> Iterator[Target]:
        """Targets without end: every place as often as any other, moments and events in turn."""
        while True:
            places = list(_PLACES)
            draw.shuffle(places)
            for at, place in enumerate(places):
                num_events = self._undisturbed.num_events[place]
                seconds = self._undisturbed.seconds.get(place, 0.0)
                # Resumed stages have less left to do, hence the half.
                event = draw.randint(1, max(1, num_events // 2)) if num_events and (at + draw.randint(0, 1)) % 2 else 0
                yield Target(place, event, draw.uniform(0.0, max(seconds, 0.05)))

    def _disturb(self, name: str, targets: Sequence[Target]) -> int:
        """One build through its kills to its end; returns how many landed."""
        folder = self._folder(name)
        before = self._server.asked()
        num_landed = 0
        for target in targets:
            asked, stored = self._server.asked(), self._stored(folder)
            landed = self._kill_one(folder, target, name)
            self._check_asked(name, asked, stored)
            num_landed += landed is not None
            if landed is None:  # it came to its end first
                break
            self.hits[landed] += 1
        asked, stored = self._server.asked(), self._stored(folder)
        self._finish(folder, name)
        self._check_asked(name, asked, stored)
        of_this_build = self._server.asked() - before
        self.totals["kills"] += num_landed
        self.totals["questions"] += len(of_this_build)
        self.totals["asked in flight again"] += of_this_build.total() - len(of_this_build)
        self.totals["stored answers at a kill"] += len(stored)
        tell(f"{name}: {num_landed} kills, {len(self.deviations)} deviations so far")
        return num_landed

    def _kill_one(self, folder: Path, target: Target, name: str) -> tuple[str, str, int] | None:
        """Run until the target and kill; None when the run ended first."""
        with FolderWatcher(folder) as watcher:
            running = self._start(folder)
            place = self._wait_for(target, running, watcher)
        landed = self._strike(running, name)
        if not landed:
            code = running.wait(timeout_seconds=_RUN_SECONDS)
            if code != 0:
                self._deviate(name, f"ended with {code} before its kill: {running.output()[-600:]}")
            return None
        return place, "event" if target.at_event else "moment", self._num_workers

    def _strike(self, running: RunningCommand, name: str) -> bool:
        """SIGKILL to the victim; returns whether the command was killed rather than at its end."""
        if self._victim == "group":
            return running.kill()
        if self._victim == "main":
            if running.poll() is not None:
                return False
            os.kill(running.pid, signal.SIGKILL)
            while running.poll() is None:
                time.sleep(0.002)
            self._orphans.append(running)
            return True
        workers = [pid for pid in processes_of_session(running.pid) if pid != running.pid]
        if not workers or running.poll() is not None:
            running.kill()
            return True
        os.kill(workers[-1], signal.SIGKILL)
        try:
            code = running.wait(timeout_seconds=_WORKER_LOSS_SECONDS)
        except TimeoutError:
            self._deviate(name, f"the command hung for {_WORKER_LOSS_SECONDS:.0f} s after a worker was killed")
            return True
        self.totals[f"exit {code} after a worker was killed"] += 1
        if code not in (0, 1):
            self._deviate(name, f"exit {code} after a worker was killed: {running.output()[-600:]}")
        return True

    def _wait_for(self, target: Target, running: RunningCommand, watcher: FolderWatcher) -> str:
        """Return when the target is reached, with the place that the run is at."""
        due = running.started + target.after_seconds if target.place == _START else float("inf")
        place, num_events = _START, 0
        give_up = time.monotonic() + _RUN_SECONDS
        while running.poll() is None and (now := time.monotonic()) < min(due, give_up):
            event = watcher.next(timeout_seconds=max(0.0, min(0.2, due - now)))
            happened = stage_of(event.path) if event else None
            if happened is None:
                continue
            place = happened
            if _is_past(happened, target.place):
                break
            if happened == target.place:
                num_events += 1
                if num_events == target.at_event:
                    break
                if num_events == 1 and not target.at_event:
                    due = now + target.after_seconds
        return place

    def _finish(self, folder: Path, name: str) -> None:
        """Run to the end, twice, and compare."""
        for again in (False, True):
            asked = self._server.asked()
            running = self._start(folder)
            try:
                code = running.wait(timeout_seconds=_RUN_SECONDS)
            except TimeoutError as error:
                self._deviate(name, str(error))
                return
            if code != 0:
                self._deviate(
                    name, f"the {'second' if again else 'resumed'} run ended with {code}: {running.output()[-600:]}"
                )
                return
            for line in differences(outputs_of(folder), self._undisturbed.outputs):
                self._deviate(name, f"{line}{' after a second run' if again else ''}")
            if again and self._server.asked() != asked:
                self._deviate(name, "a finished build asked the teacher again")
        for orphaned in self._orphans:
            self.totals["workers that outlived their build"] += len(processes_of_session(orphaned.pid))
            orphaned.kill()
        self._orphans.clear()
        self._verify(folder, name)

    def _verify(self, folder: Path, name: str) -> None:
        running = self._starter(["verify", str(folder)], folder.with_suffix(".verify.log"))
        code = running.wait(timeout_seconds=_RUN_SECONDS)
        if code == 2 and "No such command" in running.output():
            self.totals["builds that no verify looked at"] += 1
        elif code != 0:
            self._deviate(name, f"verify ended with {code}: {running.output()[-600:]}")

    def _check_asked(self, name: str, before: Counter[str], stored: set[str]) -> None:
        now = self._server.asked()
        twice = [key for key in stored if now[key] > before[key]]
        if twice:
            self._deviate(name, f"{len(twice)} of {len(stored)} stored answers were asked again")

    def _stored(self, folder: Path) -> set[str]:
        return self._server.keys_of_marks(marks_in(folder / "cache"))

    def _places_until_end(self, running: RunningCommand, watcher: FolderWatcher) -> Iterator[str]:
        deadline = time.monotonic() + _RUN_SECONDS
        while time.monotonic() < deadline:
            event = watcher.next(timeout_seconds=0.1)
            if event is None and running.poll() is not None:
                return
            place = stage_of(event.path) if event else None
            if place is not None:
                yield place

    def _start(self, folder: Path) -> RunningCommand:
        return self._starter(self._build.arguments(folder, *self._extra), folder.with_suffix(".log"))

    def _folder(self, name: str) -> Path:
        folder = self._build.root / f"{name}-{self._num_workers}"
        folder.mkdir()
        return folder

    def _deviate(self, name: str, what: str) -> None:
        tell(f"{name}: {what}")
        self.deviations.append(f"{name}: {what}")


def _is_past(happened: str, wanted: str) -> bool:
    """Whether a file event belongs to a later stage than the one that is waited for."""
    if happened == MANIFEST or wanted in (MANIFEST, _START):
        return False
    return STAGES.index(happened) > STAGES.index(wanted)


def _print(hits: Counter[tuple[str, str, int]], totals: Counter[str], *, victim: str) -> None:
    print(f"Kills by what the build was doing; victim: {victim}.\n")
    ways = [(way, workers) for workers in (1, 2) for way in ("moment", "event")]
    columns = ["place", *(f"{way}, {workers} worker{'s' * (workers > 1)}" for way, workers in ways), "all"]
    rows = [[place, *(hits[place, *way] for way in ways), sum(hits[place, *way] for way in ways)] for place in _PLACES]
    print_table(columns, [*rows, ["all", *(sum(hits[p, *way] for p in _PLACES) for way in ways), hits.total()]])
    print()
    print_table(("total", "number"), sorted(totals.items()))
