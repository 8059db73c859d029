"""`pipeline verify`: checks a build, model or evaluation folder against its records, even on a read-only copy.

In: a folder. Out: problems and counts of what was checked. The content of a build is checked only if all its files are
undamaged; otherwise only the damage is reported. Used by the command, and by `build` for the cheap part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.errors import InputError, PipelineError
from pipeline.io import files
from pipeline.io.checked_json import write_checked
from pipeline.io.layout import BuildFolder
from pipeline.io.lease import refuse_held
from pipeline.io.ledger import PartRecord
from pipeline.io.manifest import FORMAT, find_format
from pipeline.verify.answers import check_answers
from pipeline.verify.corpus import check_corpus
from pipeline.verify.counts import check_counts, check_ids
from pipeline.verify.evaluations import EVALUATION, check_evaluation
from pipeline.verify.models import RECORDS, check_model
from pipeline.verify.packs import check_packs
from pipeline.verify.problems import Findings, Problem
from pipeline.verify.recorded import Recorded, check_records
from pipeline.verify.rows import check_rows
from pipeline.verify.splits import check_splits


class FolderKind(StrEnum):
    """The kind of a folder, by the command that wrote it."""

    BUILD = "build"
    MODEL = "model"
    EVALUATION = "evaluation"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of verifying a folder."""

    folder: str
    kind: FolderKind
    problems: tuple[Problem, ...]
    counts: Mapping[str, int]
    """Amounts that were checked, by name."""
    content_checked: bool
    """False if files are damaged, so that checking their content would be useless."""


Show = Callable[[str], None]
"""Receives the name of what is being checked."""


def verify_folder(folder: str, *, show: Show) -> Verdict:
    """Check a folder. If a build is damaged and its folder is writable, leave a note for the next build.

    Raises:
        InputError: it is not a folder of this project.
        FolderBusyError: a run works there, so the files would change while they are read.
    """
    kind = folder_kind(folder)
    refuse_held(folder)
    findings = Findings()
    content_checked = True
    if kind is FolderKind.BUILD:
        content_checked = _verify_build(BuildFolder(folder), findings, show)
    elif kind is FolderKind.MODEL:
        show("records, checkpoints and weights")
        check_model(folder, findings)
    else:
        show("records and cells")
        check_evaluation(folder, findings)
    return Verdict(folder, kind, findings.problems, findings.counts, content_checked)


def folder_kind(folder: str) -> FolderKind:
    """Return the kind of a folder.

    Raises:
        InputError: it is not a folder of this project.
    """
    marks = {
        FolderKind.BUILD: ("manifest.json", "work/shards"),
        FolderKind.MODEL: RECORDS,
        FolderKind.EVALUATION: (EVALUATION,),
    }
    for kind, names in marks.items():
        if any(files.exists(files.join(folder, name)) for name in names):
            return kind
    raise InputError(
        f"{folder} is not a build, model or evaluation folder.",
        remedy="Give the --output of build-sft, finetune or evaluate.",
    )


def check_cheap(folder: BuildFolder, findings: Findings) -> None:
    """Run the build checks that read no text and no file contents twice: counts, sizes, ids, splits, packs."""
    recorded = check_records(folder, findings, reads_bytes=_never)
    if not findings.problems:
        check_counts(folder, recorded, findings)
        check_ids(folder, recorded, findings)
        check_splits(folder, recorded, findings)
        check_packs(folder, recorded, findings)


def _verify_build(folder: BuildFolder, findings: Findings, show: Show) -> bool:
    number = find_format(folder)
    if number is not None and number != FORMAT:
        next_run = "build-sft reuses nothing of it; build it again with --fresh, which keeps the answers in cache/"
        findings.add(".", f"has format {number}, this version reads format {FORMAT}", next_run)
        return False
    show("records, sizes and hashes")
    recorded = check_records(folder, findings, reads_bytes=_always)
    is_whole = not findings.problems
    show("answers")
    check_answers(folder, findings)
    damaged = [problem.path for problem in findings.problems]
    if is_whole:
        _check_content(folder, recorded, findings, show)
    if damaged:
        _leave_note(folder, damaged)
    return is_whole


def _check_content(folder: BuildFolder, recorded: Recorded, findings: Findings, show: Show) -> None:
    for name, check in (
        ("counts", check_counts),
        ("ids", check_ids),
        ("splits", check_splits),
        ("packs", check_packs),
        ("rows", check_rows),
        ("documents and evidence", check_corpus),
    ):
        show(name)
        check(folder, recorded, findings)


def _leave_note(folder: BuildFolder, paths: Sequence[str]) -> None:
    """Tell the next build which files to check. A folder that is not writable is a copy and needs no note."""
    try:
        write_checked(folder.suspects, {"paths": sorted(set(paths))})
    except (OSError, PipelineError):
        return


def _always(_: PartRecord) -> bool:
    return True


def _never(_: PartRecord) -> bool:
    return False
