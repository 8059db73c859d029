"""Opens a training run: checks its input, claims its model folder, and finds what an earlier call left there.

Takes a recipe, a build, a base model and a folder. Returns a `TrainingRun`. A model folder belongs to the run whose
fingerprint is in `run.json`, and only that run can be continued there. A run writes `run.json` before its other files.
A finished folder is compared with its record: missing files are reported, damaged files are set aside, and `finetune`
then makes both again from the last checkpoint.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.recipe import Recipe
from pipeline.config.start import FolderAccess, Start
from pipeline.errors import DamagedFileError, InputError
from pipeline.io import files
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.io.checksums import find_problems
from pipeline.io.folders import open_output_folder, refuse_inside_build
from pipeline.io.lease import hold_folder
from pipeline.train.rope.scaling import RopeScaling
from pipeline.train.run.identity import RunIdentity, run_identity, stages_fingerprint
from pipeline.train.run.metrics import LOG_FOLDER
from pipeline.train.run.record import RECORD_FILE, TrainingRecord, read_record
from pipeline.train.run.stages import TrainingStage, resolve_stages

logger = logging.getLogger(__name__)

Once = Callable[[Callable[[], None]], None]
"""A function that runs an action in the first process only, such as `Ranks.once`."""

_RUN_FILE = "run.json"
_MARKER_FILES = (_RUN_FILE, f"{_RUN_FILE}.damaged", RECORD_FILE)
"""A model folder has at least one of these files. The second is a damaged `run.json` that was set aside."""
_CHECKPOINTS = "checkpoints"
_TOKENS = "tokens"


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A run with checked input and a claimed model folder."""

    name: str
    """Name of the recipe."""
    settings: FinetuneRecipe
    seed: int
    base_model: str
    data: str
    stages: tuple[TrainingStage, ...]
    """Stages of the run, at least one."""
    identity: RunIdentity
    root: Path
    """The model folder."""
    finished: TrainingRecord | None
    """The record of this run; None if no earlier call finished it, or if its files are damaged."""

    @property
    def scaling(self) -> RopeScaling:
        """The RoPE scaling of the last stage, and so of the exported model."""
        return self.stages[-1].scaling

    def for_stage(self, stage: TrainingStage) -> TrainingRun:
        """Return the run as if the given stage were its only stage."""
        return replace(self, settings=stage.settings, stages=(stage,))

    @property
    def checkpoints(self) -> Path:
        """The folder for checkpoints; it can be deleted once the run is finished."""
        return self.root / _CHECKPOINTS

    @property
    def tokens(self) -> Path:
        """The folder for the rows' token ids if those of the build cannot be used; it can be deleted after the run."""
        return self.root / _TOKENS

    @property
    def logs(self) -> Path:
        """The folder for `metrics.jsonl` and TensorBoard files."""
        return self.root / LOG_FOLDER


def open_run(recipe: Recipe, *, data: str, base_model: str, output: str, start: Start) -> TrainingRun:
    """Check the data, the stages, the model's config and the output folder, and claim the folder for this run.

    Raises:
        InputError: data is missing, the model cannot be used, packs are longer than the scaled context, or the folder
            belongs to a different run, is not a model folder or cannot be written.
        FolderBusyError: a build is running in `data`.
        DamagedFileError: a file of the build is damaged, or a finished model folder is damaged and has no checkpoint.
        DiskFullError: the disk is full.
    """
    settings = recipe.finetune
    data_id = stages_fingerprint(settings, data)
    stages = resolve_stages(settings, base_model=base_model)
    identity = run_identity(recipe, base_model=base_model, data_id=data_id)
    root = claim_folder(output, identity.fingerprint, start)
    return TrainingRun(
        name=recipe.name,
        settings=settings,
        seed=recipe.seed,
        base_model=base_model,
        data=data,
        stages=stages,
        identity=identity,
        root=root,
        finished=_finished_record(root, identity.fingerprint, output),
    )


def planned_run(recipe: Recipe, *, data: str, base_model: str, folder: Path) -> TrainingRun:
    """Return a run that is only planned: no model folder is claimed, and the model has no fingerprint.

    Args:
        recipe: the recipe.
        data: the build folder.
        base_model: reference of the base model; its weights are not read.
        folder: a folder of the caller's, for the rows' token ids if those of the build cannot be used.

    Raises:
        InputError, FolderBusyError, DamagedFileError: as for `open_run`, apart from the model folder.
    """
    settings = recipe.finetune
    data_id = stages_fingerprint(settings, data)
    return TrainingRun(
        name=recipe.name,
        settings=settings,
        seed=recipe.seed,
        base_model=base_model,
        data=data,
        stages=resolve_stages(settings, base_model=base_model),
        identity=RunIdentity("", data_id, ""),
        root=folder,
        finished=None,
    )


