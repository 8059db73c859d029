"""A long build with an unreliable teacher: memory stays level, nothing is lost, nothing stored is asked again.

    python -m tests.chaos soak [--minutes N] [--count DOCUMENTS] [--seed N] [--work DIR]

The documents are `--count` generated ones and some copies; each is asked two questions, the source files of one tree
together. The server fails 5 % of the tries with status 500, is silent on 1 %
of them until the client gives up, and is down five times for 10 to 30 seconds. It answers at a pace that makes the
questions last `--minutes`, so the machine has little to do.

Memory is the resident size of the command's whole process tree, sampled every five seconds. The slope is that of a
least-squares line through the samples of the second half of the synthesize stage, in MB (10⁶ bytes) a minute; the
first half is warm-up. Samples of the short stages around it count for the largest size alone. When the command ends
with exit 1 because of its teacher, it is started again and counted, and the slope is that of the run that lasted
longest.

What must hold: slope ≤ 1 MB a minute; as many questions as the server was asked = kept + rejected + dead; none dead;
every one answered; no stored answer asked again.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .commands import RunningCommand, resident_bytes, start_command
from .server import CountingServer, Treatment, marks_in
from .small_build import SmallBuild, prepare, stage_counts
from .tables import close_work_folder, open_work_folder, options_of, print_table, tell

_SAMPLE_SECONDS = 5.0
_ERROR_SHARE, _HANG_SHARE = 0.05, 0.01
_NUM_OUTAGES = 5
_QUESTIONS_PER_DOCUMENT = 1.88
"""Of the generated ones: two of each, but the files of a source tree are one document."""
_TIMEOUT_SECONDS = 6.0
_IN_FLIGHT = 8
_LONGEST_DELAY_SECONDS = 4.5
_MAX_SLOPE_MB_PER_MINUTE = 1.0
_MAX_STARTS = 30
_OTHER_STAGES_SECONDS = 1800.0


def main(argv: Sequence[str]) -> int:
    """Run the soak; see the module's text for what its exit code means."""
    parser = options_of("soak", __doc__, count=5800)
    parser.add_argument("--minutes", type=float, default=63.0, help="that the questions last; 63 where not given")
    options = parser.parse_args(argv)
    root = open_work_folder(options.work, "soak")
    teacher = UnreliableTeacher(options.seed)
    with teacher.server as server:
        build = prepare(
            root / "soak",
            base_url=server.base_url,
            seed=options.seed,
            num_documents=options.count,
            shard_bytes=2**19,
            min_chars=1500,
            max_chars=4000,
            recipe=_recipe(server.base_url),
        )
        tell(f"{build.documents} in {root}")
        soak = Soak(
            build,
            teacher,
            seconds=60 * options.minutes,
            num_questions=int(_QUESTIONS_PER_DOCUMENT * options.count),
            seed=options.seed,
        )
        soak.run()
    soak.judge()
    print_table(("what", "value"), soak.rows())
    return close_work_folder(root, soak.deviations)


def _recipe(base_url: str) -> dict[str, object]:
    return {
        "synthesize": {
            "teacher": {
                "kind": "openai",
                "model": "counting",
                "base_url": base_url,
                "batch_size": _IN_FLIGHT,
                "timeout_seconds": _TIMEOUT_SECONDS,
            },
            "written": {"tasks": ["qa"], "questions_per_document": 2, "segment_tokens": 256},
            "structural": {"tasks": []},
        },
        # Short documents stay documents of their own.
        "pack": {"tokenizer": "embedded:smollm2-135m-instruct", "min_tokens": 1, "join": {"kinds": []}},
    }


