"""Checks a build, model or evaluation folder against its records. A read-only copy can be checked as well.

Takes a folder; returns the problems and counts of what was checked. If the records of a build show a problem, such as
a damaged or missing file or an unfinished stage, the rows are not checked. Used by `pipeline verify`; `build` uses
`check_cheap`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.errors import DamagedFileError, InputError, PipelineError
from pipeline.evaluate.cells import CELL_FOLDER
from pipeline.io import files
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.io.layout import BuildFolder
from pipeline.io.lease import refuse_held
from pipeline.io.ledger import PartRecord
from pipeline.io.manifest import FORMAT, find_format
from pipeline.verify.answers import check_answers
from pipeline.verify.corpus import check_corpus
from pipeline.verify.counts import check_counts, check_files, check_ids, check_splits
from pipeline.verify.models import RECORDS, check_model
from pipeline.verify.packs import check_packs
from pipeline.verify.problems import Findings, Problem, reason
from pipeline.verify.recorded import Recorded, check_records
from pipeline.verify.rows import check_rows
from pipeline.verify.trainer_files import check_trainer_files

_EVALUATION = "evaluation.json"


class FolderKind(StrEnum):
    """What a folder contains, which depends on the command that wrote it."""

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
    """The number of checked items, by kind."""
    content_checked: bool
    """False if the rows of a build were not checked, because its records show a problem or its format differs."""


Show = Callable[[str], None]
"""Receives the name of the check that starts now."""


def verify_folder(folder: str, *, show: Show) -> Verdict:
    """Check a folder. If a build is damaged and its folder is writable, leave a note for the next build.

    Raises:
        InputError: the folder is not a build, model or evaluation folder.
        FolderBusyError: a run is working in the folder, so files would change while they are checked.
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
        _check_evaluation(folder, findings)
    return Verdict(folder, kind, findings.problems, findings.counts, content_checked)


def folder_kind(folder: str) -> FolderKind:
    """Return the kind of a folder.

    Raises:
        InputError: the folder is not a build, model or evaluation folder.
    """
    typical_names = {
        FolderKind.BUILD: ("manifest.json", "work/shards"),
        FolderKind.MODEL: RECORDS,
        FolderKind.EVALUATION: (_EVALUATION,),
    }
    for kind, names in typical_names.items():
        if any(files.exists(files.join(folder, name)) for name in names):
            return kind
    raise InputError(
        f"{folder} is not a build, model or evaluation folder.",
        remedy="Give the --output of build-sft, finetune or evaluate.",
    )


def check_cheap(folder: BuildFolder, findings: Findings) -> None:
    """Run the checks of a build that need no texts and no hashes: records, sizes, counts, ids, splits and packs."""
    recorded = check_records(folder, findings, reads_bytes=_never)
    if not findings.problems:
        check_counts(folder, recorded, findings)
        check_files(folder, recorded, findings)
        check_ids(folder, recorded, findings)
        check_splits(folder, recorded, findings)
        check_packs(folder, recorded, findings)


def _verify_build(folder: BuildFolder, findings: Findings, show: Show) -> bool:
    number = find_format(folder)
    if number is not None and number != FORMAT:
        next_run = "build-sft reuses none of its files; build it again with --fresh, which keeps the answers in cache/"
        findings.add(".", f"has format {number}, but this version reads format {FORMAT}", next_run)
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
        ("input files", check_files),
        ("ids", check_ids),
        ("splits", check_splits),
        ("packs", check_packs),
        ("rows", check_rows),
        ("files for trainers", check_trainer_files),
        ("documents and evidence", check_corpus),
    ):
        show(name)
        check(folder, recorded, findings)


def _check_evaluation(folder: str, findings: Findings) -> None:
    """Check that the evaluation's record and the results of all its cells are undamaged."""
    for path in [
        files.join(folder, _EVALUATION),
        *files.list_files(files.join(folder, CELL_FOLDER), suffix=".json"),
    ]:
        name = path[len(folder.rstrip("/")) + 1 :]
        findings.count("records")
        try:
            read_checked(path)
        except DamagedFileError as error:
            findings.add(name, reason(error), "evaluate sets it aside and measures it again")


def _leave_note(folder: BuildFolder, paths: Sequence[str]) -> None:
    """Write down for the next build which files to check. A folder that is not writable needs no note."""
    try:
        write_checked(folder.suspects, {"paths": sorted(set(paths))})
    except (OSError, PipelineError):
        return


def _always(_: PartRecord) -> bool:
    return True


def _never(_: PartRecord) -> bool:
    return False