@contextmanager
def hold_model_folder(output: str, *, once: Once) -> Iterator[None]:
    """Keep other runs out of the model folder while the `with` block runs. The first process does this for all.

    Args:
        output: local path of the model folder.
        once: runs an action in the first process only, as `Ranks.once` does.

    Raises:
        InputError: the folder is not local, is inside a build folder, is not a model folder or cannot be written.
        FolderBusyError: a different process is using the folder.
        FolderLostError: a different process took the folder over.
    """
    with ExitStack() as stack:

        def hold() -> None:
            _check_folder(output)
            stack.enter_context(hold_folder(output, command="finetune"))

        once(hold)
        yield


def claim_folder(output: str, run_fingerprint: str, start: Start) -> Path:
    """Claim the output folder for this run.

    Args:
        output: local path of the model folder.
        run_fingerprint: fingerprint of the run that is about to start.
        start: `FRESH` empties the folder first.

    Raises:
        InputError: the folder belongs to a different run, is not local, is inside a build folder, is not a model folder
            or cannot be written.
        DiskFullError: the disk is full.
    """
    root = _check_folder(output)
    open_output_folder(str(root), start=start, marker_files=_MARKER_FILES, access=FolderAccess.UMASK)
    owner = _read_owner(root)
    if owner is not None and owner != run_fingerprint:
        raise _different_run(output)
    if owner is None:
        write_checked(str(root / _RUN_FILE), {"fingerprint": run_fingerprint})
    return root


def _finished_record(root: Path, run_fingerprint: str, output: str) -> TrainingRecord | None:
    """Return the record of a finished folder if nothing is damaged.

    Return None if the folder is not finished, or after setting damaged files aside.

    Raises:
        InputError: the record belongs to a different run.
        DamagedFileError: files are damaged, and there is no checkpoint from which to make them again.
    """
    try:
        record = read_record(str(root))
    except DamagedFileError as error:
        _set_aside(root / RECORD_FILE, error.message)
        return None
    if record is None:
        return None
    if record.fingerprint != run_fingerprint:
        raise _different_run(output)
    problems = find_problems(root, record.files)
    if problems and not any((root / _CHECKPOINTS).glob("step-*")):
        name, problem = next(iter(problems.items()))
        raise DamagedFileError(
            f"{root / name} {problem}, and the folder has no checkpoint from which to make it again.",
            remedy="Take the file from a copy of the folder, or train again with --fresh.",
        )
    for name, problem in problems.items():
        _set_aside(root / name, f"{root / name} {problem}.")
    return None if problems else record


def _set_aside(path: Path, message: str) -> None:
    if path.exists():
        message += f" It is kept as {Path(files.set_aside(str(path))).name}."
    logger.warning("%s It will be made again from the last checkpoint, or from the start without one.", message)


def _different_run(output: str) -> InputError:
    return InputError(
        f"{output} holds a training run with a different recipe, data or base model.",
        remedy="Start over with --fresh, or choose a different folder with --output.",
    )


def _check_folder(output: str) -> Path:
    if "://" in output:
        raise InputError(
            f"The model folder {output} is not a local path.", remedy="Choose a local folder with --output."
        )
    root = Path(output).expanduser()
    refuse_inside_build(output, what="model folder")
    # --fresh deletes the folder, so it must not be someone's home directory.
    if root.exists() and (not root.is_dir() or (_holds_files(root) and not _is_marked(root))):
        raise InputError(f"{root} exists but is not a model folder.", remedy="Choose a different folder with --output.")
    return root


def _is_marked(root: Path) -> bool:
    return any((root / marker).is_file() for marker in _MARKER_FILES)


def _holds_files(root: Path) -> bool:
    return any(path.name != files.LEASE_FILE for path in root.iterdir())


def _read_owner(root: Path) -> str | None:
    path = root / _RUN_FILE
    if not path.is_file():
        return None
    try:
        return str(read_checked(str(path))["fingerprint"])
    except DamagedFileError as error:
        kept_as = Path(files.set_aside(str(path))).name
        logger.warning("%s It is kept as %s, and a new one is written.", error.message, kept_as)
        return None
