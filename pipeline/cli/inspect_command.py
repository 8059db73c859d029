"""`pipeline inspect DIR`: writes a folder's report again and opens it. During a run, it opens the existing report."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from pipeline.errors import FolderBusyError, InputError
from pipeline.io.lease import owner_of
from pipeline.report.page import REPORT_FILE


def run_inspect(folder: str, *, browser: bool) -> None:
    """Write the report for the record in a folder, print the report's path, and open the report if `browser` is true.

    If a run is using the folder, the existing report is used instead.

    Raises:
        InputError: the folder holds no record of a build, a training run or an evaluation.
        FolderBusyError: a run is using the folder, and there is no report yet.
        DamagedFileError: the record, or the log of a training run, is damaged.
    """
    writers = _writers()
    for record, write_report in writers.items():
        if (Path(folder) / record).is_file():
            page = _page(folder, write_report)
            Console().print(str(page), soft_wrap=True, highlight=False)
            if browser:
                webbrowser.open(page.as_uri())
            return
    raise InputError(
        f"{folder} is not a build, model or evaluation folder: it has none of {', '.join(writers)}.",
        remedy="Give the output folder of build-sft, finetune or evaluate.",
    )


def _page(folder: str, write_report: Callable[[str], str]) -> Path:
    owner, page = owner_of(folder), Path(folder) / REPORT_FILE
    if owner is None:
        page = Path(write_report(folder))
    elif page.is_file():
        Console().print(f"{owner} is using the folder: this is the existing report.", highlight=False, markup=False)
    else:
        raise FolderBusyError(
            f"{folder} has no report yet: {owner} is using the folder.",
            remedy="Wait until that run ends, then inspect again.",
        )
    return page.resolve()


def _writers() -> dict[str, Callable[[str], str]]:
    from pipeline.report.build_page import write_build_report
    from pipeline.report.comparison_page import write_comparison_report
    from pipeline.report.evaluation_page import write_evaluation_report
    from pipeline.report.training_page import write_training_report

    return {
        "manifest.json": write_build_report,
        "training.json": write_training_report,
        "evaluation.json": write_evaluation_report,
        "comparison.json": write_comparison_report,
    }
