"""`pipeline verify DIR`: prints up to 50 problems in a folder, one per line, and what was checked."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.console import Console

from pipeline.report.page import format_plural
from pipeline.verify.run import Verdict, verify_folder

_MAX_SHOWN = 50


def run_verify(folder: str, *, as_json: bool) -> bool:
    """Verify a folder, print the verdict, and return whether no problem was found.

    Args:
        folder: a build, model or evaluation folder.
        as_json: whether to print only one JSON object, with every problem.
    """
    console = Console(soft_wrap=True, highlight=False)
    if as_json:
        verdict = verify_folder(folder, show=lambda _: None)
        value = {**asdict(verdict), "problems": [asdict(problem) for problem in verdict.problems]}
        console.print(json.dumps(value, ensure_ascii=False), markup=False)
        return not verdict.problems
    with console.status("") as status:
        verdict = verify_folder(folder, show=lambda name: status.update(f"Checking {name} …"))
    _print(console, verdict)
    return not verdict.problems


def _print(console: Console, verdict: Verdict) -> None:
    for problem in verdict.problems[:_MAX_SHOWN]:
        console.print(str(problem), markup=False)
    if len(verdict.problems) > _MAX_SHOWN:
        console.print(f"… and {len(verdict.problems) - _MAX_SHOWN} more; use --json to list all.")
    checked = ", ".join(f"{number:,} {name}" for name, number in verdict.counts.items())
    if verdict.problems:
        problems = format_plural(len(verdict.problems), "problem")
        console.print(f"{problems} in the {verdict.kind} folder {verdict.folder}.")
        if not verdict.content_checked:
            console.print("The content of the files was not checked, because some of them are damaged.")
    else:
        console.print(f"The {verdict.kind} folder {verdict.folder} matches its records.")
    console.print(f"Checked: {checked}.")
