"""What the outline costs: parsing, and the stages that use it, of two source trees, side by side, domain by domain.

    python -m benchmarks.outline --before DIR [--after DIR] [--data DIR] [--rounds 3] [--quick]

DIR of a tree is a checkout with `pipeline/` in it; one that is not given is this one. `--data` is a folder with a
folder for each domain (`legal`, `manual`, `code`, `dialogue`) in it; without it, the bundled documents are read, which
are too few to say much. Each round builds every domain once with each tree, in turn first, without a teacher, and takes
the seconds of the three stages from the manifest.

Then the documents of the builds are parsed by both trees, each in a process of its own (`_parsing.py`).

Prints a table a domain, a table of parsing, and one JSON object as the last line: for each domain
`before_mb_per_second`, `after_mb_per_second` (input ÷ seconds of ingest, pack and synthesize together; best round),
`stages` (their seconds, before and after), and `bytes` (of `work/documents` and of `corpus/`, before and after); and
`parsing`: for each domain and language `before` and `after` with the megabytes of text, CPU seconds for structure and
for facts, and the number of facts. Exit 2 where a tree is missing or cannot build.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks._results import table_row
from benchmarks._trees import ROOT, BuildFailedError, add_tree_options, trees_of
from pipeline.io.parts import read_parts
from pipeline.records import Document

_DOMAINS = ("legal", "manual", "code", "dialogue")
_STAGES = ("ingest", "pack", "synthesize")
_WRITTEN = ("work/documents", "corpus")
_TREES = ("before", "after")
_PARSED = "documents.jsonl"


@dataclass(frozen=True, slots=True)
class Measured:
    """One build of one domain."""

    seconds: dict[str, float]
    """By stage."""
    num_bytes: dict[str, int]
    """Of what it wrote."""

    @property
    def all_seconds(self) -> float:
        """Of the three stages."""
        return sum(self.seconds.values())


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outline", description=__doc__)
    add_tree_options(parser)
    parser.add_argument(
        "--data", type=Path, help="folder with a folder a domain; the bundled documents where not given"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one round; ends within 50 s on 2 cores without --data")
    options = parser.parse_args(arguments)
    trees = trees_of(options)
    if trees is None:
        return 2
    data = options.data or ROOT / "pipeline" / "bundled" / "documents"
    root = Path(tempfile.mkdtemp(prefix="outline-"))
    num_rounds = 1 if options.quick else options.rounds
    try:
        results: dict[str, Any] = {
            domain: _domain(domain, data / domain, trees, root, num_rounds=num_rounds)
            for domain in _DOMAINS
            if (data / domain).is_dir()
        }
        results["parsing"] = _parsing(trees, root, num_rounds=num_rounds)
    except BuildFailedError as error:
        print(error)
        return 2
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print(json.dumps(results))
    return 0


def _domain(domain: str, data: Path, trees: dict[str, Path], root: Path, *, num_rounds: int) -> dict[str, Any]:
    num_mb = sum(path.stat().st_size for path in data.rglob("*") if path.is_file()) / 1e6
    measured: dict[str, list[Measured]] = {name: [] for name in _TREES}
    for number in range(num_rounds):
        for name in _TREES if number % 2 == 0 else reversed(_TREES):
            keep = root / _PARSED if number == 0 and name == "after" else None
            measured[name].append(_build(trees[name].resolve(), data, domain, root, keep))
    best = {name: min(measured[name], key=lambda one: one.all_seconds) for name in _TREES}
    print(f"\n{domain}: {num_mb:.2f} MB")
    print(table_row("", [*(f"{stage}, s" for stage in _STAGES), "MB/s", *(f"{path}, MB" for path in _WRITTEN)]))
    print(table_row("---", ["---:"] * 6))
    for name in _TREES:
        one = best[name]
        cells = [f"{one.seconds[stage]:.2f}" for stage in _STAGES]
        cells += [f"{num_mb / one.all_seconds:.3f}", *(f"{one.num_bytes[path] / 1e6:.2f}" for path in _WRITTEN)]
        print(table_row(name, cells), flush=True)
    return {
        **{f"{name}_mb_per_second": round(num_mb / best[name].all_seconds, 4) for name in _TREES},
        "stages": {name: best[name].seconds for name in _TREES},
        "bytes": {name: best[name].num_bytes for name in _TREES},
    }


def _parsing(trees: dict[str, Path], root: Path, *, num_rounds: int) -> dict[str, dict[str, dict[str, float]]]:
    """Both trees on the documents of all domains."""
    measured: dict[str, dict[str, dict[str, float]]] = {}
    for name in _TREES:
        finished = subprocess.run(
            # -P: a module of this folder has the name of one of Python's own.
            [sys.executable, "-P", str(Path(__file__).with_name("_parsing.py")), str(root / _PARSED), str(num_rounds)],
            capture_output=True,
            text=True,
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(trees[name].resolve())},
            check=False,
        )
        if finished.returncode != 0:
            raise BuildFailedError(f"{trees[name]} cannot parse: {finished.stderr[-2000:]}")
        measured[name] = json.loads(finished.stdout)
    print("\nparsing, of CPU seconds")
    columns = ["MB", *(f"{what}, {name}" for what in ("MB/s", "of it structure", "facts") for name in _TREES)]
    print(table_row("", columns))
    print(table_row("---", ["---:"] * len(columns)))
    for key, after in measured["after"].items():
        both = (measured["before"][key], after)
        rates = [f"{one['mb'] / (one['structure_seconds'] + one['fact_seconds']):.2f}" for one in both]
        rates += [f"{one['mb'] / one['structure_seconds']:.2f}" for one in both]
        print(table_row(key, [f"{after['mb']:.2f}", *rates, *(str(one["facts"]) for one in both)]), flush=True)
    return {key: {name: measured[name][key] for name in _TREES} for key in measured["after"]}


def _build(tree: Path, data: Path, domain: str, root: Path, keep: Path | None) -> Measured:
    """Build one domain; its documents are added to the file `keep`."""
    recipe = {
        "name": "outline",
        "inputs": [{"path": str(data), "domain": domain}],
        "pack": {"tokenizer": "embedded:smollm2-135m-instruct", "buckets": [4096, 16384, 65536]},
        "synthesize": {"written": {"tasks": []}},
    }
    path, output = root / "recipe.yaml", root / "out"
    path.write_text(yaml.safe_dump(recipe, allow_unicode=True), encoding="utf-8")
    finished = subprocess.run(
        [sys.executable, "-m", "pipeline", "build-sft", str(path), "--output", str(output)],
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(tree)},
        check=False,
    )
    if finished.returncode != 0:
        raise BuildFailedError(f"{tree} cannot build {domain}: exit {finished.returncode}\n{finished.stderr[-2000:]}")
    stages = json.loads((output / "manifest.json").read_text(encoding="utf-8"))["stages"]
    num_bytes = {name: sum(part.stat().st_size for part in (output / name).rglob("*.parquet")) for name in _WRITTEN}
    if keep is not None:
        with keep.open("a", encoding="utf-8") as file:
            for one in read_parts(str(output / "work/documents"), Document):
                found = {"text": one.text, "domain": one.domain, "language": one.language, "uri": one.source_uri}
                file.write(json.dumps(found) + "\n")
    shutil.rmtree(output)
    return Measured({stage: stages[stage]["seconds"] for stage in _STAGES}, num_bytes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
