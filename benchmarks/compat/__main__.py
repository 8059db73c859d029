"""Loads the rows of a build with the code of other trainers, and compares the labels with `tokens/`.

    python -m benchmarks.compat [--data BUILD] [--only NAME …] [--root DIR]

Each package is installed in an environment of its own below `--root` (`.venv-compat`), which takes minutes and about
15 GB in all. Without `--data`, the rows are made from the bundled documents without a teacher; their tokenizer is that
of the embedded model. Prints a table; a run of all packages also writes `benchmarks/results/compat.md`. Exit 0 if all
labels are equal but for text that a template writes after an end-of-turn token, 1 if others differ, 2 if a package does
not install or its loader fails.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks._results import write_results
from benchmarks.compat.comparison import Expected, FormResult, compare_forms, expected_rows
from benchmarks.compat.environments import PACKAGES, FailedStepError, Package, make_environment, run_loader, versions
from pipeline.io.layout import BuildFolder
from pipeline.io.models import EMBEDDED_MODEL, resolve_model
from pipeline.io.parts import read_parts
from pipeline.records import Context

_RESULTS = Path(__file__).parents[1] / "results" / "compat.md"
_ROOT = Path(".venv-compat")
_HEADER = "| package | rows read from | rows | ids equal | labels equal | tokens in the loss | |"
_RULE = "| --- | --- | --- | --- | --- | --- | --- |"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the comparison and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compat", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, help="a finished build made with the embedded model's tokenizer")
    parser.add_argument("--only", nargs="+", choices=[package.name for package in PACKAGES], help="packages to run")
    parser.add_argument("--root", type=Path, default=_ROOT, help="folder of the environments")
    given = parser.parse_args(argv)
    root = given.root.resolve()
    build = (given.data or _build(root / "build")).resolve()
    model, expected = Path(resolve_model(EMBEDDED_MODEL)), expected_rows(build)
    turns = [len(row.spans) for rows in expected.values() for row in rows]
    head = [
        f"{len(turns)} rows with {sum(turns)} answers; {sum(count > 1 for count in turns)} rows have several turns, up "
        f"to {max(turns)}. From the bundled documents, with the tokenizer of the embedded model.",
        "",
        _HEADER,
        _RULE,
    ]
    print("\n".join(head), flush=True)
    lines, shown, code = head, {}, 0
    for package in PACKAGES:
        if given.only and package.name not in given.only:
            continue
        try:
            make_environment(package, root)
            out = root / "loaded" / package.name / "rows.jsonl"
            run_loader(package, root, build, model, out=out)
            found = ", ".join(f"{name} {number}" for name, number in versions(package, root).items())
            shown[package.name] = found.removeprefix(f"{package.name} ")
            with out.open(encoding="utf-8") as file:
                outcome = list(_outcomes(package, file, build, expected))
        except (FailedStepError, subprocess.TimeoutExpired) as error:
            outcome, code = [(f"| {package.name} | failed: {error} | | | | | |", False)], 2
        for line, is_right in outcome:
            print(line, flush=True)
            lines.append(line)
            code = code or int(not is_right)
    if not given.only:
        write_results(_RESULTS, title="Rows in other trainers", versions=shown, lines=lines)
    return code


def _build(folder: Path) -> Path:
    """Make rows from the bundled documents without a teacher; rows of a finished build are used again."""
    command = [sys.executable, "-m", "pipeline", "build-sft", "--set", "synthesize.written.tasks=[]"]
    subprocess.run([*command, "--output", str(folder)], check=True, stdout=subprocess.DEVNULL)
    return folder


def _outcomes(
    package: Package, lines: Sequence[str] | Iterator[str], build: Path, expected: Mapping[str, Sequence[Expected]]
) -> Iterator[tuple[str, bool]]:
    """Yield a line of the table for each form, and whether it is right."""
    if package.name == "readers":
        yield from _readers(lines, build, expected)
        return
    for result in compare_forms(lines, expected):
        is_right = result.is_equal or result.is_equal_but_for_last_tokens
        yield f"| {package.name} | {result.form} | {_cells(result)} |", is_right


def _cells(result: FormResult) -> str:
    if result.is_equal:
        remark = ""
    elif result.is_equal_but_for_last_tokens:
        remark = f"{result.num_left_out:,} tokens left out, each the last of an answer: the template's line break"
    else:
        remark = f"**{result.num_left_out:,} tokens of answers left out, {result.num_added:,} others in the loss**"
    of_rows = f"of {result.num_expected}"
    return (
        f"{result.num_loaded} {of_rows} | {result.num_ids_equal} {of_rows} | {result.num_labels_equal} {of_rows} | "
        f"{result.num_loss_tokens:,} of {result.num_expected_loss_tokens:,} | {remark}"
    )


def _readers(
    lines: Sequence[str] | Iterator[str], build: Path, expected: Mapping[str, Sequence[Expected]]
) -> Iterator[tuple[str, bool]]:
    by_bucket: dict[str, int] = {}
    for context in read_parts(BuildFolder(str(build)).corpus, Context):
        by_bucket[str(context.bucket)] = by_bucket.get(str(context.bucket), 0) + 1
    all_rows = {split: len(rows) for split, rows in expected.items()}
    single = {split: sum(len(row.spans) == 1 for row in rows) for split, rows in expected.items()}
    for line in lines:
        found = json.loads(line)
        name = f"{found['package']} {found['version']}"
        if "by_bucket" in found:
            is_right = found["by_bucket"] == by_bucket
            rows = sum(found["by_bucket"].values())
            remark = f"{len(found['by_bucket'])} buckets" if is_right else f"**expected {by_bucket}**"
        else:
            is_single = "prompt_completion" in found["form"] or "alpaca" in found["form"]
            wanted = {"train": sum(by_bucket.values())} if '"corpus"' in found["form"] else all_rows
            wanted = {split: number for split, number in (single if is_single else wanted).items() if number}
            is_right, rows = found["by_split"] == wanted, sum(found["by_split"].values())
            remark = "" if is_right else f"**expected {wanted}**"
        yield f"| {name} | {found['form']} | {rows} | | | | {remark} |", is_right


if __name__ == "__main__":
    sys.exit(main())