class UnreliableTeacher:
    """The counting server with errors and silences drawn by request and try, and a pace."""

    def __init__(self, seed: int) -> None:
        self.server = CountingServer(self._treat)
        self._seed = seed
        self._interval_seconds = 0.0
        self._next_slot = 0.0
        self._lock = threading.Lock()

    def pace(self, interval_seconds: float) -> None:
        """Answer one request in so many seconds, over all connections."""
        self._interval_seconds = interval_seconds

    def _treat(self, key: str, num_before: int) -> Treatment:
        drawn = random.Random(f"{self._seed}/{key}/{num_before}").random()
        if drawn < _HANG_SHARE:
            return Treatment(hangs=True)
        if drawn < _HANG_SHARE + _ERROR_SHARE:
            return Treatment(status=500)
        now = time.monotonic()
        with self._lock:
            # A minute that an outage took may be caught up, faster by half; more would be a burst.
            self._next_slot = max(self._next_slot, now - 60.0) + self._interval_seconds
            delay = max(self._next_slot - now, self._interval_seconds * _IN_FLIGHT / 1.5)
        return Treatment(delay_seconds=min(delay, _LONGEST_DELAY_SECONDS))


@dataclass(frozen=True, slots=True)
class Sample:
    """Memory at a moment."""

    at_seconds: float
    num_bytes: int
    run: int
    """Which start of the command."""
    in_synthesize: bool


