"""The rows of a build, loaded with the code of other trainers: their labels are compared with those in `tokens/`.

Takes a finished build, or makes one from the bundled documents without a teacher; its tokenizer is that of the embedded
model. A loader is right if all labels are equal but for text that a template writes after an end-of-turn token.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.compat.comparison import Expected, FormResult, compare_forms, expected_rows
from benchmarks.compat.environments import PACKAGES, Package
from benchmarks.compat.part import Outcome, Part, Prepared
from pipeline.io.layout import BuildFolder
from pipeline.io.models import EMBEDDED_MODEL, resolve_model
from pipeline.io.parts import read_parts
from pipeline.records import Context

_HEADER = "| package | rows read from | rows | ids equal | labels equal | tokens in the loss | |"
_RULE = "| --- | --- | --- | --- | --- | --- | --- |"


def _prepare(root: Path, data: Path | None) -> Prepared:
    build = (data or _build(root / "build")).resolve()
    model, expected = Path(resolve_model(EMBEDDED_MODEL)), expected_rows(build)
    turns = [len(row.spans) for rows in expected.values() for row in rows]
    head = (
        f"{len(turns)} rows with {sum(turns)} answers; {sum(count > 1 for count in turns)} rows have several turns, up "
        f"to {max(turns)}. From the bundled documents, with the tokenizer of the embedded model.",
        "",
        _HEADER,
        _RULE,
    )
    return Prepared(head, given=(build, model), outcomes=partial(_outcomes, build=build, expected=expected))


def _build(folder: Path) -> Path:
    """Make rows from the bundled documents without a teacher; rows of a finished build are used again."""
    command = [sys.executable, "-m", "pipeline", "build-sft", "--set", "synthesize.written.tasks=[]"]
    subprocess.run([*command, "--output", str(folder)], check=True, stdout=subprocess.DEVNULL)
    return folder


def _outcomes(
    package: Package, out: Path, *, build: Path, expected: Mapping[str, Sequence[Expected]]
) -> Iterator[Outcome]:
    """Yield a line of the table for each form, and whether it is right."""
    lines = out.read_text(encoding="utf-8").splitlines()
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


def _readers(lines: Sequence[str], build: Path, expected: Mapping[str, Sequence[Expected]]) -> Iterator[Outcome]:
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


ROWS = Part("compat.md", title="Rows in other trainers", packages=PACKAGES, prepare=_prepare)
