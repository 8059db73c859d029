"""`pipeline build-sft`: turns documents into verified instruction rows. Read this module first.

`build_sft` shows the steps of a build; `plan_sft` takes those before the teacher is asked.
`pipeline.stages.chain.STAGES` lists the stages in order, and `pipeline.stages.runner` shows how a stage resumes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pipeline.build_result import BuildResult
from pipeline.config.limits import NO_LIMITS, RunLimits
from pipeline.config.recipe import Recipe
from pipeline.config.start import FolderAccess, Start
from pipeline.errors import (
    DamagedFileError,
    InputError,
    LimitReachedError,
    StageError,
    TeacherError,
    UnansweredError,
)
from pipeline.identity import fingerprint
from pipeline.io import files
from pipeline.io.checked_json import read_checked
from pipeline.io.folders import make_private, open_output_folder
from pipeline.io.layout import BuildFolder
from pipeline.io.lease import hold_folder
from pipeline.io.listing import MISSING
from pipeline.io.manifest import FORMAT, Manifest, find_format, installed_versions, read_manifest, write_manifest
from pipeline.io.models import resolve_model
from pipeline.report.build_page import OUTDATED, report_problem, write_build_report
from pipeline.stages.chain import STAGES, StagePlanner, synthesize_stage
from pipeline.stages.earlier_run import Doubt, set_aside
from pipeline.stages.file_fates import LAST_STAGE, bring_files_up_to_date
from pipeline.stages.reachable import check_reach
from pipeline.stages.runner import BuildObserver, check_beam_options, num_workers, pipeline_options, run_stage
from pipeline.stages.short_rows import check_short_data
from pipeline.stages.teacher_plan import TeacherPlan, check_limits, limit_reached, plan_teachers
from pipeline.stages.unanswered import is_useless, no_written_rows
from pipeline.stages.worker_pool import WorkerPool, open_workers
from pipeline.synthesize.budget import read_spending, run_budget
from pipeline.synthesize.structural.phrasing import check_wordings
from pipeline.synthesize.teachers.open import asked_models, check_teacher, explained
from pipeline.synthesize.written.room import check_window
from pipeline.tokens.conversation import check_template
from pipeline.transforms.source_names import mask_recipe
from pipeline.verify.answers import is_damaged_answer
from pipeline.verify.problems import Findings
from pipeline.verify.run import check_cheap

logger = logging.getLogger(__name__)

_MARKER_FILES = ("manifest.json", "work")
_MAX_NAMED = 20


def build_sft(
    recipe: Recipe,
    *,
    output: str,
    start: Start,
    beam_options: Sequence[str],
    observer: BuildObserver,
    limits: RunLimits = NO_LIMITS,
) -> BuildResult:
    """Run every stage that is not up to date, and write `files/` and `report.html` unless they are up to date.

    Args:
        recipe: what to build, and from which inputs.
        output: the build folder, on any filesystem that Beam's workers can reach.
        start: whether to resume an earlier run or remove it.
        beam_options: command-line options of Beam, such as `--direct_num_workers=2`; if empty, the build runs in this
            process.
        observer: receives progress.
        limits: how much this run may ask of teachers.

    Raises:
        LimitReachedError: the run reached its limits, and the same call goes on from there.
        UserError: an input, option, package or folder is not usable, or another run holds the folder.
        RunError: a stage did not finish, and the same call resumes and keeps the finished shards; or the finished build
            does not match its records.
    """
    check_beam_options(beam_options)
    check_reach(recipe, output=output, options=pipeline_options(beam_options))
    check_teacher(recipe.synthesize)
    check_window(recipe.synthesize)
    check_limits(recipe.synthesize, limits)
    check_short_data(recipe.export)
    check_wordings(recipe.clean.languages)
    with _open_folder(output, start) as (folder, doubt), run_budget(folder, limits), open_workers() as workers:
        progress = _Progress(recipe, folder, doubt, beam_options, observer, workers)
        _set_damaged_answers_aside(folder, doubt)
        progress.open_manifest()
        return _bring_up_to_date(progress, limits)


def plan_sft(
    recipe: Recipe, *, output: str, start: Start, beam_options: Sequence[str], observer: BuildObserver
) -> TeacherPlan:
    """Run the stages before synthesis, which ask no teacher, and return what the teachers will be asked.

    A build in the same folder goes on from there. Takes the arguments of `build_sft`, and raises the same errors, but
    none of teachers.
    """
    check_beam_options(beam_options)
    check_reach(recipe, output=output, options=pipeline_options(beam_options))
    check_window(recipe.synthesize)
    resolve_model(recipe.pack.tokenizer)
    with _open_folder(output, start) as (folder, doubt), open_workers() as workers:
        progress = _Progress(recipe, folder, doubt, beam_options, observer, workers)
        progress.open_manifest()
        for plan_stage in STAGES[: STAGES.index(synthesize_stage)]:
            progress.run(plan_stage)
        stage = synthesize_stage(recipe, folder, progress.upstream)
        number = num_workers(beam_options)
        return plan_teachers(folder, recipe.synthesize, fingerprint=stage.fingerprint, num_workers=number)


@contextmanager
def _open_folder(output: str, start: Start) -> Iterator[tuple[BuildFolder, Doubt]]:
    """Hold the build folder while the block runs; yield it, and which of its files to check."""
    folder = BuildFolder(output)
    with hold_folder(output, command="build-sft") as lease:
        start = _check_format(folder, start)
        open_output_folder(output, start=start, marker_files=_MARKER_FILES, access=FolderAccess.PRIVATE)
        doubt = _read_doubt(folder, crashed=lease.taken_over)
        make_private(folder.cache)
        yield folder, doubt


class _Progress:
    """Runs the stages of a build one after the other."""

    def __init__(
        self,
        recipe: Recipe,
        folder: BuildFolder,
        doubt: Doubt,
        beam_options: Sequence[str],
        observer: BuildObserver,
        workers: WorkerPool,
    ) -> None:
        self.recipe, self.folder, self.doubt = recipe, folder, doubt
        self._beam_options, self._observer, self._workers = beam_options, observer, workers
        self.manifest: Manifest
        self.upstream = ""
        """The state of the stage that ran last."""
        self.did_nothing = True

    def open_manifest(self) -> None:
        """Read or begin the manifest; of a new build, check the tokenizer's chat template."""
        recipe = self.recipe
        self.manifest, self.did_nothing = _open_manifest(recipe, self.folder)
        if not self.manifest.stages:
            # Loading the tokenizer takes seconds. If stages are finished, an earlier run checked it or pack will.
            check_template(recipe.pack.tokenizer, num_turns=min(2, recipe.export.conversations.max_turns))

    def run(self, plan_stage: StagePlanner) -> str:
        """Bring the next stage up to date, and return its name."""
        stage = plan_stage(self.recipe, self.folder, self.upstream)
        outcome = run_stage(
            stage,
            folder=self.folder,
            manifest=self.manifest,
            beam_options=self._beam_options,
            observer=self._observer,
            doubt=self.doubt,
            workers=self._workers,
        )
        self.manifest = outcome.manifest
        self.did_nothing = self.did_nothing and outcome.did_nothing
        self.upstream = self.manifest.stages[stage.name].state
        return stage.name