@dataclass(slots=True)
class Soak:
    """The run, its samples, and the verdict."""

    build: SmallBuild
    teacher: UnreliableTeacher
    seconds: float
    num_questions: int
    seed: int
    samples: list[Sample] = field(default_factory=list)
    deviations: list[str] = field(default_factory=list)
    exit_codes: list[int] = field(default_factory=list)
    outages: list[float] = field(default_factory=list)
    """Lengths of the outages that took place."""
    total_seconds: float = 0.0
    stored_asked_again: int = 0

    @property
    def folder(self) -> Path:
        """Of the build."""
        return self.build.root / "build"

    def run(self) -> None:
        """Build, starting the command again when its teacher's failures end it."""
        self.teacher.pace(self.seconds / self.num_questions)
        self.folder.mkdir()
        started = time.monotonic()
        outages = self._planned_outages()
        while len(self.exit_codes) < _MAX_STARTS:
            asked = self.teacher.server.asked()
            stored = self.teacher.server.keys_of_marks(marks_in(self.folder / "cache"))
            running = start_command(
                self.build.arguments(self.folder), self.build.root / f"run{len(self.exit_codes):02d}.log"
            )
            code = self._watch(running, started, outages)
            self.exit_codes.append(code)
            now = self.teacher.server.asked()
            self.stored_asked_again += sum(now[key] > asked[key] for key in stored)
            tell(f"run {len(self.exit_codes)} ended with {code}: {running.output()[-400:]}")
            if code != 1:
                break
        self.total_seconds = time.monotonic() - started

    def judge(self) -> None:
        """Compare what came out with what must hold."""
        if self.exit_codes[-1] != 0:
            self.deviations.append(f"the build did not come to its end: exit codes {self.exit_codes}")
            return
        counts, server = stage_counts(self.folder)["synthesize"], self.teacher.server
        asked, answered = server.asked(), server.answered()
        piles = counts["num_kept"] + counts["num_rejected"] + counts["num_dead"]
        if not len(asked) == counts["num_in"] == piles:
            self.deviations.append(f"{len(asked)} questions asked, {counts['in']} in, {piles} kept, rejected or dead")
        if counts["num_dead"]:
            self.deviations.append(f"{counts['dead']} questions are dead letters")
        if unanswered := len(asked.keys() - answered.keys()):
            self.deviations.append(f"{unanswered} questions were never answered")
        stored = server.keys_of_marks(marks_in(self.folder / "cache"))
        if lost := len(answered.keys() - stored):
            self.deviations.append(f"{lost} answered questions are not in the cache")
        if self.stored_asked_again:
            self.deviations.append(f"{self.stored_asked_again} stored answers were asked again")
        if (slope := self.slope()) is None:
            self.deviations.append("too few samples for a slope")
        elif slope > _MAX_SLOPE_MB_PER_MINUTE:
            self.deviations.append(f"memory grew by {slope:.2f} MB a minute")

    def slope(self) -> float | None:
        """MB a minute over the second half of the synthesize stage, in the run that was longest in it."""
        longest = Counter(sample.run for sample in self.samples if sample.in_synthesize).most_common(1)
        of_run = [sample for sample in self.samples if sample.in_synthesize and longest and sample.run == longest[0][0]]
        half = of_run[len(of_run) // 2 :]
        if len(half) < 10:
            return None
        minutes = np.array([sample.at_seconds for sample in half]) / 60
        megabytes = np.array([sample.num_bytes for sample in half]) / 1e6
        return float(np.polyfit(minutes, megabytes, 1)[0])

    def rows(self) -> list[tuple[str, object]]:
        """The table."""
        server, slope = self.teacher.server, self.slope()
        counts = stage_counts(self.folder).get("synthesize", {}) if (self.folder / "manifest.json").exists() else {}
        documents = stage_counts(self.folder).get("pack", {}) if counts else {}
        rows: list[tuple[str, object]] = [
            ("documents asked about", documents.get("kept", "?")),
            ("minutes", f"{self.total_seconds / 60:.1f}"),
            ("starts of the command, exit codes", ", ".join(str(code) for code in self.exit_codes)),
            ("outages of the server, seconds", ", ".join(f"{seconds:.0f}" for seconds in self.outages)),
            *((f"tries: {how}", number) for how, number in sorted(server.treated().items())),
            ("questions asked", len(server.asked())),
            ("kept + rejected + dead", " + ".join(str(counts.get(k, "?")) for k in ("kept", "rejected", "dead"))),
            ("answers given more than once", sum(number > 1 for number in server.answered().values())),
            ("stored answers asked again", self.stored_asked_again),
            ("samples of memory", len(self.samples)),
            ("largest size, MB", f"{max((s.num_bytes for s in self.samples), default=0) / 1e6:.0f}"),
            ("slope, MB a minute", "?" if slope is None else f"{slope:.3f}"),
        ]
        at = [sample for sample in self.samples if sample.in_synthesize]
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            if at:
                sample = at[int(share * (len(at) - 1))]
                size = f"{sample.num_bytes / 1e6:.0f}"
                rows.append((f"MB at {sample.at_seconds / 60:.1f} min ({share:.0%} of synthesize)", size))
        return rows

    def _planned_outages(self) -> list[tuple[float, float]]:
        """Start, as a share of the questions, and length of each outage."""
        draw = random.Random(f"{self.seed}/outages")
        step = 1 / _NUM_OUTAGES
        return [((at + draw.uniform(0.2, 0.8)) * step, draw.uniform(10, 30)) for at in range(_NUM_OUTAGES)]

    def _watch(self, running: RunningCommand, started: float, outages: list[tuple[float, float]]) -> int:
        """Sample memory and take the server down when it is time; returns the exit code."""
        deadline = started + 3 * self.seconds + _OTHER_STAGES_SECONDS
        up_at = float("inf")
        told = time.monotonic()
        while (code := running.poll()) is None:
            now = time.monotonic()
            if now > deadline:
                running.kill()
                self.deviations.append("the build took three times as long as planned and was ended")
                return -9
            num_answered = len(self.teacher.server.answered())
            self.samples.append(
                Sample(
                    now - started, resident_bytes(running.pid), len(self.exit_codes), self._synthesizes(num_answered)
                )
            )
            if outages and self.teacher.server.is_up and num_answered >= outages[0][0] * self.num_questions:
                up_at = now + outages[0][1]
                self.outages.append(outages.pop(0)[1])
                self.teacher.server.stop()
            if now - told > 120:
                size = self.samples[-1].num_bytes / 1e6
                tell(f"{(now - started) / 60:.1f} min: {num_answered} answered, {size:.0f} MB")
                told = now
            time.sleep(min(_SAMPLE_SECONDS, max(0.0, up_at - time.monotonic())))
            if time.monotonic() >= up_at:
                self.teacher.server.start()
                up_at = float("inf")
        if not self.teacher.server.is_up:  # the command gave up on it
            time.sleep(max(0.0, up_at - time.monotonic()))
            self.teacher.server.start()
        return code

    def _synthesizes(self, num_answered: int) -> bool:
        return num_answered > 0 and not any((self.folder / name).exists() for name in ("sft", "tokens"))
