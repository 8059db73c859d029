"""What worker processes gain and cost: the same build by one process and by two workers, alternating.

    python -m benchmarks.workers [--data DIR] [--megabytes N] [--rounds N] [--tree DIR] [--quick]

Each round builds twice, in turn first, in empty folders: once without Beam options, where one process does everything,
and once with `--direct_running_mode=multi_processing --direct_num_workers=2`. A build goes from ingest to export, with
structural questions only. DIR is a folder of real documents, from which N megabytes of text are drawn by hash; without
it, documents are generated. A full run needs two idle cores.

CPU seconds are user and system time of the command and of every process it waited for (`wait4`). Worker processes are
counted by looking at the descendants of the command ten times a second; their CPU seconds come from the last look, so
what remains is that of the command itself, in which workers mostly wait. A build by two workers takes about the seconds
of the command plus those of the busiest worker, which also tells on one core what two would gain.

Prints a table of rounds and a table of stages, and one JSON object as the last line: `megabytes`, the medians
`one_seconds`, `two_seconds`, `one_cpu_seconds`, `two_cpu_seconds`, `speedup` and `cpu_ratio` (of the medians),
`worker_starts` (most of all rounds), `same_outputs` (whether all builds are equal, byte for byte). A full run writes
`results/workers.md`. Exit 1 if builds differ, 2 if a build fails.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks._ingest_documents import write_texts
from benchmarks._results import table_row, write_results
from benchmarks._trees import ROOT, BuildFailedError
from pipeline.processes import descendants
from pipeline.stages.worker import MODULE
from tests.chaos.documents import write_documents
from tests.chaos.small_build import check_is_real, outputs_of

_SEED = 29
_MEGABYTES, _QUICK_MEGABYTES = 104.0, 0.4
_MEAN_BYTES = 9_300
"""Mean length of a generated document."""
_TWO_WORKERS = ("--", "--direct_running_mode=multi_processing", "--direct_num_workers=2")
_FORMS: Mapping[str, tuple[str, ...]] = {"one": (), "two": _TWO_WORKERS}
_LOOK_SECONDS = 0.1
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Measured:
    """One build."""

    seconds: float
    cpu_seconds: float
    worker_cpu_seconds: tuple[float, ...]
    """Of each worker process that was seen, in the order of their starts."""
    stage_seconds: dict[str, float]
    outputs: dict[str, str]

    @property
    def command_cpu_seconds(self) -> float:
        """CPU seconds of the command without its workers."""
        return self.cpu_seconds - sum(self.worker_cpu_seconds)


class WorkerWatch:
    """Looks for the worker processes of a command while it runs."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu_seconds: dict[int, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._thread.start()

    def end(self) -> tuple[float, ...]:
        """Stop looking; return the CPU seconds of every worker seen."""
        self._ended.set()
        self._thread.join()
        return tuple(self._cpu_seconds.values())

    def _look_on(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            for process in descendants(self._pid):
                if MODULE in process.command:
                    seconds = _cpu_seconds_of(process.pid)
                    self._cpu_seconds[process.pid] = max(seconds, self._cpu_seconds.get(process.pid, 0.0))


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of .txt, .md, .rst and .jsonl files to draw from")
    parser.add_argument("--megabytes", type=float, default=_MEGABYTES, help="of text, a million bytes each")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tree", type=Path, default=ROOT, help="checkout to measure; this one where not given")
    parser.add_argument("--quick", action="store_true", help="few documents, one round; nothing is written")
    options = parser.parse_args(arguments)
    megabytes = _QUICK_MEGABYTES if options.quick else options.megabytes
    root = Path(tempfile.mkdtemp(prefix="workers-"))
    try:
        recipe, num_bytes = write_recipe(root, options.data, max_bytes=int(megabytes * 1e6))
        lines = [f"{num_bytes / 1e6:.1f} MB of text.", ""]
        print(lines[0], end="\n\n")
        measured = _measure(options.tree, recipe, root, lines, num_rounds=1 if options.quick else options.rounds)
    except BuildFailedError as error:
        print(error)
        return 2
    finally:
        shutil.rmtree(root, ignore_errors=True)
    results = {"megabytes": round(num_bytes / 1e6, 1), **summarise(measured)}
    stage_lines = _stage_table(measured)
    print("\n" + "\n".join(stage_lines))
    if not options.quick:
        write_results(
            ROOT / "benchmarks" / "results" / "workers.md",
            title="Two worker processes beside one process",
            versions={"documents": "from a folder" if options.data else "generated"},
            lines=[*lines, "", *stage_lines, "", f"`{json.dumps(results)}`"],
        )
    print(json.dumps(results))
    return 0 if results["same_outputs"] else 1


def write_recipe(root: Path, data: Path | None, *, max_bytes: int) -> tuple[Path, int]:
    """Write documents and a recipe without a teacher that reads them; return the recipe's path and the bytes of text.

    Raises:
        FileNotFoundError: `data` has no text of a fitting length.
    """
    documents = root / "documents"
    if data is None:
        write_documents(documents, count=max(8, max_bytes // _MEAN_BYTES), seed=_SEED)
    else:
        write_texts(data, documents, max_bytes=max_bytes)
    recipe = {
        "name": "workers",
        "inputs": [{"path": str(documents)}],
        "pack": {"tokenizer": "embedded:smollm2-135m-instruct"},
        "synthesize": {"written": {"tasks": []}},
    }
    path = root / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return path, sum(file.stat().st_size for file in documents.rglob("*") if file.is_file())


def summarise(measured: Mapping[str, Sequence[Measured]]) -> dict[str, float | int | bool]:
    """Return the medians of both forms, their ratios, and whether all builds have the same outputs."""
    seconds = {name: statistics.median(one.seconds for one in builds) for name, builds in measured.items()}
    cpu_seconds = {name: statistics.median(one.cpu_seconds for one in builds) for name, builds in measured.items()}
    first = measured["one"][0].outputs
    return {
        "one_seconds": round(seconds["one"], 2),
        "two_seconds": round(seconds["two"], 2),
        "one_cpu_seconds": round(cpu_seconds["one"], 2),
        "two_cpu_seconds": round(cpu_seconds["two"], 2),
        "speedup": round(seconds["one"] / seconds["two"], 3),
        "cpu_ratio": round(cpu_seconds["two"] / cpu_seconds["one"], 3),
        "worker_starts": max(len(one.worker_cpu_seconds) for one in measured["two"]),
        "same_outputs": all(one.outputs == first for builds in measured.values() for one in builds),
    }


def _measure(tree: Path, recipe: Path, root: Path, lines: list[str], *, num_rounds: int) -> dict[str, list[Measured]]:
    """Return the builds of every round; print a line for each round and add it to `lines`."""
    measured: dict[str, list[Measured]] = {name: [] for name in _FORMS}

    def tell(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    heads = [
        "first",
        "one, s",
        "two, s",
        "one, CPU s",
        "two, CPU s",
        "command, workers",
        "starts",
        "speed",
        "CPU ratio",
    ]
    tell(table_row("round", heads))
    tell(table_row("---", ["---", *["---:"] * (len(heads) - 1)]))
    for number in range(1, num_rounds + 1):
        order = list(_FORMS) if number % 2 else list(_FORMS)[::-1]
        for name in order:
            measured[name].append(_build(tree.resolve(), recipe, root / f"{name}-{number}", _FORMS[name]))
        one, two = measured["one"][-1], measured["two"][-1]
        parts = [two.command_cpu_seconds, *two.worker_cpu_seconds]
        cells = [order[0], f"{one.seconds:.1f}", f"{two.seconds:.1f}", f"{one.cpu_seconds:.1f}"]
        cells += [f"{two.cpu_seconds:.1f}", " + ".join(f"{seconds:.1f}" for seconds in parts)]
        cells += [str(len(two.worker_cpu_seconds)), f"{one.seconds / two.seconds:.2f}×"]
        tell(table_row(str(number), [*cells, f"{two.cpu_seconds / one.cpu_seconds:.2f}×"]))
    return measured


def _build(tree: Path, recipe: Path, output: Path, beam: Sequence[str]) -> Measured:
    command = [sys.executable, "-m", "pipeline", "build-sft", str(recipe), "--output", str(output), *beam]
    started = time.monotonic()
    with (output.parent / f"{output.name}.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=output.parent, env={**os.environ, "PYTHONPATH": str(tree)}, stdout=log, stderr=log
        )
        watch = WorkerWatch(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
    seconds, workers = time.monotonic() - started, watch.end()
    if status:
        said = Path(log.name).read_text(errors="replace")[-1500:]
        raise BuildFailedError(f"{tree} cannot build (exit {os.waitstatus_to_exitcode(status)}): {said}")
    outputs = outputs_of(output)
    check_is_real(outputs)
    stages = json.loads((output / "manifest.json").read_text())["stages"]
    shutil.rmtree(output)
    return Measured(
        seconds=seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        worker_cpu_seconds=workers,
        stage_seconds={name: record["seconds"] for name, record in stages.items()},
        outputs=outputs,
    )


def _stage_table(measured: Mapping[str, Sequence[Measured]]) -> list[str]:
    """Return the lines of a table of the median seconds of each stage."""
    lines = [table_row("stage", ["one, s", "two, s", "speed"]), table_row("---", ["---:", "---:", "---:"])]
    for stage in measured["one"][0].stage_seconds:
        one, two = (statistics.median(build.stage_seconds[stage] for build in measured[form]) for form in _FORMS)
        lines.append(table_row(stage, [f"{one:.1f}", f"{two:.1f}", f"{one / two:.2f}×" if two else ""]))
    return lines


def _cpu_seconds_of(pid: int) -> float:
    """Return the user and system seconds of a process and of the processes it waited for; 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / _TICKS_PER_SECOND


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