def _bring_up_to_date(progress: _Progress, limits: RunLimits) -> BuildResult:
    recipe, folder, doubt = progress.recipe, progress.folder, progress.doubt
    for plan_stage in STAGES:
        try:
            name = progress.run(plan_stage)
        except UnansweredError as error:
            said = error
            for options in asked_models(recipe.synthesize):
                said = explained(said, options)
            raise said from error
        except LimitReachedError as error:
            fingerprint_ = plan_stage(recipe, folder, progress.upstream).fingerprint
            raise limit_reached(
                folder, recipe.synthesize, fingerprint=fingerprint_, limits=limits, spent=read_spending(folder)
            ) from error
        if name == LAST_STAGE:
            bring_files_up_to_date(folder, progress.manifest, doubt)
    _bring_report_up_to_date(folder, doubt)
    files.remove_file(folder.suspects)
    if not progress.did_nothing:
        _check_what_was_built(folder)
    _check_teacher_was_useful(progress.manifest)
    return BuildResult(folder=folder, manifest=progress.manifest, did_nothing=progress.did_nothing)


def _check_format(folder: BuildFolder, start: Start) -> Start:
    """Return how to start in a folder that a different version may have written.

    If the folder has a different format and `start` is `Start.FRESH`, remove everything except the teacher's answers.

    Raises:
        InputError: the folder has a different format, and `start` is not `Start.FRESH`.
    """
    number = find_format(folder)
    if number is None or number == FORMAT:
        return start
    if start is not Start.FRESH:
        raise InputError(
            f"{folder.root} has format {number}; this version writes format {FORMAT} and cannot reuse its stages.",
            remedy="Start over with --fresh (the teacher's answers in cache/ are kept), or give another --output.",
        )
    names = {folder.relative(path).split("/", 1)[0] for path in files.list_files(folder.root)}
    for name in sorted(names - {folder.relative(folder.cache)}):
        files.remove_folder(files.join(folder.root, name))
    return Start.RESUME


