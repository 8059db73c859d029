"""What a change costs a build: CPU seconds of the same build by two source trees, alternating.

    python -m benchmarks.build_cost --before DIR [--after DIR] [--rounds 7] [--quick]

DIR is a checkout with `pipeline/` in it. A tree that is not given is this one; with neither, the table shows the noise
of the machine. Each round builds once with each tree, in turn first, in an empty folder: the bundled documents and
generated ones, structural rows, and questions to a server on loopback that answers at once (it runs in this process and
is not counted). The recipe sets only keys that both trees have. CPU seconds are user and system time of the command and
of every process it waited for (`wait4`).

Prints a table, and one JSON object as the last line: `before_cpu_seconds`, `after_cpu_seconds` (medians), `cost`
(after ÷ before − 1, of the medians), `cost_of_rounds` (the median of that of each round), `same_rows` (whether the
first round's outputs are equal, byte for byte). Exit 2 where a tree is missing or cannot build.
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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks._results import table_row
from benchmarks._trees import BuildFailedError, add_tree_options, trees_of
from tests.chaos.documents import write_documents
from tests.chaos.server import CountingServer
from tests.chaos.small_build import outputs_of

_SEED = 17
_NUM_DOCUMENTS, _NUM_QUICK_DOCUMENTS = 300, 12


@dataclass(frozen=True, slots=True)
class Measured:
    """One build."""

    user_seconds: float
    system_seconds: float
    outputs: dict[str, str]

    @property
    def cpu_seconds(self) -> float:
        """User and system time."""
        return self.user_seconds + self.system_seconds


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.build_cost", description=__doc__)
    add_tree_options(parser)
    parser.add_argument("--data", type=Path, help="not needed: documents are generated")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="few documents, one round; ends within 50 s on 2 cores")
    options = parser.parse_args(arguments)
    trees = trees_of(options)
    if trees is None:
        return 2
    root = Path(tempfile.mkdtemp(prefix="build-cost-"))
    try:
        with CountingServer() as server:
            count = _NUM_QUICK_DOCUMENTS if options.quick else _NUM_DOCUMENTS
            recipe = _write_recipe(root, base_url=server.base_url, num_documents=count)
            measured = _measure(trees, recipe, root, num_rounds=1 if options.quick else options.rounds)
    except BuildFailedError as error:
        print(error)
        return 2
    finally:
        shutil.rmtree(root, ignore_errors=True)
    medians = {name: statistics.median(m.cpu_seconds for m in measured[name]) for name in trees}
    ratios = [b.cpu_seconds / a.cpu_seconds for a, b in zip(measured["before"], measured["after"], strict=True)]
    results = {
        "before_cpu_seconds": round(medians["before"], 3),
        "after_cpu_seconds": round(medians["after"], 3),
        "cost": round(medians["after"] / medians["before"] - 1, 5),
        "cost_of_rounds": round(statistics.median(ratios) - 1, 5),
        "same_rows": measured["before"][0].outputs == measured["after"][0].outputs,
    }
    print(f"\nMedian: {medians['before']:.2f} s before, {medians['after']:.2f} s after, {results['cost']:+.2%}.")
    print(json.dumps(results))
    return 0


def _write_recipe(root: Path, *, base_url: str, num_documents: int) -> Path:
    write_documents(root / "documents", count=num_documents, seed=_SEED)
    bundled = [f"bundled:{kind}" for kind in ("legal", "manual", "code", "dialogue")]
    recipe = {
        "name": "cost",
        "inputs": [{"path": path} for path in [*bundled, str(root / "documents")]],
        "pack": {"tokenizer": "embedded:smollm2-135m-instruct"},
        "synthesize": {
            "teacher": {"kind": "openai", "model": "counting", "base_url": base_url, "batch_size": 16},
            "written": {"tasks": ["qa"], "questions_per_document": 2, "segment_tokens": 256},
        },
        "packing": {"edges": [8192, 32768]},
    }
    path = root / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def _measure(trees: dict[str, Path], recipe: Path, root: Path, *, num_rounds: int) -> dict[str, list[Measured]]:
    """Rounds of one build by each tree; the tree that goes first changes from round to round."""
    measured: dict[str, list[Measured]] = {name: [] for name in trees}
    print(table_row("round", ["first", "before, CPU s", "after, CPU s", "of it system", "after ÷ before"]))
    print(table_row("---", ["---", "---:", "---:", "---:", "---:"]))
    for number in range(1, num_rounds + 1):
        order = list(trees) if number % 2 else list(reversed(trees))
        for name in order:
            measured[name].append(_build(trees[name].resolve(), recipe, root / f"{name}-{number}"))
        before, after = measured["before"][-1], measured["after"][-1]
        cells = [
            order[0],
            f"{before.cpu_seconds:.2f}",
            f"{after.cpu_seconds:.2f}",
            f"{before.system_seconds:.2f} and {after.system_seconds:.2f}",
            f"{after.cpu_seconds / before.cpu_seconds:.4f}",
        ]
        print(table_row(str(number), cells), flush=True)
    return measured


def _build(tree: Path, recipe: Path, output: Path) -> Measured:
    log = output.with_suffix(".log")
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "build-sft", str(recipe), "--output", str(output)],
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=output.parent,
            env={**os.environ, "PYTHONPATH": str(tree)},
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise BuildFailedError(f"The build by {tree} ended with {process.returncode}: {log.read_text()[-2000:]}")
    outputs = outputs_of(output)
    if not outputs:
        raise BuildFailedError(f"The build by {tree} wrote nothing.")
    shutil.rmtree(output)
    return Measured(usage.ru_utime, usage.ru_stime, outputs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