def _bring_report_up_to_date(folder: BuildFolder, doubt: Doubt) -> None:
    """Write `report.html` again unless it is intact and up to date."""
    path = folder.relative(folder.report)
    problem = report_problem(folder, reads_bytes=doubt.everything or path in doubt.paths)
    if not problem:
        return
    if problem != OUTDATED:
        logger.warning("%s %s; writing it again", path, problem)
        if problem != MISSING:
            set_aside(folder, path)
    write_build_report(folder.root)


def _check_teacher_was_useful(manifest: Manifest) -> None:
    """Check that at least one reply of a teacher that was asked could be read.

    Raises:
        TeacherError: none could, so the teacher or its settings do not fit; the rows that need no teacher are built.
    """
    counters = manifest.stages["synthesize"].counters
    if is_useless(counters):
        raise TeacherError(
            f"{no_written_rows(counters)} The rows that need no teacher are in sft/.",
            remedy="Read the replies in rejected/. Then set another model, a larger max_answer_tokens or "
            "chat_template_kwargs={enable_thinking: false} in synthesize.teacher. If the server itself was wrong, "
            "remove cache/ and run with --fresh. For rows without a teacher, set synthesize.written.tasks=[].",
        )


def _check_what_was_built(folder: BuildFolder) -> None:
    """Run the cheap checks of `pipeline verify`. Called at the end of every run that did something.

    Raises:
        StageError: the files of the folder do not match its records.
    """
    findings = Findings()
    check_cheap(folder, findings)
    if findings.problems:
        for problem in findings.problems[:_MAX_NAMED]:
            logger.error("%s", problem)
        raise StageError(
            f"The build does not match its records: {findings.problems[0]}",
            remedy=f"`pipeline verify {folder.root}` lists all problems; report it with the versions in the manifest.",
        )


def _set_damaged_answers_aside(folder: BuildFolder, doubt: Doubt) -> None:
    """Set aside the damaged teacher answers that `pipeline verify` noted; others are checked when they are used."""
    for name in sorted(doubt.paths):
        path = files.join(folder.root, name)
        if path.startswith(f"{folder.cache}/") and files.exists(path) and is_damaged_answer(folder, path):
            logger.warning("%s is damaged; setting it aside", name)
            files.set_aside(path)


def _read_doubt(folder: BuildFolder, *, crashed: bool) -> Doubt:
    """Return which files to check byte by byte: those that `pipeline verify` noted.

    After a crash, or if the list of noted files is damaged, all files are checked.
    """
    if not files.exists(folder.suspects):
        return Doubt(everything=crashed)
    try:
        return Doubt(everything=crashed, paths=frozenset(read_checked(folder.suspects)["paths"]))
    except (DamagedFileError, KeyError, TypeError):
        return Doubt(everything=True)


def _open_manifest(recipe: Recipe, folder: BuildFolder) -> tuple[Manifest, bool]:
    """Return the manifest to continue from, and whether the folder had an intact one. Write it if it differs."""
    try:
        earlier = read_manifest(folder)
    except DamagedFileError as error:
        logger.warning("%s It is set aside; its records are read from the stages' markers.", error.message)
        set_aside(folder, folder.relative(folder.manifest))
        earlier = None
    manifest = Manifest(
        recipe=mask_recipe(recipe.model_dump(mode="json"), recipe.clean.personal_data),
        fingerprint=fingerprint(recipe),
        seed=recipe.seed,
        versions=installed_versions(),
        stages=earlier.stages if earlier else {},
    )
    if manifest != earlier:
        write_manifest(folder, manifest)
    return manifest, earlier is not None
